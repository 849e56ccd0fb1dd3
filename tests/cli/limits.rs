//! Templates and programs that would take all memory or the whole stack: an error, never an abort.

use serde_json::Value;

use super::greeting;
use crate::given::Sandbox;

/// The one JSON object of a render that fails: its message, behind the place if there is one.
fn refused(sandbox: &Sandbox, arguments: &[&str]) -> String {
    let render = ["render", "dev", "--release", "1", "--image", "web=1", "--output", "json"];
    let run = sandbox.towline(&[&render, arguments].concat());
    assert_eq!(run.code, Some(1), "{run}");
    let answer: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|error| panic!("{error}: {run}"));
    let error = &answer["error"];
    let message = error["message"].as_str().unwrap_or_default();
    match error["place"]["file"].as_str().filter(|file| !message.contains(file)) {
        Some(file) => format!("{file}: {message}"),
        None => message.to_owned(),
    }
}

/// Adds a source of variables to the pipeline file.
fn declare(sandbox: &Sandbox, source: &str) {
    let pipeline = sandbox.read("app/towline.yaml");
    let more = pipeline.replace("\nvariables:\n", &format!("\nvariables:\n  - {source}\n"));
    sandbox.write("app/towline.yaml", &more);
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
    // How much that is depends on the machine.
    let check = |message: String, file: &str| {
        assert!(message.starts_with(&format!("{file}: this takes more than")), "{message}");
        assert!(message.ends_with("iB of memory, or more than there is"), "{message}");
    };
    let doubling = "{% set ns = namespace(x='aaaaaaaa') %}{% for i in range(40) %}\
        {% set ns.x = ns.x ~ ns.x %}{% endfor %}# {{ ns.x|length }}";
    check(template(doubling), "deploy/b.yaml");
    check(template("# {{ [1]|batch(9999999999, 0)|list|length }}"), "deploy/b.yaml");
    check(jsonnet("std.length(std.repeat('aaaaaaaaaa', 2000000000))"), "x.jsonnet");
    check(jsonnet("std.length(std.makeArray(2147483647, function(i) i))"), "x.jsonnet");
    check(jsonnet("local f(x) = f(x + x) tailstrict; f('aaaa')"), "x.jsonnet");
}

#[test]
fn a_value_of_the_pipeline_file_that_doubles_ends_with_its_place() {
    let sandbox = greeting();
    let doubling = "{% set ns = namespace(x='aaaaaaaa') %}{% for i in range(40) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}";
    declare(&sandbox, &format!("values: {{size: \"{doubling}{{{{ ns.x|length }}}}\"}}"));
    let message = refused(&sandbox, &[]);
    assert!(message.starts_with("towline.yaml: this takes more than"), "{message}");
}

#[test]
fn references_that_double_in_a_file_of_variables_end_with_its_place() {
    let sandbox = greeting();
    let doubled: String = (1..40).map(|line| format!("A{line}=$A{0}$A{0}\n", line - 1)).collect();
    sandbox.write("app/v.env", &format!("A0=aaaaaaaaaaaaaaaa\n{doubled}"));
    declare(&sandbox, "file: v.env");
    let message = refused(&sandbox, &[]);
    assert!(message.starts_with("v.env: this takes more than"), "{message}");
}

#[test]
fn a_template_that_takes_too_long_ends_with_its_place() {
    let sandbox = greeting();
    let pipeline =
        sandbox.read("app/towline.yaml").replace("path: deploy", "path: deploy\n    timeout: 500ms");
    sandbox.write("app/towline.yaml", &pipeline);
    // Few instructions, and each of them takes a while.
    let slow = "{% set ns = namespace(x='aaaaaaaa') %}{% for i in range(21) %}{% set ns.x = ns.x ~ ns.x %}{% endfor %}\
        {% for i in range(90000) %}{% if 'x' in ns.x %}y{% endif %}{% endfor %}";
    sandbox.write("app/deploy/b.yaml", slow);
    let message = refused(&sandbox, &[]);
    assert_eq!(message, "deploy/b.yaml: reading or rendering this takes longer than 500ms");
}

#[test]
fn a_glob_of_many_kilobytes_is_refused() {
    let sandbox = greeting();
    let pipeline = sandbox
        .read("app/towline.yaml")
        .replace("path: deploy", &format!("path: deploy\n    only: [{}]", "a".repeat(140_000)));
    sandbox.write("app/towline.yaml", &pipeline);
    let message = refused(&sandbox, &[]);
    assert!(message.contains("is not a glob: it is longer than 1000 bytes"), "{message}");
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
