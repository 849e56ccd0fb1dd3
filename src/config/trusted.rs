//! `gitops.trusted`: whose verdicts count.

use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{Deserializer, Error, SeqAccess, Visitor, value::SeqAccessDeserializer};

use crate::yaml::Line;

/// Whose verdicts count.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Trusted {
    /// Those of the account that Towline runs as, where the forge tells.
    #[default]
    Own,
    Any,
    Accounts(Vec<String>),
}

/// `any`, or a list of accounts
#[derive(Debug, Clone, JsonSchema)]
#[schemars(untagged)]
pub(super) enum Written {
    Any(AnyAccount),
    Accounts(Vec<Line>),
}

/// Verdicts of everybody who may write commit statuses count
#[derive(Debug, Clone, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub(super) enum AnyAccount {
    Any,
}

impl Written {
    pub fn resolve(&self) -> Trusted {
        match self {
            Written::Any(_) => Trusted::Any,
            Written::Accounts(accounts) => {
                Trusted::Accounts(accounts.iter().map(|account| account.to_string()).collect())
            }
        }
    }
}

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WrittenVisitor)
    }
}

struct WrittenVisitor;

impl<'de> Visitor<'de> for WrittenVisitor {
    type Value = Written;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of accounts, or `any`")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Written, E> {
        match text {
            "any" => Ok(Written::Any(AnyAccount::Any)),
            other => Err(E::custom(format!("expected a list of accounts or `any`, not `{other}`"))),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Written, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(list)).map(Written::Accounts)
    }
}
