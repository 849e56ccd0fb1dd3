//! Jsonnet, evaluated in this process.
//!
//! The files that a program can reach through imports are read before ([`library`]); rendering does
//! not touch the disk. Run-away recursion ends at the stack limit that `jsonnet` has. Against a loop
//! that never ends the library has no means, so the evaluation runs on a thread of its own; when its
//! time is over, the error is reported and the thread is left behind, to end with the process. Memory
//! is bounded for the whole process ([`crate::bounds`]).

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use anyhow::{Context, Result};
use rsjsonnet_lang::arena::Arena;
use rsjsonnet_lang::program::{EvalError, EvalErrorKind, Program, Thunk, Value as Evaluated};
use serde_json::{Map, Value};
use walkdir::WalkDir;

use crate::boundary::Boundary;
use crate::bounds::{self, STACK};
use crate::config::{EngineKind, JsonnetVariables, TemplateStep};
use crate::render::contract::{Claim, Engine, EngineRow, Input, Loading, Rendered};
use crate::render::external::files;
use crate::render::external::step::{ExternalStep, Folder};
use crate::render::manifest::Document;
use crate::render::paths;
use crate::vocabulary::{Diagnostic, Place};
use imports::Imports;
use library::Library;
use values::convert;

mod errors;
mod imports;
mod library;
mod manifests;
mod sources;
mod values;

pub const ENGINE: EngineRow = EngineRow { kind: EngineKind::Jsonnet, claim: Claim::Path(is_jsonnet), load };

/// The call depth that `jsonnet` and `go-jsonnet` allow.
const MAX_STACK: usize = 500;

struct JsonnetStep {
    external: ExternalStep,
    programs: Programs,
}

/// A step's programs and what they may import.
#[derive(Debug, Clone)]
struct Programs {
    library: Arc<Library>,
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
    let (root, jpath) = (&loading.pipeline.root, step.jpath());
    let main = main_files(root, &step.path, &jpath);
    if main.is_empty() {
        let what = if root.join(&**step.path).is_dir() { "has no `.jsonnet` file" } else { "does not exist" };
        let message = format!("{} {what}", step.path.display());
        return Err(Diagnostic::new(message).at(step.path.place.clone()).into());
    }
    let library = read(root, step, &main)
        .map_err(|error| error.context(format!("{}: cannot read the step's files", step.path.place)))?;
    let files = &library.files;
    files.iter().for_each(|(path, content)| loading.digest.add(&path.to_string_lossy(), content));
    let programs = Programs {
        library: Arc::new(library),
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
            for (path, content) in &mut Arc::make_mut(&mut programs.library).files {
                *content = (folder.edit)(path, content.to_vec())?.into();
            }
        }
        if let Some((path, text)) = folder.input {
            let path = step_folder(folder.root, folder.path).join(path);
            Arc::make_mut(&mut programs.library).files.insert(path, text.as_bytes().into());
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

/// Files and folders that a step is made from, without rendering it.
pub fn sources(root: &Path, step: &TemplateStep) -> Result<Vec<PathBuf>> {
    let jpath = step.jpath();
    let main = main_files(root, &step.path, &jpath);
    if main.is_empty() || step.placeholders.is_some() {
        return Ok([step.path.to_path_buf()].into_iter().chain(jpath).collect());
    }
    Ok(read(root, step, &main)?.files.into_keys().collect())
}

/// Reads what the programs can reach. Placeholders may be a part of imports, so with them it is
/// everything in the step's folder and in `jpath`, too.
fn read(root: &Path, step: &TemplateStep, main: &[PathBuf]) -> Result<Library> {
    let jpath = step.jpath();
    let mut library = Library::read(root, &jpath, main)?;
    if step.placeholders.is_some() {
        for folder in [step_folder(root, &step.path)].into_iter().chain(jpath.iter().map(PathBuf::as_path)) {
            let start = if folder == Path::new("") { Path::new(".") } else { folder };
            files::walk(&Boundary::of(root), start, &mut |path, content| {
                library.files.insert(paths::normal(path), content.into());
                Ok(())
            })?;
        }
    }
    Ok(library)
}

/// The programs of a step: the file itself, or `main.jsonnet` of its folder, or all `.jsonnet`
/// files in it that are not below `jpath`.
fn main_files(root: &Path, path: &Path, jpath: &[PathBuf]) -> Vec<PathBuf> {
    if root.join(path).is_file() {
        return vec![path.to_owned()];
    }
    let folder = if path == Path::new(".") { Path::new("") } else { path };
    let main = folder.join("main.jsonnet");
    if root.join(&main).is_file() {
        return vec![main];
    }
    let start = root.join(folder);
    let relative = |path: &Path| paths::normal(path.strip_prefix(root).unwrap_or(path));
    let is_library = |path: &Path| jpath.iter().any(|library| relative(path) == *library);
    let entries = WalkDir::new(&start).follow_links(true).sort_by_file_name().into_iter();
    let entries = entries.filter_entry(|entry| {
        entry.depth() == 0 || !(entry.file_name() == ".git" || is_library(entry.path()))
    });
    // What cannot be read, as a link to nothing, is no program.
    let files = entries.flatten().filter(|entry| entry.file_type().is_file());
    let programs = files.filter(|entry| entry.path().extension().is_some_and(|it| it == "jsonnet"));
    programs.map(|entry| relative(entry.path())).collect()
}

/// Evaluates the programs one after the other. `names` are what they get as variables.
fn evaluate(programs: &Programs, names: Map<String, Value>) -> Result<Vec<Document>> {
    let (done, result) = mpsc::channel();
    let (owned, timeout) = (programs.clone(), programs.timeout);
    thread::Builder::new()
        .stack_size(STACK)
        .spawn(move || {
            let evaluate = |file: &PathBuf| {
                bounds::at(&Arc::new(Place::file(file)), || evaluate_one(&owned, file, &names))
            };
            let documents = owned.main.iter().map(evaluate);
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
    let mut imports = Imports::new(&programs.library, &programs.jpath);
    let variables: Vec<_> = names
        .iter()
        .map(|(name, value)| (program.intern_str(name), variable(&mut program, name, value)))
        .collect();
    let (native, parameter) = (program.intern_str("parseYaml"), program.intern_str("str"));
    program.register_native_func(native, &[parameter]);
    if programs.variables == JsonnetVariables::External {
        variables.iter().for_each(|(name, value)| program.add_ext_var(*name, value));
    }
    let thunk = imports.load(&mut program, file)?;
    let mut value = program.eval_value(&thunk, &mut imports);
    if matches!(&value, Ok(value) if value.is_function()) {
        value = call(&mut program, &mut imports, &thunk, variables, programs.variables);
    }
    let json = value.and_then(|value| program.manifest_json(&value, false));
    let json = json.map_err(|error| {
        let evaluation = errors::evaluation(&error, &program, &imports.sources, names, file);
        match (&error.kind, imports.failure.take()) {
            (EvalErrorKind::ImportFailed { .. } | EvalErrorKind::NativeCallFailed, Some(failure)) => {
                Diagnostic { place: failure.place.or(evaluation.place), ..failure }
            }
            _ => evaluation,
        }
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
