//! `overlays:`: patches of single resources, and of many.

use schemars::JsonSchema;
use serde::Deserialize;

use super::templates::Delimiters;
use crate::vocabulary::Diagnostic;
use crate::yaml::{RelativePath, TextOr, written_as};

/// An entry of `overlays:`.
#[derive(Debug, Clone)]
pub struct Overlay {
    /// A file or a folder.
    pub path: RelativePath,
    /// Those of the templates when absent.
    pub delimiters: Option<Delimiters>,
    /// The resources that each of its patches is for. When absent, patches name their own.
    pub to: Option<PatchTarget>,
}

/// Resources that a patch is for, as the `target` of a patch in Kustomize names them. What is absent may be
/// anything
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "PatchTarget")]
pub struct PatchTarget {
    /// The API group: `apps`; `""` for the core group
    pub group: Option<String>,
    /// The version of the API: `v1`
    pub version: Option<String>,
    /// The kind; may be a glob
    pub kind: Option<String>,
    /// The name; may be a glob
    pub name: Option<String>,
    /// The namespace; may be a glob
    pub namespace: Option<String>,
    /// Labels, as for `kubectl -l`: `app=web,tier!=back`
    pub label_selector: Option<String>,
    /// Annotations, in the same way
    pub annotation_selector: Option<String>,
}

/// Patches, with how they are read and what they are for
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "Overlay")]
pub(super) struct Section {
    /// A folder or a file, relative to this file
    path: RelativePath,
    /// What marks an expression; the delimiters of the templates when absent
    delimiters: Option<Delimiters>,
    /// The resources that every patch is for: `KIND/NAME`, where both may be globs, or a map. When absent,
    /// each patch names its own
    to: Option<To>,
}

#[derive(Debug, Clone)]
struct To(PatchTarget);

written_as!(Overlay = TextOr<Section>, To = TextOr<PatchTarget>);

impl TryFrom<TextOr<Section>> for Overlay {
    type Error = Diagnostic;

    fn try_from(written: TextOr<Section>) -> Result<Self, Diagnostic> {
        Ok(match written {
            TextOr::Text(path) => Self { path: path.try_into()?, delimiters: None, to: None },
            TextOr::Section(Section { path, delimiters, to }) => {
                Self { path, delimiters, to: to.map(|To(target)| target) }
            }
        })
    }
}

impl TryFrom<TextOr<PatchTarget>> for To {
    type Error = Diagnostic;

    fn try_from(written: TextOr<PatchTarget>) -> Result<Self, Diagnostic> {
        let target = match written {
            TextOr::Section(target) => target,
            TextOr::Text(text) => {
                let named = text.split_once('/').filter(|(kind, name)| !kind.is_empty() && !name.is_empty());
                let Some((kind, name)) = named else {
                    let message = format!("`{}` does not name resources", text.escape_debug());
                    return Err(Diagnostic::new(message).hint(
                        "write `KIND/NAME`: `Deployment/web`, `Deployment/*`, `*/web-*`; or a map: \
                         `{kind: Deployment, labelSelector: \"app=web\"}`",
                    ));
                };
                PatchTarget { kind: Some(kind.into()), name: Some(name.into()), ..PatchTarget::default() }
            }
        };
        match target == PatchTarget::default() {
            true => Err(Diagnostic::new("`to` is empty").hint("write `to: \"*/*\"` for all resources")),
            false => Ok(Self(target)),
        }
    }
}
