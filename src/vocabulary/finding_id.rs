//! What `towline validate` finds in manifests. A new finding is a line in the table below;
//! `docs/validate.md` lists them.

use super::ids::ids;

ids! {
    /// What a finding is about.
    FindingId:
    /// A field that the kind does not have, or not in this version of Kubernetes
    UnknownField = "unknown-field";
    /// A required field is missing
    MissingField = "missing-field";
    /// A value has a type that its field does not take
    WrongType = "wrong-type";
    /// A value that its field does not take: a name, a label, a quantity, one of a few words
    InvalidValue = "invalid-value";
    /// A kind or an API version that Kubernetes does not have
    UnknownKind = "unknown-kind";
    /// An API version that this version of Kubernetes no longer has
    RemovedApi = "removed-api";
    /// An API version that is deprecated: a newer one is there
    DeprecatedApi = "deprecated-api";
    /// A resource of a kind whose schema is not known; only with `validate.strict`
    NoSchema = "no-schema";
    /// One object twice, under two API groups
    DuplicateResource = "duplicate-resource";
    /// A name that is there twice in a list: two containers, two ports
    DuplicateName = "duplicate-name";
    /// The selector of a workload does not match its own pod template
    SelectorMismatch = "selector-mismatch";
    /// A Service or a PodDisruptionBudget selects no pods of the release
    SelectsNothing = "selects-nothing";
    /// A ConfigMap, Secret, service account, claim or the like that nothing in the release provides
    MissingReference = "missing-reference";
    /// A name that is not there in what is: a key of a ConfigMap, a volume of the pod, a port of a Service
    BrokenReference = "broken-reference";
    /// An image without a tag, or with `latest`
    UnpinnedImage = "unpinned-image";
    /// A container without a probe; only with `validate.require: [probes]`
    MissingProbe = "missing-probe";
    /// A container without a limit or a request; only with `validate.require: [limits]`
    MissingLimits = "missing-limits";
    /// A container that may run as root; only with `validate.require: [runAsNonRoot]`
    MayRunAsRoot = "may-run-as-root";
    /// A Secret whose values would be in git as they are
    PlainSecret = "plain-secret";
    /// A text that has the form of a token or a private key
    Credential = "credential";
    /// An entry of `validate.ignore` that matches no finding
    UnusedIgnore = "unused-ignore";
}

impl FindingId {
    /// Whether it makes manifests invalid. The others are warnings.
    pub fn is_error(self) -> bool {
        let is_warning = matches!(
            self,
            Self::DeprecatedApi
                | Self::SelectsNothing
                | Self::MissingReference
                | Self::UnpinnedImage
                | Self::UnusedIgnore
        );
        !is_warning
    }
}
