//! Access: whether the token and git may do what the pipeline needs, found out before a run needs
//! it, and without changing anything.

use std::collections::BTreeSet;

use anyhow::Result;
use schemars::JsonSchema;
use serde::Serialize;

use super::open::open;
use crate::config::Environment;
use crate::forge::{self, Ability, Permission};
use crate::git::{Admission, RemoteAccess};
use crate::gitops::{Destination, Destinations};

/// One repository of the pipeline.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RepositoryAccess {
    /// As the pipeline file names it.
    pub repository: String,
    /// The environments that it is for.
    pub environments: Vec<String>,
    #[serde(rename = "abilities")]
    pub findings: Vec<Finding>,
}

/// Whether one thing may be done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Finding {
    pub ability: Ability,
    pub via: Via,
    /// `null` when it cannot be told without trying.
    pub granted: Option<bool>,
    /// Whether the pipeline does it.
    pub needed: bool,
    /// How it is known, or what to grant.
    pub detail: String,
}

/// Who was asked. Servers decide about git and about their API apart from each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Via {
    Git,
    Forge,
}

impl Finding {
    /// Whether it is in the pipeline's way.
    pub fn is_missing(&self) -> bool {
        self.needed && self.granted == Some(false)
    }
}

/// Looks at every GitOps repository of the pipeline, in the order of its environments.
pub fn check(destinations: &Destinations) -> Result<Vec<RepositoryAccess>> {
    let mut groups: Vec<Vec<&Environment>> = Vec::new();
    for environment in &destinations.pipeline.environments {
        let location = &environment.gitops.repository;
        match groups.iter_mut().find(|group| group[0].gitops.repository == *location) {
            Some(group) => group.push(environment),
            None => groups.push(vec![environment]),
        }
    }
    groups.iter().map(|group| look(destinations, group)).collect()
}

fn look<'a>(destinations: &Destinations<'a>, environments: &[&'a Environment]) -> Result<RepositoryAccess> {
    let destination = open(destinations, environments[0])?;
    let merges = environments.iter().any(|environment| environment.merge.may_merge());
    let git = destination.repository.remote_access(destination.base_branch())?;
    let mut permissions = forge::ask_permissions(&*destination.forge)?;
    if let Some(why) = kept_out(&destination, environments, &permissions)? {
        let merge = permissions.iter_mut().filter(|permission| permission.ability == Ability::Merge);
        merge.for_each(|merge| (merge.granted, merge.detail) = (Some(false), why.clone()));
    }
    Ok(RepositoryAccess {
        repository: destination.repository.location().to_owned(),
        environments: environments.iter().map(|environment| environment.name.clone()).collect(),
        findings: findings(git, permissions, merges),
    })
}

/// Why Towline may not merge what it is to merge, where a rule of the branch says so.
fn kept_out(
    destination: &Destination,
    environments: &[&Environment],
    permissions: &[Permission],
) -> Result<Option<String>> {
    let may_not = |ability| permissions.iter().any(|it| it.ability == ability && it.granted == Some(false));
    if may_not(Ability::Read) || may_not(Ability::Merge) {
        return Ok(None);
    }
    let merged = environments.iter().filter(|environment| environment.merge.may_merge());
    for branch in merged.map(|environment| &environment.gitops.branch).collect::<BTreeSet<_>>() {
        if let Some(why) = destination.forge.kept_out_of(branch)? {
            return Ok(Some(format!("{why}: allow it in the rules of the branch, or set `merge: manual`")));
        }
    }
    Ok(None)
}

fn findings(git: Option<RemoteAccess>, forge: Vec<Permission>, merges: bool) -> Vec<Finding> {
    let git = git.into_iter().flat_map(|git| [(Ability::Read, git.read), (Ability::Push, git.push)]);
    let git = git.map(|(ability, Admission { granted, detail })| (Via::Git, ability, granted, detail));
    let forge = forge
        .into_iter()
        .map(|Permission { ability, granted, detail }| (Via::Forge, ability, granted, detail));
    let needed = |ability| ability != Ability::Merge || merges;
    git.chain(forge)
        .map(|(via, ability, granted, detail)| Finding {
            ability,
            via,
            granted,
            needed: needed(ability),
            detail,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(git: [Option<bool>; 2], forge: [Option<bool>; 6], merges: bool) -> String {
        let [read, push] = git.map(|granted| Admission { granted, detail: "so git says".into() });
        let of = |(ability, granted)| Permission { ability, granted, detail: "so the forge says".into() };
        let forge = Ability::ALL.into_iter().zip(forge).map(of).collect();
        let found = findings(Some(RemoteAccess { read, push }), forge, merges);
        assert_eq!(found.len(), 8);
        let missing = found.iter().filter(|finding| finding.is_missing());
        missing
            .map(|finding| format!("{:?} {:?}", finding.via, finding.ability))
            .collect::<Vec<_>>()
            .join(", ")
    }

    #[test]
    fn only_a_refusal_of_what_is_needed_is_in_the_way() {
        let (yes, no) = (Some(true), Some(false));
        assert_eq!(missing([yes; 2], [None; 6], true), "", "what cannot be told is no refusal");
        assert_eq!(missing([yes, no], [yes; 6], true), "Git Push");
        assert_eq!(missing([no, None], [no; 6], false).split(", ").count(), 6);
        let no_merge = [yes, yes, yes, no, yes, yes];
        assert_eq!(missing([yes; 2], no_merge, false), "", "people merge");
        assert_eq!(missing([yes; 2], no_merge, true), "Forge Merge");
    }
}
