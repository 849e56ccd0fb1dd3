//! Strategic merge patch, as `kubectl patch --type=strategic` applies it.
//!
//! Maps are merged, `null` deletes, and lists are merged by the keys of [`merge_keys`](super::merge_keys). Directives
//! in the patch change that: `$patch: replace | delete | merge` for a map or an element of a list,
//! `$retainKeys` for the keys that stay, `$deleteFromPrimitiveList/x` for scalars to remove from
//! the list `x`, `$setElementOrder/x` for its order. The order of a merged list is kubectl's:
//! elements that the patch names stand in the patch's order, and those it does not name keep
//! their order between them.
//!
//! Unlike kubectl, keys keep their order; `$patch: replace` on a map that the resource does not
//! have adds it, where kubectl drops it; and `$patch: merge`, which Kustomize has, says what
//! happens anyway.

use serde_json::{Map, Value};

use super::list_order;
use super::merge_keys::{Rule, Schema};
use super::patch_error::PatchError;

/// `$patch`: what to do with the map it stands in.
pub const DIRECTIVE: &str = "$patch";
const RETAIN_KEYS: &str = "$retainKeys";
const DELETE_FROM_LIST: &str = "$deleteFromPrimitiveList/";
const ELEMENT_ORDER: &str = "$setElementOrder/";

type Result<T> = std::result::Result<T, PatchError>;

/// Whether a key of a patch is an instruction instead of data.
pub fn is_directive(key: &str) -> bool {
    key == DIRECTIVE
        || key == RETAIN_KEYS
        || key.starts_with(DELETE_FROM_LIST)
        || key.starts_with(ELEMENT_ORDER)
}

/// Applies `patch` to `target`, whose kind has the rules `schema`.
pub fn apply(target: &mut Map<String, Value>, patch: &Map<String, Value>, schema: Schema) -> Result<()> {
    Merge { schema, fields: Vec::new(), path: Vec::new() }.map(target, patch)
}

/// Where the merge is: `fields` for the rules, `path`, with list indices, for errors.
struct Merge<'a> {
    schema: Schema,
    fields: Vec<&'a str>,
    path: Vec<String>,
}

impl<'a> Merge<'a> {
    fn map(&mut self, target: &mut Map<String, Value>, patch: &'a Map<String, Value>) -> Result<()> {
        match self.directive(patch)? {
            Directive::Merge => {}
            Directive::Delete => {
                target.clear();
                return Ok(());
            }
            Directive::Replace => {
                *target = data_only(patch);
                return Ok(());
            }
        }
        self.retain_keys(target, patch)?;
        for (key, value) in patch.iter().filter(|(key, _)| !is_directive(key)) {
            self.inside(key, |merge| {
                merge.field(target, key, value, patch.get(&format!("{ELEMENT_ORDER}{key}")))
            })?;
        }
        for (key, value) in patch {
            if let Some(name) = key.strip_prefix(DELETE_FROM_LIST) {
                self.inside(key, |merge| merge.delete_from_list(target.get_mut(name), value))?;
            } else if let Some(name) = key.strip_prefix(ELEMENT_ORDER)
                && !patch.contains_key(name)
                && let Some(Value::Array(list)) = target.get_mut(name)
            {
                self.inside(key, |merge| merge.reorder(list, name, value))?;
            }
        }
        Ok(())
    }

    fn field(
        &mut self,
        target: &mut Map<String, Value>,
        key: &'a str,
        patch: &'a Value,
        order: Option<&'a Value>,
    ) -> Result<()> {
        self.fields.push(key);
        let rule = self.schema.rule(&self.fields);
        match (target.get_mut(key), patch) {
            // `shift_remove`, because a removed key must not change the order of the others.
            (_, Value::Null) => drop(target.shift_remove(key)),
            (Some(Value::Object(old)), Value::Object(new)) if rule != Rule::Replace => self.map(old, new)?,
            (Some(Value::Array(old)), Value::Array(new)) if rule == Rule::Union => {
                let merged = list_order::union(old, new);
                *old =
                    list_order::arrange(merged, order.map_or(Ok(new), |order| self.list(order))?, old, None);
            }
            (Some(Value::Array(old)), Value::Array(new)) => match rule {
                Rule::MergeBy(merge_key) => *old = self.keyed_list(old, new, merge_key, order)?,
                _ => *old = new.iter().map(without_directives).collect(),
            },
            (Some(old), new) => *old = without_directives(new),
            // A map that is only a directive to delete has nothing to add.
            (None, Value::Object(new)) if self.directive(new)? == Directive::Delete => {}
            (None, new) => drop(target.insert(key.to_owned(), self.added(new, rule)?)),
        }
        self.fields.pop();
        Ok(())
    }

    /// Merges two lists of maps, matching their elements by `merge_key`.
    fn keyed_list(
        &mut self,
        old: &[Value],
        patch: &'a [Value],
        merge_key: &str,
        order: Option<&'a Value>,
    ) -> Result<Vec<Value>> {
        let mut kept = old.to_vec();
        let mut replace = false;
        let mut elements = Vec::new();
        for (index, element) in patch.iter().enumerate() {
            let at = index.to_string();
            let (map, directive) = self.inside(&at, |merge| merge.element(element, merge_key))?;
            match directive {
                Directive::Merge => elements.push((at, map)),
                Directive::Replace => replace = true,
                Directive::Delete => kept.retain(|old| old.get(merge_key) != map.get(merge_key)),
            }
        }
        if replace {
            return Ok(elements.into_iter().map(|(_, map)| Value::Object(data_only(map))).collect());
        }
        let mut merged = kept.clone();
        for (at, map) in &elements {
            let found = merged.iter_mut().filter_map(Value::as_object_mut);
            match found.into_iter().find(|old| old.get(merge_key) == map.get(merge_key)) {
                Some(old) => self.inside(at, |merge| merge.map(old, map))?,
                None => merged.push(Value::Object(data_only(map))),
            }
        }
        let named: Vec<Value> = match order {
            Some(order) => self.list(order)?.clone(),
            None => elements.iter().map(|(_, map)| Value::Object((*map).clone())).collect(),
        };
        Ok(list_order::arrange(merged, &named, &kept, Some(merge_key)))
    }

    /// An element of a list that is merged by `merge_key`, and its directive.
    fn element(&self, element: &'a Value, merge_key: &str) -> Result<(&'a Map<String, Value>, Directive)> {
        let Value::Object(map) = element else {
            return Err(self.error(format!("an element of this list must be a map with `{merge_key}`")));
        };
        let directive = self.directive(map)?;
        if directive != Directive::Replace && !map.contains_key(merge_key) {
            let error = self.error(format!("this element has no `{merge_key}`, by which the list is merged"));
            return Err(error.hint("name it, or replace the whole list with an element `$patch: replace`"));
        }
        Ok((map, directive))
    }

    /// A value that the resource does not have yet. Its directives have nothing to work on.
    fn added(&mut self, new: &'a Value, rule: Rule) -> Result<Value> {
        match (new, rule) {
            (Value::Array(list), Rule::MergeBy(merge_key)) => {
                Ok(Value::Array(self.keyed_list(&[], list, merge_key, None)?))
            }
            _ => Ok(without_directives(new)),
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

    fn reorder(&mut self, list: &mut Vec<Value>, name: &'a str, order: &Value) -> Result<()> {
        self.fields.push(name);
        let rule = self.schema.rule(&self.fields);
        self.fields.pop();
        let key = if let Rule::MergeBy(key) = rule { Some(key) } else { None };
        *list = list_order::arrange(list.clone(), self.list(order)?, list, key);
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

/// What a patch adds where there is nothing: without directives, and without the nulls, which
/// would have deleted something.
fn data_only(patch: &Map<String, Value>) -> Map<String, Value> {
    let data = patch.iter().filter(|(key, value)| !is_directive(key) && !value.is_null());
    data.map(|(key, value)| (key.clone(), without_directives(value))).collect()
}

fn without_directives(patch: &Value) -> Value {
    match patch {
        Value::Object(map) => Value::Object(data_only(map)),
        Value::Array(list) => list.iter().map(without_directives).collect(),
        scalar => scalar.clone(),
    }
}
