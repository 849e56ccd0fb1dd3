//! `clusters:` and `targets:` of a reporter: how many clusters report, or which ones about which target of the
//! environment.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

use super::reporter::{Count, Expected, Scope};
use crate::vocabulary::{Diagnostic, nearest};
use crate::yaml::{At, written_as};

/// The clusters of a target: one, or a list
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
enum Written {
    One(String),
    Several(Vec<String>),
}

/// The clusters of a target.
pub(super) type Clusters = At<Names>;

#[derive(Debug)]
pub(super) struct Names(Vec<String>);

written_as!(Names = Written);

impl TryFrom<Written> for Names {
    type Error = Diagnostic;

    fn try_from(written: Written) -> Result<Self, Diagnostic> {
        let clusters = match written {
            Written::One(cluster) => vec![cluster],
            Written::Several(clusters) => clusters,
        };
        if clusters.is_empty() {
            return Err(Diagnostic::new("the list of clusters is empty"));
        }
        match clusters.iter().find(|name| name.is_empty() || name.contains(['/', '*', '?', '[', '{'])) {
            Some(name) => Err(Diagnostic::new(format!(
                "`{}` is not the name of a cluster",
                name.escape_debug()
            ))
            .hint(
                "for Flux, write what the contexts end with: the beginning of the Provider's id, or a name",
            )),
            None => Ok(Self(clusters)),
        }
    }
}

/// What is expected of clusters that are counted, or of each that is named: patterns of any cluster's contexts, and
/// of one cluster's.
pub(super) fn expected(
    count: Option<&At<Count>>,
    targets: &BTreeMap<String, Clusters>,
    scope: &Scope,
    (any, of): (Vec<String>, impl Fn(&str) -> Vec<String>),
) -> Result<Vec<Expected>, Diagnostic> {
    match count {
        _ if targets.is_empty() => {
            let Count(count) = count.map_or(Count(1), |count| count.value);
            return Ok(vec![Expected { patterns: any, count, target: None }]);
        }
        Some(count) => {
            let message = "`clusters` counts clusters and `targets` names them";
            return Err(count.error(message).hint("leave out one of them"));
        }
        None => {}
    }
    let mut all = Vec::new();
    for (target, clusters) in targets {
        let named = clusters.of(target, scope)?.iter();
        all.extend(named.map(|name| Expected { patterns: of(name), count: 1, target: Some(target.clone()) }));
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
