//! The reader against the real thing: what `kubectl` makes of the same YAML.
//!
//! `kubectl label --local` reads a resource and prints it as JSON without a cluster. One resource
//! holds thousands of values, so that there are few calls.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use towline::yaml;

#[test]
fn words_are_what_kubectl_reads_in_every_case() {
    let words = ["true", "false", "yes", "no", "on", "off", "y", "n", "null"];
    let spellings: Vec<String> = words.iter().flat_map(|word| cases(word)).collect();
    compare(spellings.iter().map(String::as_str).chain(["~", "", "nan", "Inf", "~~", "truest", "=", "<"]));
}

/// All spellings of up to five characters that could be numbers, and longer ones of each kind.
#[test]
fn numbers_are_what_kubectl_reads() {
    let alphabet = ["0", "1", "7", "9", "x", "o", "b", "e", "_", ".", "+", "-"];
    let mut all: Vec<String> = vec![String::new()];
    let mut last = 0;
    for _ in 0..4 {
        let longer = all[last..].iter().flat_map(|start| alphabet.map(|end| format!("{start}{end}")));
        let longer: Vec<_> = longer.collect();
        last = all.len();
        all.extend(longer);
    }
    // A dash alone is a list in the list.
    all.retain(|text| text != "-");
    compare(all.iter().map(String::as_str));
    compare([
        "0755",
        "0o755",
        "0O17",
        "0x1F",
        "0X1f",
        "0xfFfF_fFfF",
        "0b1010_1010",
        "0B11",
        "-0b11",
        "-0x1f",
        "+0o7",
        "1_000_000",
        "1__0",
        "_1",
        "1_",
        "1_000.5",
        "1_0e1_0",
        ".5",
        "+.5",
        "-.5e3",
        ".5_0",
        "5.",
        "1e3",
        "1E3",
        "1e+3",
        "1.5e-7",
        "1e400",
        "-1e400",
        "1e-400",
        "0.1",
        "1.10",
        "706798e8",
        "0x1p3",
        "08",
        "09.5",
        "0778",
        "9223372036854775807",
        "9223372036854775808",
        "-9223372036854775808",
        "-9223372036854775809",
        "18446744073709551615",
        "18446744073709551616",
        "+18446744073709551615",
        "0xffffffffffffffff",
        "0xfffffffffffffffff",
        "123456789012345678901234567890",
        "1:30",
        "190:20:30",
        "1,000",
        "1.2.3",
        "1e",
        "1e+",
        "infinity",
        "NaN",
        "nan",
        "inf",
        "-inf",
        "--1",
        "+-1",
        "0x",
        "0o",
        "0b",
        "0x+5",
        "-0",
        "-0.0",
        "+0",
        "00",
    ]);
}

#[test]
fn timestamps_stay_text_as_kubectl_has_them() {
    compare([
        "2020-01-01",
        "2020-1-1",
        "2001-12-14t21:59:43.10-05:00",
        "2001-12-14 21:59:43.10 -5",
        "2020-13-99",
    ]);
    compare(["!!timestamp 2020-01-01", "!!timestamp 2001-12-14T21:59:43Z"]);
}

#[test]
fn tags_are_obeyed_as_kubectl_obeys_them() {
    compare([
        "!!str 5",
        "!!str",
        "!!str yes",
        "!!int \"5\"",
        "!!int '0755'",
        "!!float 5",
        "!!float \"1e3\"",
        "!!bool \"yes\"",
        "!!bool on",
        "!!null ''",
        "!!null ~",
        "!!binary aGVsbG8=",
        "! 5",
        "!!map {a: 1}",
        "!!seq [a]",
        "!<tag:yaml.org,2002:str> 7",
    ]);
}

#[test]
fn keys_and_merges_are_what_kubectl_reads() {
    compare([
        "{yes: 1, No: 2, \"on\": 3}",
        "{1: a, 0x10: b, -3: c, 1.5: d}",
        "[&a {p: 1, q: 2}, {<<: *a, p: 5}, {<<: *a}]",
        "[&b {p: 1}, &c {p: 2, q: 3}, {<<: [*b, *c]}, {<<: [*c, *b], r: 4}]",
        "{<<: {p: 1, q: 2}, q: 3}",
        "{p: 1, <<: {p: 1, q: 2}}",
        "[&d {x: 1}, &e {<<: *d, y: 2}, {<<: *e, x: 3}]",
        "{\"<<\": {p: 1}}",
        "{!!merge <<: {p: 1}, q: 2}",
        "[&s text, *s, &n 0755, *n, {*s : 1}]",
    ]);
}

/// What kubectl reads and Towline refuses, because a value would be lost or changed without a word.
#[test]
fn what_is_refused_on_purpose() {
    let refused = [
        // kubectl takes the 1 that is merged, PyYAML and kustomize the 5 beside it.
        ("{p: 5, <<: {p: 1}}", "`<<` stands after `p`, which it has too"),
        // kubectl ignores the tag; whoever wrote it meant another value than its text.
        ("!secret db/password", "the tag `!secret` is not known"),
        // kubectl would replace what is not UTF-8.
        ("!!binary /w==", "the value with the tag `!!binary` is not UTF-8 text"),
        // kubectl makes the key `1.1` of it.
        ("{1.10: a}", "the key `1.10` is a number"),
        // kubectl keeps the last one.
        ("{a: 1, a: 2}", "duplicate key `a`"),
        ("{1: a, \"1\": b}", "duplicate key `1`"),
        ("{yes: a, true: b}", "duplicate key `true`"),
    ];
    for (yaml, message) in refused {
        assert!(kubectl(&[yaml]).is_ok(), "kubectl refuses {yaml}, too");
        assert_eq!(refusal(yaml), message, "{yaml}");
    }
}

#[test]
fn what_kubectl_refuses_is_refused() {
    let refused = [
        (".inf", "not a number that JSON and Kubernetes have"),
        (".NaN", "not a number that JSON and Kubernetes have"),
        ("!!int text", "`text` does not fit its tag `!!int`"),
        ("!!float \"\"", "`` does not fit its tag `!!float`"),
        ("!!timestamp tomorrow", "`tomorrow` does not fit its tag `!!timestamp`"),
        ("!!binary '%'", "the value with the tag `!!binary` is not base64"),
        ("{~: a}", "a key has to be text, and this one is empty"),
        ("{[a]: b}", "a key has to be text, not a list"),
        ("{{a: b}: c}", "a key has to be text, not a map"),
        ("*nobody", "there is no anchor of this name before"),
        ("{<<: text}", "`<<` merges maps, and this is not one"),
    ];
    for (yaml, message) in refused {
        assert!(kubectl(&[yaml]).is_err(), "kubectl reads {yaml}");
        assert_eq!(refusal(yaml), message, "{yaml}");
    }
}

fn compare<'a>(values: impl IntoIterator<Item = &'a str>) {
    let values: Vec<&str> = values.into_iter().collect();
    let expected = kubectl(&values).unwrap();
    let ours = yaml::parse(&resource(&values), Path::new("it.yaml")).unwrap();
    let ours = ours[0].to_value()["spec"].take();
    for (index, written) in values.iter().enumerate() {
        let (expected, ours) = (as_go_prints(&expected[index]), as_go_prints(&ours[index]));
        assert_eq!(ours, expected, "`{written}`");
    }
}

/// Numbers as JSON of Go has them: one kind, without a fraction that is zero.
fn as_go_prints(value: &Value) -> Value {
    match value {
        Value::Number(number) if number.as_i64().is_none() => json!(["float", number.as_f64()]),
        Value::Array(items) => items.iter().map(as_go_prints).collect(),
        Value::Object(map) => {
            Value::Object(map.iter().map(|(key, value)| (key.clone(), as_go_prints(value))).collect())
        }
        Value::Number(number) => json!(["float", number.as_f64()]),
        other => other.clone(),
    }
}

fn refusal(value: &str) -> String {
    let error = yaml::parse(&resource(&[value]), Path::new("it.yaml")).unwrap_err().to_string();
    let (place, message) = error.split_once(": ").unwrap();
    assert!(place.starts_with("it.yaml:5:"), "{error}");
    message.to_owned()
}

fn resource(values: &[&str]) -> String {
    let head = "apiVersion: example.com/v1\nkind: Anything\nmetadata: {name: it}\nspec:\n";
    values.iter().fold(head.to_owned(), |text, value| format!("{text}- {value}\n"))
}

fn kubectl(values: &[&str]) -> Result<Value, String> {
    let mut kubectl = Command::new("kubectl")
        .args(["label", "--local", "-f", "-", "-o", "json", "checked=yes"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let text = resource(values);
    let mut stdin = kubectl.stdin.take().unwrap();
    let writing = std::thread::spawn(move || stdin.write_all(text.as_bytes()));
    let output = kubectl.wait_with_output().unwrap();
    let _ = writing.join();
    match output.status.success() {
        true => Ok(serde_json::from_slice::<Value>(&output.stdout).unwrap()["spec"].take()),
        false => Err(String::from_utf8_lossy(&output.stderr).into_owned()),
    }
}

/// Every combination of lower and upper case.
fn cases(word: &str) -> Vec<String> {
    word.chars().fold(vec![String::new()], |starts, c| {
        let both = |start: &String| [format!("{start}{c}"), format!("{start}{}", c.to_ascii_uppercase())];
        starts.iter().flat_map(both).collect()
    })
}
