//! Which account the token belongs to.

use serde::Deserialize;

use super::client::GitLab;
use crate::forge::protocol::{Accounts, Api};
use crate::http::{Fault, Kind, Result};

#[derive(Deserialize)]
struct User {
    username: String,
}

impl Accounts for GitLab {
    /// A job's token belongs to nobody. A token may lack the scope for it.
    fn login(&self) -> Result<Option<String>> {
        if self.is_job {
            return Ok(None);
        }
        match self.client().get("user").send() {
            Ok(answer) => answer.json().map(|user: User| Some(user.username)),
            Err(Fault { kind: Kind::Forbidden | Kind::NotFound, .. }) => Ok(None),
            Err(fault) => Err(fault),
        }
    }
}
