//! Who asks the fake Gitea, and what they may do.

use super::{Gitea, READING_TOKEN, TOKEN, TOKEN_WITHOUT_ISSUES};
use crate::fakes::{Reply, Request};

impl Gitea {
    /// All that there is, for comparing.
    pub fn snapshot(&self) -> String {
        format!("{:?}", self.state.lock().unwrap())
    }

    /// Scopes are looked at before anything else.
    pub(super) fn forbidden(&self, request: &Request) -> Option<Reply> {
        let token = request.header("authorization").and_then(|header| header.strip_prefix("token "));
        let scope = match request.below("/api/v1/repos/acme/gitops").first().map(String::as_str) {
            Some("issues") => "write:issue",
            _ => "write:repository",
        };
        let lacks = match token {
            Some(TOKEN) => false,
            Some(TOKEN_WITHOUT_ISSUES) => scope == "write:issue",
            Some(READING_TOKEN) => true,
            _ => return Some(Reply::refused(401, "token is required")),
        };
        let why = format!("token does not have at least one of required scope(s): [{scope}]");
        (lacks && request.method != "GET").then(|| Reply::refused(403, &why))
    }
}
