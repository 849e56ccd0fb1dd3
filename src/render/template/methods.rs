//! Methods of Python's strings, lists and maps: `labels.items()`, `name.upper()`. Templates that were
//! written for Jinja2 call them, and minijinja has filters in their place.

use minijinja::value::Value;
use minijinja::{Environment, Error, State};
use minijinja_contrib::pycompat::unknown_method_callback;

use super::errors::{Refusal, refuse};
use super::filters::holds_tokens;

pub fn add(environment: &mut Environment) {
    environment.set_unknown_method_callback(call);
}

/// A method would see the tokens that stand for values in a text.
fn call(state: &mut State, value: &Value, method: &str, arguments: &[Value]) -> Result<Value, Error> {
    if holds_tokens(value) || arguments.iter().any(holds_tokens) {
        return Err(refuse(Refusal::FilteredText));
    }
    unknown_method_callback(state, value, method, arguments)
}
