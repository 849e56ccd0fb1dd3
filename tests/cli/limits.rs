//! Templates and programs that would take all memory or the whole stack: an error, never an abort.

use serde_json::Value;

use super::greeting;
use crate::given::Sandbox;

/// The one JSON object of a render that fails, its message.
fn refused(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let render = ["render", "dev", "--release", "1", "--image", "web=1", "--output", "json"];
    let run = sandbox.towline(&[&render, arguments].concat());
    assert_eq!(run.code, Some(1), "{run}");
    let answer: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run}"));
    answer["error"]["message"].as_str().unwrap_or_default().to_owned()
}

fn template(text: &str) -> String {
    let sandbox = greeting();
    sandbox.write("app/deploy/b.yaml", text);
    refused(&sandbox, &[])
}

fn jsonnet(program: &str) -> String {
    let sandbox = greeting();
    let pipeline = sandbox.read("app/towline.yaml").replace("path: deploy", "path: x.jsonnet");
    sandbox.write("app/towline.yaml", &pipeline);
    sandbox.write("app/x.jsonnet", program);
    refused(&sandbox, &[])
}

#[test]
fn text_that_doubles_ends_with_an_error() {
    let too_much = "this takes more than 3 GiB of memory, or more than there is";
    let doubling = "{% set ns = namespace(x='aaaaaaaa') %}{% for i in range(40) %}\
        {% set ns.x = ns.x ~ ns.x %}{% endfor %}# {{ ns.x|length }}";
    assert_eq!(template(doubling), too_much);
    assert_eq!(template("# {{ [1]|batch(9999999999, 0)|list|length }}"), too_much);
    assert_eq!(jsonnet("std.length(std.repeat('aaaaaaaaaa', 2000000000))"), too_much);
    assert_eq!(jsonnet("std.length(std.makeArray(2147483647, function(i) i))"), too_much);
    assert_eq!(jsonnet("local f(x) = f(x + x) tailstrict; f('aaaa')"), too_much);
}

#[test]
fn a_long_expression_ends_with_an_error() {
    let message = template(&format!("# {{{{ 1{} }}}}", "~1".repeat(200_000)));
    assert!(message.ends_with("an expression is longer than 256 KiB"), "{message}");
    let branches = format!("{{% if 1 %}}{}{{% endif %}}", "{% elif 1 %}".repeat(30_000));
    let message = template(&branches);
    assert!(message.ends_with("there are more than 20000 branches"), "{message}");
}

#[test]
fn what_is_nested_deeply_has_room() {
    let nested =
        "{% set ns = namespace(x=[1]) %}{% for i in range(9000) %}{% set ns.x = [ns.x] %}{% endfor %}";
    let sandbox = greeting();
    let chain = format!("# {{{{ 1{} }}}}", "~1".repeat(30_000));
    let branches = format!("{{% if 0 %}}{}{{% endif %}}", "{% elif 0 %}".repeat(9000));
    sandbox.write("app/deploy/b.yaml", &format!("{nested}\n{chain}\n{branches}\n"));
    let dots = format!("a{}=1", ".b".repeat(10_000));
    let run = sandbox.towline(&["render", "dev", "--release", "1", "--image", "web=1", "--set", &dots]);
    assert_eq!(run.code, Some(0), "{}", run.stderr);
    let object = "apiVersion: v1\nkind: Deep\nmetadata: {name: deep}\na: {{ ns.x }}\n";
    let message = template(&format!("{nested}{object}"));
    assert!(message.contains("nested more than 256 deep"), "{message}");
}
