//! The texts that were loaded, and where in them a piece of source stands.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rsjsonnet_lang::program::Program;
use rsjsonnet_lang::span::{SourceId, SpanContext, SpanId};

use crate::vocabulary::Place;

/// The files of a step, by their paths relative to the pipeline file's folder.
pub type Files = BTreeMap<PathBuf, Arc<[u8]>>;

/// What stands before every program: `std` with a `parseYaml` that reads YAML as Towline does.
pub const PRELUDE: &str =
    "local towlineStd = std; local std = towlineStd + { parseYaml:: towlineStd.native('parseYaml') }; ";

pub struct Sources<'a> {
    files: &'a Files,
    loaded: HashMap<SourceId, PathBuf>,
}

impl<'a> Sources<'a> {
    pub fn new(files: &'a Files) -> Self {
        Self { files, loaded: HashMap::new() }
    }

    pub fn insert(&mut self, source: SourceId, path: &Path) {
        self.loaded.insert(source, path.to_owned());
    }

    /// The file that a piece of source is in, if it is one of them.
    pub fn file(&self, program: &Program, span: SpanId) -> Option<&Path> {
        let (context, ..) = program.span_manager().get_span(span);
        let SpanContext::Source(source) = program.span_manager().get_context(context);
        self.loaded.get(source).map(PathBuf::as_path)
    }

    /// Where a piece of source begins.
    pub fn place(&self, program: &Program, span: SpanId) -> Option<Place> {
        let path = self.file(program, span)?;
        let (_, start, _) = program.span_manager().get_span(span);
        let start = start.saturating_sub(PRELUDE.len());
        Some(Place::in_text(path, self.files.get(path)?.get(..start)?, start))
    }

    /// A piece of source; `None` when it is empty, as it is at the end of a file.
    pub fn text(&self, program: &Program, span: SpanId) -> Option<String> {
        let (_, start, end) = program.span_manager().get_span(span);
        let file = self.files.get(self.file(program, span)?)?;
        let text = file.get(start.saturating_sub(PRELUDE.len())..end.saturating_sub(PRELUDE.len()))?;
        (!text.is_empty()).then(|| String::from_utf8_lossy(text).into_owned())
    }
}
