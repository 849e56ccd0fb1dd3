//! `gitops.edits`: which values of which files people own are changed.

use std::path::Path;

use anyhow::Result;

use super::paths;
use crate::config::{FileEdit, ValueEdit, schema};
use crate::vocabulary::Diagnostic;
use crate::yaml::{At, Kind, Node};

pub fn resolve(edits: &[At<schema::FileEdit>], names: paths::Names, file: &Path) -> Result<Vec<FileEdit>> {
    let mut resolved: Vec<FileEdit> = Vec::new();
    for At { value: edit, .. } in edits {
        let place = edit.file.place(file);
        let path = paths::in_gitops(&paths::expand(&edit.file.value, names, &place)?, &place)?;
        if resolved.iter().any(|other| other.file == path) {
            return Err(Diagnostic::new(format!("`{path}` is edited twice"))
                .at(place)
                .hint("put all its values under one `set`")
                .into());
        }
        resolved.push(FileEdit { file: path, set: values(&edit.set.0, file)? });
    }
    Ok(resolved)
}

fn values(set: &Node, file: &Path) -> Result<Vec<ValueEdit>> {
    match &set.kind {
        Kind::Mapping(entries) if !entries.is_empty() => {
            entries.iter().map(|(key, value)| value_edit(key, value, file)).collect()
        }
        _ => {
            let error = Diagnostic::new("`set` is a map of paths and their new values").at(set.place(file));
            Err(error.hint("write `set: {image.tag: \"{{ images.web.tag }}\"}`").into())
        }
    }
}

fn value_edit(key: &Node, value: &Node, file: &Path) -> Result<ValueEdit> {
    let text = key.scalar_text();
    let path = text.parse().map_err(|why| {
        Diagnostic::new(format!("the path `{text}` {why}"))
            .at(key.place(file))
            .hint("a path is `image.tag`, `list[0].x`, `list[name=web].x` or `map[\"a.key\"]`")
    })?;
    match value.kind {
        Kind::Mapping(_) | Kind::Sequence(_) => {
            let message = format!("`{text}` would become a list or a map; only single values can be set");
            Err(Diagnostic::new(message).at(value.place(file)).into())
        }
        _ => Ok(ValueEdit { path, value: value.to_value(), place: value.place(file) }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_set_would_edit_nothing() {
        let file = Path::new("towline.yaml");
        let set = &crate::yaml::parse("{}", file).unwrap()[0];
        let error = values(set, file).unwrap_err();
        assert_eq!(error.to_string(), "towline.yaml:1:1: `set` is a map of paths and their new values");
    }
}
