//! An open repository. What can be done with it stands in the files beside this one.

use std::cell::{OnceCell, RefCell};
use std::collections::HashSet;
use std::sync::Once;

use git2::Oid;

use super::network::remote::Remote;
use super::shared::{Shared, Sharing};

/// Has libgit2 read objects without hashing them again, as git does. Hashing takes a third of the time of a walk
/// through history, and finds nothing that matters here: what is fetched is hashed when it comes, a damaged file does
/// not agree with its checksum, and who can write other objects into the repository can move its branches as well.
static READ_AS_GIT_DOES: Once = Once::new();

/// An open repository.
///
/// It can go to another thread but cannot be shared between two: whoever needs it on both opens
/// it twice, which costs less than a lock held over disk access.
pub struct Repository {
    pub(crate) git: git2::Repository,
    pub(super) location: String,
    /// Who else writes to it.
    pub(super) sharing: OnceCell<Option<Sharing>>,
    /// The loose objects that were found whole.
    pub(super) whole: RefCell<HashSet<Oid>>,
    /// Where it is a copy of, and gets from what it has not.
    pub(super) remote: Option<Remote>,
}

impl Repository {
    pub(super) fn new(git: git2::Repository, location: &str) -> Self {
        READ_AS_GIT_DOES.call_once(|| {
            git2::opts::strict_hash_verification(false);
            // A partial clone names files in its folders that were not fetched.
            git2::opts::strict_object_creation(false);
        });
        Self {
            git,
            location: location.to_owned(),
            sharing: OnceCell::new(),
            whole: RefCell::default(),
            remote: None,
        }
    }

    /// While it lives, what is written can be used by whom `core.sharedRepository` names.
    pub(super) fn shared(&self) -> Shared {
        let read = || {
            let written = self.git.config().and_then(|config| config.get_string("core.sharedRepository"));
            written.ok().and_then(|text| Sharing::parse(&text))
        };
        Shared::begin(*self.sharing.get_or_init(read))
    }

    /// As the user named it.
    pub fn location(&self) -> &str {
        &self.location
    }
}

impl std::fmt::Debug for Repository {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Repository").field("location", &self.location).finish()
    }
}
