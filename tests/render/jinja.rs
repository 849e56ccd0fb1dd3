//! The template language, compared with Jinja2 itself, and where it differs on purpose.

use std::fmt::Write;
use std::process::Command;

use insta::assert_snapshot;
use serde_json::{Map, Value, json};

use super::support::Project;

/// What templates of the tests see.
fn variables() -> Value {
    json!({
        "name": "web", "n": 3, "ratio": 2.7, "on": true, "off": "no", "empty": "",
        "list": ["b", "a", "c"], "labels": {"app": "web", "tier": "front"},
        "nested": {"level": "info", "ports": [80, 443]}, "text": "one\ntwo",
        "items": [{"name": "x", "port": 1}, {"name": "y", "port": 2}],
    })
}

/// Each the data of a ConfigMap. Blocks have lines of their own, or stand inside a line.
const TEMPLATES: &[&str] = &[
    "a: {{ name }}",
    "a: {{ n + 1 }}\nb: {{ n // 2 }}\nc: {{ n % 2 }}\nd: {{ n ** 2 }}\ne: {{ 7 / 2 }}",
    "a: '{{ name ~ \"-\" ~ n }}'",
    "{% for item in list %}\n{{ item }}: x\n{% endfor %}",
    "{% for item in list %}\n{{ item }}: '{{ loop.index }}{{ loop.index0 }}{{ 'f' if loop.first else '-' }}{{ 'l' if loop.last else '-' }}{{ loop.length }}'\n{% endfor %}",
    "{% for key, value in labels.items() %}\n{{ key }}: {{ value }}\n{% endfor %}",
    "{% for key in labels.keys() | sort %}\n{{ key }}: {{ labels[key] }}\n{% endfor %}",
    "a: '{% for value in labels.values() %}{{ value }},{% endfor %}'",
    "a: {{ labels.get('app') }}\nb: {{ labels.get('none', 'default') }}",
    "a: {{ name.upper() }}\nb: {{ 'A B'.lower() }}\nc: {{ 'a b'.title() }}\nd: {{ 'abc'.capitalize() }}",
    "a: {{ name.startswith('we') }}\nb: {{ name.endswith('x') }}",
    "a: {{ 'a,b'.split(',')[1] }}\nb: {{ ','.join(list) }}\nc: {{ 'aXb'.replace('X', '-') }}\nd: {{ '  x '.strip() }}",
    "{% if on %}\na: yes it is\n{% elif n > 5 %}\na: many\n{% else %}\na: neither\n{% endif %}",
    "a: {{ 'x' if on else 'y' }}\nb: {{ 'x' if n > 5 else 'y' }}",
    "a: {{ missing | default('d') }}\nb: {{ empty | default('d', true) }}\nc: {{ missing is defined }}",
    "{% set ns = namespace(total=0) %}\n{% for item in items %}\n{% set ns.total = ns.total + item.port %}\n{% endfor %}\na: {{ ns.total }}",
    "{% macro label(key) %}\n{{ key }}: x\n{% endmacro %}\n{{ label('a') }}",
    "a: '{% for i in range(1, 7, 2) %}{{ i }}{% endfor %}'",
    "a: '{{ dict(b=1)[\"b\"] }}'",
    "a: {{ list | sort | join('-') }}\nb: {{ list | first }}\nc: {{ list | last }}\nd: {{ list | length }}",
    "a: {{ items | map(attribute='name') | join(',') }}\nb: {{ items | selectattr('port', 'gt', 1) | map(attribute='name') | list | first }}",
    "a: {{ items | sum(attribute='port') }}\nb: {{ [3, 1, 2] | max }}\nc: {{ [3, 1, 2] | min }}",
    "a: {{ list | reverse | join }}\nb: {{ [1, 1, 2] | unique | list | length }}",
    "a: {{ ratio | round | int }}\nb: {{ '42' | int + 1 }}\nc: {{ -3 | abs }}",
    "a: {{ name | replace('w', 'v') }}\nb: {{ '%s-%s' | format(name, n) }}\nc: {{ ' x ' | trim }}",
    "a: |\n  {% for item in list %}\n  echo {{ item }}\n  {% endfor %}\n  done",
    "a: |\n  first\n  {% if n > 5 %}\n  never\n  {% endif %}\n  last",
    "a: |\n  {# a comment #}\n  x",
    "{# a comment\n   of two lines #}\na: x",
    "a: '{%- if on -%}  x  {%- endif -%}'",
    "{% raw %}\na: '{{ kept }}'\n{% endraw %}\nb: x",
    "a: {{ nested | to_json }}\nb: '{{ nested | tojson }}'",
    "a: {{ name | b64encode }}\nb: {{ 'd2Vi' | b64decode }}\nc: {{ name | sha256 }}",
    "a: {{ off | bool }}\nb: {{ 'yes' | bool }}\nc: {{ '0' | bool }}\nd: {{ n | bool if n == 1 else 'many' }}",
    "a: {{ on | ternary('x', 'y') }}\nb: {{ (n > 5) | ternary('x', 'y') }}",
    "a: {{ 'v1.2.3' | regex_replace('^v(\\\\d+)[.](\\\\d+).*$', '\\\\1-\\\\2') }}",
    "a: {{ nested | combine({'level': 'debug'}) | to_json }}",
    "a: |\n  {{ nested | to_yaml }}",
    "a: {{ ('p: [1, 2]' | from_yaml).p | last }}\nb: {{ ('[1, 2]' | from_json) | first }}",
    "a: '{{ list[0] }}{{ list[-1] }}{{ list[:2] | join }}{{ name[1:] }}'",
    "a: {{ 'b' in list }}\nb: {{ 'z' not in list }}\nc: {{ n in [1, 2, 3] and on }}",
    "a: '{% for item in list if item != \"a\" %}{{ item }}{% else %}none{% endfor %}'",
    "a: '{% for item in list %}{% if item == \"a\" %}{% break %}{% endif %}{{ item }}{% endfor %}'",
    "a: '{% set x = 1 %}{% if on %}{% set x = 2 %}{% endif %}{{ x }}'",
    "{% set captured %}\nvalue\n{% endset %}\na: {{ captured | trim }}",
    "a: '{% filter upper %}text{% endfilter %}'",
    "a: {{ n is odd }}\nb: {{ name is string }}\nc: {{ labels is mapping }}\nd: {{ list is sequence }}\ne: {{ n is number }}",
    "a: '${#array[@]} ${name#*/} $(cmd) %{x} {x}'",
];

/// Jinja2 with the filters of Ansible that Towline has too.
const JINJA2: &str = r#"
import base64, hashlib, json, re, sys, jinja2, yaml
asked = json.load(sys.stdin)
environment = jinja2.Environment(trim_blocks=True, lstrip_blocks=True, undefined=jinja2.StrictUndefined,
                                 extensions=['jinja2.ext.loopcontrols'])
environment.filters.update({
    'b64encode': lambda text: base64.b64encode(str(text).encode()).decode(),
    'b64decode': lambda text: base64.b64decode(text).decode(),
    'bool': lambda value: str(value).lower() in ('true', 'yes', 'on', '1'),
    'combine': lambda one, other: {**one, **other},
    'from_json': json.loads,
    'from_yaml': yaml.safe_load,
    'regex_replace': lambda text, pattern, by: re.sub(pattern, by, text),
    'sha256': lambda text: hashlib.sha256(str(text).encode()).hexdigest(),
    'ternary': lambda value, yes, no: yes if value else no,
    'to_json': json.dumps,
    'to_yaml': lambda value: yaml.safe_dump(value, sort_keys=False).replace('\n', '\n  '),
    'tojson': lambda value: json.dumps(value, separators=(',', ':')),
})
def rendered(template):
    # To Jinja2 this begins a comment.
    template = template.replace('${#', '${{ "{#" }}')
    return yaml.safe_load(environment.from_string(template).render(asked['variables']))
json.dump([rendered(template) for template in asked['templates']], sys.stdout)
"#;

fn jinja2() -> Vec<Value> {
    use std::io::Write as _;
    use std::process::Stdio;
    let asked = json!({"variables": variables(), "templates": TEMPLATES}).to_string();
    let mut child = Command::new("python3")
        .args(["-c", JINJA2])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("this test compares with Jinja2: install python3, PyYAML and Jinja2");
    child.stdin.take().unwrap().write_all(asked.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "this test compares with Jinja2: `pip install jinja2 pyyaml`");
    serde_json::from_slice(&output.stdout).unwrap()
}

fn project() -> Project {
    Project::new().values(&variables().to_string())
}

#[test]
fn templates_give_what_jinja2_gives() {
    let mut project = project();
    for (index, template) in TEMPLATES.iter().enumerate() {
        let mut text = format!("apiVersion: v1\nkind: Test\nmetadata: {{name: t{index:02}}}\ndata:\n");
        for line in template.lines() {
            writeln!(text, "  {line}").unwrap();
        }
        project = project.file(&format!("deploy/t{index:02}.yaml"), text);
    }
    let rendering = project.render().unwrap_or_else(|error| panic!("{}", project.message(&error)));
    let ours: Vec<&Value> =
        rendering.targets[0].resources.iter().map(|resource| &resource.manifest["data"]).collect();
    for ((template, ours), theirs) in TEMPLATES.iter().zip(ours).zip(jinja2()) {
        assert_eq!(text(ours), text(&theirs), "{template}");
    }
}

/// Every scalar as text, without the line end of a block scalar that stands last: which type text
/// has, Jinja2 cannot say.
fn text(value: &Value) -> Value {
    match value {
        Value::String(text) => text.trim_end().into(),
        Value::Array(items) => items.iter().map(text).collect(),
        Value::Object(map) => {
            map.iter().map(|(key, value)| (key.clone(), text(value))).collect::<Map<_, _>>().into()
        }
        Value::Bool(_) | Value::Number(_) => value.to_string().into(),
        Value::Null => Value::Null,
    }
}

fn data(project: &Project) -> String {
    let rendering = project.render().unwrap_or_else(|error| panic!("{}", project.message(&error)));
    rendering.targets[0].resources[0].manifest["data"].to_string()
}

fn template(data: &str) -> Project {
    let text = format!("apiVersion: v1\nkind: Test\nmetadata: {{name: a}}\ndata:\n{data}");
    project().file("deploy/a.yaml", text)
}

#[test]
fn a_line_that_holds_more_than_blocks_stays_a_line() {
    assert_eq!(data(&template("  a: {% if on %}x{% endif %}\n  b: z\n")), r#"{"a":"x","b":"z"}"#);
    assert_eq!(data(&template("  {% if on %}a: x{% endif %}\n  b: z\n")), r#"{"a":"x","b":"z"}"#);
    let list = "  a:\n  - {% if on %}x{% endif %}\n  - z\n";
    assert_eq!(data(&template(list)), r#"{"a":["x","z"]}"#);
}

#[test]
fn what_is_included_keeps_its_lines() {
    let included = template("  {% include '_part.yaml' %}\n  b: {% include '_name.txt' %}-x\n");
    let included = included.file("deploy/_part.yaml", "a: x\n").file("deploy/_name.txt", "web\n");
    assert_eq!(data(&included), r#"{"a":"x","b":"web-x"}"#);
}

#[test]
fn a_function_is_no_value() {
    for name in ["namespace", "range", "dict", "debug"] {
        let error = template(&format!("  a: {{{{ {name} }}}}\n")).error();
        assert!(error.contains(&format!("deploy/a.yaml:5:9: `{name}` is undefined")), "{error}");
        assert_eq!(data(&template(&format!("  a: {{{{ {name} | default('x') }}}}\n"))), r#"{"a":"x"}"#);
        assert_eq!(data(&template(&format!("  a: '{{{{ {name} is defined }}}}'\n"))), r#"{"a":"false"}"#);
    }
    let own = "  {% macro range(x) %}{{ x }}!{% endmacro %}\n  a: {{ range('x') }}\n";
    assert_eq!(data(&template(own)), r#"{"a":"x!"}"#);
}

#[test]
fn comments_of_other_delimiters_are_not_those_of_a_shell() {
    let script = "  a: |\n    ${#list[@]} ${x#*/} ${y##*/}\n    echo OPEN name CLOSE\n";
    for (open, close, comment) in
        [("${{", "}}", "${{# gone #}}"), ("#{", "}#", "#{# gone #}#"), ("<<", ">>", "<# gone #>")]
    {
        let script = script.replace("OPEN", open).replace("CLOSE", close);
        let project = template(&format!("  {comment}\n{script}"))
            .step(&format!("{{path: deploy, engine: jinja, delimiters: \"{open} {close}\"}}"));
        assert_eq!(data(&project), r#"{"a":"${#list[@]} ${x#*/} ${y##*/}\necho web\n"}"#);
    }
}

#[test]
fn what_is_wrong_is_said_with_what_to_write() {
    assert_snapshot!(template("  a: {{ name | quote }}\n").error(), @r"
    cannot render greeting for dev: deploy/a.yaml:5:16: there is no filter `quote`
    hint: values need no quotes: what is text stays text
    ");
    assert_snapshot!(template("  a: {{ nested | nindent(2) }}\n").error(), @r"
    cannot render greeting for dev: deploy/a.yaml:5:18: there is no filter `nindent`
    hint: a map or a list keeps its structure where it is the whole value: write `{{ name }}`, or `{{ name | to_yaml }}` inside text
    ");
    assert_snapshot!(template("  a: {{ nested | to_yml }}\n").error(), @r"
    cannot render greeting for dev: deploy/a.yaml:5:18: there is no filter `to_yml`
    hint: did you mean `to_yaml`?
    ");
    assert_snapshot!(template("  a: {{ name | no_such_thing_at_all }}\n").error(), @r"
    cannot render greeting for dev: deploy/a.yaml:5:16: there is no filter `no_such_thing_at_all`
    hint: docs/values.md lists the filters
    ");
    assert_snapshot!(template("  a: {{ 'maybe' | bool }}\n").error(), @"cannot render greeting for dev: deploy/a.yaml:5:19: invalid operation: `maybe` is neither true nor false");
    assert_snapshot!(template("  # {{ nmae }}\n  a: x\n").error(), @r"
    cannot render greeting for dev: deploy/a.yaml:5:8: `nmae` is undefined
    hint: a comment of YAML is part of the template: delete it, or write it between `{#` and `#}`
    ");
    assert_snapshot!(template("  a: {{ nested.keys }}\n").error(), @r"
    cannot render greeting for dev: deploy/a.yaml:5:9: `nested.keys` is undefined
    hint: did you mean `nested.level`?
    ");
    assert_snapshot!(template("  a: x {% if range(2) | length == 2 %}{{ nested.none }}{% endif %}\n").error(), @r"
    cannot render greeting for dev: deploy/a.yaml:5:42: `nested.none` is undefined
    hint: did you mean `nested.level`?
    ");
}

#[test]
fn a_value_in_a_block_scalar_is_indented_with_it() {
    let block = template("  a: |\n    {{ text }}\n  b: |-\n    x {{ text }}\n");
    assert_eq!(data(&block), r#"{"a":"one\ntwo\n","b":"x one\ntwo"}"#);
    assert_snapshot!(template("  a: |\n    {{ text | indent(4) }}\n").error(), @r"
    cannot render greeting for dev: deploy/a.yaml:6: `indent` would put spaces into the value: `…`
    hint: write the value without `| indent`: all of its lines get the indentation of the block
    ");
    // Elsewhere it is the text that the template asks for.
    let plain = template("  a: {{ text | indent(2) }}\n  b: |\n    {{ name | indent(4) }}\n");
    assert_eq!(data(&plain), r#"{"a":"one\n  two","b":"web\n"}"#);
    // What a template captures is its own text, and is laid out as text.
    let captured = "  {% set part %}\nx: {{ name }}\nz: w\n{% endset %}\n  a:\n    {{ part | indent(4) }}\n";
    assert_eq!(data(&template(captured)), r#"{"a":{"x":"web","z":"w"}}"#);
}

#[test]
fn a_filter_passes_over_nothing() {
    for expression in [
        "onn | bool",
        "nmae | raw",
        "onn | ternary('a', 'b')",
        "['h', hsot] | join('.')",
        "items | map(attribute='nmae') | join(',')",
        "[prot, 3] | sum",
    ] {
        let error = template(&format!("  a: x{{{{ {expression} }}}}\n")).error();
        assert!(error.contains("is undefined"), "{expression}: {error}");
    }
    for expression in ["none | upper", "'%s' | format(none)", "[none, 'a'] | join", "none | string"] {
        let error = template(&format!("  a: x{{{{ {expression} }}}}\n")).error();
        assert!(error.contains("is null"), "{expression}: {error}");
    }
    assert_eq!(data(&template("  a: {{ nmae | default('x') | upper }}\n")), r#"{"a":"X"}"#);
}

/// The list in docs/values.md.
#[test]
fn every_filter_that_is_documented_is_there() {
    let document = include_str!("../../docs/values.md");
    let (_, list) = document.split_once("<!-- filters -->").unwrap();
    let (list, _) = list.split_once("<!-- /filters -->").unwrap();
    let filters: Vec<&str> = list.split('`').skip(1).step_by(2).collect();
    assert!(filters.len() > 50, "{filters:?}");
    for filter in filters {
        let data = data(&template(&format!("  a: '{{{{ \"{filter}\" is filter }}}}'\n")));
        assert_eq!(data, r#"{"a":"true"}"#, "{filter}");
    }
}
