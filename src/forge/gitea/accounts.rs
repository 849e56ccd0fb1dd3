//! Which account the token belongs to.

use super::client::Gitea;
use crate::forge::github_style::User;
use crate::forge::protocol::{Accounts, Api};
use crate::http::{Fault, Kind, Result};

impl Accounts for Gitea {
    /// It takes a scope that nothing else does.
    fn login(&self) -> Result<Option<String>> {
        match self.client().get("user").send() {
            Ok(answer) => answer.json().map(|user: User| Some(user.login)),
            Err(Fault { kind: Kind::Forbidden | Kind::NotFound, .. }) => Ok(None),
            Err(fault) => Err(fault),
        }
    }
}
