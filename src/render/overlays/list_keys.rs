//! Which elements of a list a patch means: the keys by which the Kubernetes API tells them apart.
//!
//! The ports of a Service are told apart by `port` and `protocol`, as server-side apply and Kustomize
//! do it; `kubectl patch` looks only at `port`, and turns a TCP port into the UDP port beside it. A
//! patch may leave out the further keys where one element fits.

use serde_json::{Map, Value};

use crate::kubernetes::Field;

/// Keys that the API server fills in.
const DEFAULTS: [(&str, &str); 1] = [("protocol", "TCP")];

/// How a list in a patch meets the one in the resource.
pub enum Lists {
    Keyed(ListKeys),
    /// Scalars, each once; those of the patch are added.
    Union,
    Replaced,
}

impl Lists {
    pub fn of(field: Option<Field>) -> Self {
        let Some(field) = field else { return Self::Replaced };
        match ListKeys::of(field) {
            Some(keys) => Self::Keyed(keys),
            None if field.is_union() => Self::Union,
            None => Self::Replaced,
        }
    }
}

/// The keys of a list of maps: at least one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListKeys(Vec<&'static str>);

/// The element that a patch means.
#[derive(Debug, PartialEq, Eq)]
pub enum Found {
    None,
    One(usize),
    /// So many elements fit.
    Several(usize),
}

impl ListKeys {
    /// The keys by which patches are merged into a list, if they are.
    pub fn of(field: Field) -> Option<Self> {
        let first = field.merge_key()?;
        let further = field.list_map_keys().filter(|key| *key != first);
        Some(Self(std::iter::once(first).chain(further).collect()))
    }

    /// The key that every element of a patch must have.
    pub fn first(&self) -> &'static str {
        self.0[0]
    }

    /// The keys that an element does not give.
    pub fn missing(&self, element: &Map<String, Value>) -> Vec<&'static str> {
        self.0.iter().copied().filter(|key| !element.contains_key(*key)).collect()
    }

    /// Whether `element` has the keys that `wanted` gives.
    pub fn fits(&self, wanted: &Map<String, Value>, element: &Value) -> bool {
        let has =
            |key: &&str| wanted.get(*key).is_none_or(|wanted| key_of(element, key) == Some(wanted.clone()));
        wanted.contains_key(self.first()) && element.is_object() && self.0.iter().all(has)
    }

    /// Whether both elements have the same keys.
    pub fn same(&self, one: &Value, other: &Value) -> bool {
        self.0.iter().all(|key| key_of(one, key) == key_of(other, key)) && one.get(self.first()).is_some()
    }

    /// The element of `list` that `wanted` means.
    pub fn find(&self, wanted: &Map<String, Value>, list: &[Value]) -> Found {
        let mut fitting = (0..list.len()).filter(|index| self.fits(wanted, &list[*index]));
        match (fitting.next(), fitting.count()) {
            (None, _) => Found::None,
            (Some(index), 0) => Found::One(index),
            (Some(_), others) => Found::Several(1 + others),
        }
    }

    /// `port 53`
    pub fn shown(&self, element: &Map<String, Value>) -> String {
        let given = self.0.iter().filter_map(|key| Some((key, element.get(*key)?)));
        let given = given.map(|(key, value)| match value {
            Value::String(text) => format!("{key} {text}"),
            value => format!("{key} {value}"),
        });
        given.collect::<Vec<_>>().join(", ")
    }
}

/// The value of a key, or the API's default for it.
fn key_of(element: &Value, key: &str) -> Option<Value> {
    let default = || DEFAULTS.iter().find(|(name, _)| *name == key).map(|(_, value)| Value::from(*value));
    element.get(key).cloned().or_else(default)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_key_that_is_left_out_may_be_anything() {
        let keys = ListKeys(vec!["port", "protocol"]);
        let ports = [json!({"port": 53}), json!({"port": 53, "protocol": "UDP"}), json!({"port": 80})];
        let find = |wanted: Value| keys.find(wanted.as_object().unwrap(), &ports);
        assert_eq!(find(json!({"port": 80})), Found::One(2));
        assert_eq!(find(json!({"port": 53, "protocol": "TCP"})), Found::One(0));
        assert_eq!(find(json!({"port": 53, "protocol": "UDP"})), Found::One(1));
        assert_eq!(find(json!({"port": 53})), Found::Several(2));
        assert_eq!(find(json!({"port": 80, "protocol": "UDP"})), Found::None);
    }
}
