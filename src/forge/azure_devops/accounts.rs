//! Which account the token belongs to.

use serde::Deserialize;

use super::client::AzureDevOps;
use super::pull::WirePull;
use crate::forge::protocol::{Accounts, Api};
use crate::http::{Fault, Kind, Result};

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConnectionData {
    authenticated_user: Identity,
}

#[derive(Deserialize)]
struct Identity {
    id: String,
}

impl Accounts for AzureDevOps {
    /// An id, because names of people and services can be changed by themselves.
    fn login(&self) -> Result<Option<String>> {
        if let Some(known) = self.identity.get() {
            return Ok(known.clone());
        }
        let id = match self.client().get("_apis/connectionData").send() {
            Ok(answer) => answer.json().map(|data: ConnectionData| Some(data.authenticated_user.id))?,
            Err(Fault { kind: Kind::Forbidden | Kind::NotFound | Kind::Refused, .. }) => None,
            Err(fault) => return Err(fault),
        };
        Ok(self.identity.get_or_init(|| id).clone())
    }
}

impl AzureDevOps {
    /// Whether auto-complete was turned on by Towline: by the identity of this token, or by the one
    /// that opened the pull request, which may be that of another pipeline.
    pub(super) fn is_ours(&self, pull: &WirePull) -> Result<bool> {
        let Some(by) = pull.auto_completed_by() else { return Ok(false) };
        let is = |id: Option<&str>| id.is_some_and(|id| id.eq_ignore_ascii_case(by));
        Ok(is(pull.creator()) || is(self.login()?.as_deref()))
    }
}
