//! The application: pipeline files and templates for each setting, and what a release is rendered to.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use git2::{ObjectType, Oid, Signature, Time};
use towline::config::{self, MergePolicy, Pipeline};
use towline::release::{self, Release};
use towline::render::{self, RenderRequest, SourcePaths};
use towline::variables::Inputs;
use towline::vocabulary::ForgeKind;

use super::model::{Env, Rel, Setting, Source};
use crate::given;

/// Paths and object ids.
pub type Files = BTreeMap<String, Oid>;

/// What a release has to look like in one environment.
#[derive(Debug, Clone)]
pub struct Rendered {
    pub descriptor: String,
    pub files: Files,
}

/// What a pipeline depends on: where the release comes from, what it consists of, and who merges.
type Key = (Setting, Source, Kind, [bool; 2]);

/// The sources of all histories in one repository.
pub struct Apps {
    folder: PathBuf,
    /// The forge, and where the GitOps repository is.
    place: (ForgeKind, String),
    pipelines: RefCell<HashMap<Key, Rc<Pipeline>>>,
    renderings: RefCell<HashMap<(Setting, Rel, Env), Rc<Rendered>>>,
}

/// What a release consists of, by its number: one manifest, two, or one that is the same in every
/// release. Two of the last kind follow each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Kind {
    One,
    Two,
    Constant,
}

impl Kind {
    fn of(rel: Rel) -> Self {
        [Self::One, Self::Two, Self::Constant, Self::Constant][rel.number as usize % 4]
    }
}

impl Apps {
    /// In the folder that has `gitops.git`.
    pub fn new(folder: &Path, place: (ForgeKind, String)) -> Self {
        Self {
            folder: folder.to_owned(),
            place,
            pipelines: RefCell::default(),
            renderings: RefCell::default(),
        }
    }

    /// Whether Towline merges is no part of what a release is made from here: it can be changed
    /// while nothing else does.
    pub fn pipeline(&self, setting: Setting, rel: Rel, auto: [bool; 2]) -> Rc<Pipeline> {
        let setting = same_files(setting);
        let kind = Kind::of(rel);
        let key = (setting, rel.source, kind, auto);
        if let Some(known) = self.pipelines.borrow().get(&key) {
            return known.clone();
        }
        let Setting { watched, method, guard, .. } = setting;
        let root = self.folder.join(format!("{:?}-{watched}-{method:?}-{kind:?}-{guard:?}", rel.source));
        std::fs::create_dir_all(root.join("deploy")).unwrap();
        if rel.source == Source::Dirty && !root.join(".git").exists() {
            begin_checkout(&root);
        }
        std::fs::write(root.join("deploy/main.yaml"), if kind == Kind::Constant { CONSTANT } else { MAIN })
            .unwrap();
        if kind == Kind::Two {
            std::fs::write(root.join("deploy/extra.yaml"), EXTRA).unwrap();
        }
        let path = root.join("towline.yaml");
        std::fs::write(&path, self.text(setting, rel)).unwrap();
        let mut pipeline = config::load(&path).unwrap();
        for (environment, auto) in pipeline.environments.iter_mut().zip(auto) {
            environment.merge = if auto { MergePolicy::Auto } else { MergePolicy::Manual };
        }
        let pipeline = Rc::new(pipeline);
        self.pipelines.borrow_mut().insert(key, pipeline.clone());
        pipeline
    }

    fn text(&self, setting: Setting, rel: Rel) -> String {
        let (forge, repository) = &self.place;
        let forge = match forge {
            ForgeKind::Local => "local",
            ForgeKind::GitHub => "github",
            ForgeKind::AzureDevOps => "azureDevOps",
            ForgeKind::GitLab => "gitlab",
            ForgeKind::Gitea => "gitea",
        };
        let environments = Env::ALL.map(|env| {
            let name = env.name();
            let context = env.context();
            let reporters =
                if setting.watched { format!("[{{status: {context}}}]") } else { "none".to_owned() };
            let former = match rel.source {
                Source::Placed => format!("formerly: {{path: {name}/greeting}}, "),
                _ => String::new(),
            };
            let gates = if env == Env::Prod { setting.guard.in_file() } else { "[]".to_owned() };
            format!(
                "  - {{name: {name}, {former}gates: {gates}, await: {{reporters: {reporters}, merge: 30s, appear: 20s, \
                 finish: 30s, settle: 2s, grace: 0s}}}}\n"
            )
        });
        let path = match rel.source {
            Source::Placed => "path: 'apps/{{ environment }}/{{ application }}', ",
            _ => "",
        };
        let former = rel.former().map(|name| format!("formerly: {name}\n")).unwrap_or_default();
        format!(
            "version: 1\napplication: {}\n{former}templates: [{{path: deploy}}]\ngitops: {{repository: \
             '{repository}', forge: {forge}, {path}mergeMethod: {}}}\nenvironments:\n{}",
            rel.application(),
            setting.method.in_file(),
            environments.concat()
        )
    }

    /// What `promote` makes of the release first: one with files that are not committed is refused,
    /// unless that is allowed.
    pub fn resolved(&self, pipeline: &Pipeline, rel: Rel, allow_dirty: bool) -> anyhow::Result<Release> {
        let told = release(rel);
        if rel.source != Source::Dirty {
            return Ok(told);
        }
        let commit = told.commit.map(|commit| commit.trim_end_matches("-dirty").to_owned());
        let files = SourcePaths::of(pipeline)?.pathspecs();
        release::committed(Release { commit, ..told }, &pipeline.root, &files, allow_dirty)
    }

    pub fn rendered(&self, setting: Setting, rel: Rel, env: Env) -> Rc<Rendered> {
        let setting = same_files(setting);
        let key = (setting, rel, env);
        if let Some(known) = self.renderings.borrow().get(&key) {
            return known.clone();
        }
        let pipeline = self.pipeline(setting, rel, [false; 2]);
        let request = RenderRequest {
            pipeline: &pipeline,
            environment: pipeline.environment(env.name()).unwrap(),
            release: &release(rel),
            inputs: &Inputs::default(),
            deployed: None,
        };
        let rendering = render::render(&request).unwrap();
        let file = |file: &render::File| {
            (file.path.clone(), Oid::hash_object(ObjectType::Blob, &file.content).unwrap())
        };
        let files = rendering.files.iter().map(file).collect();
        let rendered = Rc::new(Rendered { descriptor: rendering.descriptor, files });
        self.renderings.borrow_mut().insert(key, rendered.clone());
        rendered
    }
}

/// The settings that a release is not made from.
fn same_files(setting: Setting) -> Setting {
    Setting { auto: [false; 2], reviewed: false, ..setting }
}

/// A checkout in which nothing that is deployed is committed.
fn begin_checkout(root: &Path) {
    let git = git2::Repository::init(root).unwrap();
    let nothing = git.treebuilder(None).unwrap().write().unwrap();
    let who = Signature::new("Ann", "ann@example.com", &Time::new(0, 0)).unwrap();
    git.commit(Some("HEAD"), &who, &who, "Begin", &git.find_tree(nothing).unwrap(), &[]).unwrap();
}

pub fn release(rel: Rel) -> Release {
    let moved = match rel.source {
        Source::Moved => 1000,
        Source::Placed => 2000,
        _ => 1,
    };
    let commit = format!("{:040x}", rel.number + moved);
    let dirty = if rel.source == Source::Dirty { "-dirty" } else { "" };
    let owner = if rel.source == Source::Other { "globex" } else { "acme" };
    Release {
        commit: Some(commit + dirty),
        repository: Some(format!("https://example.com/{owner}/greeting")),
        ..given::release(&rel.version())
    }
}

const MAIN: &str = "\
apiVersion: v1
kind: ConfigMap
metadata: {name: greeting}
data: {version: \"{{ release.version }}\", environment: \"{{ environment }}\"}
";

const CONSTANT: &str = "\
apiVersion: v1
kind: ConfigMap
metadata: {name: greeting}
data: {environment: \"{{ environment }}\"}
";

const EXTRA: &str = "\
apiVersion: v1
kind: ConfigMap
metadata: {name: extra}
data: {version: \"{{ release.version }}\"}
";
