//! `targets:` of a reporter: which clusters report about a target of the environment.

use schemars::JsonSchema;
use serde::Deserialize;

use super::reporter::Scope;
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

impl At<Names> {
    /// The clusters, if the environment has the target.
    pub fn of(&self, target: &str, scope: &Scope) -> Result<&[String], Diagnostic> {
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
