//! Hygiene, against the parsers that will read the files: what PyYAML (YAML 1.1) and kubectl find
//! in a rendered manifest is the value that went in, and the structure is the template's.

use std::fmt::Write as _;
use std::process::Command;

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::support::Project;

/// Values in one rendering: starting kubectl takes longer than reading them.
const BATCH: usize = 64;

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, max_shrink_iters: 0, ..ProptestConfig::default() })]

    #[test]
    fn values_are_read_as_they_went_in(values in vec(value(), BATCH)) {
        check(&values)?;
    }
}

#[test]
fn well_known_traps_are_read_as_they_went_in() {
    let strings = TRAPS.iter().map(|text| json!(text));
    let keys = TRAPS.iter().map(|text| json!({*text: *text}));
    let numbers = [
        json!(i64::MIN),
        json!(u64::MAX),
        json!(1e20),
        json!(1e-7),
        json!(-0.0),
        json!(0.1),
        json!(f64::MAX),
        json!(5e-324),
        json!(1.0),
    ];
    let others = [json!({}), json!([]), json!([[], {}]), json!([null, {"a": null}]), json!(true)];
    check(&strings.chain(keys).chain(numbers).chain(others).collect::<Vec<_>>()).unwrap();
}

const TRAPS: [&str; 62] = [
    "",
    " ",
    "\n",
    "\n\n",
    "a\n",
    "a\n\n",
    "\na",
    " a",
    "a ",
    "\ta",
    "a\t",
    "a\r",
    "a\r\nb",
    "a\n b",
    "  a\nb",
    "a \nb",
    "yes",
    "No",
    "on",
    "OFF",
    "y",
    "N",
    "true",
    "False",
    "null",
    "Null",
    "~",
    "1",
    "+1",
    "-1",
    "0644",
    "0o14",
    "0x1F",
    "1_000",
    "1.10",
    "706798e8",
    "1e3",
    ".5",
    "5.",
    ".inf",
    "-.INF",
    ".NaN",
    "1:30",
    "2020-01-01",
    "2001-12-14t21:59:43.10-05:00",
    "=",
    "<<",
    "---",
    "...",
    "- a",
    "a: b",
    "a #b",
    "#a",
    "*a",
    "&a",
    "!a",
    "{a",
    "[a",
    "'a",
    "\"a\\",
    "%a",
    "\u{feff}\u{85}\u{2028}\u{7f}\u{0}\u{fffe}\u{e000}",
];

fn value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::Array),
            vec((text(), inner), 0..4).prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => text().prop_map(Value::String),
        1 => any::<bool>().prop_map(Value::Bool),
        1 => any::<i64>().prop_map(Value::from),
        1 => any::<u64>().prop_map(Value::from),
        1 => any::<f64>().prop_filter_map("JSON has no such number", |number| number.is_finite().then(|| json!(number))),
    ]
}

/// Any text, text of characters that mean something in YAML, and the traps.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        any::<String>(),
        "[-?:,\\[\\]{}#&*!|>'\"%@` \n\t\r=~<.0-9eExXoO_+yYnN\\\\]{0,8}",
        "[ \na]{0,6}",
        proptest::sample::select(TRAPS.as_slice()).prop_map(str::to_owned),
    ]
}

fn check(values: &[Value]) -> Result<(), TestCaseError> {
    let templates: Vec<_> = values.iter().enumerate().map(|(index, value)| template(index, value)).collect();
    let variables: Vec<_> =
        values.iter().enumerate().map(|(index, value)| format!("v{index}: {}", escaped(value))).collect();
    let project = Project::new()
        .file("deploy/all.yaml", templates.join("---\n"))
        .file("variables.yaml", variables.join("\n"))
        .source("{file: variables.yaml}");
    let file = project.path("rendered.yaml");
    std::fs::write(&file, project.stream()).unwrap();
    let expected: Map<_, _> =
        values.iter().enumerate().map(|(index, value)| (format!("c{index}"), expected(value))).collect();
    for (reader, found) in [("PyYAML", pyyaml(&file)), ("kubectl", kubectl(&file))] {
        prop_assert_eq!(found.len(), expected.len(), "documents that {} reads", reader);
        for (name, expected) in &expected {
            prop_assert!(
                same(&found[name], expected),
                "{reader} reads\n{:#}\nand not\n{expected:#}\nfrom\n{}",
                found[name],
                project.file_of(&format!("dev/greeting/thing-{name}.yaml"))
            );
        }
    }
    Ok(())
}

/// A resource with the value in every position it can take. Its kind has no types of its own.
fn template(index: usize, value: &Value) -> String {
    let v = format!("{{{{ v{index} }}}}");
    let mut text = format!(
        "apiVersion: example.com/v1\nkind: Thing\nmetadata: {{name: c{index}}}\ndata:\n  # {v}\n  plain: {v}\n  \
         next:\n    {v}\n  list: [{v}, {v}]\n  items:\n  - {v}\n  - k: {v}\n  map: {{k: {v}, l: x}}\n  text: {{{{ v{index} | tojson }}}}\n"
    );
    if is_scalar(value) {
        let more = format!(
            "  single: '{v}'\n  double: \"<{v}>\"\n  inside: a {v} z\n  twice: {v}{v}\n  literal: |\n    {v}\n    end\n  \
             stripped: |-\n    {v}\n  folded: >-\n    {v}\n    end\n  keys:\n    {v}: plain\n  quoted: {{'{v}': single, \"k{v}\": double}}\n"
        );
        text.push_str(&more);
    }
    text
}

fn expected(value: &Value) -> Value {
    let v = value;
    let mut data = json!({
        "plain": v, "next": v, "list": [v, v], "items": [v, {"k": v}], "map": {"k": v, "l": "x"}, "text": v,
    });
    if is_scalar(value) {
        let t = match value {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let more = json!({
            "single": t, "double": format!("<{t}>"), "inside": format!("a {t} z"), "twice": format!("{t}{t}"),
            "literal": format!("{t}\nend\n"), "stripped": t.trim_end_matches('\n'), "folded": format!("{t} end"),
            "keys": {t.as_str(): "plain"}, "quoted": {t.as_str(): "single", format!("k{t}"): "double"},
        });
        data.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    }
    data
}

fn is_scalar(value: &Value) -> bool {
    !value.is_array() && !value.is_object()
}

/// Equal, with numbers compared as Kubernetes has them: 64-bit integers, else doubles.
fn same(a: &Value, b: &Value) -> bool {
    match (a, b) {
        (Value::Number(a), Value::Number(b)) => match (a.as_i64(), b.as_i64()) {
            (Some(a), Some(b)) => a == b,
            _ => a.as_f64() == b.as_f64(),
        },
        (Value::Array(a), Value::Array(b)) => a.len() == b.len() && a.iter().zip(b).all(|(a, b)| same(a, b)),
        (Value::Object(a), Value::Object(b)) => {
            a.len() == b.len() && a.iter().all(|(key, a)| b.get(key).is_some_and(|b| same(a, b)))
        }
        _ => a == b,
    }
}

/// A value in flow style, every character of its texts escaped.
fn escaped(value: &Value) -> String {
    match value {
        Value::String(text) => {
            text.chars().fold("\"".to_owned(), |mut escaped, c| {
                write!(escaped, "\\U{:08X}", u32::from(c)).unwrap();
                escaped
            }) + "\""
        }
        Value::Array(items) => format!("[{}]", items.iter().map(escaped).collect::<Vec<_>>().join(", ")),
        Value::Object(map) => {
            let entry =
                |(key, value): (&String, &Value)| format!("? {} : {}", escaped(&json!(key)), escaped(value));
            format!("{{{}}}", map.iter().map(entry).collect::<Vec<_>>().join(", "))
        }
        scalar => scalar.to_string(),
    }
}

/// The `data` of each resource, by name. What JSON does not have is marked, not converted.
fn pyyaml(file: &std::path::Path) -> Map<String, Value> {
    let script = "
import json, sys, yaml
def plain(value):
    if isinstance(value, dict):
        return {key if type(key) is str else f'not a string: {key!r}': plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    return value if value is None or type(value) in (str, bool, int, float) else f'not JSON: {value!r}'
documents = yaml.safe_load_all(open(sys.argv[1], encoding='utf-8', newline=''))
json.dump({document['metadata']['name']: plain(document['data']) for document in documents}, sys.stdout)
";
    let output = run(
        Command::new("python3").arg("-c").arg(script).arg(file),
        "install Python 3 and `pip install pyyaml`",
    );
    serde_json::from_slice(&output).unwrap()
}

fn kubectl(file: &std::path::Path) -> Map<String, Value> {
    // Reads and prints; talks to no cluster.
    let arguments = ["label", "--local", "--dry-run=client", "-o", "json", "x=y", "-f"];
    let output = run(Command::new("kubectl").args(arguments).arg(file), "install kubectl");
    let documents = serde_json::Deserializer::from_slice(&output).into_iter::<Value>().map(Result::unwrap);
    let resources = documents
        .flat_map(|it| it.get("items").and_then(Value::as_array).cloned().unwrap_or_else(|| vec![it]));
    resources.map(|it| (it["metadata"]["name"].as_str().unwrap().to_owned(), it["data"].clone())).collect()
}

fn run(command: &mut Command, install: &str) -> Vec<u8> {
    let output =
        command.output().unwrap_or_else(|error| panic!("this test needs a real parser, {install}: {error}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(
        output.status.success(),
        "this test needs a real parser; {install}, if that is what is missing:\n{errors}"
    );
    output.stdout
}
