//! `allowRemote`: whether a kustomization may have bases that come over the network.

use std::fmt;

use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{self, Deserializer, Visitor};

use crate::yaml::schema_as;

/// Which bases may come over the network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum AllowRemote {
    #[default]
    None,
    /// Those that name a commit.
    Pinned,
    All,
}

/// `true` for all bases, `false` for none, `pinned` for those that name a commit
#[derive(JsonSchema)]
#[schemars(untagged)]
#[expect(dead_code, reason = "describes what is written")]
enum Written {
    All(bool),
    Some(Word),
}

/// Which remote bases are allowed
#[derive(JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(rename = "RemoteBases")]
#[expect(dead_code, reason = "describes what is written")]
enum Word {
    Pinned,
}

schema_as!({} AllowRemote = Written);

impl<'de> Deserialize<'de> for AllowRemote {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(AllowRemoteVisitor)
    }
}

struct AllowRemoteVisitor;

impl Visitor<'_> for AllowRemoteVisitor {
    type Value = AllowRemote;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`true`, `false` or `pinned`")
    }

    fn visit_bool<E: de::Error>(self, all: bool) -> Result<AllowRemote, E> {
        Ok(if all { AllowRemote::All } else { AllowRemote::None })
    }

    fn visit_str<E: de::Error>(self, word: &str) -> Result<AllowRemote, E> {
        match word {
            "pinned" => Ok(AllowRemote::Pinned),
            other => Err(E::invalid_value(de::Unexpected::Str(other), &self)),
        }
    }
}
