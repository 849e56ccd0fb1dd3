//! `reporters:`, as it is written, and what it stands for in an environment.

use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor, value::SeqAccessDeserializer};

use super::Entry;
use super::reporter::{Count, Interval, Reporter, Reports, Scope};
use crate::vocabulary::Diagnostic;
use crate::yaml::{self, At, written_as};

/// `none`, or a list
#[derive(Debug, Clone, JsonSchema)]
#[schemars(untagged)]
pub enum Reporters {
    None(NoReporters),
    List(Vec<Declared>),
}

/// Nothing reports on deployments: a merge is enough
#[derive(Debug, Clone, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum NoReporters {
    None,
}

/// An entry of the list.
#[derive(Debug, Clone)]
pub struct Declared {
    operator: Arc<dyn Reports>,
    count: Option<Count>,
    repeat: Option<At<Interval>>,
}

written_as!(Declared = Entry);

impl TryFrom<Entry> for Declared {
    type Error = Diagnostic;

    fn try_from(mut entry: Entry) -> Result<Self, Diagnostic> {
        let (count, repeat) = (entry.count.take(), entry.repeat.take());
        let wrong = yaml::Wrong {
            none: "an entry of `reporters` that names no reporter",
            several: "an entry of `reporters` has more than one reporter",
            hint: "start each with its own `-`",
        };
        let (key, operator) = yaml::only(entry.chosen(), Entry::KEYS, &wrong)?;
        if let Some(count) = count.as_ref().filter(|_| key != "status") {
            let hint = "`flux` has `clusters` and `targets`, `argocd` has a `count` of its own";
            return Err(count.error("`count` goes with `status`").hint(hint));
        }
        Ok(Declared { operator, count: count.map(|count| count.value), repeat })
    }
}

impl Reporters {
    pub fn is_empty(&self) -> bool {
        matches!(self, Reporters::List(list) if list.is_empty())
    }

    /// The reporters that are meant, in a rollout that may take until `finish`.
    pub fn resolve(&self, scope: &Scope, finish: Duration) -> Result<Vec<Reporter>> {
        let mut all = Vec::new();
        if let Reporters::List(list) = self {
            for declared in list {
                all.extend(declared.resolve(scope, finish)?);
            }
        }
        Ok(all)
    }
}

impl Declared {
    fn resolve(&self, scope: &Scope, finish: Duration) -> Result<Vec<Reporter>> {
        if let Some(repeat) = self.repeat.as_ref().filter(|repeat| repeat.period * 2 > finish) {
            let message = format!(
                "a reporter that polls every {} may report after `finish` has expired",
                repeat.text.escape_debug()
            );
            return Err(repeat.error(message).hint("set `finish` to twice that time at least").into());
        }
        let repeat = self.repeat.as_ref().map(|repeat| repeat.period);
        let mut all = Vec::new();
        for mut expected in self.operator.expects(scope)? {
            if let Some(Count(count)) = self.count {
                expected.count = count;
            }
            all.push(Reporter::new(expected, (repeat, scope.forge), Arc::clone(&self.operator))?);
        }
        Ok(all)
    }
}

// An untagged enum of serde would read into a buffer first and lose the positions inside.
impl<'de> Deserialize<'de> for Reporters {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(ReportersVisitor)
    }
}

struct ReportersVisitor;

impl<'de> Visitor<'de> for ReportersVisitor {
    type Value = Reporters;

    fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("`none` or a list of reporters")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Reporters, E> {
        match text {
            "none" => Ok(Reporters::None(NoReporters::None)),
            _ => Err(E::invalid_value(serde::de::Unexpected::Str(text), &self)),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, from: A) -> Result<Reporters, A::Error> {
        Deserialize::deserialize(SeqAccessDeserializer::new(from)).map(Reporters::List)
    }
}
