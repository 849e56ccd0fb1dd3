//! A vendor's API description (OpenAPI 3.0 or Swagger 2), as the judge of requests and replies.
//!
//! Stricter than the description in one way: a request may only have fields that it names.

use std::collections::HashMap;
use std::path::Path;
use std::sync::{Arc, Mutex};

use jsonschema::{Draft, Validator};
use serde_json::{Map, Value, json};

use super::recorded::Recorded;
use super::{Reply, Request};

pub struct Spec {
    document: Value,
    /// What stands before the paths of the description.
    prefix: String,
    /// Compiled once each: they are large.
    validators: Mutex<HashMap<String, Arc<Validator>>>,
    recorded: Option<Recorded>,
}

/// An operation of the description: pointers into it.
#[derive(Debug, PartialEq, Eq)]
pub struct Operation {
    path: String,
    method: String,
}

type Checked<T> = Result<T, String>;

impl Spec {
    /// `tests/specs/<name>.json`, for requests whose paths begin with `prefix`.
    pub fn load(name: &str, prefix: &str) -> Arc<Self> {
        Arc::new(Self::read(name, prefix))
    }

    /// With the answers of a real server in `tests/specs/<folder>/`.
    pub fn load_with(name: &str, prefix: &str, folder: &str) -> Arc<Self> {
        let mut spec = Self::read(name, prefix);
        spec.recorded = Some(Recorded::load(folder, &spec));
        Arc::new(spec)
    }

    fn read(name: &str, prefix: &str) -> Self {
        let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/specs").join(format!("{name}.json"));
        let mut document = serde_json::from_slice(&std::fs::read(file).unwrap()).unwrap();
        allow_null(&mut document);
        Self { document, prefix: prefix.to_owned(), validators: Mutex::default(), recorded: None }
    }

    pub fn check_request(&self, request: &Request) -> Checked<Operation> {
        let operation = self.operation(request)?;
        let parameters = self.parameters(&operation.path, &operation.method);
        self.check_query(request, &parameters)?;
        let Some(schema) = self.body_schema(&operation, &parameters) else {
            return match request.body.is_null() {
                true => Ok(operation),
                false => Err("this operation takes no body".into()),
            };
        };
        if request.body.is_null() {
            return Ok(operation);
        }
        let key = format!("{} {} body", operation.method, operation.path);
        self.validate(&key, &schema, &request.body).map_err(|error| format!("the body: {error}"))?;
        self.refuse_unknown_fields(&schema, &request.body)?;
        Ok(operation)
    }

    pub fn check_reply(&self, operation: &Operation, reply: &Reply) -> Checked<()> {
        if let Some(recorded) = &self.recorded {
            recorded.check(operation, reply)?;
        }
        let Operation { path, method } = operation;
        let responses = &self.document["paths"][path][method]["responses"];
        let status = reply.status.to_string();
        let Some(response) = responses.get(&status).or_else(|| responses.get("default")) else {
            // Descriptions leave out what any operation can answer.
            return match reply.status {
                301 | 304 | 400 | 401 | 403 | 404 | 409 | 422 | 423 | 429 | 500.. => Ok(()),
                _ => Err(format!("{status} is no answer to {method} {path}")),
            };
        };
        let response = self.resolve(response);
        let schema = response.pointer("/content/application~1json/schema").or(response.get("schema"));
        match schema {
            Some(schema) => {
                let checked = self.validate(&format!("{method} {path} {status}"), schema, &reply.body);
                checked.and_then(|()| self.refuse_undescribed(schema, &reply.body, ""))
            }
            .map_err(|error| format!("the answer {status}: {error}")),
            None => Ok(()),
        }
    }

    /// Whether an answer has only fields that the description names, however deep. What it leaves
    /// open may be anything.
    fn refuse_undescribed(&self, schema: &Value, value: &Value, at: &str) -> Checked<()> {
        // Azure DevOps describes what has fields of any name as the class that holds it.
        if schema["$ref"].as_str().is_some_and(|name| name.ends_with("/JObject")) {
            return Ok(());
        }
        let schema = self.resolve(schema);
        for choice in ["anyOf", "oneOf"] {
            if let Some(choices) = schema[choice].as_array() {
                let mut refusals = choices.iter().map(|choice| self.refuse_undescribed(choice, value, at));
                return match refusals.find(Result::is_ok) {
                    Some(_) => Ok(()),
                    None => self.refuse_undescribed(&choices[0], value, at),
                };
            }
        }
        match value {
            Value::Array(items) => {
                items.iter().try_for_each(|item| self.refuse_undescribed(&schema["items"], item, at))
            }
            Value::Object(fields) => {
                let known = self.field_schemas(schema);
                if known.is_empty() || schema["additionalProperties"].is_object() {
                    return Ok(());
                }
                fields.iter().try_for_each(|(name, value)| match known.iter().find(|(it, _)| *it == name) {
                    Some((_, schema)) => self.refuse_undescribed(schema, value, &format!("{at}/{name}")),
                    None => Err(format!("{at} has no field `{name}`")),
                })
            }
            _ => Ok(()),
        }
    }

    /// An object's fields, those of its bases too.
    fn field_schemas<'a>(&'a self, schema: &'a Value) -> Vec<(&'a String, &'a Value)> {
        let schema = self.resolve(schema);
        let bases = schema["allOf"].as_array().into_iter().flatten();
        let bases = bases.flat_map(|base| self.field_schemas(base));
        schema["properties"].as_object().into_iter().flatten().chain(bases).collect()
    }

    /// The least object that the schema of this name (`pull-request`) takes, with `fields` in it.
    pub fn example(&self, schema: &str, fields: Value) -> Value {
        let named = ["/components/schemas/", "/definitions/"];
        let schema =
            named.iter().find_map(|place| self.document.pointer(&format!("{place}{schema}"))).unwrap();
        let mut example = self.least_object(self.resolve(schema));
        lay_over(&mut example, fields);
        example
    }

    /// The operations of which no answer of a real server was recorded.
    pub fn unrecorded(&self) -> Vec<String> {
        let paths = self.document["paths"].as_object().unwrap().iter();
        let all = paths.flat_map(|(path, item)| {
            let methods = item.as_object().unwrap().keys().filter(|name| *name != "parameters");
            methods.map(|method| Operation { path: path.clone(), method: method.clone() })
        });
        let recorded = self.recorded.as_ref().unwrap();
        let unknown = all.filter(|operation| !recorded.knows(operation));
        unknown.map(|Operation { path, method }| format!("{method} {path}")).collect()
    }

    /// The operation that a method and a path name.
    pub fn operation_of(&self, method: &str, path: &str) -> Checked<Operation> {
        self.operation(&Request::of(method, &format!("{}{path}", self.prefix)))
    }

    fn operation(&self, request: &Request) -> Checked<Operation> {
        let method = request.method.to_lowercase();
        let unknown = || format!("the API has no {} {}", request.method, request.path);
        let path = request.path.strip_prefix(&self.prefix).ok_or_else(unknown)?;
        let paths = self.document["paths"].as_object().unwrap();
        let fitting = paths.iter().filter(|(template, item)| {
            item.get(&method).is_some() && fits(template, path, self.spans_segments(template, &method))
        });
        // `pulls/comments` before `pulls/{number}`.
        let best = fitting.min_by_key(|(template, _)| template.matches('{').count());
        best.map(|(template, _)| Operation { path: template.clone(), method }).ok_or_else(unknown)
    }

    /// Whether the path ends with a parameter that may hold slashes (`heads/main`).
    fn spans_segments(&self, template: &str, method: &str) -> bool {
        let Some((_, last)) = template.rsplit_once("/{") else { return false };
        self.parameters(template, method).iter().any(|parameter| {
            parameter["x-multi-segment"] == true
                && last == format!("{}}}", parameter["name"].as_str().unwrap())
        })
    }

    fn parameters(&self, path: &str, method: &str) -> Vec<Value> {
        let item = &self.document["paths"][path];
        let lists = [&item["parameters"], &item[method]["parameters"]];
        let all = lists.into_iter().filter_map(Value::as_array).flatten();
        all.map(|parameter| self.resolve(parameter).clone()).collect()
    }

    fn check_query(&self, request: &Request, parameters: &[Value]) -> Checked<()> {
        let known: Vec<&Value> = parameters.iter().filter(|parameter| parameter["in"] == "query").collect();
        for (name, value) in &request.query {
            let Some(parameter) = known.iter().find(|parameter| parameter["name"] == name.as_str()) else {
                return Err(format!("there is no parameter `{name}`"));
            };
            check_text(
                name,
                value,
                parameter.get("schema").map_or(*parameter, |schema| self.resolve(schema)),
            )?;
        }
        let missing = known
            .iter()
            .filter(|p| p["required"] == true)
            .find(|parameter| !request.query.iter().any(|(name, _)| parameter["name"] == name.as_str()));
        missing.map_or(Ok(()), |parameter| Err(format!("the parameter {} is missing", parameter["name"])))
    }

    fn body_schema(&self, operation: &Operation, parameters: &[Value]) -> Option<Value> {
        let body = &self.document["paths"][&operation.path][&operation.method]["requestBody"];
        let body = self.resolve(body).pointer("/content/application~1json/schema");
        let in_parameters = || parameters.iter().find(|parameter| parameter["in"] == "body")?.get("schema");
        body.or_else(in_parameters).cloned()
    }

    fn refuse_unknown_fields(&self, schema: &Value, body: &Value) -> Checked<()> {
        let known = self.field_schemas(schema);
        let Some(fields) = body.as_object().filter(|_| !known.is_empty()) else { return Ok(()) };
        match fields.keys().find(|field| !known.iter().any(|(name, _)| name == field)) {
            Some(field) => Err(format!("the body: there is no field `{field}`")),
            None => Ok(()),
        }
    }

    fn validate(&self, key: &str, schema: &Value, value: &Value) -> Checked<()> {
        let mut validators = self.validators.lock().unwrap();
        let validator = validators.entry(key.to_owned()).or_insert_with(|| {
            let mut root = Map::from_iter([("allOf".to_owned(), json!([schema]))]);
            for shared in ["components", "definitions"] {
                let parts = self.document.get(shared).cloned().unwrap_or_else(|| json!({}));
                root.insert(shared.to_owned(), parts);
            }
            let options = jsonschema::options().with_draft(Draft::Draft4).build(&Value::Object(root));
            Arc::new(options.unwrap())
        });
        let validator = validator.clone();
        drop(validators);
        let errors: Vec<String> =
            validator.iter_errors(value).map(|error| format!("{}: {error}", error.instance_path())).collect();
        if errors.is_empty() { Ok(()) } else { Err(errors.join("; ")) }
    }

    fn resolve<'a>(&'a self, value: &'a Value) -> &'a Value {
        match value.get("$ref").and_then(Value::as_str) {
            Some(reference) => {
                self.resolve(self.document.pointer(reference.trim_start_matches('#')).unwrap())
            }
            None => value,
        }
    }

    fn least(&self, schema: &Value) -> Value {
        let schema = self.resolve(schema);
        let kind = match &schema["type"] {
            Value::Array(kinds) if kinds.contains(&json!("null")) => return Value::Null,
            kind => kind.as_str().unwrap_or_default(),
        };
        if let Some(first) = schema["enum"].as_array().and_then(|values| values.first()) {
            return first.clone();
        }
        for choice in ["anyOf", "oneOf"] {
            if let Some(choices) = schema[choice].as_array() {
                let choices: Vec<Value> = choices.iter().map(|choice| self.least(choice)).collect();
                return choices.iter().find(|choice| choice.is_null()).unwrap_or(&choices[0]).clone();
            }
        }
        match kind {
            "string" if schema["format"] == "uri" => json!("https://forge.example.com/"),
            "string" if schema["format"] == "date-time" => json!("2026-01-01T00:00:00Z"),
            "string" => json!("x"),
            "integer" | "number" => json!(1),
            "boolean" => json!(false),
            "array" => json!([]),
            _ => self.least_object(schema),
        }
    }

    fn least_object(&self, schema: &Value) -> Value {
        let mut object = Map::new();
        for part in schema["allOf"].as_array().into_iter().flatten() {
            if let Value::Object(fields) = self.least(part) {
                object.extend(fields);
            }
        }
        let required = schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str);
        for name in required {
            object.insert(name.to_owned(), self.least(&schema["properties"][name]));
        }
        Value::Object(object)
    }
}

fn fits(template: &str, path: &str, spans: bool) -> bool {
    let (template, path): (Vec<&str>, Vec<&str>) = (template.split('/').collect(), path.split('/').collect());
    let long_enough = path.len() == template.len() || spans && path.len() > template.len();
    let is_parameter = |part: &str| part.starts_with('{') && part.ends_with('}');
    long_enough
        && template
            .iter()
            .zip(&path)
            .all(|(part, name)| is_parameter(part) && !name.is_empty() || part == name)
}

/// A value in a query has to be read from its text.
fn check_text(name: &str, text: &str, schema: &Value) -> Checked<()> {
    let fits = match schema["type"].as_str().unwrap_or("string") {
        "integer" => text.parse::<i64>().is_ok(),
        "boolean" => text.parse::<bool>().is_ok(),
        _ => true,
    };
    let listed = schema["enum"].as_array().is_none_or(|values| values.iter().any(|value| value == text));
    match fits && listed {
        true => Ok(()),
        false => Err(format!("the parameter `{name}` cannot be `{text}`")),
    }
}

/// OpenAPI 3.0 and Swagger 2 say `nullable`, which JSON Schema does not know.
fn allow_null(schema: &mut Value) {
    match schema {
        Value::Array(items) => items.iter_mut().for_each(allow_null),
        Value::Object(fields) => {
            fields.values_mut().for_each(allow_null);
            let nullable =
                ["nullable", "x-nullable"].iter().any(|key| fields.get(*key) == Some(&json!(true)));
            if !nullable {
                return;
            }
            fields.remove("nullable");
            fields.remove("x-nullable");
            if let Some(Value::Array(values)) = fields.get_mut("enum") {
                values.push(Value::Null);
            }
            match fields.get("type").cloned() {
                Some(Value::String(kind)) => {
                    fields.insert("type".into(), json!([kind, "null"]));
                }
                _ => *schema = json!({"anyOf": [schema.clone(), {"type": "null"}]}),
            }
        }
        _ => {}
    }
}

/// Fields win over what is there, however deep; a list or a scalar replaces.
fn lay_over(value: &mut Value, fields: Value) {
    match (value, fields) {
        (Value::Object(known), Value::Object(fields)) => {
            for (name, field) in fields {
                lay_over(known.entry(name).or_insert(Value::Null), field);
            }
        }
        (value, fields) => *value = fields,
    }
}
