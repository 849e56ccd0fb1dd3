//! What sections of a file are made of: types that are written as simpler ones, and lists whose
//! entries have exactly one of several keys.

use std::fmt::Debug;

use schemars::JsonSchema;
use serde::de::{Deserialize, Deserializer};

use crate::vocabulary::Diagnostic;

/// The first type is described as the second one in the JSON Schema.
macro_rules! schema_as {
    ({$($generics:tt)*} $type:ty = $written:ty) => {
        impl<$($generics)*> schemars::JsonSchema for $type {
            fn inline_schema() -> bool {
                <$written>::inline_schema()
            }

            fn schema_name() -> std::borrow::Cow<'static, str> {
                <$written>::schema_name()
            }

            fn schema_id() -> std::borrow::Cow<'static, str> {
                <$written>::schema_id()
            }

            fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
                <$written>::json_schema(generator)
            }
        }
    };
}

/// The first type is written as the second one, of which `TryFrom` makes it.
macro_rules! written_as {
    ($($type:ty = $written:ty),* $(,)?) => {$(
        impl<'de> serde::Deserialize<'de> for $type {
            fn deserialize<D: serde::Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
                $crate::yaml::convert::<$written, _, _>(from)
            }
        }

        $crate::yaml::schema_as!({} $type = $written);
    )*};
}

/// A table of keys, of which an entry of a list has exactly one. Each has a type of its own, all of
/// which are a trait. Behind `beside` stand keys that go with any of them.
///
/// It makes the struct that is read, with `KEYS` and with `chosen`: the keys that an entry has, and
/// what is behind them.
macro_rules! alternatives {
    (
        $(#[$meta:meta])*
        $name:ident: dyn $trait:ident {
            $($(#[$row:meta])* $key:ident: $type:ty,)*
        }
        $(beside { $($(#[$other:meta])* $field:ident: $of:ty,)* })?
    ) => {
        #[derive(Debug, serde::Deserialize, schemars::JsonSchema)]
        #[serde(deny_unknown_fields, rename_all = "camelCase")]
        $(#[$meta])*
        pub(super) struct $name {
            $($(#[$row])* $key: Option<$type>,)*
            $($($(#[$other])* pub $field: $of,)*)?
        }

        impl $name {
            pub const KEYS: &'static [&'static str] = &[$(stringify!($key)),*];

            pub fn chosen(self) -> Vec<(String, std::sync::Arc<dyn $trait>)> {
                let mut chosen: Vec<(String, std::sync::Arc<dyn $trait>)> = Vec::new();
                $(if let Some(it) = self.$key {
                    chosen.push(($crate::yaml::key(stringify!($key)), std::sync::Arc::new(it)));
                })*
                chosen
            }
        }
    };
}

pub(crate) use {alternatives, schema_as, written_as};

/// The key in the file of a field: `keyVault` of `key_vault`.
pub fn key(field: &str) -> String {
    let mut words = field.split('_');
    let first = words.next().unwrap_or_default().to_owned();
    let capital = |word: &str| word[..1].to_uppercase() + &word[1..];
    words.fold(first, |key, word| key + &capital(word))
}

/// What people are told when an entry of a list does not have exactly one of its keys.
pub struct Wrong {
    pub none: &'static str,
    pub several: &'static str,
    /// What to do about several.
    pub hint: &'static str,
}

/// The only one of what an entry has. `fields` are those that it could have.
pub fn only<T>(mut chosen: Vec<T>, fields: &[&str], wrong: &Wrong) -> Result<T, Diagnostic> {
    match (chosen.pop(), chosen.is_empty()) {
        (Some(only), true) => Ok(only),
        (Some(_), false) => Err(Diagnostic::new(wrong.several).hint(wrong.hint)),
        (None, _) => {
            let keys: Vec<String> = fields.iter().map(|field| key(field)).collect();
            Err(Diagnostic::new(wrong.none).hint(format!("one of: {}", keys.join(", "))))
        }
    }
}

/// A section that is understood, and refused by the step that would need it: not supported yet.
#[derive(Debug, Clone)]
pub struct Later<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Later<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        T::deserialize(from).map(Later)
    }
}

schema_as!({T: JsonSchema} Later<T> = T);
