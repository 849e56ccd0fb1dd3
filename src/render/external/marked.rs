//! A file of another engine whose placeholders are marked, until it is known how they are to be written.

use std::path::Path;

use crate::render::template::placeholders::Unfilled;
use crate::render::template::sentinel::Sentinel;
use crate::render::template::tokens::Interpolated;
use crate::vocabulary::{Diagnostic, Place};

/// A text with marks in the place of its placeholders.
pub struct Marked {
    pub text: String,
    pub sentinel: Sentinel,
    pub slots: Vec<Slot>,
}

/// A placeholder.
pub struct Slot {
    /// As it stands in the file.
    pub written: String,
    pub value: Result<Interpolated, (Place, Unfilled)>,
}

/// The placeholders of a file that cannot be filled.
pub type AllUnfilled = Vec<(Place, Unfilled)>;

impl Marked {
    pub fn push(&mut self, written: &str, value: Result<Interpolated, (Place, Unfilled)>) {
        let mark = self.sentinel.mark();
        self.text.push_str(&format!("{mark}{}{mark}", self.slots.len()));
        self.slots.push(Slot { written: written.to_owned(), value });
    }

    /// The value behind what stands between two marks.
    pub fn value(&self, number: &str) -> Result<&Interpolated, AllUnfilled> {
        match self.slot(number).map(|slot| &slot.value) {
            Some(Ok(interpolated)) => Ok(interpolated),
            Some(Err(unfilled)) => Err(vec![unfilled.clone()]),
            None => Err(Vec::new()),
        }
    }

    fn slot(&self, number: &str) -> Option<&Slot> {
        self.slots.get(number.parse::<usize>().ok()?)
    }

    /// A piece of the text with the text of every value in it.
    pub fn expanded(&self, piece: &str, place: &dyn Fn() -> Place) -> Result<String, AllUnfilled> {
        let mut unfilled = AllUnfilled::new();
        let mut expanded = String::with_capacity(piece.len());
        for (index, part) in piece.split(self.sentinel.mark()).enumerate() {
            if index % 2 == 0 {
                expanded.push_str(part);
                continue;
            }
            match self.value(part).map(Interpolated::text) {
                Ok(Some(text)) => expanded.push_str(&text),
                Ok(None) => {
                    let written = self.slot(part).map_or("", |slot| slot.written.as_str());
                    let message = format!("`{written}` is a map or list, which text cannot contain");
                    let diagnostic = Diagnostic::new(message).hint("name a value in it");
                    unfilled.push((place(), Unfilled::Other(diagnostic)));
                }
                Err(more) => unfilled.extend(more),
            }
        }
        if unfilled.is_empty() { Ok(expanded) } else { Err(unfilled) }
    }

    /// The whole text with the text of every value in it.
    pub fn as_text(&self, shown: &Path) -> Result<String, AllUnfilled> {
        self.expanded(&self.text, &|| Place::file(shown))
    }

    /// A text in which marks are only where nothing is filled, as in comments, with what stands there
    /// in the file.
    pub fn restored(&self, text: &str) -> String {
        let parts = text.split(self.sentinel.mark()).enumerate();
        let part = |(index, part): (usize, &str)| match self.slot(part).filter(|_| index % 2 == 1) {
            Some(slot) => slot.written.replace('\n', " "),
            None => part.to_owned(),
        };
        parts.map(part).collect()
    }
}
