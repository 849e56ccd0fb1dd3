//! Which functions a chart may call.
//!
//! That cannot be known without rendering it, but their names must stand somewhere in the chart, in
//! its archives, or in its values. What names none of them is rendered once, and asks nobody.

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use flate2::read::GzDecoder;
use tar::Archive;
use walkdir::WalkDir;

/// The functions of Helm and Sprig whose result is not decided by their arguments.
const RANDOM: [&str; 18] = [
    "bcrypt",
    "encryptAES",
    "genCA",
    "genCAWithKey",
    "genPrivateKey",
    "genSelfSignedCert",
    "genSelfSignedCertWithKey",
    "genSignedCert",
    "genSignedCertWithKey",
    "htpasswd",
    "randAlpha",
    "randAlphaNum",
    "randAscii",
    "randBytes",
    "randInt",
    "randNumeric",
    "shuffle",
    "uuidv4",
];
/// The functions of the time of day. Two renderings may give the same date; tomorrow's will not.
const CLOCK: [&str; 2] = ["ago", "now"];
/// Functions that take the time of day in place of an argument that is no time.
const ALSO_CLOCK: [&str; 5] = ["date", "dateInZone", "date_in_zone", "htmlDate", "htmlDateInZone"];
/// Functions that list the keys or the values of a map in the order that Go gives them, which is none.
const UNORDERED: [&str; 2] = ["keys", "values"];
/// The function that old versions of Helm let look up names in DNS.
const LOOK_UP: [&str; 1] = ["getHostByName"];
/// Larger than any chart: an archive that has more is not unpacked to the end.
const LARGEST: u64 = 256 << 20;

/// What a chart may do beside reading its values.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Functions {
    pub is_random: bool,
    pub reads_clock: bool,
    pub looks_up: bool,
    /// Where `now` or `ago` stands: each file's first place, with its line. Of an archive the line is
    /// not known.
    pub clocks: Vec<(PathBuf, usize)>,
    /// Where `keys` or `values` stands and nothing sorts them: two runs may give the same order, and a
    /// third another one.
    pub unordered: Vec<(PathBuf, usize)>,
}

impl Functions {
    /// Those that files below `folder` name.
    pub fn named_below(folder: &Path) -> Result<Self> {
        let mut found = Self::default();
        for entry in WalkDir::new(folder).sort_by_file_name() {
            let entry = entry?;
            if !entry.file_type().is_file() {
                continue;
            }
            let context = || format!("cannot read {}", entry.path().display());
            let path = entry.path().strip_prefix(folder)?;
            let is_archive = path.extension().is_some_and(|end| end == "tgz" || end == "gz");
            let bytes = fs::read(entry.path()).with_context(context)?;
            match is_archive {
                // What cannot be read may call anything.
                true if found.add_archive(&bytes, path).is_err() => {
                    (found.is_random, found.reads_clock) = (true, true);
                }
                true => {}
                false => found.add(&String::from_utf8_lossy(&bytes), path, true),
            }
        }
        Ok(found)
    }

    pub fn with(self, other: Self) -> Self {
        Self {
            is_random: self.is_random || other.is_random,
            reads_clock: self.reads_clock || other.reads_clock,
            looks_up: self.looks_up || other.looks_up,
            clocks: [self.clocks, other.clocks].concat(),
            unordered: [self.unordered, other.unordered].concat(),
        }
    }

    fn add_archive(&mut self, bytes: &[u8], path: &Path) -> Result<()> {
        let mut archive = Archive::new(GzDecoder::new(bytes).take(LARGEST));
        for file in archive.entries()? {
            let (mut file, mut content) = (file?, Vec::new());
            let is_archive = file.path()?.extension().is_some_and(|end| end == "tgz");
            file.read_to_end(&mut content)?;
            match is_archive {
                true => self.add_archive(&content, path)?,
                false => self.add(&String::from_utf8_lossy(&content), path, false),
            }
        }
        Ok(())
    }

    fn add(&mut self, text: &str, path: &Path, has_lines: bool) {
        // What one expression takes, another one may sort.
        let is_sorted = text.contains("sortAlpha");
        for (line, expression) in expressions(text) {
            for word in words(expression) {
                self.is_random |= RANDOM.contains(&word);
                self.looks_up |= LOOK_UP.contains(&word);
                let is_clock = CLOCK.contains(&word);
                self.reads_clock |= is_clock || ALSO_CLOCK.contains(&word);
                let is_unordered = !is_sorted && UNORDERED.contains(&word);
                if is_unordered && self.unordered.last().is_none_or(|(last, _)| last != path) {
                    self.unordered.push((path.to_owned(), if has_lines { line } else { 0 }));
                }
                if is_clock && self.clocks.last().is_none_or(|(last, _)| last != path) {
                    self.clocks.push((path.to_owned(), if has_lines { line } else { 0 }));
                }
            }
        }
    }
}

/// What stands between braces, but for comments, and the line it begins in.
fn expressions(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut line = 1;
    let mut parts = text.split("{{");
    line += parts.next().unwrap_or_default().matches('\n').count();
    parts.filter_map(move |part| {
        let begins = line;
        line += part.matches('\n').count();
        let expression = part.split("}}").next().unwrap_or(part);
        let is_comment = expression.trim_start_matches('-').trim_start().starts_with("/*");
        (!is_comment).then_some((begins, expression))
    })
}

/// The words of an expression that can be functions: `.Values.now` is none, and neither is what stands
/// between quotes.
fn words(expression: &str) -> impl Iterator<Item = &str> {
    let outside = expression.split('"').step_by(2).flat_map(|part| part.split('`').step_by(2));
    let is_between = |c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '$' | '_'));
    outside.flat_map(move |part| part.split(is_between))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(text: &str) -> Functions {
        let mut found = Functions::default();
        found.add(text, Path::new("a"), true);
        found
    }

    #[test]
    fn only_words_in_expressions_count() {
        assert!(named("password: {{ randAlphaNum 10 | b64enc }}").is_random);
        assert!(named("{{- $ca := genCA \"x\" 365 }}").is_random);
        assert_eq!(
            named("You can now use it. {{ .Values.knownow }} {{ .Values.now }}"),
            Functions::default()
        );
        assert_eq!(named("{{/* now and then */}}{{- /* now */ -}}"), Functions::default());
        assert_eq!(named("{{ default \"now or never\" .Values.date }}"), Functions::default());
        assert!(named("{{ (now) }}").reads_clock && named("{{ tpl \"{{ now }}\" . }}").reads_clock);
        assert_eq!(named("{{ keys .Values.m | join \",\" }}").unordered.len(), 1);
        assert_eq!(named("{{ $k := keys .Values.m }}{{ sortAlpha $k }}{{ .Values.keys }}").unordered, []);
        assert!(named("{{ date \"2006\" .Values.day }}").clocks.is_empty());
        assert_eq!(expressions("a\n{{ b }}\n{{ c\n}} {{ d }}").map(|it| it.0).collect::<Vec<_>>(), [2, 3, 4]);
    }
}
