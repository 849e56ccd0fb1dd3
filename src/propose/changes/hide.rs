//! Takes secret values out of both sides before they are compared and shown: the values of every
//! `Secret`, and wherever a secret variable ended up. That a value changed is shown; the value
//! never is.

use serde_json::{Map, Value};

use super::pair::{Pair, Side};
use crate::secrets;
use crate::yaml;

const HIDDEN: &str = "(hidden)";
const HIDDEN_CHANGED: &str = "(hidden, changed)";
const UNREADABLE: &str = "(hidden: not a single YAML document)\n";
/// Holds a copy of the whole resource, so a `Secret`'s values too.
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Replaces what is secret on both sides.
pub fn hide(pair: &mut Pair) {
    let mut before = pair.before.as_ref().and_then(|side| side.value.clone());
    let mut after = pair.after.as_ref().and_then(|side| side.value.clone());
    let mut hidden = hide_values(before.as_mut(), after.as_mut());
    // Fields and resources that the rendering has no longer have no value to be compared with.
    hidden |= before.as_mut().is_some_and(|before| hide_values(None, Some(before)));
    hidden |= hide_secrets(before.as_mut(), after.as_mut(), false);
    for (side, value) in [(&mut pair.before, before), (&mut pair.after, after)] {
        if let Some(side) = side {
            rewrite(side, value, hidden);
        }
    }
}

fn rewrite(side: &mut Side, value: Option<Value>, hidden: bool) {
    match &value {
        Some(_) if !hidden => {}
        Some(value) => side.text = yaml::write(value).unwrap_or_else(|_| UNREADABLE.to_owned()),
        // What cannot be read may be a Secret.
        None => side.text = UNREADABLE.to_owned(),
    }
    side.value = value;
}

/// Hides the values of a `Secret`, and of those in a list. Says whether there was any. In a
/// `SecretList`, what is `listed` need not say that it is one.
fn hide_secrets(mut before: Option<&mut Value>, mut after: Option<&mut Value>, listed: bool) -> bool {
    let is = |kind: &str| [&before, &after].into_iter().flatten().any(|value| value["kind"] == kind);
    let (mut hidden, listed) = (listed || is("Secret"), is("SecretList"));
    if hidden {
        hide_secret(before.as_deref_mut(), after.as_deref_mut());
    }
    let (mut old, new) = (items(before), items(after));
    for item in new {
        let same = old.iter_mut().find(|old| identity(old) == identity(item));
        hidden |= hide_secrets(same.map(|old| &mut **old), Some(item), listed);
    }
    // Those that the list has no longer.
    for item in old {
        hidden |= hide_secrets(Some(item), None, listed);
    }
    hidden
}

fn identity(item: &Value) -> [&Value; 3] {
    [&item["kind"], &item["metadata"]["namespace"], &item["metadata"]["name"]]
}

fn items(list: Option<&mut Value>) -> Vec<&mut Value> {
    let is_list = |value: &&mut Value| value["kind"].as_str().is_some_and(|kind| kind.ends_with("List"));
    let items = list.filter(is_list).and_then(|list| list.get_mut("items")?.as_array_mut());
    items.into_iter().flatten().collect()
}

fn hide_secret(mut before: Option<&mut Value>, mut after: Option<&mut Value>) {
    for field in ["data", "stringData"] {
        hide_map(map(before.as_deref_mut(), &[field]), map(after.as_deref_mut(), &[field]), |_| true);
    }
    let annotations = ["metadata", "annotations"];
    let [before, after] = [before, after].map(|value| map(value, &annotations));
    hide_map(before, after, |key| key == LAST_APPLIED);
}

fn map<'a>(value: Option<&'a mut Value>, path: &[&str]) -> Option<&'a mut Map<String, Value>> {
    let found = path.iter().try_fold(value?, |value, name| value.get_mut(name));
    // A `Secret` whose data is no map is not one that Kubernetes takes, but may still be secret.
    match found? {
        Value::Object(entries) => Some(entries),
        other => {
            *other = HIDDEN.into();
            None
        }
    }
}

fn hide_map(
    mut before: Option<&mut Map<String, Value>>,
    after: Option<&mut Map<String, Value>>,
    which: impl Fn(&str) -> bool,
) {
    for (key, value) in after.into_iter().flatten().filter(|(key, _)| which(key)) {
        let old = before.as_mut().and_then(|before| before.get_mut(key));
        let changed = old.is_some_and(|old| old != value);
        *value = if changed { HIDDEN_CHANGED } else { HIDDEN }.into();
    }
    for (_, value) in before.into_iter().flatten().filter(|(key, _)| which(key)) {
        *value = HIDDEN.into();
    }
}

/// Hides every scalar of `after` that has a secret in it, and what stood there before: it was
/// the secret's older value. Says whether there was any.
fn hide_values(before: Option<&mut Value>, after: Option<&mut Value>) -> bool {
    match (before, after) {
        (before, Some(Value::Object(after))) => {
            let mut before = before.and_then(Value::as_object_mut);
            after.iter_mut().fold(false, |hidden, (key, value)| {
                let old = before.as_mut().and_then(|before| before.get_mut(key));
                hide_values(old, Some(value)) | hidden
            })
        }
        (before, Some(Value::Array(after))) => {
            let mut before = before.and_then(Value::as_array_mut);
            after.iter_mut().enumerate().fold(false, |hidden, (index, value)| {
                let old = before.as_mut().and_then(|before| before.get_mut(index));
                hide_values(old, Some(value)) | hidden
            })
        }
        (before, Some(after)) if has_secret(after) => {
            let changed = before.as_ref().is_some_and(|before| *before != after);
            *after = if changed { HIDDEN_CHANGED } else { HIDDEN }.into();
            if let Some(before) = before {
                *before = HIDDEN.into();
            }
            true
        }
        _ => false,
    }
}

fn has_secret(value: &Value) -> bool {
    let text = match value {
        Value::String(text) => text.clone(),
        Value::Number(number) => number.to_string(),
        _ => return false,
    };
    secrets::redact(&text) != text
}
