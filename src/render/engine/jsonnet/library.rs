//! The files that a program can read, found before it is evaluated.
//!
//! An import is always a plain string, so the files that a program can reach are known from its text
//! alone. Only they are read, wherever they are in the project, and they are what the digest of the
//! inputs is over. What else lies in a `vendor` folder does not matter.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::Result;
use rsjsonnet_lang::arena::Arena;
use rsjsonnet_lang::interner::StrInterner;
use rsjsonnet_lang::lexer::Lexer;
use rsjsonnet_lang::span::SpanManager;
use rsjsonnet_lang::token::{STokenKind, TokenKind};

use super::sources::Files;
use crate::boundary::{Boundary, Unreadable};
use crate::render::paths;
use crate::vocabulary::{Diagnostic, Place};

/// More is a file that was imported by mistake.
const LARGEST: usize = 256 << 20;

/// The files that programs can reach, and why others cannot be read.
#[derive(Debug, Clone, Default)]
pub struct Library {
    pub files: Files,
    pub refused: BTreeMap<PathBuf, String>,
    size: usize,
}

/// Where an import is looked for: next to the importing file, then in the folders of `jpath`. Paths
/// are relative to the pipeline file's folder, and may lead out of it with `..`.
pub fn candidates(from: &Path, jpath: &[PathBuf], import: &str) -> Vec<PathBuf> {
    if Path::new(import).is_absolute() {
        return Vec::new();
    }
    let own = from.parent().unwrap_or(Path::new(""));
    let folders = [own].into_iter().chain(jpath.iter().map(PathBuf::as_path));
    folders.map(|folder| paths::normal(&folder.join(import))).collect()
}

impl Library {
    /// What the programs in `main` can reach. What cannot be read is an error where it is imported.
    pub fn read(root: &Path, jpath: &[PathBuf], main: &[PathBuf]) -> Result<Self> {
        let boundary = Boundary::of(root);
        let mut library = Self::default();
        let mut open = main.to_vec();
        let mut parsed = BTreeSet::new();
        for file in main {
            library.take(&boundary, file)?;
        }
        while let Some(file) = open.pop() {
            let Some(text) = library.files.get(&file).cloned() else { continue };
            if !parsed.insert(file.clone()) {
                continue;
            }
            for (import, is_program) in imports(&text) {
                for candidate in candidates(&file, jpath, &import) {
                    if library.take(&boundary, &candidate)? {
                        open.extend(is_program.then_some(candidate));
                        break;
                    }
                }
            }
        }
        Ok(library)
    }

    /// Adds a file, if there is one.
    pub fn take(&mut self, boundary: &Boundary, file: &Path) -> Result<bool> {
        if self.files.contains_key(file) {
            return Ok(true);
        }
        match read(boundary, file) {
            Ok(Some(content)) => {
                self.size += content.len();
                if self.size > LARGEST {
                    let message = "the program and its imports are more than 256 MB";
                    return Err(Diagnostic::new(message).at(Place::file(file)).into());
                }
                self.files.insert(file.to_owned(), content.into());
                Ok(true)
            }
            Ok(None) => Ok(false),
            Err(why) => {
                self.refused.insert(file.to_owned(), why);
                Ok(false)
            }
        }
    }
}

/// A file's content; `None` where there is none.
fn read(boundary: &Boundary, file: &Path) -> Result<Option<Vec<u8>>, String> {
    match boundary.read(file) {
        Ok(content) => Ok(Some(content)),
        Err(error) if error.is_missing() => Ok(None),
        Err(Unreadable::Odd { is_folder: true }) => Ok(None),
        Err(error) => Err(error.to_string()),
    }
}

/// The imports in a text, and whether what is imported is a program itself. One that cannot be read
/// as Jsonnet has none; what is wrong with it, evaluating it tells.
fn imports(text: &[u8]) -> Vec<(String, bool)> {
    let (arena, words) = (Arena::new(), Arena::new());
    let (names, mut spans) = (StrInterner::new(), SpanManager::new());
    let (context, _) = spans.insert_source_context(text.len());
    let lexer = Lexer::new(&arena, &words, &names, &mut spans, context, text);
    let tokens = lexer.lex_to_eof(false).unwrap_or_default();
    let import = |kinds: [TokenKind; 2]| match kinds {
        [TokenKind::Simple(STokenKind::Import), TokenKind::String(path)] => Some((path.to_owned(), true)),
        [TokenKind::Simple(STokenKind::Importstr | STokenKind::Importbin), TokenKind::String(path)] => {
            Some((path.to_owned(), false))
        }
        _ => None,
    };
    tokens.windows(2).filter_map(|pair| import([pair[0].kind, pair[1].kind])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_are_found_in_the_text() {
        let text =
            "local a = import 'a.libsonnet'; // import 'no'\n{ b: importstr @\"b.txt\", c: 'import \"no\"' }";
        assert_eq!(imports(text.as_bytes()), [("a.libsonnet".to_owned(), true), ("b.txt".to_owned(), false)]);
    }

    #[test]
    fn places_are_looked_at_in_order() {
        let found = candidates(Path::new("env/dev/main.jsonnet"), &["vendor".into()], "../../../lib/k");
        assert_eq!(found, [Path::new("../lib/k"), Path::new("../../lib/k")]);
    }
}
