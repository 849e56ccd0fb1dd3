//! An application's folder, made for one test.

use std::fs;
use std::path::{Path, PathBuf};

use tempfile::TempDir;
use towline::config;
use towline::release::{Image, Release};
use towline::render::{self, RenderRequest, Rendering};
use towline::variables::Inputs;

use crate::given;

/// A pipeline file and templates. The pipeline has one environment, `dev`.
pub struct Project {
    folder: TempDir,
    images: String,
    values: String,
    secrets: Option<String>,
    sources: String,
    set: Vec<String>,
    step: String,
    environment: String,
    gitops: String,
}

impl Project {
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
            images: "{web: {repository: ghcr.io/acme/web, unused: true}}".into(),
            values: "{}".into(),
            secrets: None,
            sources: String::new(),
            set: Vec::new(),
            step: "{path: deploy}".into(),
            environment: String::new(),
            gitops: String::new(),
        }
    }

    pub fn root(&self) -> &Path {
        self.folder.path()
    }

    pub fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.root().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    /// The images, as a flow map. When not called, `web` may be unused.
    pub fn images(mut self, images: &str) -> Self {
        self.images = images.into();
        self
    }

    /// Variables, as a flow map.
    pub fn values(mut self, values: &str) -> Self {
        self.values = values.into();
        self
    }

    /// Secret variables, as a flow map.
    pub fn secrets(mut self, values: &str) -> Self {
        self.secrets = Some(values.into());
        self
    }

    /// A further source of variables, as a flow map.
    pub fn source(mut self, source: &str) -> Self {
        self.sources += &format!("  - {source}\n");
        self
    }

    /// An argument of `--set`.
    pub fn set(mut self, argument: &str) -> Self {
        self.set.push(argument.into());
        self
    }

    /// The template step, as a flow map; `{path: deploy}` when not called.
    pub fn step(mut self, step: &str) -> Self {
        self.step = step.into();
        self
    }

    /// More lines for the environment, each indented by four.
    pub fn environment(mut self, lines: &str) -> Self {
        self.environment = lines.into();
        self
    }

    /// More of `gitops`, as entries of a flow map.
    pub fn gitops(mut self, entries: &str) -> Self {
        self.gitops = format!(", {entries}");
        self
    }

    pub fn render(&self) -> anyhow::Result<Rendering> {
        let secrets = self.secrets.as_ref().map(|it| format!("  - {{values: {it}, secret: true}}\n"));
        let text = format!(
            "version: 1\napplication: greeting\nteam: payments\nimages: {}\n\
             templates: [{}]\nvariables:\n  - values: {}\n{}{}gitops: {{repository: ../gitops.git{}}}\n\
             environments:\n  - name: dev\n{}",
            self.images,
            self.step,
            self.values,
            secrets.unwrap_or_default(),
            self.sources,
            self.gitops,
            self.environment
        );
        let file = self.root().join("towline.yaml");
        fs::write(&file, text).unwrap();
        let pipeline = config::load(&file)?;
        render::render(&RenderRequest {
            pipeline: &pipeline,
            environment: pipeline.environment("dev")?,
            release: &release(),
            inputs: &Inputs { set: self.set.clone(), ..Inputs::default() },
            deployed: None,
        })
    }

    /// What is printed.
    pub fn stream(&self) -> String {
        self.render().unwrap_or_else(|error| panic!("{}", self.message(&error))).stream()
    }

    pub fn file_of(&self, path: &str) -> String {
        let rendering = self.render().unwrap();
        let file = rendering.files.into_iter().find(|file| file.path == path).expect("the file is rendered");
        String::from_utf8(file.content).unwrap()
    }

    /// The whole message of the error that rendering ends with.
    pub fn error(&self) -> String {
        match self.render() {
            Ok(rendering) => panic!("rendered without an error:\n{}", rendering.stream()),
            Err(error) => self.message(&error),
        }
    }

    /// As the command line prints it: the chain, then the hint.
    pub fn message(&self, error: &anyhow::Error) -> String {
        self.without_root(&given::shown(error))
    }

    pub fn without_root(&self, text: &str) -> String {
        text.replace(&format!("{}/", self.root().display()), "")
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    /// The files below a folder, a line each, sorted.
    pub fn list(&self, folder: &Path) -> String {
        let mut lines = Vec::new();
        let mut folders = vec![folder.to_owned()];
        while let Some(current) = folders.pop() {
            for entry in fs::read_dir(current).unwrap() {
                let path = entry.unwrap().path();
                match path.is_dir() {
                    true => folders.push(path),
                    false => lines.push(path.strip_prefix(folder).unwrap().display().to_string()),
                }
            }
        }
        lines.sort();
        lines.join("\n")
    }
}

pub fn release() -> Release {
    Release {
        version: "1.10".into(),
        build: Some("42".into()),
        commit: Some("0123456789abcdef0123456789abcdef01234567".into()),
        repository: None,
        branch: Some("main".into()),
        configuration: None,
        images: vec![Image {
            name: "web".into(),
            repository: "ghcr.io/acme/web".into(),
            tag: Some("1.10".into()),
            digest: None,
        }],
    }
}
