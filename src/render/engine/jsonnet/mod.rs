//! Jsonnet, evaluated in this process.
//!
//! All files that can be imported are read before: those of the step's folder and of `jpath`. An
//! import that is not among them does not exist, however it is spelt. Run-away recursion ends at
//! the stack limit that `jsonnet` has. Against a loop that never ends the library has no means, so
//! the evaluation runs on a thread of its own; when its time is over, the error is reported and the
//! thread is left behind, to end with the process. Memory is bounded by that time alone.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use rsjsonnet_lang::arena::Arena;
use rsjsonnet_lang::program::{EvalError, EvalErrorKind, Program, Thunk, Value as Evaluated};
use serde_json::{Map, Value};

use crate::config::{EngineKind, JsonnetVariables};
use crate::render::contract::{Claim, Engine, EngineRow, Input, Loading, Rendered};
use crate::render::external::files;
use crate::render::external::step::{ExternalStep, Folder};
use crate::render::manifest::Document;
use crate::vocabulary::{Diagnostic, Place};
use imports::Imports;
use sources::Files;

mod errors;
mod imports;
mod manifests;
mod sources;

pub const ENGINE: EngineRow = EngineRow { kind: EngineKind::Jsonnet, claim: Claim::Path(is_jsonnet), load };

/// The call depth that `jsonnet` and `go-jsonnet` allow.
const MAX_STACK: usize = 500;
const THREAD_STACK: usize = 512 << 20;
/// Integers above it have no exact floating-point number, and Jsonnet has no other numbers.
const LARGEST_EXACT: u64 = 1 << 53;

struct JsonnetStep {
    external: ExternalStep,
    programs: Programs,
}

/// A step's programs and what they may import.
#[derive(Debug, Clone)]
struct Programs {
    files: Arc<Files>,
    /// Folders that imports are looked for in, after the importing file's own; the first first.
    jpath: Vec<PathBuf>,
    /// The files that are evaluated.
    main: Vec<PathBuf>,
    variables: JsonnetVariables,
    timeout: Duration,
}

/// A Jsonnet file, or a folder that has one.
fn is_jsonnet(path: &Path) -> bool {
    let is_jsonnet = |path: &Path| path.extension().is_some_and(|end| end == "jsonnet");
    let mut inside = path.read_dir().into_iter().flatten().flatten();
    is_jsonnet(path) || inside.any(|entry| is_jsonnet(&entry.path()))
}

fn load(loading: &mut Loading) -> Result<Box<dyn Engine>> {
    let step = loading.step;
    let jpath = step.jpath();
    let files = load_files(&loading.pipeline.root, &step.path, &jpath)
        .map_err(|error| error.context(format!("{}: cannot read the step's files", step.path.place)))?;
    let main = main_files(&files, &step.path, &jpath);
    if main.is_empty() {
        let message = format!("{} has no `.jsonnet` file", step.path.display());
        return Err(Diagnostic::new(message).at(step.path.place.clone()).into());
    }
    files.iter().for_each(|(path, content)| loading.digest.add(&path.to_string_lossy(), content));
    let programs = Programs {
        files: Arc::new(files),
        jpath,
        main,
        variables: step.jsonnet_variables(),
        timeout: step.timeout(),
    };
    Ok(Box::new(JsonnetStep { external: ExternalStep::new(loading), programs }))
}

impl Engine for JsonnetStep {
    fn used_names(&self) -> BTreeSet<String> {
        BTreeSet::new()
    }

    fn render(&self, input: &Input) -> Result<Rendered> {
        self.external.render(input, |folder, _| {
            let programs = self.edited(folder)?;
            let mut documents = evaluate(&programs, input.names.to_json())?;
            for Document { origin, .. } in &mut documents {
                origin.file = folder.shown.join(&origin.file);
            }
            Ok((documents.into(), None))
        })
    }
}

impl JsonnetStep {
    /// The programs with their placeholders expanded, and the input beside them.
    fn edited(&self, folder: Folder) -> Result<Programs> {
        let mut programs = self.programs.clone();
        if self.external.step.placeholders.is_some() {
            let edited = programs
                .files
                .iter()
                .map(|(path, content)| Ok((path.clone(), (folder.edit)(path, content.to_vec())?.into())));
            programs.files = Arc::new(edited.collect::<Result<_>>()?);
        }
        if let Some((path, text)) = folder.input {
            let path = step_folder(folder.root, folder.path).join(path);
            Arc::make_mut(&mut programs.files).insert(path, text.as_bytes().into());
        }
        Ok(programs)
    }
}

/// The folder that a step's files stand in.
fn step_folder<'a>(root: &Path, path: &'a Path) -> &'a Path {
    match root.join(path).is_dir() {
        true if path == Path::new(".") => Path::new(""),
        true => path,
        false => path.parent().unwrap_or(Path::new("")),
    }
}

/// Reads all files below `path` and `jpath`, relative to `root`.
fn load_files(root: &Path, path: &Path, jpath: &[PathBuf]) -> Result<Files> {
    let mut found = Files::new();
    for folder in [step_folder(root, path)].into_iter().chain(jpath.iter().map(PathBuf::as_path)) {
        let start = if folder == Path::new("") { Path::new(".") } else { folder };
        files::walk(root, start, &root.join(folder), &mut |path, content| {
            found.insert(path.to_owned(), content.into());
            Ok(())
        })?;
    }
    Ok(found)
}

/// The programs of a step: the file itself, or `main.jsonnet` of its folder, or all `.jsonnet`
/// files in it that are not below `jpath`.
fn main_files(files: &Files, path: &Path, jpath: &[PathBuf]) -> Vec<PathBuf> {
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
fn evaluate(programs: &Programs, names: Map<String, Value>) -> Result<Vec<Document>> {
    let (done, result) = mpsc::channel();
    let (owned, timeout) = (programs.clone(), programs.timeout);
    thread::Builder::new()
        .stack_size(THREAD_STACK)
        .spawn(move || {
            let documents = owned.main.iter().map(|file| evaluate_one(&owned, file, &names));
            let documents: Result<Vec<_>> = documents.collect();
            // Nobody listens any more when the time was over.
            let _ = done.send(documents.map(|documents| documents.concat()));
        })
        .context("cannot start a thread for Jsonnet")?;
    match result.recv_timeout(timeout) {
        Ok(documents) => documents,
        Err(_) => {
            let file = programs.main.first().map(PathBuf::as_path).unwrap_or(Path::new(""));
            let message = format!("the evaluation takes longer than {timeout:?}");
            let hint = "does a loop never end? If it needs that long, set a longer `timeout` on the step";
            Err(Diagnostic::new(message).at(Place::file(file)).hint(hint).into())
        }
    }
}

fn evaluate_one(programs: &Programs, file: &Path, names: &Map<String, Value>) -> Result<Vec<Document>> {
    let arena = Arena::new();
    let mut program = Program::new(&arena);
    program.set_max_stack(MAX_STACK);
    let mut imports = Imports::new(&programs.files, &programs.jpath);
    let variables: Vec<_> = names
        .iter()
        .map(|(name, value)| (program.intern_str(name), variable(&mut program, name, value)))
        .collect();
    if programs.variables == JsonnetVariables::External {
        variables.iter().for_each(|(name, value)| program.add_ext_var(*name, value));
    }
    let thunk = imports.load(&mut program, file)?;
    let mut value = program.eval_value(&thunk, &mut imports);
    if matches!(&value, Ok(value) if value.is_function()) {
        value = call(&mut program, &mut imports, &thunk, variables, programs.variables);
    }
    let json = value.and_then(|value| program.manifest_json(&value, false));
    let json = json.map_err(|error| match (&error.kind, imports.failure.take()) {
        (EvalErrorKind::ImportFailed { .. }, Some(failure)) => failure,
        _ => errors::evaluation(&error, &program, &imports.sources, names, file),
    })?;
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
