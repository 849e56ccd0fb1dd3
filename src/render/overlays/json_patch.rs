//! JSON patch (RFC 6902): operations on single places of a resource.
//!
//! Own code, because the crate `json-patch` removes keys with `Map::remove`, which moves the last
//! key into the gap: one removed line would show as two moved ones in every diff.

use serde_json::Value;

use super::patch_error::PatchError;

type Result<T> = std::result::Result<T, PatchError>;

/// Applies `operations`, in order; the first that cannot be done ends it.
pub fn apply(target: &mut Value, operations: &[Value]) -> Result<()> {
    for (index, operation) in operations.iter().enumerate() {
        apply_one(target, operation).map_err(|mut error| {
            error.path.insert(0, index.to_string());
            error
        })?;
    }
    Ok(())
}

fn apply_one(target: &mut Value, operation: &Value) -> Result<()> {
    let op = text(operation, "op")?;
    let path = Pointer::of(operation, "path")?;
    match op {
        "add" => add(target, &path, member(operation, "value")?.clone()),
        "remove" => remove(target, &path).map(drop),
        "replace" => {
            *locate(target, &path)? = member(operation, "value")?.clone();
            Ok(())
        }
        "move" => {
            let from = Pointer::of(operation, "from")?;
            if path.tokens.len() > from.tokens.len() && path.tokens.starts_with(&from.tokens) {
                return Err(path.error(format!("`{}` cannot be moved into itself", from.text)));
            }
            let value = remove(target, &from)?;
            add(target, &path, value)
        }
        "copy" => {
            let from = Pointer::of(operation, "from")?;
            let value = locate(target, &from)?.clone();
            add(target, &path, value)
        }
        "test" => {
            let expected = member(operation, "value")?;
            let found = locate(target, &path)?;
            if *found == *expected {
                return Ok(());
            }
            Err(path.error(format!("the test failed: `{}` is {found}, not {expected}", path.text)))
        }
        _ => {
            let error = PatchError::new(["op".to_owned()]).message(format!("there is no operation `{op}`"));
            Err(error.hint("an operation is add, remove, replace, move, copy or test"))
        }
    }
}

/// A JSON pointer (RFC 6901), and the key of the operation that holds it.
struct Pointer<'a> {
    key: &'static str,
    text: &'a str,
    tokens: Vec<String>,
}

impl<'a> Pointer<'a> {
    fn of(operation: &'a Value, key: &'static str) -> Result<Self> {
        let text = text(operation, key)?;
        let mut tokens = text.split('/').map(|token| token.replace("~1", "/").replace("~0", "~"));
        if tokens.next().is_some_and(|first| !first.is_empty()) {
            let error =
                PatchError::new([key.to_owned()]).message(format!("`{text}` does not start with `/`"));
            return Err(error.hint(
                "write it as a JSON pointer: `/spec/replicas`; in a key, `~1` is `/` and `~0` is `~`",
            ));
        }
        Ok(Self { key, text, tokens: tokens.collect() })
    }

    /// The container that holds the pointer's place, and the last token.
    fn parent<'v>(&self, target: &'v mut Value) -> Result<(&'v mut Value, &str)> {
        let Some((last, parents)) = self.tokens.split_last() else {
            return Err(self.error("this operation cannot target the whole resource".to_owned()));
        };
        Ok((self.descend(target, parents)?, last))
    }

    fn descend<'v>(&self, target: &'v mut Value, tokens: &[String]) -> Result<&'v mut Value> {
        let mut value = target;
        for (depth, token) in tokens.iter().enumerate() {
            let missing = self.missing(value, depth);
            value = match value {
                Value::Object(map) => map.get_mut(token),
                Value::Array(list) => index(token).and_then(|index| list.get_mut(index)),
                _ => None,
            }
            .ok_or(missing)?;
        }
        Ok(value)
    }

    /// The error for the token at `depth`, which `parent` does not have.
    fn missing(&self, parent: &Value, depth: usize) -> PatchError {
        let upto = self.tokens[..depth].iter().fold(String::new(), |text, token| text + "/" + token);
        let whole = if upto.is_empty() { "the resource".to_owned() } else { format!("`{upto}`") };
        let error = self.error(format!("`{}` does not exist in the resource", self.text));
        match parent {
            Value::Object(map) if map.is_empty() => error.hint(format!("{whole} is an empty map")),
            Value::Object(map) => {
                let keys: Vec<&str> = map.keys().map(String::as_str).collect();
                error.hint(format!("{whole} has the keys {}", keys.join(", ")))
            }
            Value::Array(list) => error.hint(format!("{whole} is a list of {}, counted from 0", list.len())),
            _ => error.hint(format!("{whole} is a single value")),
        }
    }

    fn error(&self, message: String) -> PatchError {
        PatchError::new([self.key.to_owned()]).message(message)
    }
}

fn locate<'v>(target: &'v mut Value, at: &Pointer) -> Result<&'v mut Value> {
    at.descend(target, &at.tokens)
}

fn add(target: &mut Value, at: &Pointer, value: Value) -> Result<()> {
    if at.tokens.is_empty() {
        *target = value;
        return Ok(());
    }
    let (parent, last) = at.parent(target)?;
    let missing = at.missing(parent, at.tokens.len() - 1);
    match parent {
        Value::Object(map) => drop(map.insert(last.to_owned(), value)),
        Value::Array(list) if last == "-" => list.push(value),
        Value::Array(list) => {
            let index = index(last).filter(|index| *index <= list.len()).ok_or(missing)?;
            list.insert(index, value);
        }
        _ => return Err(missing),
    }
    Ok(())
}

fn remove(target: &mut Value, at: &Pointer) -> Result<Value> {
    let (parent, last) = at.parent(target)?;
    let missing = at.missing(parent, at.tokens.len() - 1);
    let removed = match parent {
        Value::Object(map) => map.shift_remove(last),
        Value::Array(list) => index(last).filter(|index| *index < list.len()).map(|index| list.remove(index)),
        _ => None,
    };
    removed.ok_or(missing)
}

/// An index as RFC 6901 writes it: digits, no leading zero.
fn index(token: &str) -> Option<usize> {
    let canonical = token == "0" || !token.starts_with(['0', '+']);
    token.parse().ok().filter(|_| canonical)
}

fn member<'v>(operation: &'v Value, key: &str) -> Result<&'v Value> {
    operation.get(key).ok_or_else(|| PatchError::new([]).message(format!("this operation has no `{key}`")))
}

fn text<'v>(operation: &'v Value, key: &str) -> Result<&'v str> {
    let value = member(operation, key)?;
    value.as_str().ok_or_else(|| PatchError::new([key.to_owned()]).message(format!("`{key}` must be text")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn patched(mut target: Value, operations: Value) -> std::result::Result<Value, String> {
        let operations = operations.as_array().unwrap();
        match apply(&mut target, operations) {
            Ok(()) => Ok(target),
            Err(error) => Err(format!("{}: {}", error.path.join("."), error.message)),
        }
    }

    /// The examples of RFC 6902, appendix A.
    #[test]
    fn examples_of_the_rfc() {
        let cases = [
            (
                json!({"foo":"bar"}),
                json!([{"op":"add","path":"/baz","value":"qux"}]),
                json!({"foo":"bar","baz":"qux"}),
            ),
            (
                json!({"foo":["bar","baz"]}),
                json!([{"op":"add","path":"/foo/1","value":"qux"}]),
                json!({"foo":["bar","qux","baz"]}),
            ),
            (json!({"baz":"qux","foo":"bar"}), json!([{"op":"remove","path":"/baz"}]), json!({"foo":"bar"})),
            (
                json!({"foo":["bar","qux","baz"]}),
                json!([{"op":"remove","path":"/foo/1"}]),
                json!({"foo":["bar","baz"]}),
            ),
            (
                json!({"baz":"qux"}),
                json!([{"op":"replace","path":"/baz","value":"boo"}]),
                json!({"baz":"boo"}),
            ),
            (
                json!({"foo":{"bar":1,"waldo":2},"qux":{"corge":3}}),
                json!([{"op":"move","from":"/foo/waldo","path":"/qux/thud"}]),
                json!({"foo":{"bar":1},"qux":{"corge":3,"thud":2}}),
            ),
            (
                json!({"foo":["all","grass","cows","eat"]}),
                json!([{"op":"move","from":"/foo/1","path":"/foo/3"}]),
                json!({"foo":["all","cows","eat","grass"]}),
            ),
            (
                json!({"baz":"qux","foo":["a",2,"c"]}),
                json!([{"op":"test","path":"/baz","value":"qux"},{"op":"test","path":"/foo/1","value":2}]),
                json!({"baz":"qux","foo":["a",2,"c"]}),
            ),
            (
                json!({"foo":"bar"}),
                json!([{"op":"add","path":"/child","value":{"grandchild":{}}}]),
                json!({"foo":"bar","child":{"grandchild":{}}}),
            ),
            (
                json!({"foo":"bar"}),
                json!([{"op":"add","path":"/baz","value":"qux","xyz":123}]),
                json!({"foo":"bar","baz":"qux"}),
            ),
            (json!({"/":9,"~1":10}), json!([{"op":"test","path":"/~01","value":10}]), json!({"/":9,"~1":10})),
            (
                json!({"foo":["bar"]}),
                json!([{"op":"add","path":"/foo/-","value":["abc","def"]}]),
                json!({"foo":["bar",["abc","def"]]}),
            ),
            (json!({"a":1}), json!([{"op":"copy","from":"/a","path":"/b"}]), json!({"a":1,"b":1})),
        ];
        for (target, operations, expected) in cases {
            assert_eq!(patched(target, operations.clone()), Ok(expected), "{operations}");
        }
    }

    #[test]
    fn a_removed_key_leaves_the_others_in_their_order() {
        let target = patched(json!({"a":1,"b":2,"c":3}), json!([{"op":"remove","path":"/a"}]));
        assert_eq!(target.unwrap().to_string(), r#"{"b":2,"c":3}"#);
    }

    #[test]
    fn what_cannot_be_done_says_where_and_why() {
        let target = json!({"a": {"b": [1]}});
        let message = |operation: Value| patched(target.clone(), json!([operation])).unwrap_err();
        insta::assert_snapshot!([
            message(json!({"op":"add","path":"/x/y","value":1})),
            message(json!({"op":"remove","path":"/a/b/1"})),
            message(json!({"op":"replace","path":"/a/b/01","value":1})),
            message(json!({"op":"test","path":"/a/b","value":[2]})),
            message(json!({"op":"move","from":"/a","path":"/a/b"})),
            message(json!({"op":"add","path":"a"})),
            message(json!({"op":"add","path":"/a"})),
            message(json!({"op":"merge","path":"/a"})),
            message(json!({"path":"/a"})),
        ].join("\n"), @r"
        0.path: `/x/y` does not exist in the resource
        0.path: `/a/b/1` does not exist in the resource
        0.path: `/a/b/01` does not exist in the resource
        0.path: the test failed: `/a/b` is [1], not [2]
        0.path: `/a` cannot be moved into itself
        0.path: `a` does not start with `/`
        0: this operation has no `value`
        0.op: there is no operation `merge`
        0: this operation has no `op`
        ");
    }
}
