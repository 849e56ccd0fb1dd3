//! Hooks: what Helm runs at certain times, and an operator would apply like everything else.
//!
//! Those that the step names are rendered as ordinary resources; the others are left out, and told.
//! What Argo CD has a hook of its own for stays: Argo CD runs that.

use serde_json::Value;

use crate::config::{HookEvent, TemplateStep};
use crate::render::manifest::{Document, described};
use crate::vocabulary::{Diagnostic, Warning, WarningId};

/// The documents of a chart without the hooks that are left out.
pub struct Sorted {
    pub documents: Vec<Document>,
    pub warnings: Vec<Warning>,
    /// Whether a hook was left out, told or not.
    pub left_out: bool,
}

pub fn sort_out(step: &TemplateStep, documents: Vec<Document>) -> Sorted {
    let mut sorted = Sorted { documents: Vec::new(), warnings: Vec::new(), left_out: false };
    for document in documents {
        let events = events(&document.value);
        if events.is_empty() || annotation(&document.value, "argocd.argoproj.io/hook").is_some() {
            sorted.documents.push(document);
            continue;
        }
        if events.iter().any(|event| is_test(event)) {
            // `helm install` does not create tests either.
            if step.tests() {
                sorted.documents.push(document);
            }
            continue;
        }
        let runs: Vec<HookEvent> = events.iter().filter_map(|event| HookEvent::named(event)).collect();
        if step.hooks().is_some_and(|hooks| runs.iter().any(|event| hooks.0.contains(event))) {
            sorted.documents.push(document);
            continue;
        }
        sorted.left_out = true;
        let is_told = match step.hooks() {
            None => true,
            // A step that says which hooks it has needs none that delete or roll back.
            Some(hooks) => !hooks.0.is_empty() && !runs.is_empty(),
        };
        if is_told {
            sorted.warnings.push(left_out(&document, &events, !runs.is_empty()));
        }
    }
    sorted
}

fn left_out(document: &Document, events: &[String], can_be_rendered: bool) -> Warning {
    let message = format!("{} is left out: it is a hook ({})", described(&document.value), events.join(", "));
    let hint = match can_be_rendered {
        true => format!(
            "set `hooks: [{}]` on the step to render it as an ordinary resource, or `hooks: false` to leave out all",
            renderable(events)
        ),
        false => "it is never rendered; set `hooks: false` on the step if that is all right".to_owned(),
    };
    Warning::new(WarningId::HookLeftOut, Diagnostic::new(message).at(document.origin.clone()).hint(hint))
}

/// The events that `hooks` can name.
fn renderable(events: &[String]) -> String {
    let events = events.iter().filter(|event| HookEvent::named(event).is_some());
    events.cloned().collect::<Vec<_>>().join(", ")
}

/// The times at which Helm runs the resource; none if it is no hook.
fn events(manifest: &Value) -> Vec<String> {
    let hook = annotation(manifest, "helm.sh/hook").unwrap_or_default();
    let events = hook.split(',').map(|event| event.trim().to_ascii_lowercase());
    events.filter(|event| !event.is_empty()).collect()
}

fn is_test(event: &str) -> bool {
    matches!(event, "test" | "test-success" | "test-failure")
}

fn annotation<'a>(manifest: &'a Value, name: &str) -> Option<&'a str> {
    manifest.get("metadata")?.get("annotations")?.get(name)?.as_str()
}
