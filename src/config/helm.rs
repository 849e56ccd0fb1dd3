//! Keys of the steps that Helm renders.

use std::collections::BTreeSet;
use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{self, Deserializer, SeqAccess, Visitor};
use serde_json::Value;

use crate::vocabulary::Diagnostic;
use crate::yaml::{At, Glob, RelativePath, Values, convert, schema_as, written_as};

/// An entry of a step's `values:`. Texts may hold expressions.
#[derive(Debug, Clone)]
pub enum HelmValues {
    File(At<RelativePath>),
    Inline(Value),
    /// All variables of the target.
    Variables,
}

/// Values for a Helm chart: `file`, `inline`, or `variables`
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "HelmValues")]
struct WrittenValues {
    /// A file with values, relative to this file
    file: Option<At<RelativePath>>,
    /// Values, written here; a string that is nothing but `{{ expression }}` keeps its type
    inline: Option<Values>,
    /// `true`: all variables of the target, as they are
    variables: Option<bool>,
}

written_as!(HelmValues = WrittenValues);

impl TryFrom<WrittenValues> for HelmValues {
    type Error = Diagnostic;

    fn try_from(written: WrittenValues) -> Result<Self, Diagnostic> {
        match (written.file, written.inline, written.variables) {
            (Some(path), None, None) => Ok(HelmValues::File(path)),
            (None, Some(Values(node)), None) => Ok(HelmValues::Inline(node.to_value())),
            (None, None, Some(true)) => Ok(HelmValues::Variables),
            _ => Err(Diagnostic::new("values are either a `file`, or `inline`, or `variables: true`")),
        }
    }
}

/// The hooks of a chart that are rendered.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Hooks(pub BTreeSet<HookEvent>);

/// `true` for all hooks, `false` for none, or a list
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "describes what is written")]
enum WrittenHooks {
    All(bool),
    Events(Vec<HookEvent>),
}

/// When Helm runs a hook. Hooks for deleting and rolling back are never rendered
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum HookEvent {
    PreInstall,
    PostInstall,
    PreUpgrade,
    PostUpgrade,
}

impl HookEvent {
    const ALL: [(Self, &'static str); 4] = [
        (Self::PreInstall, "pre-install"),
        (Self::PostInstall, "post-install"),
        (Self::PreUpgrade, "pre-upgrade"),
        (Self::PostUpgrade, "post-upgrade"),
    ];

    /// The event of this name, if it is one in which a hook can be rendered.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|(_, known)| *known == name).map(|(event, _)| event)
    }
}

impl TryFrom<String> for HookEvent {
    type Error = Diagnostic;

    fn try_from(name: String) -> Result<Self, Diagnostic> {
        if let Some(event) = Self::named(&name) {
            return Ok(event);
        }
        let known = Self::ALL.map(|(_, known)| known).join(", ");
        if name.ends_with("-delete") || name.ends_with("-rollback") {
            let message =
                format!("`{name}` hooks are never rendered: an operator would run them on every apply");
            return Err(Diagnostic::new(message).hint(format!("remove it; these can be rendered: {known}")));
        }
        if name.starts_with("test") {
            return Err(
                Diagnostic::new("tests are no hooks of an install or upgrade").hint("set `tests: true`")
            );
        }
        let message = format!("unknown hook `{}`", name.escape_debug());
        Err(Diagnostic::new(message).hint(format!("expected one of: {known}")))
    }
}

impl<'de> Deserialize<'de> for HookEvent {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        convert::<String, _, _>(from)
    }
}

schema_as!({} Hooks = WrittenHooks);

impl<'de> Deserialize<'de> for Hooks {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(HooksVisitor)
    }
}

struct HooksVisitor;

impl<'de> Visitor<'de> for HooksVisitor {
    type Value = Hooks;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`true`, `false`, or a list of hooks")
    }

    fn visit_bool<E: de::Error>(self, all: bool) -> Result<Hooks, E> {
        Ok(if all { Hooks(HookEvent::ALL.map(|(event, _)| event).into()) } else { Hooks::default() })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut from: A) -> Result<Hooks, A::Error> {
        let mut events = BTreeSet::new();
        while let Some(event) = from.next_element()? {
            events.insert(event);
        }
        Ok(Hooks(events))
    }
}

/// Resources of a chart whose generated values stay as git has them
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Keep {
    /// The kind of the resources: `Secret`
    pub kind: At<String>,
    /// Their name, or a glob over names; all of that kind when absent
    pub name: Option<Glob>,
}

impl Keep {
    pub fn matches(&self, kind: &str, name: &str) -> bool {
        *self.kind == kind && self.name.as_ref().is_none_or(|glob| glob.0.compile_matcher().is_match(name))
    }
}
