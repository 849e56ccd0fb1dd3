//! Strategic merge patch, as `kubectl patch --type=strategic` and Kustomize apply it.
//!
//! Maps are merged and `null` deletes. Lists are merged by the keys that the Kubernetes API has for
//! them ([`ListKeys`]), and replaced where it has none. Of a custom resource nothing is known, so its
//! lists are replaced, as in a JSON merge patch (RFC 7386), but for those of a pod: a Rollout is merged
//! like the Deployment that it was made from.
//!
//! Directives in the patch change that: `$patch: replace | delete | merge` for a map or an element of a
//! list, `$retainKeys` for the keys that stay, `$deleteFromPrimitiveList/x` for scalars to remove from
//! the list `x`, `$setElementOrder/x` for its order. The order of a merged list is kubectl's:
//! elements that the patch names stand in the patch's order, and those it does not name keep
//! their order between them.
//!
//! Unlike kubectl, keys keep their order; lists are merged by all their keys; a patch that fits several
//! elements is refused; `$patch: replace` on a map that the resource does not have adds it, where kubectl
//! drops it; and `$patch: merge`, which Kustomize has, says what happens anyway.

use serde_json::{Map, Value};

use super::list_keys::{Found, ListKeys, Lists};
use super::list_order;
use super::patch_error::PatchError;
use crate::kubernetes::{self, Field};

/// `$patch`: what to do with the map it stands in.
pub const DIRECTIVE: &str = "$patch";
const RETAIN_KEYS: &str = "$retainKeys";
const DELETE_FROM_LIST: &str = "$deleteFromPrimitiveList/";
const ELEMENT_ORDER: &str = "$setElementOrder/";

type Result<T> = std::result::Result<T, PatchError>;

/// Whether a key of a patch is an instruction instead of data.
fn is_directive(key: &str) -> bool {
    key == DIRECTIVE
        || key == RETAIN_KEYS
        || key.starts_with(DELETE_FROM_LIST)
        || key.starts_with(ELEMENT_ORDER)
}

/// Applies `patch` to `target`, a resource of the type `kind`; `None` is a custom resource.
pub fn apply(target: &mut Map<String, Value>, patch: &Map<String, Value>, kind: Option<Field>) -> Result<()> {
    Merge { path: Vec::new() }.map(target, patch, kind)
}

/// The type of a map of which nothing is known, if it looks like the `spec` of a pod.
fn pod_spec(map: &Map<String, Value>) -> Option<Field> {
    let is_container = |it: &Value| it["name"].is_string();
    let are_containers = |list: &Value| {
        let list = list.as_array().map(Vec::as_slice).unwrap_or_default();
        list.iter().all(is_container) && list.iter().any(|it| it["image"].is_string())
    };
    let lists = ["containers", "initContainers"].iter().filter_map(|name| map.get(*name));
    lists.into_iter().any(are_containers).then(|| kubernetes::pod_template().field("spec")).flatten()
}

/// A merge, and where in the patch it is, with list indices, for errors.
struct Merge {
    path: Vec<String>,
}

impl Merge {
    fn map(
        &mut self,
        target: &mut Map<String, Value>,
        patch: &Map<String, Value>,
        of: Option<Field>,
    ) -> Result<()> {
        match self.directive(patch)? {
            Directive::Merge => {}
            Directive::Delete => {
                target.clear();
                return Ok(());
            }
            Directive::Replace => target.clear(),
        }
        let of = of.or_else(|| pod_spec(target)).or_else(|| pod_spec(patch));
        let field = |name: &str| of.and_then(|of| of.field(name));
        self.retain_keys(target, patch)?;
        for (key, value) in patch.iter().filter(|(key, _)| !is_directive(key)) {
            let order = patch.get(&format!("{ELEMENT_ORDER}{key}"));
            self.inside(key, |merge| merge.field(target, key, value, field(key), order))?;
        }
        for (key, value) in patch {
            if let Some(name) = key.strip_prefix(DELETE_FROM_LIST) {
                self.inside(key, |merge| merge.delete_from_list(target.get_mut(name), value))?;
            } else if let Some(name) = key.strip_prefix(ELEMENT_ORDER)
                && !patch.contains_key(name)
                && let Some(Value::Array(list)) = target.get_mut(name)
            {
                self.inside(key, |merge| merge.reorder(list, field(name), value))?;
            }
        }
        Ok(())
    }

    fn field(
        &mut self,
        target: &mut Map<String, Value>,
        key: &str,
        patch: &Value,
        of: Option<Field>,
        order: Option<&Value>,
    ) -> Result<()> {
        let is_replaced = of.is_some_and(Field::is_replaced);
        match (target.get_mut(key), patch) {
            // `shift_remove`, because a removed key must not change the order of the others.
            (_, Value::Null) => drop(target.shift_remove(key)),
            (Some(Value::Object(old)), Value::Object(new)) if !is_replaced => self.map(old, new, of)?,
            (Some(Value::Array(old)), Value::Array(new)) => match Lists::of(of) {
                Lists::Keyed(keys) => *old = self.keyed_list(old, new, of, &keys, order)?,
                Lists::Union => {
                    let named = order.map_or(Ok(new), |order| self.list(order))?;
                    *old = list_order::arrange(list_order::union(old, new), named, old, None);
                }
                Lists::Replaced => *old = self.whole_list(new)?,
            },
            // A map that is only a directive to delete has nothing to add.
            (None, Value::Object(new)) if self.directive(new)? == Directive::Delete => {}
            (_, Value::Array(new)) => {
                let added = match Lists::of(of) {
                    Lists::Keyed(keys) => self.keyed_list(&[], new, of, &keys, None)?,
                    _ => self.whole_list(new)?,
                };
                target.insert(key.to_owned(), Value::Array(added));
            }
            (_, Value::Object(new)) => {
                let added = self.added(new, of)?;
                target.insert(key.to_owned(), added);
            }
            (_, scalar) => drop(target.insert(key.to_owned(), scalar.clone())),
        }
        Ok(())
    }

    /// Merges two lists of maps, matching their elements by `keys`.
    fn keyed_list(
        &mut self,
        old: &[Value],
        patch: &[Value],
        of: Option<Field>,
        keys: &ListKeys,
        order: Option<&Value>,
    ) -> Result<Vec<Value>> {
        let mut kept = old.to_vec();
        // Elements that take the place of all others need no key.
        let replace = patch.iter().any(|it| it.get(DIRECTIVE) == Some(&"replace".into()));
        let mut elements = Vec::new();
        for (index, element) in patch.iter().enumerate() {
            let at = index.to_string();
            self.inside(&at, |merge| {
                let (map, directive) = merge.element(element, keys, replace)?;
                match directive {
                    Directive::Merge => elements.push((at.clone(), map)),
                    Directive::Replace => {}
                    Directive::Delete => merge.delete(&mut kept, map, keys)?,
                }
                Ok(())
            })?;
        }
        let item = of.and_then(Field::item);
        if replace {
            let added = elements.iter().map(|(at, map)| self.inside(at, |merge| merge.added(map, item)));
            return added.collect();
        }
        let mut merged = kept.clone();
        let mut named = Vec::with_capacity(elements.len());
        for (at, map) in &elements {
            self.inside(at, |merge| merge.element_into(&mut merged, kept.len(), map, item, keys))
                .map(|index| named.push(merged[index].clone()))?;
        }
        let named = order.map_or(Ok(&named), |order| self.list(order))?;
        Ok(list_order::arrange(merged, named, &kept, Some(keys)))
    }

    /// Merges an element of the patch into the one that it means, or adds it. The first `kept` of
    /// `merged` are those of the resource.
    fn element_into(
        &mut self,
        merged: &mut Vec<Value>,
        kept: usize,
        patch: &Map<String, Value>,
        item: Option<Field>,
        keys: &ListKeys,
    ) -> Result<usize> {
        let whole = Value::Object(patch.clone());
        let index = match keys.find(patch, &merged[..kept]) {
            Found::Several(count) => return Err(self.ambiguous(patch, keys, count)),
            Found::One(index) => Some(index),
            Found::None => merged[kept..].iter().position(|it| keys.same(it, &whole)).map(|it| kept + it),
        };
        match index.and_then(|index| Some((index, merged[index].as_object_mut()?))) {
            Some((index, old)) => self.map(old, patch, item).map(|()| index),
            None => {
                merged.push(self.added(patch, item)?);
                Ok(merged.len() - 1)
            }
        }
    }

    /// What a patch adds where there is nothing. Its nulls would have deleted something.
    fn added(&mut self, patch: &Map<String, Value>, of: Option<Field>) -> Result<Value> {
        let mut added = Map::new();
        self.map(&mut added, patch, of)?;
        Ok(Value::Object(added))
    }

    fn delete(&self, kept: &mut Vec<Value>, patch: &Map<String, Value>, keys: &ListKeys) -> Result<()> {
        match keys.find(patch, kept) {
            Found::Several(count) if !keys.missing(patch).is_empty() => {
                Err(self.ambiguous(patch, keys, count))
            }
            _ => {
                kept.retain(|old| !keys.fits(patch, old));
                Ok(())
            }
        }
    }

    fn ambiguous(&self, patch: &Map<String, Value>, keys: &ListKeys, count: usize) -> PatchError {
        let error = self.error(format!("{count} elements of this list have {}", keys.shown(patch)));
        match keys.missing(patch)[..] {
            [] => error.hint("remove all but one of them, or use a JSON patch with `target` and `patch`"),
            ref missing => error.hint(format!("add `{}`, which tells them apart", missing.join("` and `"))),
        }
    }

    /// An element of a list that is merged by `keys`, and its directive.
    fn element<'a>(
        &self,
        element: &'a Value,
        keys: &ListKeys,
        replace: bool,
    ) -> Result<(&'a Map<String, Value>, Directive)> {
        let key = keys.first();
        let Value::Object(map) = element else {
            return Err(self.error(format!("an element of this list must be a map with `{key}`")));
        };
        let directive = self.directive(map)?;
        if !replace && !map.contains_key(key) {
            let error = self.error(format!("this element has no `{key}`, by which the list is merged"));
            return Err(error.hint("name it, or replace the whole list with an element `$patch: replace`"));
        }
        Ok((map, directive))
    }

    /// A list that takes the place of the resource's. An element `$patch: replace` says that too.
    fn whole_list(&mut self, list: &[Value]) -> Result<Vec<Value>> {
        let says_so = |it: &Value| {
            it.as_object().is_some_and(|it| it.len() == 1 && it.get(DIRECTIVE) == Some(&"replace".into()))
        };
        for (index, element) in list.iter().enumerate().filter(|(_, it)| !says_so(it)) {
            self.inside(&index.to_string(), |merge| merge.refuse_directives(element))?;
        }
        Ok(list.iter().filter(|it| !says_so(it)).cloned().collect())
    }

    fn refuse_directives(&mut self, value: &Value) -> Result<()> {
        match value {
            Value::Object(map) => map.iter().try_for_each(|(key, value)| match is_directive(key) {
                true => Err(self
                    .error(format!("this list is replaced, not merged, so `{key}` has no effect"))
                    .hint("write the whole list, or a JSON patch with `target` and `patch`")),
                false => self.inside(key, |merge| merge.refuse_directives(value)),
            }),
            Value::Array(list) => list.iter().enumerate().try_for_each(|(index, value)| {
                self.inside(&index.to_string(), |merge| merge.refuse_directives(value))
            }),
            _ => Ok(()),
        }
    }

    fn retain_keys(&self, target: &mut Map<String, Value>, patch: &Map<String, Value>) -> Result<()> {
        let Some(keys) = patch.get(RETAIN_KEYS) else { return Ok(()) };
        let keys = self.list(keys)?;
        let retained = |key: &str| keys.iter().any(|retained| retained == key);
        for (key, value) in patch.iter().filter(|(key, value)| !is_directive(key) && !value.is_null()) {
            if !retained(key) {
                let kind = if value.is_object() { "map" } else { "value" };
                return Err(
                    self.error(format!("`{RETAIN_KEYS}` does not list the {kind} `{key}` of the same patch"))
                );
            }
        }
        target.retain(|key, _| retained(key));
        Ok(())
    }

    fn delete_from_list(&self, target: Option<&mut Value>, scalars: &Value) -> Result<()> {
        let scalars = self.list(scalars)?;
        if let Some(Value::Array(list)) = target {
            list.retain(|value| !scalars.contains(value));
        }
        Ok(())
    }

    fn reorder(&self, list: &mut Vec<Value>, of: Option<Field>, order: &Value) -> Result<()> {
        let keys = of.and_then(ListKeys::of);
        *list = list_order::arrange(list.clone(), self.list(order)?, list, keys.as_ref());
        Ok(())
    }

    fn directive(&self, patch: &Map<String, Value>) -> Result<Directive> {
        match patch.get(DIRECTIVE).map(|value| value.as_str()) {
            None | Some(Some("merge")) => Ok(Directive::Merge),
            Some(Some("replace")) => Ok(Directive::Replace),
            Some(Some("delete")) => Ok(Directive::Delete),
            Some(_) => {
                let error = PatchError::new(self.path.iter().cloned().chain([DIRECTIVE.to_owned()]));
                Err(error.message(format!("`{DIRECTIVE}` is `replace`, `delete` or `merge`")))
            }
        }
    }

    fn list<'v>(&self, value: &'v Value) -> Result<&'v Vec<Value>> {
        value.as_array().ok_or_else(|| self.error("this directive takes a list".to_owned()))
    }

    fn inside<T>(&mut self, key: &str, work: impl FnOnce(&mut Self) -> Result<T>) -> Result<T> {
        self.path.push(key.to_owned());
        let result = work(self);
        self.path.pop();
        result
    }

    fn error(&self, message: String) -> PatchError {
        PatchError::new(self.path.iter().cloned()).message(message)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Directive {
    Merge,
    Replace,
    Delete,
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The examples of RFC 7386, appendix A, that start from an object and end in one: how a custom
    /// resource is patched.
    #[test]
    fn examples_of_the_rfc() {
        let cases = [
            (json!({"a":"b"}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"b"}), json!({"b":"c"}), json!({"a":"b","b":"c"})),
            (json!({"a":"b"}), json!({"a":null}), json!({})),
            (json!({"a":"b","b":"c"}), json!({"a":null}), json!({"b":"c"})),
            (json!({"a":["b"]}), json!({"a":"c"}), json!({"a":"c"})),
            (json!({"a":"c"}), json!({"a":["b"]}), json!({"a":["b"]})),
            (json!({"a":{"b":"c"}}), json!({"a":{"b":"d","c":null}}), json!({"a":{"b":"d"}})),
            (json!({"a":[{"b":"c"}]}), json!({"a":[1]}), json!({"a":[1]})),
            (json!({"e":null}), json!({"a":1}), json!({"e":null,"a":1})),
            (json!({}), json!({"a":{"bb":{"ccc":null}}}), json!({"a":{"bb":{}}})),
        ];
        for (mut target, patch, expected) in cases {
            apply(target.as_object_mut().unwrap(), patch.as_object().unwrap(), None).unwrap();
            assert_eq!(target, expected, "{patch}");
        }
    }

    #[test]
    fn directives_are_not_data() {
        let patch = json!({"spec": {"steps": [{"$patch": "delete"}]}});
        let error = apply(&mut Map::new(), patch.as_object().unwrap(), None).unwrap_err();
        assert_eq!(error.path, ["spec", "steps", "0"]);
    }
}
