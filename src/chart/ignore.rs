//! `.helmignore`: what stays out of a package, by Helm's rules, which are not quite git's.

use anyhow::Result;
use globset::GlobMatcher;

use super::folder::Folder;
use crate::vocabulary::glob::glob;
use crate::vocabulary::{Diagnostic, Place};
use crate::yaml;

/// The rules of one chart.
pub struct Rules(Vec<Rule>);

struct Rule {
    glob: GlobMatcher,
    /// `!pattern`: what does *not* match is ignored. That is how Helm reads it.
    negated: bool,
    /// `pattern/`
    only_folders: bool,
    /// Without a `/` before its end a pattern is for names, at any depth.
    by_name: bool,
}

impl Rules {
    /// The rules in a chart's folder; without a `.helmignore` only Helm's own.
    pub fn of(chart: Folder) -> Result<Self> {
        let file = chart.shown(".helmignore");
        let text = match chart.read(".helmignore") {
            Ok(bytes) => yaml::text(bytes, &file)?,
            Err(error) if error.is_missing() => String::new(),
            Err(error) => return Err(error.about(&file).into()),
        };
        let lines = text.lines().enumerate().map(|(index, line)| (index + 1, line.trim()));
        let lines = lines.filter(|(_, line)| !line.is_empty() && !line.starts_with('#'));
        let mut rules = lines
            .map(|(line, pattern)| Rule::new(pattern, Place::new(&file, line, 0)))
            .collect::<Result<Vec<_>>>()?;
        rules.push(Rule::new("templates/.?*", Place::default())?);
        Ok(Self(rules))
    }

    /// Whether a path inside the chart, with `/`, stays out.
    pub fn ignores(&self, path: &str, is_folder: bool) -> bool {
        self.0.iter().any(|rule| rule.ignores(path, is_folder))
    }
}

impl Rule {
    fn new(pattern: &str, place: Place) -> Result<Self> {
        if pattern.contains("**") {
            return Err(Diagnostic::new(format!("`{pattern}`: Helm does not support `**`")).at(place).into());
        }
        let (negated, pattern) = strip(pattern.strip_prefix('!'), pattern);
        let (only_folders, pattern) = strip(pattern.strip_suffix('/'), pattern);
        let (rooted, pattern) = strip(pattern.strip_prefix('/'), pattern);
        let glob = glob(pattern, |it| _ = it.literal_separator(true).backslash_escape(true));
        let glob = glob.map_err(|why| Diagnostic::new(format!("an invalid pattern: {why}")).at(place))?;
        let by_name = !rooted && !pattern.contains('/');
        Ok(Self { glob: glob.compile_matcher(), negated, only_folders, by_name })
    }

    fn ignores(&self, path: &str, is_folder: bool) -> bool {
        let name = if self.by_name { path.rsplit('/').next().unwrap_or(path) } else { path };
        let matches = self.glob.is_match(name);
        match (self.negated, self.only_folders) {
            (true, true) if !is_folder => true,
            (true, _) => !matches,
            (false, true) => is_folder && matches,
            (false, false) => matches,
        }
    }
}

fn strip<'a>(stripped: Option<&'a str>, whole: &'a str) -> (bool, &'a str) {
    (stripped.is_some(), stripped.unwrap_or(whole))
}
