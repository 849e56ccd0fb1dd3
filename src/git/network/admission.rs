//! Whether the server lets git in: to read, and to push. Asked as a fetch and a push would, without
//! changing anything.

use anyhow::Result;
use git2::Oid;

use super::fault::{Failure, Fault};
use super::remote::Remote;
use super::transport::Push;
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
        let reference = format!("refs/heads/{branch}");
        let found = match remote.try_list(&[&reference])? {
            Ok(found) => found,
            Err(failure) => {
                let read = remote.refusal("read", &failure)?;
                return Ok(RemoteAccess { read, push: unknown("not checked, because git may not read") });
            }
        };
        let tip = found.into_iter().find(|(name, _)| *name == reference).map(|(_, id)| id);
        let read = |detail: String| Admission { granted: Some(true), detail };
        Ok(match tip {
            Some(tip) => RemoteAccess {
                read: read(format!("{branch} is at {}", &tip.to_string()[..10])),
                push: self.ask_to_push(remote, &reference, tip)?,
            },
            None => RemoteAccess {
                read: read(format!("there is no branch {branch}")),
                push: unknown("not checked, because there is nothing to push"),
            },
        })
    }

    /// Asks for a push of what is there already.
    fn ask_to_push(&self, remote: &Remote, reference: &str, tip: Oid) -> Result<Admission> {
        self.fetch_tips(remote, &[tip])?;
        let push = Push { reference, new: tip, expected: Some(tip) };
        match remote.ask_patiently(|transport| transport.try_push(push))? {
            Ok(()) => {
                Ok(Admission { granted: Some(true), detail: "the server would accept a push".to_owned() })
            }
            Err(failure) => remote.refusal("push to", &failure),
        }
    }
}

impl Remote {
    /// The refusal in a failure; one that is none is an error.
    fn refusal(&self, what: &str, failure: &Failure) -> Result<Admission> {
        let error = self.error(what, failure);
        match failure.fault {
            Fault::Unauthenticated | Fault::Key | Fault::Forbidden | Fault::Archived | Fault::NotFound => {
                let hint = failure.fault.hint().map(|hint| format!(": {hint}")).unwrap_or_default();
                Ok(Admission { granted: Some(false), detail: format!("{error}{hint}") })
            }
            _ => Err(error),
        }
    }
}
