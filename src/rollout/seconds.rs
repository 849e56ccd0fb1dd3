//! A length of time in JSON: whole seconds, rounded up.

use std::time::Duration;

use serde::Serializer;

pub fn serialize<S: Serializer>(time: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u64(time.as_millis().div_ceil(1000).try_into().unwrap_or(u64::MAX))
}
