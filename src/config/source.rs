//! `source:`, `sourceStatus:` and `deployments:`: what developers see on the commits of the
//! application's own repository.

use std::collections::BTreeMap;
use std::fmt;
use std::marker::PhantomData;

use anyhow::Result;
use schemars::JsonSchema;
use serde::Deserialize;
use serde::de::{Deserializer, Error, MapAccess, Visitor, value::MapAccessDeserializer};

use super::{Environment, pattern, repository};
use crate::forge::row_of;
use crate::vocabulary::{Diagnostic, ForgeKind, OWN_CONTEXTS};
use crate::yaml::At;

/// GitLab and Gitea take no longer ones.
const LONGEST_NAME: usize = 255;

/// What is written about releases on the commits that they are made from.
#[derive(Debug, Clone, Default)]
pub struct SourceReports {
    /// The repository's URL or path and its forge, where the file names them; else the checkout
    /// tells.
    pub repository: Option<(String, ForgeKind)>,
    /// The forge of the repository that the checkout tells.
    pub forge: Option<ForgeKind>,
    /// The context of the statuses of each environment. Empty: none are written.
    pub statuses: BTreeMap<String, String>,
    /// What the forge is to call each environment. Empty: it is told of no deployments.
    pub deployments: BTreeMap<String, String>,
}

impl SourceReports {
    /// Whether anything is written.
    pub fn is_on(&self) -> bool {
        !self.statuses.is_empty() || !self.deployments.is_empty()
    }

    /// Refuses deployments on a forge that has none.
    pub fn check_forge(&self, kind: ForgeKind) -> Result<(), Diagnostic> {
        let row = row_of(kind);
        if self.deployments.is_empty() || row.has_deployments {
            return Ok(());
        }
        let forge = if kind == ForgeKind::Local { "the local forge" } else { row.name };
        let message = format!("`deployments`: {forge} has no deployments");
        Err(Diagnostic::new(message)
            .hint("remove `deployments`; `sourceStatus: true` shows the same as commit statuses"))
    }
}

/// The application's own repository, where `sourceStatus` and `deployments` are shown
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(rename = "Source")]
pub(super) struct Section {
    /// Its URL, or the path of a bare repository; the remote `origin` of the checkout when absent
    repository: Option<At<String>>,
    /// Found from the URL when absent
    forge: Option<ForgeKind>,
}

/// Commit statuses on the commits that releases are made from
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct SourceStatus {
    /// Begins with `towline/`; uses `{{ environment }}`, and may use `{{ application }}`, which keeps
    /// the applications of one repository apart; `towline/{{ environment }}` when absent
    context: Option<At<String>>,
}

/// Deployments of the forge: GitHub and GitLab
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(super) struct Deployments {
    /// What the forge calls the environment; uses `{{ environment }}`, and may use
    /// `{{ application }}`, which keeps the applications of one repository apart;
    /// `{{ environment }}` when absent
    environment: Option<At<String>>,
}

/// `true`, `false`, or a section with settings.
#[derive(Debug, JsonSchema)]
#[schemars(untagged)]
pub(super) enum Switch<T> {
    Plain(bool),
    Settings(T),
}

impl<T: Default> Switch<T> {
    fn settings(self) -> Option<T> {
        match self {
            Self::Plain(false) => None,
            Self::Plain(true) => Some(T::default()),
            Self::Settings(settings) => Some(settings),
        }
    }
}

/// What follows from the three sections.
pub(super) fn resolve(
    source: Option<Section>,
    status: Option<At<Switch<SourceStatus>>>,
    deployments: Option<At<Switch<Deployments>>>,
    application: &str,
    environments: &[Environment],
) -> Result<SourceReports> {
    let names = Names { application, environments };
    let place = deployments.as_ref().map(|it| it.place.clone());
    let mut reports = SourceReports::default();
    if let Some(Section { repository, forge }) = source {
        reports.forge = forge;
        reports.repository = repository.map(|it| repository::resolve(&it, forge, "source")).transpose()?;
    }
    if let Some(settings) = status.and_then(|it| it.value.settings()) {
        let context = settings.context.as_ref();
        reports.statuses = names.expand(context, "towline/{{ environment }}")?;
        context.map_or(Ok(()), |context| names.check_contexts(context, &reports.statuses))?;
    }
    if let Some(settings) = deployments.and_then(|it| it.value.settings()) {
        reports.deployments = names.expand(settings.environment.as_ref(), "{{ environment }}")?;
    }
    if let Some(kind) = reports.repository.as_ref().map(|(_, kind)| *kind).or(reports.forge) {
        reports.check_forge(kind).map_err(|refused| refused.at(place.unwrap_or_default()))?;
    }
    Ok(reports)
}

struct Names<'a> {
    application: &'a str,
    environments: &'a [Environment],
}

impl Names<'_> {
    /// The text of each environment.
    fn expand(&self, written: Option<&At<String>>, default: &str) -> Result<BTreeMap<String, String>> {
        let text = match written {
            Some(written) => written.clone(),
            None => At { value: default.to_owned(), ..At::default() },
        };
        let mut texts: BTreeMap<String, String> = BTreeMap::new();
        for environment in self.environments {
            let names = [("environment", environment.name.as_str()), ("application", self.application)];
            let name = pattern::expand(&text, &names)?;
            if name.trim().is_empty() || name.len() > LONGEST_NAME || name.chars().any(char::is_control) {
                let message = format!("this is empty, longer than {LONGEST_NAME} bytes or not one line");
                return Err(text.error(message).into());
            }
            if let Some((other, _)) = texts.iter().find(|(_, known)| **known == name) {
                let message = format!("`{name}` would be shared by `{other}` and `{}`", environment.name);
                return Err(text.error(message).hint("use `{{ environment }}` in it").into());
            }
            texts.insert(environment.name.clone(), name);
        }
        Ok(texts)
    }

    /// A status of a source commit is no report of a deployment and no verdict.
    fn check_contexts(&self, written: &At<String>, contexts: &BTreeMap<String, String>) -> Result<()> {
        if !written.starts_with(OWN_CONTEXTS) {
            let message = "the context of a source status must begin with `towline/`";
            let hint = format!("write `{OWN_CONTEXTS}{}`", written.value);
            return Err(written.error(message).hint(hint).into());
        }
        let verdict =
            |environment: &Environment| format!("towline/{}/{}", self.application, environment.name);
        match self.environments.iter().map(verdict).find(|it| contexts.values().any(|known| known == it)) {
            Some(verdict) => Err(written
                .error(format!("`{verdict}` is the context of a verdict"))
                .hint("write `towline/{{ environment }}/{{ application }}`")
                .into()),
            None => Ok(()),
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Switch<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(SwitchVisitor(PhantomData))
    }
}

struct SwitchVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for SwitchVisitor<T> {
    type Value = Switch<T>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`true`, `false`, or a section with settings")
    }

    fn visit_bool<E: Error>(self, on: bool) -> Result<Self::Value, E> {
        Ok(Switch::Plain(on))
    }

    fn visit_map<A: MapAccess<'de>>(self, settings: A) -> Result<Self::Value, A::Error> {
        T::deserialize(MapAccessDeserializer::new(settings)).map(Switch::Settings)
    }
}
