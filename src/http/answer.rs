//! An answer that was read to its end and is JSON.

use std::sync::Arc;

use reqwest::header::HeaderMap;
use serde::de::DeserializeOwned;
use serde_json::Value;

use super::fault::{Fault, Kind, Result};

/// A 2xx answer. Cheap to copy.
#[derive(Debug, Clone)]
pub struct Response {
    pub status: u16,
    /// The request, for messages: `GET https://…`.
    pub(super) asked: Arc<str>,
    pub(super) headers: Arc<HeaderMap>,
    pub(super) body: Arc<Value>,
    /// What it takes in memory, about, in bytes.
    pub(super) weight: usize,
}

impl Response {
    /// Null when there was none.
    pub fn body(&self) -> &Value {
        &self.body
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as what the adapter expects.
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        self.decode(&self.body)
    }

    /// The items of a list: the body itself, or the one list in it (`value`, `check_runs`).
    pub fn items(&self) -> &[Value] {
        let list = match &*self.body {
            Value::Object(fields) => fields.values().find(|value| value.is_array()),
            list => Some(list),
        };
        list.and_then(Value::as_array).map_or(&[], Vec::as_slice)
    }

    /// The fault of an answer that has the right shape and the wrong content.
    pub fn odd(&self, why: &str) -> Fault {
        Fault::new(Kind::BadAnswer, &self.asked, why).with_status(self.status)
    }

    /// The fault of an answer that says no although its status says yes, as GraphQL does.
    pub fn refused(&self, kind: Kind, said: &str) -> Fault {
        Fault::new(kind, &self.asked, said).with_status(self.status)
    }

    pub(super) fn decode<T: DeserializeOwned>(&self, value: &Value) -> Result<T> {
        T::deserialize(value).map_err(|error| {
            self.odd(&format!("unexpected response: {error}"))
                .with_hint("check that this is the right forge and that its version is supported")
        })
    }
}
