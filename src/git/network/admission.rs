//! Whether the server lets git in: to read, and to push. Asked as a fetch and a push would, without
//! changing anything.

use anyhow::Result;
use git2::Oid;

use super::fault::{Fault, summary};
use super::remote::Remote;
use crate::git::Repository;

/// What git may do at a server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RemoteAccess {
    pub read: Admission,
    pub push: Admission,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Admission {
    /// `None`: cannot be told.
    pub granted: Option<bool>,
    /// How it is known, or what the server said and what to do about it.
    pub detail: String,
}

impl Repository {
    /// What git may do at the remote repository, seen at one of its branches; nothing for a
    /// repository on this machine. A server that cannot be reached is an error.
    pub fn remote_access(&self, branch: &str) -> Result<Option<RemoteAccess>> {
        self.remote.as_ref().map(|remote| self.ask_server(remote, branch)).transpose()
    }

    fn ask_server(&self, remote: &Remote, branch: &str) -> Result<RemoteAccess> {
        let unknown = |why: &str| Admission { granted: None, detail: why.to_owned() };
        let tip = match self.find_branch(branch) {
            Ok(tip) => tip,
            Err(error) => {
                let read = refused(error)?;
                return Ok(RemoteAccess { read, push: unknown("not checked, because git may not read") });
            }
        };
        let read = |detail: String| Admission { granted: Some(true), detail };
        Ok(match tip {
            Some(tip) => RemoteAccess {
                read: read(format!("{branch} is at {}", &tip.to_string()[..10])),
                push: remote.ask_to_push(branch, tip)?,
            },
            None => RemoteAccess {
                read: read(format!("there is no branch {branch}")),
                push: unknown("not checked, because there is nothing to push"),
            },
        })
    }
}

impl Remote {
    /// Asks for a push of what is there already. Rules of single branches do not show in it.
    fn ask_to_push(&self, branch: &str, tip: Oid) -> Result<Admission> {
        let refspec = format!("{tip}:refs/heads/{branch}");
        let push = ["push", "--dry-run", "--quiet", "--no-verify", "--recurse-submodules=no"];
        let answer = self.git_patiently(&[&push[..], &["origin", &refspec]].concat(), "")?;
        match answer.success {
            true => {
                Ok(Admission { granted: Some(true), detail: "the server would accept a push".to_owned() })
            }
            // It went on in this moment; the server was ready to take a push.
            false if answer.errors.contains("[rejected]") => {
                Ok(Admission { granted: Some(true), detail: "the server would look at a push".to_owned() })
            }
            false => refused(self.fault("push to", &answer.errors)),
        }
    }
}

/// The refusal in an error; one that is none stays an error.
fn refused(error: anyhow::Error) -> Result<Admission> {
    let said = error.to_string();
    match Fault::of(&said) {
        fault @ (Fault::Unauthenticated
        | Fault::Key
        | Fault::Forbidden
        | Fault::Archived
        | Fault::NotFound) => {
            let hint = fault.hint().map(|hint| format!(": {hint}")).unwrap_or_default();
            Ok(Admission { granted: Some(false), detail: format!("{}{hint}", summary(&said)) })
        }
        _ => Err(error),
    }
}
