//! Placeholders: `$NAME` and `${NAME}`, or `#{NAME}#`, with the operators of a shell.
//!
//! | in the braces | is |
//! |---|---|
//! | `NAME` | the value; unknown is an error |
//! | `NAME:-else`, `NAME:=else` | `else`, if the value is unknown or empty |
//! | `NAME:?message` | the error `message`, if it is unknown or empty |
//! | `NAME:+other` | `other`, if it is known and not empty |
//!
//! Without the colon, an empty value counts as known. `else` and `other` may have placeholders.
//! `$$NAME` and `$${NAME}` are `$NAME` and `${NAME}`. Other dollar signs stand for themselves, as in
//! Kubernetes' own `$(NAME)`.

use super::names::Names;
use crate::config::PlaceholderStyle;
use crate::variables::Data;
use crate::vocabulary::Diagnostic;

/// A piece of a text.
#[derive(Debug, PartialEq, Eq)]
pub enum Part<'a> {
    Text(&'a str),
    /// What stands in the braces.
    Placeholder(&'a str),
    /// Begins like a placeholder and has no end: `#{NAME}`.
    Unended {
        name: &'a str,
        text: &'a str,
    },
}

/// What becomes of a placeholder.
#[derive(Debug)]
pub enum Filled {
    Value(Data),
    /// It is none, and is left as it is.
    Left(Diagnostic),
}

/// Why a placeholder cannot be filled.
#[derive(Debug, Clone)]
pub enum Unfilled {
    /// The name, and what to do.
    Undefined(String, String),
    Other(Diagnostic),
}

/// What stands behind a mark, and how many bytes it takes.
type Read = fn(&str) -> Option<(Part<'_>, usize)>;

/// The text cut at its placeholders, with the offset of each part.
pub fn parts(text: &str, style: PlaceholderStyle) -> Vec<(usize, Part<'_>)> {
    let (mark, read): (&str, Read) = match style {
        PlaceholderStyle::Tokens => ("#{", token),
        PlaceholderStyle::Shell | PlaceholderStyle::Jinja => ("$", reference),
    };
    let mut parts = Vec::new();
    let (mut start, mut at) = (0, 0);
    while let Some(found) = text[at..].find(mark) {
        let begin = at + found;
        let after = &text[begin + mark.len()..];
        match read(after) {
            Some((part, length)) => {
                parts.push((start, Part::Text(&text[start..begin])));
                // The dollar sign that is meant belongs to the text.
                let escaped = usize::from(matches!(part, Part::Text(_)));
                at = begin + mark.len() + length;
                start = at - escaped;
                if escaped == 0 {
                    parts.push((begin, part));
                }
            }
            // Two dollar signs belong together.
            None => at = begin + mark.len() + usize::from(mark == "$" && after.starts_with('$')),
        }
    }
    parts.push((start, Part::Text(&text[start..])));
    parts.retain(|(_, part)| *part != Part::Text(""));
    parts
}

/// What stands behind a dollar sign, and how many bytes it takes.
fn reference(after: &str) -> Option<(Part<'_>, usize)> {
    if let Some(escaped) = after.strip_prefix('$') {
        let is_escape = starts_name(escaped) || escaped.strip_prefix('{').is_some_and(starts_name);
        return is_escape.then_some((Part::Text("$"), 1));
    }
    if let Some(inside) = after.strip_prefix('{') {
        let end = closing_brace(inside).filter(|_| starts_name(inside))?;
        return Some((Part::Placeholder(&inside[..end]), end + 2));
    }
    let end = after.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(after.len());
    starts_name(after).then(|| (Part::Placeholder(&after[..end]), end))
}

/// What stands behind `#{`.
fn token(after: &str) -> Option<(Part<'_>, usize)> {
    let line = after.lines().next()?;
    if !starts_name(line.trim_start()) {
        return None;
    }
    let first = line.find('}')?;
    let name = line[..first].trim();
    match line.find("}#") {
        // A default may have braces, and a name has none.
        Some(end) if end == first || long_name(name) != name => {
            Some((Part::Placeholder(line[..end].trim()), end + 2))
        }
        _ => Some((Part::Unended { name, text: &line[..=first] }, first + 1)),
    }
}

fn starts_name(text: &str) -> bool {
    text.starts_with(|c: char| c.is_alphabetic() || c == '_')
}

/// Where the brace ends that was opened before, in the same line.
fn closing_brace(text: &str) -> Option<usize> {
    let mut depth = 1_usize;
    for (index, c) in text.char_indices() {
        match c {
            '{' if text[..index].ends_with('$') => depth += 1,
            '}' if depth == 1 => return Some(index),
            '}' => depth -= 1,
            '\n' => return None,
            _ => {}
        }
    }
    None
}

/// The names that a text asks for.
pub fn used_names(text: &str, style: PlaceholderStyle) -> Vec<String> {
    let names = parts(text, style).into_iter().filter_map(|(_, part)| match part {
        Part::Placeholder(inside) => Some(long_name(inside).to_owned()),
        _ => None,
    });
    names.collect()
}

/// The value of a placeholder, by what stands in its braces.
pub fn fill(inside: &str, style: PlaceholderStyle, names: &Names) -> Result<Filled, Unfilled> {
    if let Some(data) = names.placeholder(inside) {
        return match data.is_null() {
            true => Err(Unfilled::Other(
                Diagnostic::new(format!("`{inside}` is null"))
                    .hint("give it a value, or write `null` in the file"),
            )),
            false => Ok(Filled::Value(data)),
        };
    }
    match operated(inside, names) {
        Some((name, operator)) => operate(name, operator, style, names),
        None if long_name(inside) == inside => {
            let hint = match names.nearest_placeholder(inside) {
                Some(near) => format!("did you mean `{near}`?"),
                None => format!("give it a value, or {}", other_tool(style)),
            };
            Err(Unfilled::Undefined(inside.to_owned(), hint))
        }
        None => outside_of_grammar(inside, style, names),
    }
}

/// The placeholder that begins at `offset`, as it is written.
pub fn written<'a>(text: &'a str, offset: usize, inside: &str) -> &'a str {
    let rest = &text[offset..];
    let end = rest.find(inside).map_or(rest.len(), |at| at + inside.len());
    let close = match rest.starts_with("#{") {
        true => rest[end..].find("}#").map_or(0, |at| at + 2),
        false => usize::from(rest.starts_with("${")),
    };
    &rest[..end + close]
}

/// The text of a placeholder, for errors.
pub fn shown(inside: &str, style: PlaceholderStyle) -> String {
    match style {
        PlaceholderStyle::Tokens => format!("#{{{inside}}}#"),
        PlaceholderStyle::Shell | PlaceholderStyle::Jinja => format!("${{{inside}}}"),
    }
}

fn other_tool(style: PlaceholderStyle) -> &'static str {
    match style {
        PlaceholderStyle::Tokens => "exclude the file with `placeholders: {ignore: […]}`",
        PlaceholderStyle::Shell | PlaceholderStyle::Jinja => {
            "write `$$` in place of `$` if it belongs to another tool"
        }
    }
}

fn outside_of_grammar(inside: &str, style: PlaceholderStyle, names: &Names) -> Result<Filled, Unfilled> {
    let text = shown(inside, style);
    let known =
        [long_name(inside), short_name(inside)].into_iter().any(|name| names.placeholder(name).is_some());
    match known {
        true => {
            let hint = format!("the operators are `:-`, `:=`, `:?` and `:+`; {}", other_tool(style));
            Err(Unfilled::Other(
                Diagnostic::new(format!("`{text}` names a variable, and placeholders have no such operator"))
                    .hint(hint),
            ))
        }
        false => Ok(Filled::Left(
            Diagnostic::new(format!("`{text}` is no placeholder and is left as it is"))
                .hint("if it is meant to be one, use `NAME`, `NAME:-else`, `NAME:?message` or `NAME:+other`"),
        )),
    }
}

/// The name and the operator. A dash may belong to a name: `${my-web}` is a misspelt name rather than
/// a default, if one is near.
fn operated<'a>(inside: &'a str, names: &Names) -> Option<(&'a str, &'a str)> {
    let (long, short) = (long_name(inside), short_name(inside));
    let operator = &inside[long.len()..];
    if [":-", ":=", ":?", ":+", "=", "?", "+"].iter().any(|it| operator.starts_with(it)) {
        return Some((long, operator));
    }
    if names.placeholder(long).is_some() {
        return None;
    }
    let operator = &inside[short.len()..];
    let is_misspelt =
        || long == inside && names.placeholder(short).is_none() && names.nearest_placeholder(long).is_some();
    (operator.starts_with('-') && !is_misspelt()).then_some((short, operator))
}

fn operate(name: &str, operator: &str, style: PlaceholderStyle, names: &Names) -> Result<Filled, Unfilled> {
    let is_empty =
        |data: &Data| data.scalars().iter().all(|scalar| scalar.text().is_none_or(|text| text.is_empty()));
    let (empty_counts, rest) = operator.strip_prefix(':').map_or((true, operator), |rest| (false, rest));
    let value = names.placeholder(name).filter(|data| !data.is_null() && (empty_counts || !is_empty(data)));
    let (kind, argument) = rest.split_at(1);
    match (kind, value) {
        ("-" | "=" | "?", Some(data)) => Ok(Filled::Value(data)),
        ("-" | "=", None) | ("+", Some(_)) => {
            Ok(Filled::Value(Data::untyped(expanded(argument, style, names)?)))
        }
        ("+", None) => Ok(Filled::Value(Data::untyped(""))),
        _ => {
            let message = if argument.is_empty() { "is undefined or empty" } else { argument };
            Err(Unfilled::Other(Diagnostic::new(format!("`{name}`: {message}")).hint("give it a value")))
        }
    }
}

/// A text with its placeholders filled.
fn expanded(text: &str, style: PlaceholderStyle, names: &Names) -> Result<String, Unfilled> {
    let part = |(_, part): (usize, Part)| match part {
        Part::Text(text) => Ok(text.to_owned()),
        Part::Unended { text, .. } => Ok(format!("#{{{text}")),
        Part::Placeholder(inside) => match fill(inside, style, names)? {
            Filled::Left(_) => Ok(shown(inside, style)),
            Filled::Value(Data::Scalar(scalar)) => Ok(scalar.text().unwrap_or_default().into_owned()),
            Filled::Value(_) => Err(Unfilled::Other(Diagnostic::new(format!(
                "`{inside}` is a map or list, which text cannot contain"
            )))),
        },
    };
    parts(text, style).into_iter().map(part).collect()
}

/// The longest name that a text begins with; names may have dots and dashes.
fn long_name(text: &str) -> &str {
    text.split(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '-'))).next().unwrap_or_default()
}

fn short_name(text: &str) -> &str {
    long_name(text).split('-').next().unwrap_or_default()
}

/// One error for all placeholders that cannot be filled, each with its place.
pub fn error(mut unfilled: Vec<(crate::vocabulary::Place, Unfilled)>) -> Option<Diagnostic> {
    let diagnostic = |unfilled: Unfilled| match unfilled {
        Unfilled::Undefined(name, hint) => Diagnostic::new(format!("`{name}` is undefined")).hint(hint),
        Unfilled::Other(diagnostic) => diagnostic,
    };
    if unfilled.len() < 2 {
        let (place, only) = unfilled.pop()?;
        return Some(diagnostic(only).at(place));
    }
    let several = unfilled.into_iter().map(|(place, unfilled)| {
        let Diagnostic { message, hint, .. } = diagnostic(unfilled);
        match hint {
            Some(hint) if hint.starts_with("did you mean") => format!("{place}: {message}; {hint}"),
            _ => format!("{place}: {message}"),
        }
    });
    let lines: Vec<String> = several.collect();
    let message = format!("{} placeholders cannot be filled:\n  {}", lines.len(), lines.join("\n  "));
    Some(
        Diagnostic::new(message)
            .hint("give the names values: `variables` in the pipeline file, `--vars` or `--set`"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names() -> Names {
        let values = serde_json::json!({"TAG": "1.2", "replicas": 3, "db": {"host": "h"}, "none": null,
            "my-web": "w", "App.Name": "a", "EMPTY": ""});
        Names::of_values(values.as_object().cloned().unwrap_or_default())
    }

    fn filled(text: &str, style: PlaceholderStyle) -> String {
        match expanded(text, style, &names()) {
            Ok(text) => text,
            Err(Unfilled::Undefined(name, hint)) => format!("undefined {name}; {hint}"),
            Err(Unfilled::Other(error)) => format!("error: {error}"),
        }
    }

    #[test]
    fn shell_placeholders_are_filled_and_other_dollar_signs_left() {
        let filled = |text| filled(text, PlaceholderStyle::Shell);
        assert_eq!(filled("a: $TAG-x ${replicas} ${db.host} ${my-web} ${App.Name}"), "a: 1.2-x 3 h w a");
        assert_eq!(filled("$(NAME) $$(NAME) $1 $$ ${1} cost: 5$"), "$(NAME) $$(NAME) $1 $$ ${1} cost: 5$");
        assert_eq!(filled("$$TAG $${TAG} $$$TAG $${a[@]}"), "$TAG ${TAG} $$1.2 ${a[@]}");
        assert_eq!(filled("$TAGS"), "undefined TAGS; did you mean `TAG`?");
        assert_eq!(filled("$db"), "error: `db` is a map or list, which text cannot contain");
        assert_eq!(filled("$none"), "error: `none` is null");
    }

    #[test]
    fn operators_are_those_of_a_shell() {
        let filled = |text| filled(text, PlaceholderStyle::Shell);
        assert_eq!(filled("${X:-d} ${X-d} ${X:=d} ${X=d} ${X:-} ${none:-n}"), "d d d d  n");
        assert_eq!(filled("${TAG:-d} ${TAG:?m} ${TAG:+a} ${TAG+a} ${X:+a}"), "1.2 1.2 a a ");
        assert_eq!(filled("${EMPTY:-d}${EMPTY-e}${EMPTY:+f}${EMPTY+g}"), "dg");
        assert_eq!(filled("${X:-${TAG}-$replicas} ${X:-a:b}"), "1.2-3 a:b");
        assert_eq!(filled("${X:?set X first}"), "error: `X`: set X first");
        assert_eq!(filled("${my-wbe}"), "undefined my-wbe; did you mean `my-web`?");
        assert_eq!(filled("${LEVEL-info}"), "info");
    }

    #[test]
    fn what_is_outside_of_the_grammar_is_refused_if_it_names_a_variable() {
        let filled = |text| filled(text, PlaceholderStyle::Shell);
        for text in ["${TAG%.*}", "${TAG//a/b}", "${TAG^^}", "${TAG:0:3}", "${my-web[0]}"] {
            assert!(filled(text).contains("placeholders have no such operator"), "{}", filled(text));
        }
        assert_eq!(filled("${a[@]} ${#a[@]} ${b%x}"), "${a[@]} ${#a[@]} ${b%x}");
    }

    #[test]
    fn tokens_have_the_same_grammar() {
        let filled = |text| filled(text, PlaceholderStyle::Tokens);
        assert_eq!(filled("tag: #{TAG}# #{ db.host }# #{X:-d}# # {x} #{}#"), "tag: 1.2 h d # {x} #{}#");
        assert_eq!(filled("#{TAG} #{TAG}#"), "#{TAG} 1.2");
        assert_eq!(filled("#{TAGG}#"), "undefined TAGG; did you mean `TAG`?");
        assert!(filled("#{TAG|lower}#").contains("no such operator"));
        assert_eq!(
            parts("a #{TAG} b", PlaceholderStyle::Tokens)[1].1,
            Part::Unended { name: "TAG", text: "TAG}" }
        );
    }

    proptest::proptest! {
        #[test]
        fn text_without_placeholders_stays(text in "[a $(){}#\n:-]{0,40}") {
            let parts = parts(&text, PlaceholderStyle::Shell);
            if parts.iter().all(|(_, part)| matches!(part, Part::Text(_))) && !text.contains("$$a") && !text.contains("$${a") {
                let joined: String = parts.iter().map(|(_, part)| match part { Part::Text(text) => *text, _ => "" }).collect();
                proptest::prop_assert_eq!(joined, text);
            }
        }
    }
}
