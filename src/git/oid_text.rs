//! Object ids as hexadecimal text, for serde.

use git2::Oid;
use serde::{Deserialize, Deserializer, Serializer, de::Error};

pub fn serialize<S: Serializer>(id: &Oid, to: S) -> Result<S::Ok, S::Error> {
    to.collect_str(id)
}

pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Oid, D::Error> {
    Oid::from_str(&String::deserialize(from)?).map_err(D::Error::custom)
}

pub mod option {
    use super::*;

    pub fn serialize<S: Serializer>(id: &Option<Oid>, to: S) -> Result<S::Ok, S::Error> {
        match id {
            Some(id) => to.collect_str(id),
            None => to.serialize_none(),
        }
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Option<Oid>, D::Error> {
        Option::<String>::deserialize(from)?
            .map(|text| Oid::from_str(&text).map_err(D::Error::custom))
            .transpose()
    }
}
