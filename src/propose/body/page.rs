//! A text that never grows over its limit, and what goes on elsewhere.

use std::fmt::Write;

use super::groups::Group;
use crate::vocabulary::text::{code_block, counted};

/// A part of the text that can go on elsewhere.
pub enum Section<'a> {
    Lines(List),
    Diff(Vec<Group<'a>>),
}

/// Lines that may be parted between two pages.
pub struct List {
    /// Stands above them, on every page.
    pub heading: String,
    pub lines: Vec<String>,
    /// Stands below them, on every page.
    pub end: &'static str,
    /// What a line is about, in the plural.
    pub what: &'static str,
}

/// A text that never grows over its limit.
pub struct Page {
    pub text: String,
    pub limit: usize,
}

/// Kept free for the sentences that say what was left out.
const RESERVE: usize = 400;

impl Page {
    fn fits(&self, more: usize) -> bool {
        self.text.len() + more + RESERVE <= self.limit
    }

    /// As much of the sections as fits; what is left of them.
    pub fn fill<'a>(&mut self, sections: Vec<Section<'a>>) -> Vec<Section<'a>> {
        let mut left = Vec::new();
        for section in sections {
            match section {
                Section::Lines(mut list) => {
                    self.list(&mut list);
                    left.extend((!list.lines.is_empty()).then_some(Section::Lines(list)));
                }
                Section::Diff(groups) => {
                    let groups = self.diff(groups);
                    left.extend((!groups.is_empty()).then_some(Section::Diff(groups)));
                }
            }
        }
        left
    }

    /// Takes the lines that fit off the list.
    fn list(&mut self, List { heading, lines, end, what }: &mut List) {
        if lines.is_empty() || !self.fits(heading.len() + lines[0].len() + end.len()) {
            return;
        }
        self.text.push_str(heading);
        let mut fitting = 0;
        while let Some(line) = lines.get(fitting).filter(|line| self.fits(line.len() + end.len())) {
            self.text.push_str(line);
            fitting += 1;
        }
        lines.drain(..fitting);
        self.text.push_str(end);
        if !lines.is_empty() {
            _ = writeln!(self.text, "\n… and {} more {what}.", lines.len());
        }
    }

    /// Every diff is whole, wherever it stands.
    fn diff<'a>(&mut self, groups: Vec<Group<'a>>) -> Vec<Group<'a>> {
        let open = "\n<details><summary>Diff</summary>\n\n";
        let close = "\n</details>\n";
        let mut diff = String::new();
        let mut left = Vec::new();
        for group in groups {
            let text = group.diff();
            let longer = code_block("diff", &format!("{diff}{text}"));
            match self.fits(open.len() + longer.len() + close.len()) {
                true => diff.push_str(&text),
                false => left.push(group),
            }
        }
        if !diff.is_empty() {
            _ = write!(self.text, "{open}{}{close}", code_block("diff", &diff));
        }
        left
    }

    /// Says what has no room anywhere. Of lists, the page itself has said it.
    pub fn count(&mut self, left: &[Section], of: usize) {
        for section in left {
            if let Section::Diff(groups) = section {
                let files: usize = groups.iter().map(|group| group.resources.len()).sum();
                _ = writeln!(
                    self.text,
                    "\nThe diff of {} of {} is too long to show here. Run `towline render --diff` to see it.",
                    files,
                    counted(of, "file")
                );
            }
        }
    }
}
