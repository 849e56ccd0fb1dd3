//! JSON merge patch (RFC 7386), for custom resources, whose lists have no merge keys.
//!
//! The directives of strategic merge patches mean nothing here, and a custom resource that got
//! them as data would be wrong in silence: they are refused. Only `$patch: delete` at the top,
//! which removes the resource, is understood by the caller for every kind.

use serde_json::{Map, Value};

use super::patch_error::PatchError;
use super::strategic::is_directive;

/// Applies `patch` to `target`.
pub fn apply(target: &mut Map<String, Value>, patch: &Map<String, Value>) -> Result<(), PatchError> {
    refuse_directives(patch, &mut Vec::new())?;
    merge(target, patch);
    Ok(())
}

fn merge(target: &mut Map<String, Value>, patch: &Map<String, Value>) {
    for (key, value) in patch {
        match (target.get_mut(key), value) {
            // `shift_remove`, because a removed key must not change the order of the others.
            (_, Value::Null) => drop(target.shift_remove(key)),
            (Some(Value::Object(old)), Value::Object(new)) => merge(old, new),
            (_, Value::Object(new)) => {
                let mut added = Map::new();
                merge(&mut added, new);
                target.insert(key.clone(), Value::Object(added));
            }
            (_, new) => drop(target.insert(key.clone(), new.clone())),
        }
    }
}

fn refuse_directives(patch: &Map<String, Value>, path: &mut Vec<String>) -> Result<(), PatchError> {
    for (key, value) in patch {
        path.push(key.clone());
        if is_directive(key) {
            let error = PatchError::new(path.iter().cloned());
            return Err(error
                .message(format!("`{key}` works for built-in Kubernetes kinds, not for custom resources"))
                .hint("write the whole list or map, `null` for a key to remove, or a JSON patch with `target` and `patch`"));
        }
        match value {
            Value::Object(map) => refuse_directives(map, path)?,
            Value::Array(list) => {
                for (index, element) in list.iter().enumerate() {
                    let Value::Object(map) = element else { continue };
                    path.push(index.to_string());
                    refuse_directives(map, path)?;
                    path.pop();
                }
            }
            _ => {}
        }
        path.pop();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    /// The examples of RFC 7386, appendix A, that start from an object and end in one.
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
            apply(target.as_object_mut().unwrap(), patch.as_object().unwrap()).unwrap();
            assert_eq!(target, expected, "{patch}");
        }
    }

    #[test]
    fn directives_are_not_data() {
        let patch = json!({"spec": {"steps": [{"$patch": "delete"}]}});
        let error = apply(&mut Map::new(), patch.as_object().unwrap()).unwrap_err();
        assert_eq!(error.path, ["spec", "steps", "0", "$patch"]);
    }
}
