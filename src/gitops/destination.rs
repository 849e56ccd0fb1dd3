//! Destination: where an application is deployed. Its environment, with the GitOps repository and
//! the forge, opened.
//!
//! A run opens every repository once ([`Destinations`]): environments that share one share its
//! connection, its token, and what was read of it.

use std::cell::RefCell;
use std::collections::HashMap;
use std::path::Path;
use std::rc::Rc;
use std::sync::{Arc, OnceLock};

use anyhow::Result;
use git2::Oid;

use super::deployment::Deployment;
use crate::clock::Clock;
use crate::config::{Environment, Gitops, Pipeline, Trusted};
use crate::forge::{Access, CommitStatus, Forge, PullRequest, PullState};
use crate::git::{Repository, head_branch};
use crate::vocabulary::{Diagnostic, ForgeKind};

/// One application in one environment.
#[derive(Clone)]
pub struct Destination<'a> {
    pub application: &'a str,
    pub environment: &'a Environment,
    pub repository: Rc<Repository>,
    pub forge: Arc<dyn Forge + 'a>,
    pub clock: Arc<dyn Clock + 'a>,
    /// How reporters are reached that are asked.
    pub access: Access,
    /// The account that the token belongs to, once it was asked for.
    pub account: Account,
}

/// A look at a destination.
#[must_use = "the look ends when this is dropped"]
pub struct Looking<'a>(Arc<dyn Forge + 'a>);

impl Drop for Looking<'_> {
    fn drop(&mut self) {
        self.0.end_look();
    }
}

/// An account of a forge, asked for once. Nothing in it: the forge does not tell.
pub type Account = Arc<OnceLock<Option<String>>>;

impl<'a> Destination<'a> {
    /// The branch that proposals come from.
    pub fn head_branch(&self) -> String {
        head_branch(self.application, &self.environment.name, self.base_branch())
    }

    /// The branch that proposals are merged into.
    pub fn base_branch(&self) -> &str {
        &self.environment.gitops.branch
    }

    /// The commit at the tip of the base branch.
    pub fn base_tip(&self) -> Result<Oid> {
        self.repository.branch_tip(self.base_branch())
    }

    /// Begins a look: as long as the result lives, the forge is asked nothing twice.
    pub fn look(&self) -> Looking<'a> {
        self.forge.begin_look();
        Looking(self.forge.clone())
    }

    /// The newest pull request, open or not.
    pub fn newest_pull(&self) -> Result<Option<PullRequest>> {
        self.forge.find_pull(&self.head_branch(), self.base_branch())
    }

    /// The pull request with this number. One of another environment would be taken for one of this,
    /// and one that people moved to another base branch no longer deploys here.
    pub fn own_pull(&self, number: u64) -> Result<PullRequest> {
        let pull = self.forge.get_pull(number)?;
        let (application, environment) = (self.application, &self.environment.name);
        if pull.head != self.head_branch() {
            let message =
                format!("pull request {number} is not a proposal of {application} for {environment}");
            let hint = format!("leave out `--pull` to take the latest proposal for {environment}");
            return Err(Diagnostic::new(message).hint(hint).into());
        }
        if pull.base != self.base_branch() {
            let message =
                format!("{} goes to the branch {}, not to {}", pull.url, pull.base, self.base_branch());
            let hint =
                format!("move it back to {}, or close it and propose the release again", self.base_branch());
            return Err(Diagnostic::refused(message).hint(hint).into());
        }
        Ok(pull)
    }

    /// Whether a pull request is merged although the forge does not show it: its commit is on the base
    /// branch, which is at `tip`, and what it proposes stands there. A forge that broke down in the
    /// middle of a merge leaves one open like that for ever.
    pub fn is_merged_unseen(&self, pull: &PullRequest, tip: Oid) -> Result<bool> {
        if pull.state == PullState::Merged {
            return Ok(false);
        }
        let proposed = match self.descriptor_id(pull.head_commit) {
            // What was closed may be gone.
            Err(_) if !pull.is_open() => None,
            proposed => proposed?,
        };
        Ok(proposed.is_some()
            && proposed == self.descriptor_id(tip)?
            && self.repository.is_ancestor(pull.head_commit, tip)?)
    }

    /// All pull requests, the newest first.
    pub fn pulls(&self) -> Result<Vec<PullRequest>> {
        let mut pulls = self.forge.list_pulls(Some(&self.head_branch()))?;
        pulls.retain(|pull| pull.base == self.base_branch());
        Ok(pulls)
    }

    /// Whether a status was written by somebody whose verdict counts. Where the forge does not tell
    /// who Towline is, everybody's does.
    pub fn trusts(&self, status: &CommitStatus) -> Result<bool> {
        let names = || [&status.creator, &status.creator_id].into_iter().flatten();
        match &self.environment.gitops.trusted {
            Trusted::Any => Ok(true),
            Trusted::Accounts(accounts) => Ok(names().any(|name| accounts.contains(name))),
            Trusted::Own => Ok(match self.own_account()? {
                Some(own) => names().any(|name| name == own),
                None => true,
            }),
        }
    }

    fn own_account(&self) -> Result<&Option<String>> {
        if self.account.get().is_none() {
            let _ = self.account.set(self.forge.account()?);
        }
        Ok(self.account.get().expect("it was set above"))
    }

    /// What `commit` says is deployed here by the names that it had before, and is to be moved.
    pub fn former_deployment(&self, commit: Oid) -> Result<Option<Deployment>> {
        let Some(former) = &self.environment.former else { return Ok(None) };
        let is_same = former.descriptor == self.environment.gitops.descriptor
            && former.application == self.application
            && former.environment == self.environment.name;
        let owner = (former.application.as_str(), former.environment.as_str());
        match is_same || !Deployment::is_of(&self.repository, commit, &former.descriptor, owner)? {
            true => Ok(None),
            false => Deployment::read(&self.repository, commit, &former.descriptor, owner),
        }
    }

    /// The branch of its proposals before it was renamed.
    pub fn former_head_branch(&self) -> Option<String> {
        let former = self.environment.former.as_ref()?;
        let head = head_branch(&former.application, &former.environment, self.base_branch());
        (head != self.head_branch()).then_some(head)
    }

    /// What `commit` says is deployed here.
    pub fn deployment(&self, commit: Oid) -> Result<Option<Deployment>> {
        // Its descriptor may stand where it always stood, and still have the former names.
        if let Some(former) = &self.environment.former
            && former.descriptor == self.environment.gitops.descriptor
            && self.former_deployment(commit)?.is_some()
        {
            return Ok(None);
        }
        let owner = (self.application, self.environment.name.as_str());
        Deployment::read(&self.repository, commit, &self.environment.gitops.descriptor, owner)
    }

    /// The object id of the descriptor in `commit`. It is another one with every release.
    pub fn descriptor_id(&self, commit: Oid) -> Result<Option<Oid>> {
        self.repository.entry_id(commit, &self.environment.gitops.descriptor)
    }
}

/// The repository of an environment, and the kind of its forge.
type Place = (ForgeKind, String);

/// A repository and its forge.
type Open<R> = (R, Arc<dyn Forge>, Account);

/// Repositories that are open. Pipelines that one run looks at share them.
#[derive(Clone, Default)]
pub struct Opened(Rc<RefCell<HashMap<Place, Open<Rc<Repository>>>>>);

fn place(environment: &Environment, root: &Path) -> Place {
    let Gitops { forge, repository, .. } = &environment.gitops;
    let path = root.join(repository);
    match forge {
        // The same path is another one in another pipeline file.
        ForgeKind::Local => (*forge, path.canonicalize().unwrap_or(path).to_string_lossy().into_owned()),
        _ => (*forge, repository.clone()),
    }
}

/// The destinations of a pipeline.
pub struct Destinations<'a> {
    pub pipeline: &'a Pipeline,
    /// How repositories and forges are reached.
    pub access: Access,
    opened: Opened,
}

/// Destinations on their way to another thread.
pub struct Apart<'a> {
    pipeline: &'a Pipeline,
    access: Access,
    opened: HashMap<Place, Open<Repository>>,
}

impl<'a> From<Apart<'a>> for Destinations<'a> {
    fn from(Apart { pipeline, access, opened }: Apart<'a>) -> Self {
        let own = |(place, (repository, forge, account))| (place, (Rc::new(repository), forge, account));
        let opened = Rc::new(RefCell::new(opened.into_iter().map(own).collect()));
        Self { pipeline, access, opened: Opened(opened) }
    }
}

impl<'a> Destinations<'a> {
    pub fn new(pipeline: &'a Pipeline, access: Access) -> Self {
        Self::sharing(pipeline, access, &Opened::default())
    }

    /// Destinations that open nothing which is open already.
    pub fn sharing(pipeline: &'a Pipeline, access: Access, opened: &Opened) -> Self {
        Self { pipeline, access, opened: opened.clone() }
    }

    /// Destinations that share a repository and a forge which are open already.
    pub fn opened(
        pipeline: &'a Pipeline,
        access: Access,
        (repository, forge): (Repository, Box<dyn Forge>),
    ) -> Self {
        let open = (Rc::new(repository), Arc::from(forge), Account::default());
        let places = pipeline.environments.iter().map(|it| place(it, &pipeline.root));
        let known = places.map(|place| (place, open.clone())).collect();
        Self { pipeline, access, opened: Opened(Rc::new(RefCell::new(known))) }
    }

    /// The same for another thread, with the same forges: what was opened is opened once more, without
    /// asking a server.
    pub fn apart(&self) -> Result<Apart<'a>> {
        let again = |(place, (repository, forge, account)): (&Place, &Open<Rc<Repository>>)| {
            Ok((place.clone(), (repository.again()?, forge.clone(), account.clone())))
        };
        let opened = self.opened.0.borrow().iter().map(again).collect::<Result<_>>()?;
        Ok(Apart { pipeline: self.pipeline, access: self.access.clone(), opened })
    }

    /// Opens an environment's repository and its forge, unless another environment did already.
    pub fn open(&self, environment: &'a Environment) -> Result<Destination<'a>> {
        let gitops = &environment.gitops;
        let place = place(environment, &self.pipeline.root);
        let known = self.opened.0.borrow().get(&place).cloned();
        let (repository, forge, account) = match known {
            Some(open) => open,
            None => {
                let (repository, forge) =
                    self.access.open(gitops.forge, &gitops.repository, &self.pipeline.root)?;
                let open = (Rc::new(repository), Arc::from(forge), Account::default());
                self.opened.0.borrow_mut().insert(place, open.clone());
                open
            }
        };
        Ok(Destination {
            application: &self.pipeline.application,
            environment,
            repository,
            forge,
            account,
            clock: self.access.clock.clone(),
            access: self.access.clone(),
        })
    }
}
