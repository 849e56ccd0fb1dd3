//! Which account the token belongs to.

use serde::Deserialize;

use super::client::AzureDevOps;
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
        match self.client().get("_apis/connectionData").send() {
            Ok(answer) => answer.json().map(|data: ConnectionData| Some(data.authenticated_user.id)),
            Err(Fault { kind: Kind::Forbidden | Kind::NotFound | Kind::Refused, .. }) => Ok(None),
            Err(fault) => Err(fault),
        }
    }
}
