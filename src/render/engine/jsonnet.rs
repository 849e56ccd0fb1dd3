//! Jsonnet, evaluated in this process.
//!
//! All files that can be imported are read before: those of the step's folder and of `jpath`. An
//! import that is not among them does not exist, however it is spelt. Run-away recursion ends at
//! the stack limit that `jsonnet` has. Against a loop that never ends the library has no means, so
//! the evaluation runs on a thread of its own; when its time is over, the error is reported and the
//! thread is left behind, to end with the process. Memory is bounded by that time alone.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use rsjsonnet_lang::arena::Arena;
use rsjsonnet_lang::program::{EvalError, EvalErrorKind, Program, Thunk, Value as Evaluated};
use serde_json::{Map, Value};

use super::{Document, tree};
use crate::config::JsonnetVariables;
use crate::vocabulary::{Diagnostic, Place};
use imports::Imports;

mod errors;
mod imports;
mod manifests;

/// The call depth that `jsonnet` and `go-jsonnet` allow.
const MAX_STACK: usize = 500;
/// The library analyses sources by recursion, and one that is nested without end would take the
/// process with it. Ten times what anybody writes; chains of `local` and `+` have room to spare.
const MAX_NESTING: usize = 1000;
const THREAD_STACK: usize = 512 << 20;
/// Integers above it have no exact floating-point number, and Jsonnet has no other numbers.
const LARGEST_EXACT: u64 = 1 << 53;

/// The files of a step, by their paths relative to the pipeline file's folder.
pub type Files = BTreeMap<PathBuf, Arc<[u8]>>;

/// A step's programs and what they may import.
#[derive(Debug, Clone)]
pub struct Jsonnet {
    pub files: Arc<Files>,
    /// Folders that imports are looked for in, after the importing file's own; the first first.
    pub jpath: Vec<PathBuf>,
    /// The files that are evaluated.
    pub programs: Vec<PathBuf>,
    pub variables: JsonnetVariables,
    pub timeout: Duration,
}

/// Reads all files below `path` and `jpath`, relative to `root`.
pub fn read(root: &Path, path: &Path, jpath: &[PathBuf]) -> Result<Files> {
    let mut files = Files::new();
    let folder = if root.join(path).is_dir() { path } else { path.parent().unwrap_or(Path::new("")) };
    for folder in [folder].into_iter().chain(jpath.iter().map(PathBuf::as_path)) {
        let start = if folder == Path::new("") { Path::new(".") } else { folder };
        tree::walk(root, start, &root.join(folder), &mut |path, content| {
            files.insert(path.to_owned(), content.into());
            Ok(())
        })?;
    }
    Ok(files)
}

/// The programs of a step: the file itself, or `main.jsonnet` of its folder, or all `.jsonnet`
/// files in it that are not below `jpath`.
pub fn programs(files: &Files, path: &Path, jpath: &[PathBuf]) -> Vec<PathBuf> {
    if files.contains_key(path) {
        return vec![path.to_owned()];
    }
    let folder = if path == Path::new(".") { Path::new("") } else { path };
    let main = folder.join("main.jsonnet");
    if files.contains_key(&main) {
        return vec![main];
    }
    let is_program = |file: &&PathBuf| {
        file.extension().is_some_and(|extension| extension == "jsonnet")
            && file.starts_with(folder)
            && !jpath.iter().any(|library| file.starts_with(library))
    };
    files.keys().filter(is_program).cloned().collect()
}

/// Evaluates the programs one after the other. `names` are what they get as variables.
pub fn evaluate(jsonnet: &Jsonnet, names: Map<String, Value>) -> Result<Vec<Document>> {
    let (done, result) = mpsc::channel();
    let (owned, timeout) = (jsonnet.clone(), jsonnet.timeout);
    thread::Builder::new()
        .stack_size(THREAD_STACK)
        .spawn(move || {
            let documents = owned.programs.iter().map(|file| evaluate_one(&owned, file, &names));
            let documents: Result<Vec<_>> = documents.collect();
            // Nobody listens any more when the time was over.
            let _ = done.send(documents.map(|documents| documents.concat()));
        })
        .context("cannot start a thread for Jsonnet")?;
    match result.recv_timeout(timeout) {
        Ok(documents) => documents,
        Err(_) => {
            let file = jsonnet.programs.first().map(PathBuf::as_path).unwrap_or(Path::new(""));
            let message = format!("the evaluation takes longer than {timeout:?}");
            let hint = "a loop that never ends? If it needs that long, give the step a longer `timeout`";
            Err(Diagnostic::new(message).at(Place::file(file)).hint(hint).into())
        }
    }
}

fn evaluate_one(jsonnet: &Jsonnet, file: &Path, names: &Map<String, Value>) -> Result<Vec<Document>> {
    let arena = Arena::new();
    let mut program = Program::new(&arena);
    program.set_max_stack(MAX_STACK);
    let mut imports = Imports::new(&jsonnet.files, &jsonnet.jpath);
    let variables: Vec<_> = names
        .iter()
        .map(|(name, value)| (program.intern_str(name), variable(&mut program, name, value)))
        .collect();
    if jsonnet.variables == JsonnetVariables::External {
        variables.iter().for_each(|(name, value)| program.add_ext_var(*name, value));
    }
    let thunk = imports.load(&mut program, file)?;
    let mut value = program.eval_value(&thunk, &mut imports);
    if matches!(&value, Ok(value) if value.is_function()) {
        value = call(&mut program, &mut imports, &thunk, variables, jsonnet.variables);
    }
    let json = value.and_then(|value| program.manifest_json(&value, false));
    let json = json.map_err(|error| errors::evaluation(&error, &program, &imports, names, file))?;
    let value =
        serde_json::from_str(&json).with_context(|| format!("{}: unexpected JSON", file.display()))?;
    manifests::flatten(value, &Place::file(file))
}

/// Calls the function that the program is. It gets those variables that it has parameters for:
/// which these are, the library tells by refusing the others, one at a time, before it evaluates
/// anything.
fn call<'p>(
    program: &mut Program<'p>,
    imports: &mut Imports<'p, '_>,
    function: &Thunk<'p>,
    mut arguments: Vec<(rsjsonnet_lang::interner::InternedStr<'p>, Thunk<'p>)>,
    variables: JsonnetVariables,
) -> Result<Evaluated<'p>, EvalError> {
    if variables == JsonnetVariables::External {
        arguments.clear();
    }
    loop {
        let result = program.eval_call(function, &[], &arguments, imports);
        match &result {
            Err(EvalError { kind: EvalErrorKind::UnknownCallParam { span: None, param_name }, .. }) => {
                let before = arguments.len();
                arguments.retain(|(name, _)| name.value() != param_name);
                if arguments.len() == before {
                    return result;
                }
            }
            _ => return result,
        }
    }
}

/// A variable as a thunk. One that Jsonnet cannot hold is an error where it is used.
fn variable<'p>(program: &mut Program<'p>, name: &str, value: &Value) -> Thunk<'p> {
    match convert(program, value) {
        Ok(value) => program.value_to_thunk(&value),
        Err(number) => {
            let message = format!(
                "`{name}` has the number {number}, which Jsonnet cannot hold exactly: make it a string"
            );
            let source = format!("error {}", Value::String(message));
            let (context, _) = program.span_manager_mut().insert_source_context(source.len());
            match program.load_source(context, source.as_bytes(), false, "variables") {
                Ok(thunk) => thunk,
                Err(_) => program.value_to_thunk(&Evaluated::null()),
            }
        }
    }
}

/// Whether brackets are nested too deeply. Those in strings count as well, for simplicity.
fn is_too_deep(source: &[u8]) -> bool {
    let mut depth = 0_usize;
    source.iter().any(|byte| {
        match byte {
            b'(' | b'[' | b'{' => depth += 1,
            b')' | b']' | b'}' => depth = depth.saturating_sub(1),
            _ => {}
        }
        depth > MAX_NESTING
    })
}

fn convert<'p>(program: &mut Program<'p>, value: &Value) -> Result<Evaluated<'p>, String> {
    Ok(match value {
        Value::Null => Evaluated::null(),
        Value::Bool(value) => Evaluated::bool(*value),
        Value::String(text) => Evaluated::string(text),
        Value::Number(number) => {
            let integer = number.as_u64().or_else(|| number.as_i64().map(i64::unsigned_abs));
            match number.as_f64() {
                Some(float) if integer.is_none_or(|integer| integer <= LARGEST_EXACT) => {
                    Evaluated::number(float)
                }
                _ => return Err(number.to_string()),
            }
        }
        Value::Array(items) => {
            let items = items.iter().map(|item| convert(program, item)).collect::<Result<Vec<_>, _>>()?;
            program.make_array(&items)
        }
        Value::Object(map) => {
            let fields =
                map.iter().map(|(name, value)| Ok((program.intern_str(name), convert(program, value)?)));
            let fields = fields.collect::<Result<Vec<_>, String>>()?;
            program.make_object(&fields)
        }
    })
}
