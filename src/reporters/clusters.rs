//! `clusters:` and `targets:` of a reporter: how many clusters report, or which ones about which target of the
//! environment.

use std::collections::BTreeMap;
use std::fmt;

use schemars::JsonSchema;
use serde::de::{Deserialize, Deserializer, SeqAccess, Visitor, value::SeqAccessDeserializer};

use super::reporter::{Count, Expected, Scope};
use crate::vocabulary::{Diagnostic, nearest};
use crate::yaml::{At, schema_as};

/// The clusters of each target.
pub(super) type Targets = BTreeMap<String, At<Names>>;

#[derive(Debug)]
pub(super) struct Names(Vec<String>);

/// The clusters of a target: one, or a list
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "it is what the schema says of the names")]
enum Written {
    One(String),
    Several(Vec<String>),
}

schema_as!({} Names = Written);

// An untagged enum of serde would say nothing about a number.
impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(NamesVisitor)
    }
}

struct NamesVisitor;

impl<'de> Visitor<'de> for NamesVisitor {
    type Value = Names;

    fn expecting(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str("a cluster in quotes, or a list of them")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<Names, E> {
        Names::of(vec![name.to_owned()])
    }

    fn visit_seq<A: SeqAccess<'de>>(self, from: A) -> Result<Names, A::Error> {
        Names::of(Deserialize::deserialize(SeqAccessDeserializer::new(from))?)
    }
}

impl Names {
    fn of<E: serde::de::Error>(names: Vec<String>) -> Result<Self, E> {
        let is_wrong = |name: &&String| name.is_empty() || name.contains(['/', '*', '?', '[', '{']);
        match names.iter().find(is_wrong) {
            _ if names.is_empty() => Err(E::custom("the list of clusters is empty")),
            Some(name) if name.is_empty() => Err(E::custom("the name of the cluster is empty")),
            Some(name) => Err(E::custom(format!(
                "`{}` is not the name of a cluster: for Flux, write what the contexts end with, the beginning of the \
                 Provider's id or a name",
                name.escape_debug()
            ))),
            None => Ok(Self(names)),
        }
    }
}

/// What is expected of clusters that are counted, or of each that is named: patterns of any cluster's contexts, and
/// of one cluster's. Uncounted, each target has one.
pub(super) fn expected(
    count: Option<&At<Count>>,
    targets: Option<&At<Targets>>,
    scope: &Scope,
    (any, of): (Vec<String>, impl Fn(&str) -> Vec<String>),
) -> Result<Vec<Expected>, Diagnostic> {
    let Some(targets) = targets else {
        let count = count.map_or(scope.targets.len().max(1), |count| count.value.0);
        return Ok(vec![Expected { patterns: any, count, target: None }]);
    };
    if let Some(count) = count {
        let message = "`clusters` counts clusters and `targets` names them";
        return Err(count.error(message).hint("leave out one of them"));
    }
    targets.iter().try_for_each(|(target, clusters)| clusters.of(target, scope).map(drop))?;
    if let Some(target) = scope.targets.iter().find(|target| !targets.contains_key(**target)) {
        let message = format!("`targets` names no cluster for the target `{target}`");
        return Err(targets
            .error(message)
            .hint("name a cluster for each target, or count them: `clusters: 2`"));
    }
    let mut all: Vec<Expected> = Vec::new();
    let mut known: Vec<&str> = Vec::new();
    for (target, clusters) in &targets.value {
        for name in clusters.of(target, scope)? {
            if known.contains(&name.as_str()) {
                let message = format!("the cluster `{name}` is named twice: one report would count for both");
                return Err(clusters.error(message));
            }
            known.push(name);
            all.push(Expected { patterns: of(name), count: 1, target: Some(target.clone()) });
        }
    }
    Ok(all)
}

impl At<Names> {
    /// The clusters, if the environment has the target.
    fn of(&self, target: &str, scope: &Scope) -> Result<&[String], Diagnostic> {
        if scope.targets.contains(&target) {
            return Ok(&self.value.0);
        }
        let message = format!("the environment has no target `{}`", target.escape_debug());
        let hint = match nearest(target, scope.targets.iter().copied()) {
            Some(name) => format!("did you mean `{name}`?"),
            None => format!("there are: {}", scope.targets.join(", ")),
        };
        Err(self.error(message).hint(hint))
    }
}
