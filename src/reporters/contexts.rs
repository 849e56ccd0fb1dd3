//! Contexts: the globs that say which statuses are a reporter's.

use globset::GlobMatcher;

use crate::vocabulary::glob::glob;
use crate::vocabulary::text::shorten;
use crate::vocabulary::{Diagnostic, OWN_CONTEXTS};

/// As much of a pattern as is worth reading in an error.
const SHOWN: usize = 80;
/// More alternatives than anybody writes; what is behind them counts as any text.
const ALTERNATIVES: usize = 32;

/// Globs over contexts; `*` does not match `/`.
#[derive(Debug, Clone)]
pub struct Contexts {
    patterns: Vec<String>,
    exact: Vec<GlobMatcher>,
    any_case_and_depth: Vec<GlobMatcher>,
}

impl Contexts {
    /// The first pattern is the one that people are shown.
    pub fn new(patterns: Vec<String>) -> Result<Self, Diagnostic> {
        let compile = |pattern: &String, exact: bool| {
            let glob = glob(pattern, |it| _ = it.literal_separator(exact).case_insensitive(!exact));
            glob.map(|glob| glob.compile_matcher()).map_err(|why| {
                let shown = shorten(pattern, SHOWN);
                Diagnostic::new(format!("`{}` is not a glob: {why}", shown.escape_debug()))
            })
        };
        let all = |exact| -> Result<Vec<GlobMatcher>, Diagnostic> {
            patterns.iter().map(|pattern| compile(pattern, exact)).collect()
        };
        Ok(Self { exact: all(true)?, any_case_and_depth: all(false)?, patterns })
    }

    /// `kustomization/greeting/*`
    pub fn shown(&self) -> &str {
        &self.patterns[0]
    }

    /// Towline's own contexts match nothing.
    pub fn matches(&self, context: &str) -> bool {
        !context.starts_with(OWN_CONTEXTS) && self.exact.iter().any(|glob| glob.is_match(context))
    }

    /// Whether one of them was probably meant for this context, which none matches: only case or the
    /// number of segments differ, or the segment that names the resource is a slip of the pen away.
    pub fn nearly_match(&self, context: &str) -> bool {
        if context.starts_with(OWN_CONTEXTS) || self.matches(context) {
            return false;
        }
        self.any_case_and_depth.iter().any(|glob| glob.is_match(context))
            || self.patterns.iter().any(|pattern| is_slip(pattern, context))
    }

    /// Whether some context could match both. A class (`[ab]`) counts as any character.
    pub fn overlap(&self, other: &Self) -> bool {
        let simple = |contexts: &Self| -> Vec<Vec<u8>> {
            contexts
                .patterns
                .iter()
                .flat_map(|pattern| alternatives(pattern))
                .map(|it| simplified(&it))
                .collect()
        };
        let (ours, theirs) = (simple(self), simple(other));
        ours.iter().any(|one| theirs.iter().any(|two| overlap(one, two)))
    }
}

/// A segment that is written out is one or two letters off. The first of several segments is a kind, of
/// which there are few: the same kind of another name is another resource.
fn is_slip(pattern: &str, context: &str) -> bool {
    let (pattern, context) = (pattern.to_lowercase(), context.to_lowercase());
    let segments: Vec<&str> = pattern.split('/').collect();
    let names = if segments.len() > 1 { &segments[1..] } else { &segments[..] };
    let written_out = names.iter().filter(|it| it.chars().count() > 2 && !it.contains(['*', '?', '[', '{']));
    written_out.into_iter().any(|written| {
        let slip = 1 + written.chars().count() / 5;
        context.split('/').any(|seen| strsim::damerau_levenshtein(written, seen) <= slip)
    })
}

/// `a{b,c}` is `ab` and `ac`. Of many such groups, the last ones are taken for any text: each multiplies the
/// alternatives.
fn alternatives(pattern: &str) -> Vec<String> {
    let mut all = vec![pattern.to_owned()];
    while all.iter().any(|it| group(it).is_some()) {
        let more: Vec<_> = all.iter().flat_map(|it| group(it).unwrap_or_else(|| vec![it.clone()])).collect();
        if more.len() > ALTERNATIVES {
            break;
        }
        all = more;
    }
    all.iter().map(|it| it.split_once('{').map_or(it.clone(), |(before, _)| format!("{before}**"))).collect()
}

/// What the first group of a pattern stands for.
fn group(pattern: &str) -> Option<Vec<String>> {
    let parts = pattern.split_once('{').and_then(|(before, rest)| {
        let (inside, after) = rest.split_once('}')?;
        Some((before, inside, after))
    });
    let (before, inside, after) = parts?;
    Some(inside.split(',').map(|part| format!("{before}{part}{after}")).collect())
}

/// Any text, with slashes in it.
const ANYTHING: u8 = 0;

/// With `?` for a class, and [`ANYTHING`] for `**` and the slash behind it.
fn simplified(pattern: &str) -> Vec<u8> {
    let mut simple = Vec::new();
    let mut rest = pattern;
    while let Some(next) = rest.chars().next() {
        let (byte, length) = match next {
            '[' => (b'?', rest.find(']').map_or(1, |end| end + 1)),
            '*' if rest.starts_with("**/") => (ANYTHING, 3),
            '*' if rest.starts_with("**") => (ANYTHING, 2),
            _ => {
                simple.extend_from_slice(&rest.as_bytes()[..next.len_utf8()]);
                rest = &rest[next.len_utf8()..];
                continue;
            }
        };
        simple.push(byte);
        rest = &rest[length..];
    }
    simple
}

/// Whether a text exists that both match, where `*` stands for any number of characters but `/`: a table of
/// whether the rest of one, from each place on, overlaps the rest of the other.
fn overlap(one: &[u8], two: &[u8]) -> bool {
    let mut table = vec![vec![false; two.len() + 1]; one.len() + 1];
    for a in (0..=one.len()).rev() {
        for b in (0..=two.len()).rev() {
            table[a][b] = match (one.get(a), two.get(b)) {
                (None, None) => true,
                (Some(star @ (b'*' | &ANYTHING)), other) => {
                    table[a + 1][b] || other.is_some_and(|byte| takes(*star, *byte)) && table[a][b + 1]
                }
                (other, Some(star @ (b'*' | &ANYTHING))) => {
                    table[a][b + 1] || other.is_some_and(|byte| takes(*star, *byte)) && table[a + 1][b]
                }
                (Some(x), Some(y)) => meets(*x, *y) && table[a + 1][b + 1],
                _ => false,
            };
        }
    }
    table[0][0]
}

/// Whether a star may stand for what the other pattern has here.
fn takes(star: u8, byte: u8) -> bool {
    star == ANYTHING || byte != b'/'
}

fn meets(one: u8, two: u8) -> bool {
    one == two || (one == b'?' && two != b'/') || (two == b'?' && one != b'/')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contexts(pattern: &str) -> Contexts {
        Contexts::new(vec![pattern.to_owned()]).unwrap()
    }

    #[test]
    fn a_star_stays_inside_its_segment() {
        let contexts = contexts("kustomization/greeting/*");
        assert!(contexts.matches("kustomization/greeting/3c9d8e7f"));
        assert!(!contexts.matches("kustomization/greeting/eu/3c9d8e7f"));
        assert!(!contexts.matches("kustomization/greeting"));
    }

    #[test]
    fn towlines_own_statuses_match_nothing() {
        assert!(!contexts("*/*/*").matches("towline/greeting/dev"));
        assert!(!contexts("*/*/*").nearly_match("towline/greeting/dev"));
    }

    #[test]
    fn a_near_miss_differs_in_case_depth_or_a_letter() {
        let contexts = contexts("kustomization/greeting/*");
        let near =
            ["Kustomization/greeting/1", "kustomization/greeting/a/b", "helmrelease/greeting/1", "greetings"];
        for context in near {
            assert!(contexts.nearly_match(context), "{context}");
        }
        for context in ["ci/build", "Sync", "kustomization/greeting/1", "kustomization/payments/1"] {
            assert!(!contexts.nearly_match(context), "{context}");
        }
    }

    #[test]
    fn patterns_overlap_if_one_context_can_match_both() {
        let overlap = |one: &str, two: &str| {
            let found = contexts(one).overlap(&contexts(two));
            assert_eq!(found, contexts(two).overlap(&contexts(one)), "{one} {two}");
            found
        };
        for (one, two) in [
            ("a/b", "a/b"),
            ("kustomization/web/*", "kustomization/web/eu"),
            ("kustomization/web-*/*", "kustomization/*-eu/*"),
            ("*", "Status"),
            ("a?c", "abc"),
            ("a*", "a"),
            ("[ab]", "[ab]"),
            ("s[a-z]oke", "smoke"),
            ("deploy/{dev,prod}", "deploy/prod"),
            ("**", "a/b"),
            ("**/smoke", "smoke"),
            ("a/**", "a/b/c"),
            (&"{a,b}".repeat(100), &"a".repeat(100)),
        ] {
            assert!(overlap(one, two), "{one} {two}");
        }
        for (one, two) in [
            ("kustomization/web/eu", "kustomization/web/us"),
            ("kustomization/web/*", "kustomization/api/*"),
            ("*", "a/b"),
            ("a?", "a/"),
            ("deploy/{dev,prod}", "deploy/test"),
            ("a/**/c", "b/x/c"),
            ("kustomization/web/*", "kustomization/web/*/*"),
        ] {
            assert!(!overlap(one, two), "{one} {two}");
        }
    }
}
