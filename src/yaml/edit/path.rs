//! How a place in a YAML file is written: `image.tag`, `images[name=web].newTag`,
//! `spec.sources[0].targetRevision`, `metadata.annotations["acme.dev/tag"]`.

use std::fmt;
use std::iter::Peekable;
use std::str::{Chars, FromStr};

/// A path, from the root of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path(pub Vec<Part>);

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Part {
    /// A key of a map.
    Key(String),
    /// `[0]`: an element of a list, counted from 0.
    Index(usize),
    /// `[name=web]`: the element of a list that is a map with this value.
    Where(String, String),
}

impl FromStr for Path {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut chars = text.chars().peekable();
        let mut parts = Vec::new();
        while let Some(next) = chars.peek() {
            let part = match next {
                '[' => brackets(&mut chars)?,
                '.' if parts.is_empty() => return Err("starts with a dot".to_owned()),
                _ => {
                    if *next == '.' {
                        chars.next();
                    } else if !parts.is_empty() {
                        return Err("has no dot after `]`".to_owned());
                    }
                    Part::Key(key(&mut chars)?)
                }
            };
            parts.push(part);
        }
        if parts.is_empty() { Err("is empty".to_owned()) } else { Ok(Self(parts)) }
    }
}

fn key(chars: &mut Peekable<Chars>) -> Result<String, String> {
    let mut key = String::new();
    while let Some(next) = chars.next_if(|next| !matches!(next, '.' | '[')) {
        key.push(next);
    }
    if key.is_empty() { Err("has an empty key".to_owned()) } else { Ok(key) }
}

/// `[0]`, `[name=web]` or `["a key"]`.
fn brackets(chars: &mut Peekable<Chars>) -> Result<Part, String> {
    chars.next();
    if chars.next_if_eq(&'"').is_some() {
        let key: String = chars.by_ref().take_while(|next| *next != '"').collect();
        return match chars.next() {
            Some(']') => Ok(Part::Key(key)),
            _ => Err("has `[\"` without `\"]`".to_owned()),
        };
    }
    let mut inside = String::new();
    loop {
        match chars.next() {
            Some(']') => break,
            Some(next) => inside.push(next),
            None => return Err("has `[` without `]`".to_owned()),
        }
    }
    match inside.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok(Part::Where(key.to_owned(), value.to_owned())),
        _ => inside
            .parse()
            .map(Part::Index)
            .map_err(|_| format!("has `[{inside}]`, which is neither an index nor `[key=value]`")),
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&display(&self.0))
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Part::Key(key) if key.contains(['.', '[']) => write!(f, "[\"{key}\"]"),
            Part::Key(key) => f.write_str(key),
            Part::Index(index) => write!(f, "[{index}]"),
            Part::Where(key, value) => write!(f, "[{key}={value}]"),
        }
    }
}

/// A path as it is written.
pub fn display(parts: &[Part]) -> String {
    let mut text = String::new();
    for part in parts {
        let part = part.to_string();
        if !text.is_empty() && !part.starts_with('[') {
            text.push('.');
        }
        text.push_str(&part);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_read() {
        let read = |text: &str| {
            text.parse::<Path>().map(|path| path.0.iter().map(Part::to_string).collect::<Vec<_>>())
        };
        assert_eq!(read("image.tag").unwrap(), ["image", "tag"]);
        assert_eq!(read("images[name=web].newTag").unwrap(), ["images", "[name=web]", "newTag"]);
        assert_eq!(read("a[0][1]").unwrap(), ["a", "[0]", "[1]"]);
        assert_eq!(read("a[\"b.c/d\"].e").unwrap(), ["a", "[\"b.c/d\"]", "e"]);
        for wrong in ["", ".a", "a..b", "a.", "a[", "a[x]", "a[=x]", "a[\"b]", "a[0]b"] {
            assert!(read(wrong).is_err(), "{wrong}");
        }
    }
}
