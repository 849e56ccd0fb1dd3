//! The GitOps repository of a history: commits are written with libgit2, without a process, and
//! one repository serves many histories, because making one takes longer than a history.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use git2::build::TreeUpdateBuilder;
use git2::{FileMode, Oid, Signature, Time};
use tempfile::TempDir;
use towline::config::Environment;
use towline::git::Repository;
use towline::render::RecordedFiles;

use super::model::Ours;

pub const BASE: &str = "main";

pub struct Git {
    folder: TempDir,
    /// Histories act in the middle of a wait, which other threads might do as well.
    git: Mutex<git2::Repository>,
}

/// What a commit changes.
pub enum Change<'a> {
    /// Our files: these, or none.
    Ours(Option<Ours>),
    /// Another file.
    File(&'a str, &'a str),
}

impl Git {
    pub fn new() -> Self {
        let folder = folder();
        let git = git2::Repository::init_bare(folder.path().join("gitops.git")).unwrap();
        git.set_head(&format!("refs/heads/{BASE}")).unwrap();
        let mut settings = git.config().unwrap();
        settings.set_str("user.name", "Release Bot").unwrap();
        settings.set_str("user.email", "bot@example.com").unwrap();
        let nothing = git.treebuilder(None).unwrap().write().unwrap();
        let who = Signature::new("Ann", "ann@example.com", &Time::new(0, 0)).unwrap();
        // A repository without a branch is refused.
        let branch = format!("refs/heads/{BASE}");
        git.commit(Some(&branch), &who, &who, "Begin", &git.find_tree(nothing).unwrap(), &[]).unwrap();
        Self { folder, git: Mutex::new(git) }
    }

    pub fn path(&self) -> PathBuf {
        self.folder.path().join("gitops.git")
    }

    /// As another process opens it.
    pub fn repository(&self) -> Repository {
        Repository::open("gitops.git", self.folder.path()).unwrap()
    }

    /// Forgets every branch and everything that the local forge keeps.
    pub fn clear(&self) {
        for reference in self.git().references().unwrap() {
            reference.unwrap().delete().unwrap();
        }
        // libgit2 leaves the folders, and would look into them at every look.
        for folder in ["refs/heads", "refs/towline", "refs/notes"] {
            std::fs::remove_dir_all(self.path().join(folder)).ok();
        }
        std::fs::create_dir(self.path().join("refs/heads")).unwrap();
    }

    pub fn set(&self, branch: &str, commit: Oid) {
        self.git().reference(&format!("refs/heads/{branch}"), commit, true, "history").unwrap();
    }

    pub fn tip(&self, branch: &str) -> Oid {
        self.git().refname_to_id(&format!("refs/heads/{branch}")).unwrap()
    }

    pub fn merge_base(&self, one: Oid, other: Oid) -> Oid {
        self.git().merge_base(one, other).unwrap()
    }

    /// The repository itself.
    pub fn git(&self) -> MutexGuard<'_, git2::Repository> {
        self.git.lock().unwrap()
    }

    /// A commit with the files of the first parent and this change; on no branch.
    pub fn commit(
        &self,
        environment: &Environment,
        parents: &[Oid],
        change: &Change,
        message: &str,
        at: i64,
    ) -> Oid {
        let git = &*self.git();
        let parents: Vec<_> = parents.iter().map(|id| git.find_commit(*id).unwrap()).collect();
        let before = match parents.first() {
            Some(first) => first.tree().unwrap(),
            None => git.find_tree(git.treebuilder(None).unwrap().write().unwrap()).unwrap(),
        };
        let mut update = TreeUpdateBuilder::new();
        let mut put = |path: &str, content: Option<&str>| match content {
            Some(content) => {
                let blob = git.blob(content.as_bytes()).unwrap();
                update.upsert(path, blob, FileMode::Blob);
            }
            None if before.get_path(path.as_ref()).is_ok() => {
                update.remove(path);
            }
            None => {}
        };
        match change {
            Change::File(path, content) => put(path, Some(content)),
            Change::Ours(Some(ours)) => {
                files(environment, *ours).iter().for_each(|(path, content)| put(path, Some(content)));
            }
            Change::Ours(None) => {
                let some = Ours { release: 0, edited: 0 };
                files(environment, some).iter().for_each(|(path, _)| put(path, None));
            }
        }
        let tree = update.create_updated(git, &before).unwrap();
        let tree = git.find_tree(tree).unwrap();
        let who = Signature::new("Ann", "ann@example.com", &Time::new(at, 0)).unwrap();
        git.commit(None, &who, &who, message, &tree, &parents.iter().collect::<Vec<_>>()).unwrap()
    }
}

/// In memory where there is such a place: files are what takes the time.
fn folder() -> TempDir {
    let memory = Path::new("/dev/shm");
    memory
        .is_dir()
        .then(|| tempfile::tempdir_in(memory).ok())
        .flatten()
        .unwrap_or_else(|| tempfile::tempdir().unwrap())
}

/// The descriptor and the manifest.
pub fn files(environment: &Environment, ours: Ours) -> [(String, String); 2] {
    let (name, folder) = (&environment.name, &environment.targets[0].path);
    let Ours { release, edited } = ours;
    let manifest = |edited: u32| {
        format!(
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: greeting}}\ndata: {{version: 1.{release}.0, by: '{edited}'}}\n"
        )
    };
    // Who edits a manifest leaves the descriptor as it is.
    let listed = RecordedFiles::of(&[("configmap-greeting.yaml", manifest(0).as_bytes())]).unwrap();
    let (listed, digest) = (serde_json::to_string(&listed).unwrap(), listed.digest().unwrap());
    let descriptor = format!(
        "apiVersion: towline.dev/v1
kind: DeploymentDescriptor
application: {{name: greeting}}
environment: {name}
release: {{version: 1.{release}.0}}
images: []
targets:
- {{name: {name}, path: {folder}, files: {listed}, digest: '{digest}'}}
inputs: {{templates: 'sha256:0', variables: 'sha256:0'}}
tool: towline
"
    );
    [
        (environment.gitops.descriptor.clone(), descriptor),
        (format!("{folder}/configmap-greeting.yaml"), manifest(edited)),
    ]
}
