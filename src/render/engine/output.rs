//! What tools print: a YAML stream, read into manifests. Also the way back, for a tool that takes
//! the manifests of the steps before it.

use std::path::Path;

use anyhow::{Result, bail};
use serde_json::Value;

use super::Document;
use crate::error::Place;
use crate::yaml::{self, Kind, Node};

/// Reads what a tool printed. `origin` gets the `# Source: …` of the document, where helm wrote
/// one.
pub fn read(text: &str, origin: &dyn Fn(Option<&str>) -> Place) -> Result<Vec<Document>> {
    let sources = sources(text);
    let mut documents = Vec::new();
    for node in yaml::parse(text, Path::new("line"))? {
        let before = sources.partition_point(|(line, _)| *line < node.line);
        let origin = origin(before.checked_sub(1).map(|last| sources[last].1));
        flatten(&node, &origin, &mut documents)?;
    }
    Ok(documents)
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

/// Takes a list of kind `List` apart, and refuses what is no manifest.
fn flatten(node: &Node, origin: &Place, documents: &mut Vec<Document>) -> Result<()> {
    let Kind::Mapping(entries) = &node.kind else {
        match &node.kind {
            Kind::Null => return Ok(()),
            _ => bail!("line {} is not a map but {}", node.line, shortened(&node.scalar_text())),
        }
    };
    let field =
        |name: &str| entries.iter().find(|(key, _)| key.scalar_text() == name).map(|(_, value)| value);
    match (field("kind").map(Node::scalar_text), field("items").map(|items| &items.kind)) {
        (Some(kind), Some(Kind::Sequence(items))) if kind == "List" => {
            items.iter().try_for_each(|item| flatten(item, origin, documents))
        }
        _ if entries.is_empty() => Ok(()),
        _ => {
            documents.push(Document { value: node.to_value(), origin: origin.clone() });
            Ok(())
        }
    }
}

fn shortened(text: &str) -> String {
    let mut text = Value::String(text.to_owned()).to_string();
    if let Some((end, _)) = text.char_indices().nth(60) {
        text.truncate(end);
        text.push('…');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_know_the_template_that_helm_names() {
        let text = "---\n# Source: c/templates/a.yaml\nkind: A\n---\n# Source: c/templates/b.yaml\ntext: |\n  # Source: no\nkind: B\n";
        let origin = |source: Option<&str>| Place::file(source.unwrap_or("none"));
        let documents = read(text, &origin).unwrap();
        let origins: Vec<_> = documents.iter().map(|document| document.origin.to_string()).collect();
        assert_eq!(origins, ["c/templates/a.yaml", "c/templates/b.yaml"]);
    }

    #[test]
    fn lists_are_taken_apart_and_empty_documents_left_out() {
        let text = "---\n---\n{}\n---\nkind: List\nitems: [{kind: A}, {kind: B}]\n";
        let documents = read(text, &|_| Place::default()).unwrap();
        assert_eq!(documents.len(), 2);
    }

    #[test]
    fn text_is_no_manifest() {
        let error = read("Segmentation fault\n", &|_| Place::default()).unwrap_err();
        assert_eq!(error.to_string(), "line 1 is not a map but \"Segmentation fault\"");
    }
}
