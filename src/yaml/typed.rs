//! Reading a document into a type whose values remember where they stood.
//!
//! A wrong *shape* is told by the parser, with a position. A wrong *value* is refused by its type,
//! through [`refuse`], while it is read; what takes more than one value to know is found later, when
//! the parser is gone, and [`At`] is what still knows the place then.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::ops::{Deref, DerefMut};
use std::path::Path;

use anyhow::Result;
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::{self, Deserialize, DeserializeOwned, Deserializer, MapAccess, Visitor};

use super::deserialize::{self, AT, Reader, VALUES};
use super::{Node, parse_named, schema_as};
use crate::vocabulary::{Diagnostic, Place};

/// Reads the only document of `text`. `file` is for errors and for the places of values.
pub fn read_document<T: DeserializeOwned>(text: &str, file: &Path) -> Result<T> {
    let documents = parse_named(text, file)?;
    let empty = Node::empty();
    let node = match documents.as_slice() {
        [] => &empty,
        [node] => node,
        [_, second, ..] => {
            let error = Diagnostic::new("the file contains more than one YAML document");
            return Err(error.at(second.place(file)).into());
        }
    };
    let outer = REFUSED.take();
    let read = T::deserialize(Reader { node, file });
    let refused = REFUSED.replace(outer);
    read.map_err(|deserialize::Error(error)| refused.unwrap_or(*error).into())
}

// Serde gives a type no way to refuse a value with a hint. A document is read on one thread, so this
// is where [`read_document`] and the types meet.
thread_local! {
    static REFUSED: RefCell<Option<Diagnostic>> = const { RefCell::new(None) };
}

/// The error of a type that refuses what is written: [`read_document`] gives the diagnostic as it is.
pub fn refuse<E: de::Error>(diagnostic: Diagnostic) -> E {
    let error = E::custom(&diagnostic);
    REFUSED.set(Some(diagnostic));
    error
}

/// Reads what is written as a simpler type, of which `T` is made. One that cannot be is refused at
/// its place.
pub fn convert<'de, S, T, D>(from: D) -> Result<T, D::Error>
where
    S: Deserialize<'de>,
    T: TryFrom<S, Error = Diagnostic>,
    D: Deserializer<'de>,
{
    let At { value, place } = At::<S>::deserialize(from)?;
    T::try_from(value)
        .map_err(|refused| refuse(Diagnostic { place: refused.place.or(Some(place)), ..refused }))
}

/// A value and where it stands.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct At<T> {
    pub value: T,
    pub place: Place,
}

impl<T> At<T> {
    /// An error about the value.
    pub fn error(&self, message: impl Into<String>) -> Diagnostic {
        Diagnostic::new(message).at(self.place.clone())
    }
}

impl<T> Deref for At<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T> DerefMut for At<T> {
    fn deref_mut(&mut self) -> &mut T {
        &mut self.value
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for At<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_newtype_struct(AT, AtVisitor(PhantomData))
    }
}

struct AtVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for AtVisitor<T> {
    type Value = At<T>;

    fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("a value")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, from: D) -> Result<At<T>, D::Error> {
        let place = deserialize::place();
        Ok(At { value: T::deserialize(from)?, place })
    }
}

// In the file, a value with a place is just the value.
schema_as!({T: JsonSchema} At<T> = T);

/// A map of any shape, with the position of every value and its keys as they are written.
#[derive(Debug, Clone)]
pub struct Values(pub Node);

impl<'de> Deserialize<'de> for Values {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_newtype_struct(VALUES, ValuesVisitor)
    }
}

struct ValuesVisitor;

impl<'de> Visitor<'de> for ValuesVisitor {
    type Value = Values;

    fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("a map")
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, _: D) -> Result<Values, D::Error> {
        deserialize::node().map(Values).ok_or_else(|| de::Error::custom("expected a map"))
    }
}

impl JsonSchema for Values {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Values".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        schemars::json_schema!({"type": "object"})
    }
}

/// A map with free keys, in the order of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entries<T>(pub Vec<(At<String>, T)>);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Entries<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_map(EntriesVisitor(PhantomData))
    }
}

struct EntriesVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for EntriesVisitor<T> {
    type Value = Entries<T>;

    fn expecting(&self, f: &mut std::fmt::Formatter) -> std::fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut from: A) -> Result<Entries<T>, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = from.next_entry()? {
            entries.push(entry);
        }
        Ok(Entries(entries))
    }
}

impl<T: JsonSchema> JsonSchema for Entries<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        format!("Map_of_{}", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        std::collections::BTreeMap::<String, T>::json_schema(generator)
    }
}
