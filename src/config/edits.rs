//! `gitops.edits`: which values of which files people own are changed.

use anyhow::Result;
use schemars::JsonSchema;
use serde::Deserialize;

use super::pattern;
use crate::vocabulary::{Diagnostic, Place, paths};
use crate::yaml::{self, At, Kind, Node, Values, written_as};

/// Values to change in a YAML file of the GitOps repository
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct FileEdit {
    /// The file; may use `{{ environment }}` and `{{ application }}`
    pub file: At<String>,
    /// A new value for every path, such as `image.tag`, `images[name=web].newTag` or
    /// `spec.sources[0].targetRevision`; may use what templates can use
    pub set: ValueEdits,
}

/// At least one new value.
#[derive(Debug, Clone)]
pub struct ValueEdits(pub Vec<ValueEdit>);

/// A new value for one place in a file.
#[derive(Debug, Clone)]
pub struct ValueEdit {
    pub path: yaml::edit::Path,
    /// A scalar. A text may have expressions.
    pub value: serde_json::Value,
    pub place: Place,
}

/// The edits as they are in one environment.
pub(super) fn expand(edits: &[FileEdit], names: paths::Names) -> Result<Vec<FileEdit>> {
    let mut expanded: Vec<FileEdit> = Vec::new();
    for edit in edits {
        let mut edit = edit.clone();
        edit.file.value = pattern::in_gitops(&edit.file, names)?;
        if expanded.iter().any(|other| *other.file == *edit.file) {
            let message = format!("`{}` is edited twice", *edit.file);
            return Err(edit.file.error(message).hint("put all its values into one `set`").into());
        }
        expanded.push(edit);
    }
    Ok(expanded)
}

written_as!(ValueEdits = At<Values>);

impl TryFrom<At<Values>> for ValueEdits {
    type Error = Diagnostic;

    fn try_from(set: At<Values>) -> Result<Self, Diagnostic> {
        match &set.0.kind {
            Kind::Mapping(entries) if !entries.is_empty() => {
                let edit = |(key, value): &(Node, Node)| ValueEdit::new(key, value, &set.place);
                entries.iter().map(edit).collect::<Result<_, _>>().map(Self)
            }
            _ => Err(set
                .error("`set` is a map of paths and their new values")
                .hint("write `set: {image.tag: \"{{ images.web.tag }}\"}`")),
        }
    }
}

impl ValueEdit {
    fn new(key: &Node, value: &Node, set: &Place) -> Result<Self, Diagnostic> {
        let text = key.scalar_text();
        let path = text.parse().map_err(|why| {
            Diagnostic::new(format!("the path `{text}` {why}"))
                .at(key.place(&set.file))
                .hint("a path is `image.tag`, `list[0].x`, `list[name=web].x` or `map[\"a.key\"]`")
        })?;
        let place = value.place(&set.file);
        match value.kind {
            Kind::Mapping(_) | Kind::Sequence(_) => {
                let message = format!("`{text}` would become a list or a map; only scalars can be set");
                Err(Diagnostic::new(message).at(place))
            }
            _ => Ok(ValueEdit { path, value: value.to_value(), place }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_set_would_edit_nothing() {
        let error =
            yaml::read_document::<FileEdit>("{file: a, set: {}}", "towline.yaml".as_ref()).unwrap_err();
        assert_eq!(error.to_string(), "towline.yaml:1:16: `set` is a map of paths and their new values");
    }
}
