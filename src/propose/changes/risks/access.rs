//! Rights in the cluster: who gets how much.

use serde_json::Value;

use super::super::resource::{Resource, items, shown, texts};
use super::table::RiskId;

const RBAC: &str = "rbac.authorization.k8s.io";

/// Verbs that lead to all other rights.
const ESCALATING: [&str; 3] = ["escalate", "bind", "impersonate"];

/// Subjects that anybody may be.
const EVERYONE: [&str; 4] =
    ["system:anonymous", "system:authenticated", "system:serviceaccounts", "system:unauthenticated"];

pub fn exposures(resource: Resource) -> Vec<(RiskId, String)> {
    match resource.kind {
        _ if resource.group != RBAC => Vec::new(),
        "ClusterRoleBinding" | "RoleBinding" => bindings(resource),
        "ClusterRole" | "Role" => items(resource.at("/rules")).flat_map(rule).collect(),
        _ => Vec::new(),
    }
}

fn bindings(resource: Resource) -> Vec<(RiskId, String)> {
    let role = resource.at("/roleRef/name").as_str().unwrap_or_default();
    let is_admin = role == "cluster-admin" && resource.at("/roleRef/kind") == "ClusterRole";
    let inside = match resource.kind {
        "RoleBinding" => format!(" in the namespace {}", shown(resource.namespace())),
        _ => String::new(),
    };
    let mut found = Vec::new();
    for subject in items(resource.at("/subjects")) {
        let name = subject["name"].as_str().unwrap_or_default();
        let whole = match subject["namespace"].as_str() {
            Some(namespace) => format!("{namespace}/{name}"),
            None => name.to_owned(),
        };
        let who = format!("{} {}", subject["kind"].as_str().unwrap_or("subject"), shown(&whole));
        if is_admin {
            found.push((RiskId::ClusterAdmin, format!("gives {who} all rights{inside}")));
        }
        if EVERYONE.contains(&name) {
            found.push((RiskId::BoundToEveryone, format!("gives {who} the role {}{inside}", shown(role))));
        }
    }
    found
}

fn rule(rule: &Value) -> Vec<(RiskId, String)> {
    let list = |field: &str| texts(&rule[field]).collect::<Vec<_>>();
    let [verbs, groups, resources, urls] = ["verbs", "apiGroups", "resources", "nonResourceURLs"].map(list);
    let joined = |names: &[&str]| shown(&names.join(", "));
    let of_group = match groups.contains(&"*") {
        true => " of every API group",
        false => "",
    };
    let on = [resources.clone(), urls.clone()].concat();
    let what = format!("allows {} on {}{of_group}", joined(&verbs), joined(&on));
    let is_wildcard = |name: &&str| name.contains('*');
    let mut found = Vec::new();
    if [&verbs, &groups, &resources, &urls].iter().any(|names| names.iter().any(is_wildcard)) {
        found.push((RiskId::RbacWildcard, what.clone()));
    }
    if verbs.iter().any(|verb| ESCALATING.contains(verb)) {
        found.push((RiskId::RbacEscalation, what));
    }
    found
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn found(value: Value) -> Vec<String> {
        let found = exposures(Resource::of(&value).unwrap());
        found.into_iter().map(|(id, message)| format!("{}: {message}", id.as_str())).collect()
    }

    fn role(rule: Value) -> Value {
        json!({"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "rules": [rule]})
    }

    #[test]
    fn bindings_to_everything_and_to_everybody() {
        let binding = |kind: &str, role: &str, subject: Value| {
            json!({
                "apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": {"namespace": "web"},
                "roleRef": {"kind": "ClusterRole", "name": role}, "subjects": [subject],
            })
        };
        let account = json!({"kind": "ServiceAccount", "namespace": "web", "name": "ci"});
        assert_eq!(
            found(binding("ClusterRoleBinding", "cluster-admin", account.clone())),
            ["cluster-admin: gives ServiceAccount `web/ci` all rights"]
        );
        assert_eq!(
            found(binding("RoleBinding", "cluster-admin", account.clone())),
            ["cluster-admin: gives ServiceAccount `web/ci` all rights in the namespace `web`"]
        );
        assert_eq!(found(binding("ClusterRoleBinding", "view", account)), Vec::<String>::new());
        let all = json!({"kind": "Group", "name": "system:authenticated"});
        assert_eq!(
            found(binding("ClusterRoleBinding", "view", all)),
            ["bound-to-everyone: gives Group `system:authenticated` the role `view`"]
        );
    }

    #[test]
    fn rules_that_allow_more_than_they_name() {
        let rules = [
            json!({"apiGroups": [""], "resources": ["pods"], "verbs": ["*"]}),
            json!({"apiGroups": ["*"], "resources": ["*"], "verbs": ["get"]}),
            json!({"nonResourceURLs": ["/debug/*"], "verbs": ["get"]}),
            json!({"apiGroups": [""], "resources": ["users"], "verbs": ["impersonate"]}),
            json!({"apiGroups": [""], "resources": ["pods"], "verbs": ["get", "list"]}),
        ];
        let found: Vec<String> = rules.into_iter().flat_map(|rule| found(role(rule))).collect();
        insta::assert_snapshot!(found.join("\n"), @"
        rbac-wildcard: allows `*` on `pods`
        rbac-wildcard: allows `get` on `*` of every API group
        rbac-wildcard: allows `get` on `/debug/*`
        rbac-escalation: allows `impersonate` on `users`
        ");
    }
}
