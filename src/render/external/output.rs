//! What tools print: a YAML stream, read into manifests. Also the way back, for a tool that takes
//! the manifests of the steps before it.

use std::path::Path;

use crate::render::manifest::Document;
use crate::vocabulary::{Place, text};
use crate::yaml::{self, Kind, Node};
use anyhow::{Result, bail};

/// The characters of a line that an error shows.
const SHOWN: usize = 60;

/// Reads what a tool printed. `origin` gets the `# Source: …` of the document, where helm wrote
/// one.
pub fn parse(text: &str, origin: &dyn Fn(Option<&str>) -> Place) -> Result<Vec<Document>> {
    let sources = sources(text);
    let mut documents = Vec::new();
    for node in yaml::parse(text, Path::new("its output"))? {
        let before = sources.partition_point(|(line, _)| *line < node.line);
        let origin = origin(before.checked_sub(1).map(|last| sources[last].1));
        check(&node)?;
        if !matches!(&node.kind, Kind::Mapping(entries) if !entries.is_empty()) {
            continue;
        }
        documents.push(Document { value: node.to_value(), origin });
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

/// Refuses what cannot be a manifest: a tool that fails may print anything.
fn check(node: &Node) -> Result<()> {
    match &node.kind {
        Kind::Mapping(_) | Kind::Null => Ok(()),
        _ => {
            let found = text::shorten(&format!("{:?}", node.scalar_text()), SHOWN);
            bail!("line {} is not a map but {found}", node.line)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_know_the_template_that_helm_names() {
        let text = "---\n# Source: c/templates/a.yaml\nkind: A\n---\n# Source: c/templates/b.yaml\ntext: |\n  # Source: no\nkind: B\n";
        let origin = |source: Option<&str>| Place::file(source.unwrap_or("none"));
        let documents = parse(text, &origin).unwrap();
        let origins: Vec<_> = documents.iter().map(|document| document.origin.to_string()).collect();
        assert_eq!(origins, ["c/templates/a.yaml", "c/templates/b.yaml"]);
    }

    #[test]
    fn empty_documents_are_left_out() {
        let text = "---\n---\n{}\n---\nkind: A\n";
        let documents = parse(text, &|_| Place::default()).unwrap();
        assert_eq!(documents.len(), 1);
    }

    #[test]
    fn text_is_no_manifest() {
        let error = parse("Segmentation fault\n", &|_| Place::default()).unwrap_err();
        assert_eq!(error.to_string(), "line 1 is not a map but \"Segmentation fault\"");
    }
}
