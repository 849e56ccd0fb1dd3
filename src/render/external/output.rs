//! What tools print: a YAML stream, read into manifests. Also the way back, for a tool that takes
//! the manifests of the steps before it.

use std::path::Path;

use crate::render::manifest::Document;
use crate::secrets;
use crate::vocabulary::{Diagnostic, Place, text};
use crate::yaml::{self, Kind, Node};
use anyhow::Result;

/// The characters of a line that an error shows.
const SHOWN: usize = 60;

/// What a tool printed, as it was read.
pub struct Manifests {
    pub documents: Vec<Document>,
    /// A document each, and a key that it has twice; the last one counts.
    pub duplicates: Vec<(Document, String)>,
}

/// Reads what a tool printed. `origin` gets the `# Source: …` of the document, where helm wrote
/// one. A key may be there twice, as it may for the tools themselves.
pub fn parse(text: &str, tool: &str, origin: &dyn Fn(Option<&str>) -> Place) -> Result<Manifests> {
    let sources = sources(text);
    let origin = |line: usize| {
        let before = sources.partition_point(|(source, _)| *source < line);
        origin(before.checked_sub(1).map(|last| sources[last].1))
    };
    let (nodes, duplicates) = yaml::parse_last_wins(text, Path::new(""))
        .map_err(|error| unreadable(text, tool, &error, &origin))?;
    let mut duplicates = duplicates.into_iter().peekable();
    let mut found = Manifests { documents: Vec::new(), duplicates: Vec::new() };
    for (index, node) in nodes.into_iter().enumerate() {
        let origin = origin(node.line);
        check(&node, tool, &origin)?;
        if !matches!(&node.kind, Kind::Mapping(entries) if !entries.is_empty()) {
            continue;
        }
        let document = Document { value: node.into_value(), origin };
        while let Some(duplicate) = duplicates.next_if(|duplicate| duplicate.document <= index) {
            found.duplicates.push((document.clone(), duplicate.path));
        }
        found.documents.push(document);
    }
    Ok(found)
}

/// The error for a text that is no YAML: it says what resource of which template that is, and shows
/// the line, because nobody else has the text.
fn unreadable(
    text: &str,
    tool: &str,
    error: &anyhow::Error,
    origin: &dyn Fn(usize) -> Place,
) -> anyhow::Error {
    let place = error.downcast_ref::<Diagnostic>().and_then(|error| error.place.clone()).unwrap_or_default();
    let why = match error.downcast_ref::<Diagnostic>() {
        Some(error) => error.message.clone(),
        None => error.to_string(),
    };
    let lines: Vec<&str> = text.lines().collect();
    let at = place.line.clamp(1, lines.len().max(1)) - 1;
    let is_separator = |line: &&str| line.trim_end() == "---";
    let start = lines.iter().take(at).rposition(&is_separator).map_or(0, |line| line + 1);
    let document: Vec<&str> = lines[start..].iter().copied().take_while(|line| !is_separator(line)).collect();
    let (kind, name) = named(&document);
    let resource = match kind {
        Some(kind) => format!("{kind}{}", name.map(|name| format!(" `{name}`")).unwrap_or_default()),
        None => "what it renders".to_owned(),
    };
    let shown = match lines.get(at).filter(|line| kind != Some("Secret") && !line.trim().is_empty()) {
        Some(line) => format!(": `{}`", text::shorten(&secrets::redact(line.trim()), SHOWN)),
        None => String::new(),
    };
    let message = format!(
        "the output of {tool} is no valid YAML: {why}, in line {} of {resource}{shown}",
        (at + 1).saturating_sub(start)
    );
    Diagnostic::new(message).at(origin(at + 1)).into()
}

/// The kind and the name in a text that cannot be read as YAML.
fn named<'a>(lines: &[&'a str]) -> (Option<&'a str>, Option<&'a str>) {
    let value = |line: &&'a str, key: &str| {
        let value = line.strip_prefix(key)?.trim().trim_matches(['"', '\'']);
        (!value.is_empty()).then_some(value)
    };
    let kind = lines.iter().find_map(|line| value(line, "kind:"));
    let metadata = lines.iter().skip_while(|line| !line.starts_with("metadata:")).skip(1);
    let mut metadata = metadata.take_while(|line| line.starts_with([' ', '\t']));
    (kind, metadata.find_map(|line| value(line, "  name:")))
}

/// Writes manifests as one YAML stream.
pub fn write(documents: &[Document]) -> Result<String> {
    let mut stream = String::new();
    for document in documents {
        stream.push_str("---\n");
        stream.push_str(&yaml::write(&document.value)?);
    }
    Ok(stream)
}

/// The lines that begin a template's output, and the templates' names.
fn sources(text: &str) -> Vec<(usize, &str)> {
    let mut sources = Vec::new();
    let mut separator = false;
    for (index, line) in text.lines().enumerate() {
        if let Some(source) = line.strip_prefix("# Source: ").filter(|_| separator) {
            sources.push((index + 1, source.trim()));
        }
        separator = line == "---";
    }
    sources
}

/// Refuses what cannot be a manifest: a tool that fails may print anything.
fn check(node: &Node, tool: &str, origin: &Place) -> Result<()> {
    match &node.kind {
        Kind::Mapping(_) | Kind::Null => Ok(()),
        _ => {
            let found = text::shorten(&format!("{:?}", secrets::redact(&node.scalar_text())), SHOWN);
            let message = format!("the output of {tool} is not a list of manifests, but has {found}");
            Err(Diagnostic::new(message).at(origin.clone()).into())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Manifests> {
        parse(text, "helm", &|source| Place::file(source.unwrap_or("none")))
    }

    #[test]
    fn documents_know_the_template_that_helm_names() {
        let text = "---\n# Source: c/templates/a.yaml\nkind: A\n---\n# Source: c/templates/b.yaml\ntext: |\n  # Source: no\nkind: B\n";
        let documents = read(text).unwrap().documents;
        let origins: Vec<_> = documents.iter().map(|document| document.origin.to_string()).collect();
        assert_eq!(origins, ["c/templates/a.yaml", "c/templates/b.yaml"]);
    }

    #[test]
    fn empty_documents_are_left_out() {
        assert_eq!(read("---\n---\n{}\n---\nkind: A\n").unwrap().documents.len(), 1);
    }

    #[test]
    fn of_a_key_that_is_there_twice_the_last_one_counts() {
        let text = "kind: A\n---\nkind: B\nmetadata: {labels: {a: x, a: z}}\n";
        let Manifests { documents, duplicates } = read(text).unwrap();
        assert_eq!(documents[1].value["metadata"]["labels"]["a"], "z");
        assert_eq!(duplicates.len(), 1);
        assert_eq!(
            (duplicates[0].0.value["kind"].as_str(), duplicates[0].1.as_str()),
            (Some("B"), "metadata.labels.a")
        );
    }

    #[test]
    fn errors_say_which_resource_and_which_line() {
        let error = |text: &str| read(text).err().unwrap().to_string();
        assert_eq!(
            error("Segmentation fault\n"),
            "none: the output of helm is not a list of manifests, but has \"Segmentation fault\""
        );
        let text = "---\n# Source: c/templates/a.yaml\nkind: A\n---\n# Source: c/templates/b.yaml\nkind: Job\nmetadata:\n  name: b\nspec: [1\n---\n# Source: c/templates/c.yaml\nkind: C\n";
        let error = error(text);
        assert!(error.starts_with("c/templates/b.yaml: the output of helm is no valid YAML: "), "{error}");
        assert!(error.contains("of Job `b`"), "{error}");
    }
}
