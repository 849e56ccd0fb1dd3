//! Editing YAML in place: only the edited value's bytes change, and every reader sees the value.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use towline::yaml;
use towline::yaml::edit::edit;

/// Files in which `⟨ ⟩` stand around the value at a path.
const FILES: &[(&str, &str)] = &[
    (
        "image.tag",
        "# The values of the chart\nimage:\n  repository: ghcr.io/acme/web   # ours\n  tag: ⟨\"1.0\"⟩   # set by the release\n\n\nreplicas:   1\n",
    ),
    ("image.tag", "image:\n    tag: ⟨'it''s'⟩\n    # end\nother: {tag: '1.0'}"),
    ("image.tag", "image: {repository: \"a\", tag: ⟨v1⟩, list: [1, 2]} # all in one\n"),
    ("image.tag", "image:\r\n  tag: ⟨v1⟩ # Windows\r\n  x: y\r\n"),
    ("image.tag", "image:\n  tag:⟨⟩\n  pullPolicy: Always\n"),
    ("image.tag", "image:\n  tag: ⟨null⟩\n"),
    ("image.tag", "image: {tag: ⟨~⟩ }\n"),
    ("image.tag", "\"image\":\n  ? 'tag'\n  : ⟨1.10⟩\n  ? c\n  : b\n"),
    ("image.tag", "image:\n  tag: ⟨a long text\n    over two lines⟩\n  x: |\n    a # no comment\n"),
    ("image.tag", "base: &base {a: 1}\nimage:\n  <<: *base\n  tag: ⟨v1⟩\n"),
    (
        "spec.source.targetRevision",
        "---\n# two documents\nkind: AppProject\n---\nkind: Application\nspec:\n  source:\n    chart: web\n    targetRevision: ⟨1.2.3⟩\n...\n",
    ),
    (
        "images[name=web].newTag",
        "images:\n- name: api\n  newTag: \"1\"\n- name: web\n  newTag: ⟨\"2\"⟩ # é ü 🎉\n- {name: db, newTag: 3}\n",
    ),
    (
        "spec.sources[1].targetRevision",
        "spec:\n  sources:\n  - targetRevision: a\n  -   targetRevision: ⟨b⟩\n",
    ),
    ("a[\"b.c/d\"]", "a: {\"b.c/d\": ⟨true⟩, e: f}\n"),
];

fn value() -> impl Strategy<Value = Value> {
    prop_oneof![
        4 => any::<String>().prop_map(Value::from),
        4 => "[a-z0-9v.:#{}\\[\\],&*!|>'\"%@`~ -]{0,8}".prop_map(Value::from),
        2 => proptest::sample::select(vec!["", "yes", "1.10", "0644", "706798e8", "null", "~", "a: b", "a #b", "- x", "v1.2.3", "1.2.3", "1.2.3-rc.1+4", "1:30", "\n", " x ", "a\nb\n"]).prop_map(Value::from),
        1 => any::<i32>().prop_map(Value::from),
        1 => any::<bool>().prop_map(Value::from),
        1 => Just(Value::Null),
    ]
}

#[test]
fn only_the_value_changes_and_pyyaml_reads_it() {
    let mut runner = TestRunner::deterministic();
    let mut asked = Vec::new();
    for (path, marked) in FILES {
        let (before, rest) = marked.split_once('⟨').unwrap();
        let (old, after) = rest.split_once('⟩').unwrap();
        let original = format!("{before}{old}{after}");
        for _ in 0..60 {
            let value = value().new_tree(&mut runner).unwrap().current();
            // Characters that no YAML text can hold, however it is written, are refused.
            let Ok(edited) =
                edit(&original, &[(path.parse().unwrap(), value.clone())], Path::new("file.yaml"))
            else {
                assert!(
                    value.as_str().is_some_and(|text| text.contains(['\u{fffe}', '\u{ffff}'])),
                    "{value} in {original}"
                );
                continue;
            };
            assert!(edited.starts_with(before) && edited.ends_with(after), "{original}\n{edited}");
            asked.push(json!({"path": path, "original": original, "edited": edited, "value": value}));
        }
    }
    assert!(asked.len() > 700, "{} edits were done", asked.len());
    python(&Value::from(asked));
}

/// PyYAML reads each edited text as the original with the new value at the path.
fn python(asked: &Value) {
    const SCRIPT: &str = r#"
import json, re, sys, yaml
for case in json.load(sys.stdin):
    load = lambda text: list(yaml.safe_load_all(text))
    try:
        before, after = load(case["original"]), load(case["edited"])
    except yaml.YAMLError as error:
        sys.exit(f"{case}: {error}")
    parts = [p[1] or p[0] for p in re.findall(r'\["([^"]*)"\]|([^.\[\]]+=?[^.\[\]]*)', case["path"])]
    for document in before:
        node, found = document, True
        for part in parts[:-1]:
            if "=" in part:
                node = next(n for n in node if n[part.split("=")[0]] == part.split("=")[1])
            elif isinstance(node, list):
                node = node[int(part)]
            elif part in node:
                node = node[part]
            else:
                found = False
                break
        if found:
            node[parts[-1]] = case["value"]
    if before != after:
        sys.exit(f"{case}\nexpected {before}\nread     {after}")
"#;
    let mut child = Command::new("python3")
        .args(["-c", SCRIPT])
        .stdin(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("this test compares with PyYAML: install python3 and PyYAML");
    child.stdin.take().unwrap().write_all(asked.to_string().as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

#[test]
fn several_values_of_one_file() {
    let text = "a: 1 # one\nb: {c: x, d: y}\n";
    let edits = [("b.d", json!("z")), ("a", json!(2)), ("b.c", json!("x"))];
    let edits = edits.map(|(path, value)| (path.parse().unwrap(), value));
    assert_eq!(edit(text, &edits, Path::new("")).unwrap(), "a: 2 # one\nb: {c: x, d: z}\n");
}

#[test]
fn what_cannot_be_edited_says_why() {
    let text = "\
image: {tag: v1, repository: &r a}
images:
- name: web
- name: api
script: |
  echo
other: *r
typed: !!int 5
";
    let message = |path: &str, value: Value| {
        let error = edit(text, &[(path.parse().unwrap(), value)], Path::new("values.yaml")).unwrap_err();
        let diagnostic = error.downcast_ref::<towline::vocabulary::Diagnostic>().unwrap();
        match &diagnostic.hint {
            Some(hint) => format!("{diagnostic}\n  hint: {hint}"),
            None => diagnostic.to_string(),
        }
    };
    let new = json!("v2");
    insta::assert_snapshot!([
        message("image.tagg", new.clone()),
        message("imag.tag", new.clone()),
        message("image.tag.x", new.clone()),
        message("images[name=wep].tag", new.clone()),
        message("images[2]", new.clone()),
        message("images[0]", new.clone()),
        message("image", new.clone()),
        message("script", new.clone()),
        message("image.tag", json!([1])),
        message("image.repository", new.clone()),
        message("typed", new.clone()),
    ].join("\n"), @r"
    values.yaml:1:8: there is no `image.tagg` in this file: `image` has no key `tagg`
      hint: did you mean `tag`?
    values.yaml:1:1: there is no `imag.tag` in this file: the document has no key `imag`
      hint: did you mean `image`?
    values.yaml:1:14: there is no `image.tag.x` in this file: `image.tag` is not a map
    values.yaml:3:3: there is no `images[name=wep].tag` in this file: `images` has no element with `name` wep
      hint: did you mean `web`?
    values.yaml:3:3: there is no `images[2]` in this file: `images` has no element 2, counted from 0, but 2
    values.yaml:3:3: `images[0]` is a map, and only scalars can be edited in place
    values.yaml:1:8: `image` is a map, and only scalars can be edited in place
    values.yaml:6:3: `script` is a block of text, and only scalars can be edited in place
    values.yaml:1:14: `image.tag` would become a list or a map, and only scalars can be edited in place
    values.yaml: this file cannot be edited without changing something else in it
      hint: write the edited values without anchors and tags
    values.yaml: this file cannot be edited without changing something else in it
      hint: write the edited values without anchors and tags
    ");
    let two = yaml::edit::edit("a: 1\n---\na: 2\n", &[("a".parse().unwrap(), new)], Path::new("values.yaml"));
    insta::assert_snapshot!(two.unwrap_err(), @"values.yaml:3:4: `a` is in 2 documents of this file");
}
