//! Imports, from the files that were read before.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::Result;
use rsjsonnet_lang::interner::InternedStr;
use rsjsonnet_lang::program::{
    Callbacks, EvalStackTraceItem, ImportError, NativeError, Program, Thunk, Value,
};
use rsjsonnet_lang::span::SpanId;

use super::errors;
use super::sources::{Files, Sources};
use crate::render::paths;
use crate::vocabulary::{Diagnostic, Place};

/// The library analyses sources by recursion, and one that is nested without end would take the
/// process with it. Ten times what anybody writes; chains of `local` and `+` have room to spare.
const MAX_NESTING: usize = 1000;

pub struct Imports<'p, 'a> {
    pub sources: Sources<'a>,
    jpath: &'a [PathBuf],
    loaded: HashMap<PathBuf, Thunk<'p>>,
    /// Why the last import failed, when there is more to say than that there is no such file.
    pub failure: Option<Diagnostic>,
}

impl<'p, 'a> Imports<'p, 'a> {
    pub fn new(files: &'a Files, jpath: &'a [PathBuf]) -> Self {
        Self { sources: Sources::new(files), jpath, loaded: HashMap::new(), failure: None }
    }

    /// Parses a file, once.
    pub fn load(&mut self, program: &mut Program<'p>, path: &Path) -> Result<Thunk<'p>, Diagnostic> {
        if let Some(thunk) = self.loaded.get(path) {
            return Ok(thunk.clone());
        }
        let Some(text) = self.sources.files.get(path) else {
            return Err(Diagnostic::new("there is no such file").at(Place::file(path)));
        };
        if is_too_deep(text) {
            return Err(Diagnostic::new("brackets are nested too deeply").at(Place::file(path)));
        }
        let (context, source) = program.span_manager_mut().insert_source_context(text.len());
        self.sources.insert(source, path);
        let thunk = program.load_source(context, text, true, &path.to_string_lossy());
        let thunk = thunk.map_err(|error| errors::loading(&error, program, &self.sources))?;
        self.loaded.insert(path.to_owned(), thunk.clone());
        Ok(thunk)
    }

    /// The file that `path` means, imported from the file of `from`.
    fn resolve(&self, program: &Program<'p>, from: SpanId, path: &str) -> Option<PathBuf> {
        let own = self.sources.file(program, from).and_then(Path::parent);
        let folders = own.into_iter().chain(self.jpath.iter().map(PathBuf::as_path));
        let mut candidates = folders.filter_map(|folder| paths::join(folder, path).ok());
        candidates.find(|candidate| self.sources.files.contains_key(candidate))
    }

    fn content(&self, program: &Program<'p>, from: SpanId, path: &str) -> Result<&'a [u8], ImportError> {
        let file = self.resolve(program, from, path).ok_or(ImportError)?;
        self.sources.files.get(&file).map(|content| &**content).ok_or(ImportError)
    }
}

impl<'p> Callbacks<'p> for Imports<'p, '_> {
    fn import(
        &mut self,
        program: &mut Program<'p>,
        from: SpanId,
        path: &str,
    ) -> Result<Thunk<'p>, ImportError> {
        let file = self.resolve(program, from, path).ok_or(ImportError)?;
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

    /// No native function is registered, so none is called.
    fn native_call(
        &mut self,
        _: &mut Program<'p>,
        _: InternedStr<'p>,
        _: &[Value<'p>],
    ) -> Result<Value<'p>, NativeError> {
        Err(NativeError)
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
