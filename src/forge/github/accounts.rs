//! Which account the token belongs to.

use serde_json::json;

use super::client::GitHub;
use crate::forge::protocol::Accounts;
use crate::http::{Fault, Kind, Result};

impl Accounts for GitHub {
    /// REST does not tell an app or a workflow who it is.
    fn login(&self) -> Result<Option<String>> {
        match self.graphql("query { viewer { login } }", json!({}), "/viewer/login") {
            Ok(data) => Ok(data["viewer"]["login"].as_str().map(bare)),
            Err(Fault { kind: Kind::Forbidden | Kind::Refused, .. }) => Ok(None),
            Err(fault) => Err(fault),
        }
    }
}

/// The name of an app is written with `[bot]` in one API and without it in the other.
pub fn bare(login: &str) -> String {
    login.trim_end_matches("[bot]").to_owned()
}
