//! The application: pipeline files and templates for each setting, and what a release is rendered to.

use std::cell::RefCell;
use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use git2::{ObjectType, Oid};
use towline::config::{self, MergePolicy, Pipeline};
use towline::release::Release;
use towline::render::{self, RenderRequest};
use towline::variables::Inputs;

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

/// What a pipeline depends on: the application's name, what it consists of, and who merges.
type Key = (Setting, &'static str, Kind, [bool; 2]);

/// The sources of all histories in one repository.
pub struct Apps {
    folder: PathBuf,
    repository: String,
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
    pub fn new(folder: &Path, repository: &str) -> Self {
        Self {
            folder: folder.to_owned(),
            repository: repository.to_owned(),
            pipelines: RefCell::default(),
            renderings: RefCell::default(),
        }
    }

    /// Whether Towline merges is no part of what a release is made from here: it can be changed
    /// while nothing else does.
    pub fn pipeline(&self, setting: Setting, rel: Rel, auto: [bool; 2]) -> Rc<Pipeline> {
        let setting = Setting { auto: [false; 2], ..setting };
        let kind = Kind::of(rel);
        let key = (setting, rel.application(), kind, auto);
        if let Some(known) = self.pipelines.borrow().get(&key) {
            return known.clone();
        }
        let Setting { watched, method, .. } = setting;
        let name = format!("{}-{watched}-{method:?}-{kind:?}", rel.application());
        let root = self.folder.join(name);
        std::fs::create_dir_all(root.join("deploy")).unwrap();
        std::fs::write(root.join("deploy/main.yaml"), if kind == Kind::Constant { CONSTANT } else { MAIN })
            .unwrap();
        if kind == Kind::Two {
            std::fs::write(root.join("deploy/extra.yaml"), EXTRA).unwrap();
        }
        let path = root.join("towline.yaml");
        std::fs::write(&path, self.text(setting, rel.application())).unwrap();
        let mut pipeline = config::load(&path).unwrap();
        for (environment, auto) in pipeline.environments.iter_mut().zip(auto) {
            environment.merge = if auto { MergePolicy::Auto } else { MergePolicy::Manual };
        }
        let pipeline = Rc::new(pipeline);
        self.pipelines.borrow_mut().insert(key, pipeline.clone());
        pipeline
    }

    fn text(&self, setting: Setting, application: &str) -> String {
        let repository = &self.repository;
        let environments = Env::ALL.map(|env| {
            let name = env.name();
            let reporters = if setting.watched { format!("[{{status: {name}}}]") } else { "none".to_owned() };
            format!(
                "  - {{name: {name}, await: {{reporters: {reporters}, merge: 30s, appear: 20s, \
                 finish: 30s, settle: 2s, grace: 0s}}}}\n"
            )
        });
        format!(
            "version: 1\napplication: {application}\ntemplates: [{{path: deploy}}]\ngitops: {{repository: \
             '{repository}', mergeMethod: {}}}\nenvironments:\n{}",
            setting.method.in_file(),
            environments.concat()
        )
    }

    pub fn rendered(&self, setting: Setting, rel: Rel, env: Env) -> Rc<Rendered> {
        let setting = Setting { auto: [false; 2], ..setting };
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

pub fn release(rel: Rel) -> Release {
    let commit = format!("{:040x}", rel.number + 1);
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
