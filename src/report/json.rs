//! `--output json`: exactly one object on stdout, also on failure.
//!
//! ```text
//! {
//!   "command": "render",          null when none was recognized
//!   "outcome": "error",           see `error::Outcome`
//!   "error": {                    only when the outcome is a failure
//!     "message": "…",             what was being done and why it failed, in one line
//!     "place": {"file": "…", "line": 3, "column": 12},     when it is known
//!     "hint": "…"                 when there is one
//!   },
//!   …                             what the command's own documentation says
//! }
//! ```
//!
//! `--log-format json` writes the same shape line by line to stderr:
//! `{"level": "warning", "message": "…", "place"?, "hint"?}`.

use serde_json::{Map, Value, json};

use super::{Answer, Problem};
use crate::vocabulary::Place;

/// The one object, and a newline.
pub fn answer(command: &str, answer: &Answer) -> String {
    let mut object = Map::new();
    object.insert("command".into(), Some(command).filter(|name| !name.is_empty()).into());
    object.insert("outcome".into(), json!(answer.outcome));
    if let Some(error) = &answer.problem {
        object.insert("error".into(), Value::Object(problem(error)));
    }
    object.extend(answer.fields.clone());
    format!("{:#}\n", Value::Object(object))
}

/// One line of the log, and a newline.
pub fn log_line(level: &str, said: &Problem) -> String {
    let mut object = Map::new();
    object.insert("level".into(), level.into());
    object.extend(problem(said));
    format!("{}\n", Value::Object(object))
}

pub fn problem(problem: &Problem) -> Map<String, Value> {
    let mut object = Map::new();
    object.insert("message".into(), problem.message().into());
    if let Some(at) = problem.place() {
        object.insert("place".into(), place(at));
    }
    if let Some(hint) = problem.hint() {
        object.insert("hint".into(), hint.into());
    }
    object
}

/// `file`, and `line` and `column` when they are known.
pub fn place(place: &Place) -> Value {
    let mut object = Map::new();
    object.insert("file".into(), place.file.to_string_lossy().into());
    for (name, number) in [("line", place.line), ("column", place.column)] {
        if number > 0 {
            object.insert(name.into(), number.into());
        }
    }
    Value::Object(object)
}
