//! Warnings: what a command says and goes on, unless it is strict.
//!
//! Each has an id that people can look up, search for and read in JSON. A new warning is a line in
//! the table below; `docs/warnings.md` lists them.

use std::fmt;

use super::Diagnostic;
use super::ids::ids;
use super::text::counted;

/// Something that was not done, or not as it may be meant.
#[derive(Debug, Clone, PartialEq)]
pub struct Warning {
    pub id: WarningId,
    pub diagnostic: Diagnostic,
}

ids! {
    /// What a warning is about.
    WarningId:
    /// The commit that the CI system reports is not the one that is checked out
    CiCommitDiffers = "ci-commit-differs";
    /// A chart uses `now` or `ago`: if a date is in its output, each run gives something else
    ClockInTemplate = "clock-in-template";
    /// A variable of the process is a credential of Towline or of a proxy, so `process` leaves it out
    CredentialLeftOut = "credential-left-out";
    /// A chart renders a key twice in one map; the last one counts
    DuplicateKey = "duplicate-key";
    /// A file that the release overwrites was changed by hand in the GitOps repository
    Drift = "drift";
    /// A field has a value of a type that Kubernetes does not take there
    FieldType = "field-type";
    /// A file of `gitops.edits` is not in the folder that `render -o` writes to
    FileNotEdited = "file-not-edited";
    /// A resource has `generateName`: only Argo CD creates it
    GeneratedName = "generated-name";
    /// Helm says something beside what it renders: a value that it ignores, a chart that is deprecated
    HelmRemark = "helm-remark";
    /// A hook of a chart is not rendered
    HookLeftOut = "hook-left-out";
    /// A text names the repository of a declared image with a version that is not the release's
    ImageNotSet = "image-not-set";
    /// A number or a boolean is inserted in another spelling than the one in which it is written
    LostSpelling = "lost-spelling";
    /// A deployment of this source is in no environment of the pipeline file
    Orphan = "orphan";
    /// Something that looks like a placeholder is none and is left as it is
    PlaceholderLeft = "placeholder-left";
    /// `transform` renamed a resource, and a field that may mean it stays as it is
    ReferenceNotRenamed = "reference-not-renamed";
    /// The same resource is there twice, word for word, and one of them is left out
    RepeatedResource = "repeated-resource";
    /// Source statuses or deployments are configured and cannot be written
    SourceStatus = "source-status";
    /// Flux reports success before a resource of this kind is rolled out
    UnjudgedHealth = "unjudged-health";
    /// A chart lists the keys or the values of a map without sorting them: their order differs from run to run
    Unordered = "unordered";
    /// No manifest has the image at a field of `images.NAME.fields`
    UnmatchedImageField = "unmatched-image-field";
    /// A patch, an image or a replacement of a kustomization matches nothing
    UnmatchedInKustomization = "unmatched-in-kustomization";
    /// A resource that belongs to the whole cluster has `metadata.namespace`
    UselessNamespace = "useless-namespace";
    /// A webhook of `notify` could not be told what happened; the release goes on
    Webhook = "webhook";
}

impl Warning {
    /// The warning of one of several folders. A place says itself which.
    pub fn in_folder(mut self, folder: &str) -> Self {
        if self.diagnostic.place.is_none() {
            self.diagnostic.message = format!("{folder}: {}", self.diagnostic.message);
        }
        self
    }

    pub fn new(id: WarningId, diagnostic: Diagnostic) -> Self {
        Self { id, diagnostic }
    }

    /// The error that warnings are when they must not be passed over; none if there are no warnings.
    pub fn refuse(warnings: &[Self]) -> Result<(), Diagnostic> {
        match warnings {
            [] => Ok(()),
            [Self { id, diagnostic }] => {
                let message = format!("{} (warning `{id}`, an error with `strict`)", diagnostic.message);
                Err(Diagnostic { message, ..diagnostic.clone() })
            }
            several => {
                let lines = several.iter().map(|it| format!("\n- {it} (`{}`)", it.id));
                let count = counted(several.len(), "warning");
                let message =
                    format!("{count}, which are errors with `strict`:{}", lines.collect::<String>());
                Err(Diagnostic::new(message)
                    .hint("run the command without `strict` for what to do about each"))
            }
        }
    }
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.diagnostic.fmt(f)
    }
}
