//! docs/json.md: written by hand down to a marker, and generated from the JSON Schemas below it.

use std::collections::BTreeMap;

use serde_json::Value;
use towline::vocabulary::Outcome;

/// The last line that is written by hand.
const MARKER: &str = "<!-- Generated below this line: UPDATE=1 cargo test cli::json:: -->\n";

const OUTCOMES: [Outcome; 11] = [
    Outcome::Done,
    Outcome::Unchanged,
    Outcome::Error,
    Outcome::Usage,
    Outcome::Refused,
    Outcome::Closed,
    Outcome::Failed,
    Outcome::TimedOut,
    Outcome::Superseded,
    Outcome::Unfinished,
    Outcome::Interrupted,
];

/// A command line without `--output json`, and what it prints.
pub struct Example {
    pub typed: String,
    pub printed: String,
}

/// A command and what is known about its output.
pub struct Command {
    pub name: &'static str,
    pub schema: Value,
    pub examples: Vec<Example>,
}

/// What the document has to be, given the one that is there.
pub fn document(written: &str, commands: &[Command], log_line: &Value) -> String {
    let (by_hand, _) = written.split_once(MARKER).expect("docs/json.md has the marker");
    let shared = shared(commands);
    let envelope = Page(&commands[0].schema);
    let mut text = format!("{by_hand}{MARKER}\n## Every command\n\n{}\n", envelope.table(envelope.0));
    text += &outcomes(envelope.0);
    for Command { name, schema, examples } in commands {
        let page = Page(schema);
        let fields = page.definition(&schema["anyOf"][0]);
        text += &format!("\n## `towline {name}`\n\n{}", page.body(fields));
        for own in page.reachable(fields).iter().filter(|own| !shared.contains_key(*own)) {
            text += &format!("\n### {}\n\n{}", shown(own), page.body(&schema["$defs"][own]));
        }
        for Example { typed, printed } in examples {
            text += &format!("\n`{typed} --output json` prints:\n\n```json\n{}\n```\n", printed.trim_end());
        }
    }
    text += "\n## What several commands print\n";
    for (name, schema) in shared {
        text += &format!("\n### {}\n\n{}", shown(&name), Page(schema).body(&schema["$defs"][&name]));
    }
    let page = Page(log_line);
    text + &format!(
        "\n## Log lines\n\nWhat `--log-format json` prints to stderr:\n\n{}",
        page.table(log_line)
    )
}

/// The definitions that more than one command has, each with a schema that it is in.
fn shared(commands: &[Command]) -> BTreeMap<String, &Value> {
    let mut uses: BTreeMap<String, Vec<&Value>> = BTreeMap::new();
    for Command { schema, .. } in commands {
        let page = Page(schema);
        let fields = page.definition(&schema["anyOf"][0]);
        let envelope = page.reachable(schema).into_iter().chain(page.reachable(fields));
        let mut names: Vec<String> = envelope.collect();
        names.sort();
        names.dedup();
        names.into_iter().for_each(|name| uses.entry(name).or_default().push(schema));
    }
    uses.into_iter().filter(|(_, schemas)| schemas.len() > 1).map(|(name, of)| (name, of[0])).collect()
}

fn outcomes(schema: &Value) -> String {
    let said: Vec<&Value> = schema["$defs"]["Outcome"]["oneOf"].as_array().unwrap().iter().collect();
    assert_eq!(said.len(), OUTCOMES.len());
    let rows = OUTCOMES.iter().map(|outcome| {
        let name = serde_json::to_value(outcome).unwrap();
        let said = said.iter().find(|said| said["const"] == name).expect("it is in the schema");
        let name = name.as_str().unwrap();
        format!("| `{name}` | {} | {} |\n", outcome.exit_code(), description(said))
    });
    let rows: String = rows.collect();
    format!("### Outcomes\n\n| outcome | exit code | meaning |\n|---|---|---|\n{rows}")
}

/// A schema with its `$defs`.
struct Page<'a>(&'a Value);

impl<'a> Page<'a> {
    /// Follows a reference.
    fn definition(&self, node: &'a Value) -> &'a Value {
        node["$ref"].as_str().map_or(node, |path| &self.0["$defs"][name_in(path)])
    }

    /// The names of the definitions that a node leads to, in the order in which they are met; those
    /// that need no section of their own are not among them.
    fn reachable(&self, node: &'a Value) -> Vec<String> {
        let mut names = Vec::new();
        self.collect(node, &mut names);
        names
    }

    fn collect(&self, node: &'a Value, names: &mut Vec<String>) {
        if let Some(path) = node["$ref"].as_str() {
            let name = name_in(path).to_owned();
            let has_section = name != "Outcome" && !is_plain_enum(self.definition(node));
            if has_section && !names.contains(&name) {
                names.push(name);
                self.collect(self.definition(node), names);
            }
        }
        let properties = node["properties"].as_object().into_iter().flat_map(|fields| fields.values());
        let is_envelope = std::ptr::eq(node, self.0);
        let kinds =
            ["anyOf"].iter().filter(|_| !is_envelope).filter_map(|kind| node[*kind].as_array()).flatten();
        let elements = ["items", "additionalProperties"].iter().filter_map(|name| node.get(*name));
        for child in properties.chain(kinds).chain(elements) {
            self.collect(child, names);
        }
    }

    /// The description, and the fields, values or alternatives below it.
    fn body(&self, node: &'a Value) -> String {
        let said = match description(node).as_str() {
            "" => String::new(),
            said => format!("{said}.\n\n"),
        };
        if let Some(values) = node["oneOf"].as_array() {
            let lines =
                values.iter().map(|value| format!("- {}: {}\n", code(&value["const"]), description(value)));
            return said + &lines.collect::<String>();
        }
        match node["anyOf"].as_array() {
            Some(kinds) => {
                said + "One of:\n\n" + &kinds.iter().map(|kind| self.alternative(kind)).collect::<String>()
            }
            None => said + &self.table(node),
        }
    }

    fn alternative(&self, node: &'a Value) -> String {
        match node["properties"].as_object() {
            None => format!("- {}: {}\n", self.kind(node), description(self.definition(node))),
            Some(fields) => {
                let fields = fields.iter().map(|(name, field)| format!("`{name}`: {}", description(field)));
                format!("- {}\n", fields.collect::<Vec<_>>().join(", "))
            }
        }
    }

    fn table(&self, node: &'a Value) -> String {
        let required: Vec<&Value> = node["required"].as_array().into_iter().flatten().collect();
        let rows = node["properties"].as_object().into_iter().flatten().map(|(name, field)| {
            let is_optional = !required.iter().any(|required| *required == name);
            let kind = match is_optional {
                true => self.kind(field).trim_end_matches(" or `null`").to_owned() + ", optional",
                false => self.kind(field),
            };
            let said = match description(field).as_str() {
                "" => description(self.definition(field)),
                said => said.to_owned(),
            };
            format!("| `{name}` | {kind} | {said} |\n")
        });
        let rows: String = rows.collect();
        format!("| field | type | description |\n|---|---|---|\n{rows}")
    }

    fn kind(&self, node: &Value) -> String {
        if let Some(path) = node["$ref"].as_str() {
            let name = name_in(path);
            return match &self.0["$defs"][name] {
                values if is_plain_enum(values) => {
                    let values = values["enum"].as_array().unwrap();
                    values.iter().map(code).collect::<Vec<_>>().join(", ")
                }
                _ if name == "Outcome" => "[outcome](#outcomes)".to_owned(),
                _ => format!("[{0}](#{1})", shown(name), shown(name).to_lowercase()),
            };
        }
        if let Some(kinds) = node["anyOf"].as_array() {
            return kinds.iter().map(|kind| self.kind(kind)).collect::<Vec<_>>().join(" or ");
        }
        let kinds: Vec<&str> = match &node["type"] {
            Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
            kind => kind.as_str().into_iter().collect(),
        };
        let kinds = kinds.iter().map(|kind| match *kind {
            "string" if node["format"] == "date-time" => "time".to_owned(),
            "integer" => "number".to_owned(),
            "null" => "`null`".to_owned(),
            "array" => format!("list of {}", self.kind(&node["items"])),
            "object" => format!("object of {}", self.kind(&node["additionalProperties"])),
            kind => kind.to_owned(),
        });
        let kinds: Vec<String> = kinds.collect();
        if kinds.is_empty() { "any value".to_owned() } else { kinds.join(" or ") }
    }
}

fn is_plain_enum(definition: &Value) -> bool {
    definition["enum"].is_array()
}

fn name_in(path: &str) -> &str {
    path.trim_start_matches("#/$defs/")
}

fn shown(name: &str) -> &str {
    name.strip_suffix("Output").unwrap_or(name)
}

fn code(value: &Value) -> String {
    format!("`{}`", value.as_str().unwrap_or_default())
}

/// In one line, without a period at the end.
fn description(node: &Value) -> String {
    let said = node["description"].as_str().unwrap_or_default();
    said.split_whitespace().collect::<Vec<_>>().join(" ").trim_end_matches('.').replace('|', "\\|")
}
