//! Nodes as input of `serde`: a document into a type. Every error has the place of the node that it
//! is about, and is in the words of the file.

use std::cell::RefCell;
use std::fmt::{self, Display};
use std::mem;
use std::path::Path;

use serde::de::value::{MapDeserializer, SeqDeserializer};
use serde::de::{self, DeserializeSeed, Deserializer, EnumAccess, Expected, IntoDeserializer};
use serde::de::{Unexpected, VariantAccess, Visitor};

use super::node::{Kind, Node};
use crate::vocabulary::{Diagnostic, Place, nearest};

/// The newtype that [`At`](super::At) reads itself as, to learn where it stands.
pub const AT: &str = "towline::yaml::At";
/// The newtype that [`Values`](super::Values) reads itself as, to get the node as it is.
pub const VALUES: &str = "towline::yaml::Values";

/// A node that is read into a type.
#[derive(Clone, Copy)]
pub struct Reader<'n> {
    pub node: &'n Node,
    pub file: &'n Path,
}

// Serde does not tell a type where it stands. A document is read on one thread, so this is where the
// reader leaves it for the type that is about to read.
thread_local! {
    static AHEAD: RefCell<(Place, Option<Node>)> = RefCell::default();
}

/// Where a type stands that reads itself as [`AT`].
pub fn place() -> Place {
    AHEAD.with_borrow_mut(|(place, _)| mem::take(place))
}

/// The node of a type that reads itself as [`VALUES`].
pub fn node() -> Option<Node> {
    AHEAD.with_borrow_mut(|(_, node)| node.take())
}

/// A diagnostic, as the error of a deserializer.
#[derive(Debug)]
pub struct Error(pub Box<Diagnostic>);

impl Error {
    fn new(message: impl Into<String>) -> Self {
        Self(Box::new(Diagnostic::new(message)))
    }
}

impl Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl std::error::Error for Error {}

impl de::Error for Error {
    fn custom<T: Display>(message: T) -> Self {
        Self::new(message.to_string())
    }

    fn invalid_type(unexpected: Unexpected, expected: &dyn Expected) -> Self {
        Self::new(format!("expected {}, found {unexpected}", in_words(&expected.to_string())))
    }

    fn invalid_value(unexpected: Unexpected, expected: &dyn Expected) -> Self {
        Self::invalid_type(unexpected, expected)
    }

    fn unknown_field(field: &str, expected: &'static [&'static str]) -> Self {
        Self(Box::new(Diagnostic::new(format!("unknown key `{field}`")).hint(one_of(field, expected))))
    }

    fn unknown_variant(variant: &str, expected: &'static [&'static str]) -> Self {
        Self(Box::new(Diagnostic::new(format!("unknown value `{variant}`")).hint(one_of(variant, expected))))
    }

    fn missing_field(field: &'static str) -> Self {
        Self::new(format!("missing key `{field}`"))
    }
}

/// Rust's names for types, as people call them.
fn in_words(expected: &str) -> &str {
    match expected {
        "a string" => "text",
        "a sequence" => "a list",
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number, 0 or more",
        "bool" | "a boolean" => "true or false",
        other => other,
    }
}

/// The nearest of the names that are possible, or all of them when none is near.
fn one_of(typed: &str, expected: &[&str]) -> String {
    match nearest(typed, expected.iter().copied()) {
        Some(name) => format!("did you mean `{name}`?"),
        None => format!("expected one of: {}", expected.join(", ")),
    }
}

impl<'de> IntoDeserializer<'de, Error> for Reader<'de> {
    type Deserializer = Self;

    fn into_deserializer(self) -> Self {
        self
    }
}

impl<'de> Reader<'de> {
    fn of(self, node: &'de Node) -> Self {
        Self { node, ..self }
    }

    fn place(self) -> Place {
        self.node.place(self.file)
    }

    /// An error of the node itself gets its place; those of its children have one.
    fn located<T>(self, result: Result<T, Error>) -> Result<T, Error> {
        result.map_err(|Error(diagnostic)| {
            let place = diagnostic.place.clone().unwrap_or_else(|| self.place());
            Error(Box::new(diagnostic.at(place)))
        })
    }

    fn expected<T>(self, what: &str) -> Result<T, Error> {
        self.located(Err(Error::new(format!("expected {what}"))))
    }

    fn items<V: Visitor<'de>>(self, items: &'de [Node], visitor: V) -> Result<V::Value, Error> {
        let mut access = SeqDeserializer::new(items.iter().map(|item| self.of(item)));
        self.located(visitor.visit_seq(&mut access))
    }

    fn entries<V: Visitor<'de>>(self, entries: &'de [(Node, Node)], visitor: V) -> Result<V::Value, Error> {
        let entries = entries.iter().map(|(key, value)| (self.of(key), self.of(value)));
        self.located(visitor.visit_map(MapDeserializer::new(entries)))
    }

    fn number<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.node.kind {
            Kind::Number(_) => self.deserialize_any(visitor),
            _ => self.expected("a whole number, 0 or more"),
        }
    }
}

macro_rules! as_numbers {
    ($($method:ident)*) => {$(
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
            self.number(visitor)
        }
    )*};
}

impl<'de> Deserializer<'de> for Reader<'de> {
    type Error = Error;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.node.kind {
            Kind::Null => self.located(visitor.visit_unit()),
            Kind::Bool(value) => self.located(visitor.visit_bool(*value)),
            Kind::String(text) => self.located(visitor.visit_str(text)),
            Kind::Sequence(items) => self.items(items, visitor),
            Kind::Mapping(entries) => self.entries(entries, visitor),
            Kind::Number(number) => self.located(match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(value), ..) => visitor.visit_u64(value),
                (_, Some(value), _) => visitor.visit_i64(value),
                (.., value) => visitor.visit_f64(value.unwrap_or_default()),
            }),
        }
    }

    as_numbers! {
        deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_u8 deserialize_u16
        deserialize_u32 deserialize_u64 deserialize_f32 deserialize_f64
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.node.kind {
            Kind::Bool(value) => self.located(visitor.visit_bool(*value)),
            _ => self.expected("true or false"),
        }
    }

    /// Where text is expected, a scalar without quotes is what is written.
    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.node.kind {
            Kind::Null => self.located(Err(Error::new("the value is missing: text is expected here"))),
            Kind::Sequence(_) | Kind::Mapping(_) => self.expected("text"),
            _ => self.located(visitor.visit_str(&self.node.spelling())),
        }
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.node.kind {
            Kind::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.node.kind {
            Kind::Sequence(items) => self.items(items, visitor),
            _ => self.expected("a list"),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match &self.node.kind {
            Kind::Mapping(entries) => self.entries(entries, visitor),
            _ => self.expected("a map"),
        }
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_map(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        if name == AT || name == VALUES {
            AHEAD.set((self.place(), (name == VALUES).then(|| self.node.clone())));
        }
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let one = "expected one of the values that are possible here, found a list or a map";
        self.located(match &self.node.kind {
            Kind::Mapping(entries) => match entries.as_slice() {
                [(key, value)] => visitor.visit_enum(Variant { key: self.of(key), value: self.of(value) }),
                [] => Err(Error::new(one)),
                _ => Err(Error::new("expected one key here, found several")),
            },
            Kind::Sequence(_) => Err(Error::new(one)),
            _ => visitor.visit_enum(Variant { key: self, value: self }),
        })
    }

    serde::forward_to_deserialize_any! {
        i128 u128 char bytes byte_buf unit unit_struct tuple tuple_struct ignored_any
    }
}

/// A variant of an enum: its name alone, where key and value are the same, or `name: value`.
struct Variant<'de> {
    key: Reader<'de>,
    value: Reader<'de>,
}

impl Variant<'_> {
    fn is_name(&self) -> bool {
        std::ptr::eq(self.key.node, self.value.node)
    }
}

impl<'de> EnumAccess<'de> for Variant<'de> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Error> {
        Ok((seed.deserialize(self.key)?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'de> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        match self.is_name() {
            true => Ok(()),
            false => {
                let one = "expected one of the values that are possible here, found a list or a map";
                self.key.located(Err(Error::new(one)))
            }
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        match self.is_name() {
            true => self.value.expected("a map"),
            false => seed.deserialize(self.value),
        }
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Error> {
        self.value.deserialize_seq(visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.value.deserialize_map(visitor)
    }
}
