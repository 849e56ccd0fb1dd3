//! What the library asks for while it evaluates: imports, from the files that were read before, and
//! `std.parseYaml`.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::Result;
use rsjsonnet_lang::interner::InternedStr;
use rsjsonnet_lang::program::{
    Callbacks, EvalStackTraceItem, ImportError, NativeError, Program, Thunk, Value,
};
use rsjsonnet_lang::span::SpanId;

use super::errors;
use super::library::{Library, candidates};
use super::sources::{PRELUDE, Sources};
use super::values::convert;
use crate::vocabulary::text::listed;
use crate::vocabulary::{Diagnostic, Place};
use crate::yaml::{self, Node};

/// The library analyses sources by recursion, and one that is nested without end would take the
/// process with it. Ten times what anybody writes; chains of `local` and `+` have room to spare.
const MAX_NESTING: usize = 1000;

pub struct Imports<'p, 'a> {
    pub sources: Sources<'a>,
    library: &'a Library,
    jpath: &'a [PathBuf],
    loaded: HashMap<PathBuf, Thunk<'p>>,
    /// Why the last import or native function failed.
    pub failure: Option<Diagnostic>,
}

impl<'p, 'a> Imports<'p, 'a> {
    pub fn new(library: &'a Library, jpath: &'a [PathBuf]) -> Self {
        let sources = Sources::new(&library.files);
        Self { sources, library, jpath, loaded: HashMap::new(), failure: None }
    }

    /// Parses a file, once.
    pub fn load(&mut self, program: &mut Program<'p>, path: &Path) -> Result<Thunk<'p>, Diagnostic> {
        if let Some(thunk) = self.loaded.get(path) {
            return Ok(thunk.clone());
        }
        let Some(text) = self.library.files.get(path) else {
            return Err(Diagnostic::new("there is no such file").at(Place::file(path)));
        };
        if is_too_deep(text) {
            return Err(Diagnostic::new("brackets are nested too deeply").at(Place::file(path)));
        }
        let text = [PRELUDE.as_bytes(), text].concat();
        let (context, source) = program.span_manager_mut().insert_source_context(text.len());
        self.sources.insert(source, path);
        let thunk = program.load_source(context, &text, true, &path.to_string_lossy());
        let thunk = thunk.map_err(|error| errors::loading(&error, program, &self.sources))?;
        self.loaded.insert(path.to_owned(), thunk.clone());
        Ok(thunk)
    }

    /// The file that `path` means, imported from the file of `from`.
    fn resolve(&mut self, program: &Program<'p>, from: SpanId, path: &str) -> Result<PathBuf, ImportError> {
        let own = self.sources.file(program, from).unwrap_or(Path::new(""));
        let candidates = candidates(own, self.jpath, path);
        if let Some(found) = candidates.iter().find(|file| self.library.files.contains_key(*file)) {
            return Ok(found.clone());
        }
        self.failure = Some(self.not_found(path, &candidates));
        Err(ImportError)
    }

    fn not_found(&self, path: &str, candidates: &[PathBuf]) -> Diagnostic {
        let refused = candidates.iter().find_map(|file| Some((file, self.library.refused.get(file)?)));
        if let Some((file, why)) = refused {
            return Diagnostic::new(format!("cannot import `{path}`: {} {why}", file.display()));
        }
        if candidates.is_empty() {
            let message = format!("cannot import `{path}`: the path is not relative");
            return Diagnostic::new(message).hint("import it by its path from the importing file");
        }
        let places: Vec<_> = candidates.iter().map(|file| file.display().to_string()).collect();
        let message = format!("there is no `{path}` to import: looked for {}", listed(&places));
        Diagnostic::new(message).hint("imports are relative to the importing file, or to a folder of `jpath`")
    }

    fn content(&mut self, program: &Program<'p>, from: SpanId, path: &str) -> Result<&'a [u8], ImportError> {
        let file = self.resolve(program, from, path)?;
        self.library.files.get(&file).map(|content| &**content).ok_or(ImportError)
    }

    /// What go-jsonnet makes of a text: a list of its documents if it has separators, else its one
    /// document. The documents are what Towline reads everywhere.
    fn parse_yaml(&self, program: &mut Program<'p>, text: &str) -> Result<Value<'p>, String> {
        let documents = yaml::parse_stream(text, Path::new("the text")).map_err(|error| error.to_string())?;
        let documents = documents.iter().map(Node::to_value).map(|value| convert(program, &value));
        let documents = documents
            .collect::<Result<Vec<_>, _>>()
            .map_err(|number| format!("Jsonnet cannot hold the number {number} exactly: put it in quotes"))?;
        match documents.as_slice() {
            [only] if !text.lines().any(|line| line.starts_with("---")) => Ok(only.clone()),
            [] => Ok(Value::null()),
            documents => Ok(program.make_array(documents)),
        }
    }
}

impl<'p> Callbacks<'p> for Imports<'p, '_> {
    fn import(
        &mut self,
        program: &mut Program<'p>,
        from: SpanId,
        path: &str,
    ) -> Result<Thunk<'p>, ImportError> {
        let file = self.resolve(program, from, path)?;
        self.load(program, &file).map_err(|error| {
            self.failure = Some(error);
            ImportError
        })
    }

    fn import_str(
        &mut self,
        program: &mut Program<'p>,
        from: SpanId,
        path: &str,
    ) -> Result<String, ImportError> {
        let content = self.content(program, from, path)?;
        String::from_utf8(content.to_vec()).map_err(|_| {
            self.failure = self.sources.place(program, from).map(|place| {
                Diagnostic::new(format!("{path} is not UTF-8 text")).at(place).hint("use `importbin`")
            });
            ImportError
        })
    }

    fn import_bin(
        &mut self,
        program: &mut Program<'p>,
        from: SpanId,
        path: &str,
    ) -> Result<Vec<u8>, ImportError> {
        self.content(program, from, path).map(<[u8]>::to_vec)
    }

    /// `std.trace` is for people who debug with `jsonnet`; what it prints is no result.
    fn trace(&mut self, _: &mut Program<'p>, _: &str, _: &[EvalStackTraceItem]) {}

    /// The only native function is the one that [`PRELUDE`] asks for.
    fn native_call(
        &mut self,
        program: &mut Program<'p>,
        _: InternedStr<'p>,
        arguments: &[Value<'p>],
    ) -> Result<Value<'p>, NativeError> {
        let parsed = match arguments.first().and_then(Value::to_string) {
            Some(text) => self.parse_yaml(program, &text),
            None => Err("the argument is not a string".to_owned()),
        };
        parsed.map_err(|why| {
            self.failure = Some(Diagnostic::new(format!("std.parseYaml: {why}")));
            NativeError
        })
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
