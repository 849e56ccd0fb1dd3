//! Label selectors, as `kubectl -l` takes them: `app=web,tier in (front, back),!debug`.

use serde_json::{Map, Value};

use crate::vocabulary::Diagnostic;

/// What must hold of a map of labels or annotations.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LabelSelector(Vec<Requirement>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Requirement {
    key: String,
    condition: Condition,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Condition {
    Exists,
    Missing,
    In(Vec<String>),
    /// Also holds where there is no such key.
    NotIn(Vec<String>),
}

impl LabelSelector {
    pub fn parse(text: &str) -> Result<Self, Diagnostic> {
        let wrong = || {
            Diagnostic::new(format!("`{}` is not a label selector", text.escape_debug())).hint(
                "write it as for `kubectl -l`: `app=web`, `app!=web`, `tier in (front, back)`, `app`, `!app`",
            )
        };
        let requirements: Option<Vec<Requirement>> =
            parts(text).into_iter().map(Requirement::parse).collect();
        requirements.filter(|all| !all.is_empty()).map(Self).ok_or_else(wrong)
    }

    pub fn matches(&self, labels: Option<&Map<String, Value>>) -> bool {
        self.0.iter().all(|requirement| {
            let value = labels.and_then(|labels| labels.get(&requirement.key)?.as_str());
            let is_one_of =
                |values: &[String]| value.is_some_and(|value| values.iter().any(|it| it == value));
            match &requirement.condition {
                Condition::Exists => value.is_some(),
                Condition::Missing => value.is_none(),
                Condition::In(values) => is_one_of(values),
                Condition::NotIn(values) => !is_one_of(values),
            }
        })
    }
}

impl Requirement {
    fn parse(text: &str) -> Option<Self> {
        let text = text.trim();
        let (key, condition) = if let Some((key, values)) = set(text, " in ") {
            (key, Condition::In(values))
        } else if let Some((key, values)) = set(text, " notin ") {
            (key, Condition::NotIn(values))
        } else if let Some((key, value)) = text.split_once("!=") {
            (key, Condition::NotIn(vec![value.trim().to_owned()]))
        } else if let Some((key, value)) = text.split_once("==").or_else(|| text.split_once('=')) {
            (key, Condition::In(vec![value.trim().to_owned()]))
        } else if let Some(key) = text.strip_prefix('!') {
            (key, Condition::Missing)
        } else {
            (text, Condition::Exists)
        };
        let key = key.trim();
        let good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '/');
        (!key.is_empty() && key.chars().all(good)).then(|| Self { key: key.to_owned(), condition })
    }
}

/// `tier in (front, back)`
fn set<'a>(text: &'a str, operator: &str) -> Option<(&'a str, Vec<String>)> {
    let (key, values) = text.split_once(operator)?;
    let values = values.trim().strip_prefix('(')?.strip_suffix(')')?;
    Some((key, values.split(',').map(|value| value.trim().to_owned()).collect()))
}

/// The text between commas that stand outside of brackets.
fn parts(text: &str) -> Vec<&str> {
    let mut is_inside = false;
    let separates = |c: char| {
        is_inside = (is_inside || c == '(') && c != ')';
        c == ',' && !is_inside
    };
    text.split(separates).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn selectors_are_those_of_kubectl() {
        let labels = json!({"app": "web", "tier": "front"});
        let matches = |text: &str| LabelSelector::parse(text).unwrap().matches(labels.as_object());
        for text in
            ["app=web", "app==web,tier=front", "tier in (back, front),app", "app!=api", "none!=x", "!none"]
        {
            assert!(matches(text), "{text}");
        }
        for text in ["app=api", "tier notin (front,back)", "none", "!app", "app=web,tier=back"] {
            assert!(!matches(text), "{text}");
        }
        for text in ["", "app=web,", "tier in front", "a b"] {
            assert!(LabelSelector::parse(text).is_err(), "{text}");
        }
    }
}
