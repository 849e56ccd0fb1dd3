//! GraphQL, as far as Towline speaks it: a request is checked against a schema from `tests/specs/`,
//! and the answer has what was asked for and no more.

mod query;

use std::collections::HashMap;
use std::path::Path;

use serde_json::{Map, Value};

use query::{Literal, parse};
pub use query::{Operation, Selection};

pub struct Schema(HashMap<String, Type>);

enum Type {
    /// Also an interface.
    Object(HashMap<String, Field>),
    Input(HashMap<String, Field>),
    Enum(Vec<String>),
    Union,
}

struct Field {
    /// Names and types, as they are written: `[ID!]!`.
    arguments: HashMap<String, String>,
    kind: String,
}

pub type Checked<T> = Result<T, String>;

impl Schema {
    /// `tests/specs/<name>.graphql`
    pub fn load(name: &str) -> Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/specs");
        let text = std::fs::read_to_string(folder.join(format!("{name}.graphql"))).unwrap();
        let mut types = HashMap::new();
        for block in text.split("\n\n").map(str::trim).filter(|block| !block.starts_with('#')) {
            let (head, lines) = block.split_once('\n').unwrap_or((block, ""));
            let mut words = head.split_whitespace();
            let (word, name) = (words.next().unwrap(), words.next().unwrap());
            let lines = || lines.lines().filter(|line| *line != "}");
            let kind = match word {
                "enum" => Type::Enum(lines().flat_map(str::split_whitespace).map(str::to_owned).collect()),
                "input" => Type::Input(lines().map(field).collect()),
                "union" => Type::Union,
                _ => Type::Object(lines().map(field).collect()),
            };
            types.insert(name.to_owned(), kind);
        }
        Self(types)
    }

    pub fn check(&self, body: &Value) -> Checked<Operation> {
        let query = body["query"].as_str().ok_or("there is no query")?;
        let operation = Operation { variables: body["variables"].clone(), ..parse(query)? };
        for (name, value) in operation.variables.as_object().into_iter().flatten() {
            let kind = operation.declared.get(name).ok_or(format!("${name} is not declared"))?;
            self.check_value(kind, value).map_err(|error| format!("${name}: {error}"))?;
        }
        let missing = |(name, kind): &(&String, &String)| {
            kind.ends_with('!') && operation.variables[name.as_str()].is_null()
        };
        if let Some((name, _)) = operation.declared.iter().find(missing) {
            return Err(format!("${name} is missing"));
        }
        let root = if operation.kind == "mutation" { "Mutation" } else { "Query" };
        self.check_selection(root, &operation.selection, &operation)?;
        Ok(operation)
    }

    /// Of `data` what the operation asks for. What is asked for under an alias stands there under it.
    pub fn answer(&self, operation: &Operation, data: &Value) -> Checked<Value> {
        let root = if operation.kind == "mutation" { "Mutation" } else { "Query" };
        self.project(root, &operation.selection, data)
    }

    fn check_selection(&self, owner: &str, selection: &[Selection], operation: &Operation) -> Checked<()> {
        for part in selection {
            if let Some(on) = &part.on {
                self.check_selection(on, &part.inside, operation)?;
                continue;
            }
            if part.name == "__typename" {
                continue;
            }
            let field = self.field(owner, &part.name)?;
            self.check_arguments(field, part, operation)
                .map_err(|e| format!("{owner}.{}: {e}", part.name))?;
            let kind = bare(&field.kind);
            match (self.0.get(kind), part.inside.is_empty()) {
                (Some(Type::Object(_) | Type::Union), true) => {
                    return Err(format!("of {owner}.{} nothing is asked for", part.name));
                }
                (None | Some(Type::Enum(_)), false) => return Err(format!("{kind} has no fields")),
                _ => self.check_selection(kind, &part.inside, operation)?,
            }
        }
        Ok(())
    }

    fn check_arguments(&self, field: &Field, part: &Selection, operation: &Operation) -> Checked<()> {
        for (name, literal) in &part.arguments {
            let kind = field.arguments.get(name).ok_or(format!("there is no argument {name}"))?;
            self.check_literal(kind, literal, operation)?;
        }
        let given = |name: &String| part.arguments.iter().any(|(known, _)| known == name);
        match field.arguments.iter().find(|(name, kind)| kind.ends_with('!') && !given(name)) {
            Some((name, _)) => Err(format!("the argument {name} is missing")),
            None => Ok(()),
        }
    }

    fn check_literal(&self, kind: &str, literal: &Literal, operation: &Operation) -> Checked<()> {
        match literal {
            Literal::Variable(name) => {
                let declared = operation.declared.get(name).ok_or(format!("${name} is not declared"))?;
                match declared == kind || declared.trim_end_matches('!') == kind {
                    true => Ok(()),
                    false => Err(format!("${name} is {declared}, not {kind}")),
                }
            }
            Literal::Word(word) => {
                let number = word.parse::<i64>().map(Value::from);
                self.check_value(kind, &number.unwrap_or_else(|_| Value::from(word.as_str())))
            }
            Literal::List(items) => {
                let inner = kind.trim_end_matches('!').trim_start_matches('[').trim_end_matches(']');
                items.iter().try_for_each(|item| self.check_literal(inner, item, operation))
            }
        }
    }

    fn check_value(&self, kind: &str, value: &Value) -> Checked<()> {
        let wrong = || Err(format!("{value} is no {kind}"));
        if let Some(kind) = kind.strip_suffix('!') {
            return if value.is_null() { wrong() } else { self.check_value(kind, value) };
        }
        if value.is_null() {
            return Ok(());
        }
        if let Some(inner) = kind.strip_prefix('[').and_then(|kind| kind.strip_suffix(']')) {
            let Some(items) = value.as_array() else { return wrong() };
            return items.iter().try_for_each(|item| self.check_value(inner, item));
        }
        let fits = match (self.0.get(kind), kind) {
            (Some(Type::Input(fields)), _) => return check_input(self, kind, fields, value),
            (Some(Type::Enum(members)), _) => members.iter().any(|member| value == member.as_str()),
            (Some(_), _) => return wrong(),
            (None, "Int") => value.is_i64(),
            (None, "Boolean") => value.is_boolean(),
            (None, _) => value.is_string(),
        };
        if fits { Ok(()) } else { wrong() }
    }

    fn field(&self, owner: &str, name: &str) -> Checked<&Field> {
        let found = match self.0.get(owner) {
            Some(Type::Object(fields) | Type::Input(fields)) => fields.get(name),
            _ => None,
        };
        found.ok_or_else(|| format!("{owner} has no field {name}"))
    }

    fn project(&self, owner: &str, selection: &[Selection], object: &Value) -> Checked<Value> {
        let mut answer = Map::new();
        for part in selection {
            if let Some(on) = &part.on {
                if object["__typename"] == on.as_str() {
                    let Value::Object(fields) = self.project(on, &part.inside, object)? else { continue };
                    answer.extend(fields);
                }
                continue;
            }
            let value = match part.name.as_str() {
                "__typename" => object["__typename"].clone(),
                name => {
                    let kind = &self.field(owner, name)?.kind;
                    self.value(kind, &part.inside, &object[part.key()])
                        .map_err(|e| format!("{owner}.{name}: {e}"))?
                }
            };
            answer.insert(part.key().to_owned(), value);
        }
        Ok(Value::Object(answer))
    }

    fn value(&self, kind: &str, inside: &[Selection], value: &Value) -> Checked<Value> {
        if let Some(kind) = kind.strip_suffix('!') {
            return match value {
                Value::Null => Err("null where it never is".to_owned()),
                value => self.value(kind, inside, value),
            };
        }
        if let Some(inner) = kind.strip_prefix('[').and_then(|kind| kind.strip_suffix(']')) {
            let items = value.as_array().into_iter().flatten();
            return items.map(|item| self.value(inner, inside, item)).collect();
        }
        match inside.is_empty() || value.is_null() {
            true => self.check_value(kind, value).map(|()| value.clone()),
            false => self.project(kind, inside, value),
        }
    }
}

fn check_input(schema: &Schema, kind: &str, fields: &HashMap<String, Field>, value: &Value) -> Checked<()> {
    let given = value.as_object().ok_or(format!("{value} is no {kind}"))?;
    if let Some(unknown) = given.keys().find(|name| !fields.contains_key(*name)) {
        return Err(format!("{kind} has no field {unknown}"));
    }
    fields.iter().try_for_each(|(name, field)| {
        schema.check_value(&field.kind, &value[name.as_str()]).map_err(|error| format!("{name}: {error}"))
    })
}

/// The name in a type: `ID` of `[ID!]!`.
fn bare(kind: &str) -> &str {
    kind.trim_matches(['[', ']', '!'])
}

/// `name(argument: Type, …): Type`
fn field(line: &str) -> (String, Field) {
    let (name, kind) = line.trim().rsplit_once("): ").or_else(|| line.trim().split_once(": ")).unwrap();
    let (name, arguments) = name.split_once('(').unwrap_or((name, ""));
    let arguments = arguments.split(", ").filter_map(|argument| argument.split_once(": "));
    let arguments = arguments.map(|(name, kind)| (name.to_owned(), kind.to_owned())).collect();
    (name.to_owned(), Field { arguments, kind: kind.to_owned() })
}
