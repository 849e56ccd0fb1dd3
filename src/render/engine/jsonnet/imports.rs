//! Imports, from the files that were read before.

use std::collections::HashMap;
use std::path::{Path, PathBuf};

use anyhow::Result;
use rsjsonnet_lang::interner::InternedStr;
use rsjsonnet_lang::program::{
    Callbacks, EvalStackTraceItem, ImportError, NativeError, Program, Thunk, Value,
};
use rsjsonnet_lang::span::{SourceId, SpanContext, SpanId};

use super::{Files, errors, is_too_deep};
use crate::render::engine::tree;
use crate::vocabulary::{Diagnostic, Place};

pub struct Imports<'p, 'a> {
    files: &'a Files,
    jpath: &'a [PathBuf],
    loaded: HashMap<PathBuf, Thunk<'p>>,
    sources: HashMap<SourceId, PathBuf>,
    /// Why the last import failed, when there is more to say than that there is no such file.
    pub failure: Option<Diagnostic>,
}

impl<'p, 'a> Imports<'p, 'a> {
    pub fn new(files: &'a Files, jpath: &'a [PathBuf]) -> Self {
        Self { files, jpath, loaded: HashMap::new(), sources: HashMap::new(), failure: None }
    }

    /// Parses a file, once.
    pub fn load(&mut self, program: &mut Program<'p>, path: &Path) -> Result<Thunk<'p>, Diagnostic> {
        if let Some(thunk) = self.loaded.get(path) {
            return Ok(thunk.clone());
        }
        let Some(text) = self.files.get(path) else {
            return Err(Diagnostic::new("there is no such file").at(Place::file(path)));
        };
        if is_too_deep(text) {
            return Err(Diagnostic::new("brackets are nested too deeply").at(Place::file(path)));
        }
        let (context, source) = program.span_manager_mut().insert_source_context(text.len());
        self.sources.insert(source, path.to_owned());
        let thunk = program.load_source(context, text, true, &path.to_string_lossy());
        let thunk = thunk.map_err(|error| errors::loading(&error, program, self))?;
        self.loaded.insert(path.to_owned(), thunk.clone());
        Ok(thunk)
    }

    /// Where a piece of source begins, if it is in one of the files.
    pub fn place(&self, program: &Program<'p>, span: SpanId) -> Option<Place> {
        let (context, start, _) = program.span_manager().get_span(span);
        let SpanContext::Source(source) = program.span_manager().get_context(context);
        let path = self.sources.get(source)?;
        let before = self.files.get(path)?.get(..start)?;
        let line_start = before.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
        let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count();
        Some(Place::new(path, line, 1 + String::from_utf8_lossy(&before[line_start..]).chars().count()))
    }

    /// A piece of source; `None` when it is empty, as it is at the end of a file.
    pub fn text(&self, program: &Program<'p>, span: SpanId) -> Option<String> {
        let (context, start, end) = program.span_manager().get_span(span);
        let SpanContext::Source(source) = program.span_manager().get_context(context);
        let text = self.files.get(self.sources.get(source)?)?.get(start..end)?;
        (!text.is_empty()).then(|| String::from_utf8_lossy(text).into_owned())
    }

    /// The file that `path` means, imported from the file of `from`.
    fn find(&self, program: &Program<'p>, from: SpanId, path: &str) -> Option<PathBuf> {
        let (context, ..) = program.span_manager().get_span(from);
        let SpanContext::Source(source) = program.span_manager().get_context(context);
        let own = self.sources.get(source).and_then(|file| file.parent());
        let folders = own.into_iter().chain(self.jpath.iter().map(PathBuf::as_path));
        let mut candidates = folders.filter_map(|folder| tree::join(folder, path).ok());
        candidates.find(|candidate| self.files.contains_key(candidate))
    }

    fn content(&self, program: &Program<'p>, from: SpanId, path: &str) -> Result<&'a [u8], ImportError> {
        let file = self.find(program, from, path).ok_or(ImportError)?;
        self.files.get(&file).map(|content| &**content).ok_or(ImportError)
    }
}

impl<'p> Callbacks<'p> for Imports<'p, '_> {
    fn import(
        &mut self,
        program: &mut Program<'p>,
        from: SpanId,
        path: &str,
    ) -> Result<Thunk<'p>, ImportError> {
        let file = self.find(program, from, path).ok_or(ImportError)?;
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
            self.failure = self.place(program, from).map(|place| {
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
