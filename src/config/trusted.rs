//! `gitops.trusted`: whose verdicts count.

use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{Deserializer, Error, SeqAccess, Unexpected, Visitor, value::SeqAccessDeserializer};

use crate::vocabulary::Diagnostic;
use crate::yaml::{At, Line};

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
    pub fn resolve(written: Option<&At<Self>>) -> Result<Trusted, Diagnostic> {
        let Some(written) = written else { return Ok(Trusted::Own) };
        let Written::Accounts(accounts) = &written.value else { return Ok(Trusted::Any) };
        let accounts: Vec<String> = accounts.iter().map(|account| account.to_string()).collect();
        match accounts.as_slice() {
            [] => Err(written
                .error("`trusted` is an empty list: no verdict would count")
                .hint("list the accounts, or leave it out to trust the account that Towline runs as")),
            list if list.iter().any(|account| account == "any") => Err(written
                .error("`any` is not the name of an account")
                .hint("write `trusted: any` without a list to trust everybody")),
            _ => Ok(Trusted::Accounts(accounts)),
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
        f.write_str("`any` or a list of accounts")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Written, E> {
        match text {
            "any" => Ok(Written::Any(AnyAccount::Any)),
            _ => Err(E::invalid_value(Unexpected::Str(text), &self)),
        }
    }

    fn visit_seq<A: SeqAccess<'de>>(self, list: A) -> Result<Written, A::Error> {
        Vec::deserialize(SeqAccessDeserializer::new(list)).map(Written::Accounts)
    }
}
