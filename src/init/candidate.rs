//! A way to make manifests of something in the folder: one or more steps of `templates`.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::config::EngineKind;

/// What stands for the name of the environment in a path.
pub const EXPRESSION: &str = "{{ environment }}";

/// The value of a name that the files ask for and nothing defines.
pub const CHANGE_ME: &str = "change-me";

/// Steps that belong together.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Candidate {
    pub steps: Vec<Step>,
    /// Values to begin with, for names that the files ask for and nothing defines.
    pub values: BTreeMap<String, Value>,
}

/// A step of `templates`.
#[derive(Debug, Clone, PartialEq)]
pub struct Step {
    /// May contain `{{ environment }}`.
    pub path: String,
    pub engine: EngineKind,
    /// The environments that it is for; none when it is for all.
    pub only: Vec<String>,
    /// Files of the folder that are left out, relative to it.
    pub ignore: Vec<String>,
    /// The other keys.
    pub keys: Map<String, Value>,
}

impl Candidate {
    pub fn of(step: Step) -> Self {
        Self { steps: vec![step], values: BTreeMap::new() }
    }

    /// The step that gives the manifests.
    pub fn last(&self) -> &Step {
        &self.steps[self.steps.len() - 1]
    }

    /// The environments that it has files for; none when it is for all.
    pub fn environments(&self) -> Vec<&String> {
        self.steps.iter().flat_map(|step| &step.only).collect()
    }

    /// Whether a step gets what the others give.
    pub fn is_chain(&self) -> bool {
        self.steps.iter().any(|step| step.keys.contains_key("input"))
    }

    /// What people would choose first among those that deploy the same comes first: what knows the
    /// environments, then what is made for being parametrised.
    pub fn rank(&self) -> (bool, usize, usize) {
        let last = self.last();
        let engine = match last.engine {
            EngineKind::Helm => 0,
            EngineKind::Kustomize if self.is_chain() => 0,
            EngineKind::Kustomize => 1,
            EngineKind::Jinja | EngineKind::Plain => 2,
            EngineKind::Jsonnet => 3,
        };
        (!last.path.contains("{{"), engine, last.path.matches('/').count())
    }

    /// As in messages: `deploy (plain)`.
    pub fn shown(&self) -> String {
        let mut steps: Vec<_> = self.steps.iter().map(Step::shown).collect();
        steps.dedup();
        steps.join(", then ")
    }
}

impl Step {
    pub fn new(path: impl Into<String>, engine: EngineKind) -> Self {
        Self { path: path.into(), engine, only: Vec::new(), ignore: Vec::new(), keys: Map::new() }
    }

    pub fn with(mut self, key: &str, value: impl Into<Value>) -> Self {
        self.keys.insert(key.to_owned(), value.into());
        self
    }

    /// The path in each environment.
    pub fn paths(&self) -> Vec<String> {
        match self.path.contains(EXPRESSION) {
            true => self.only.iter().map(|name| self.path.replace(EXPRESSION, name)).collect(),
            false => vec![self.path.clone()],
        }
    }

    pub fn shown(&self) -> String {
        format!("{} ({})", self.path, self.engine_name())
    }

    /// The name of its engine in the pipeline file.
    pub fn engine_name(&self) -> &'static str {
        match self.engine {
            EngineKind::Jinja => "jinja",
            EngineKind::Plain => "plain",
            EngineKind::Helm => "helm",
            EngineKind::Kustomize => "kustomize",
            EngineKind::Jsonnet => "jsonnet",
        }
    }

    /// Whether Towline itself reads the templates.
    pub fn is_own(&self) -> bool {
        matches!(self.engine, EngineKind::Jinja | EngineKind::Plain)
    }
}
