//! The pull request, as reviewers read it.

use insta::assert_snapshot;
use serde_json::{Value, json};
use towline::forge;
use towline::git::Marker;
use towline::propose::{self, Proposal};
use towline::render::Rendering;
use towline::vocabulary::ForgeKind;
use towline::vocabulary::text::code_block;

use super::{Case, after, before, claim, deployment, plain, pod, rbac, resource, service};
use crate::propose::Desk;

/// The first is deployed, the second proposed.
fn propose(cases: &[Case]) -> Proposal {
    let desk = Desk::new();
    if cases.iter().any(|case| !case.0.is_null()) {
        desk.deploy(&before(cases));
    }
    desk.propose(&after(cases))
}

/// The body without the marker.
fn body(proposal: &Proposal) -> String {
    let body = &proposal.pull.as_ref().unwrap().body;
    Marker::before(body).unwrap().trim_end().to_owned()
}

/// What stands above the diff.
fn summary(proposal: &Proposal) -> String {
    let body = body(proposal);
    body.split("\n<details><summary>Diff</summary>").next().unwrap().trim_end().to_owned()
}

/// Whether the texts keep to what each forge takes.
fn fits_on_every_forge(proposal: &Proposal, rendering: &Rendering) {
    let kinds =
        [ForgeKind::GitHub, ForgeKind::AzureDevOps, ForgeKind::GitLab, ForgeKind::Gitea, ForgeKind::Local];
    for row in kinds.map(forge::row_of) {
        let text = propose::text(proposal, &rendering.release, row.body_limit).unwrap();
        assert!(text.body.len() <= row.body_limit, "{}: {}", row.name, text.body.len());
        assert!(text.body.starts_with("Deploys `greeting`"), "{}", row.name);
        assert!(Marker::parse(&text.body).is_some(), "{}", row.name);
        let comment = text.comment.unwrap_or_default();
        assert!(comment.chars().count() <= row.comment_limit, "{}: {}", row.name, comment.len());
    }
}

fn image(name: &str, version: &str) -> Value {
    deployment(name, 4, pod(json!({"image": format!("ghcr.io/acme/web:{version}")})))
}

#[test]
fn a_small_change() {
    let proposal = propose(&[(image("web", "1.0.0"), image("web", "1.1.0"))]);
    assert_snapshot!(body(&proposal), @r#"
    Deploys `greeting` `1.1.0` to `dev`, replacing `1.0.0`. 1 changed. No known risk.

    **Effect**: restarts `Deployment web` (4 pods).

    Source: commit `c0ffeec0ffee` · build `17` · repository `https://example.com/acme/greeting`

    Merge this here or with `towline merge dev`. `towline status dev` shows what follows.

    | image | before | after |
    |---|---|---|
    | `web` | `ghcr.io/acme/web:1.0.0` | `ghcr.io/acme/web:1.1.0` |

    | | resource | file |
    |---|---|---|
    | changed | `Deployment web` | `dev/greeting/000.yaml` |

    <details><summary>Diff</summary>

    ```diff
    --- a/dev/greeting/000.yaml
    +++ b/dev/greeting/000.yaml
    @@ -14,4 +14,4 @@
         spec:
           containers:
           - name: web
    -        image: ghcr.io/acme/web:1.0.0
    +        image: ghcr.io/acme/web:1.1.0
    ```

    </details>
    "#);
}

#[test]
fn a_medium_change() {
    let names: Vec<String> = (0..31).map(|n| format!("web-{n}")).collect();
    let mut cases: Vec<Case> =
        names.iter().map(|name| (image(name, "1.0.0"), image(name, "1.1.0"))).collect();
    cases.push((plain("api"), deployment("api", 6, pod(json!({})))));
    cases.push((Value::Null, service("api", json!({"ports": [{"port": 80}]}))));
    assert_snapshot!(body(&propose(&cases)), @r#"
    Deploys `greeting` `1.1.0` to `dev`, replacing `1.0.0`. 1 added, 32 changed. No known risk.

    **Effect**: restarts 31 workloads (124 pods); scales `Deployment api` from 4 to 6.

    Source: commit `c0ffeec0ffee` · build `17` · repository `https://example.com/acme/greeting`

    Merge this here or with `towline merge dev`. `towline status dev` shows what follows.

    | image | before | after |
    |---|---|---|
    | `web` | `ghcr.io/acme/web:1.0.0` | `ghcr.io/acme/web:1.1.0` |

    ### Changes

    - `Deployment api`: `spec.replicas` `4` → `6`

    | | resource | file |
    |---|---|---|
    | changed | `Deployment web-0`, `Deployment web-1`, `Deployment web-2`, `Deployment web-3`, `Deployment web-4`, `Deployment web-5`, `Deployment web-6`, `Deployment web-7`, `Deployment web-8`, `Deployment web-9` and 21 more | the same change in 31 files |
    | changed | `Deployment api` | `dev/greeting/031.yaml` |
    | added | `Service api` | `dev/greeting/032.yaml` |

    <details><summary>Diff</summary>

    ```diff
    # the same in 30 more: Deployment web-1, Deployment web-2, Deployment web-3, Deployment web-4, Deployment web-5, Deployment web-6, Deployment web-7, Deployment web-8, Deployment web-9, Deployment web-10 and 20 more
    --- a/dev/greeting/000.yaml
    +++ b/dev/greeting/000.yaml
    @@ -14,4 +14,4 @@
         spec:
           containers:
           - name: web
    -        image: ghcr.io/acme/web:1.0.0
    +        image: ghcr.io/acme/web:1.1.0
    --- a/dev/greeting/031.yaml
    +++ b/dev/greeting/031.yaml
    @@ -3,7 +3,7 @@
     metadata:
       name: api
     spec:
    -  replicas: 4
    +  replicas: 6
       selector:
         matchLabels:
           app: api
    --- /dev/null
    +++ b/dev/greeting/032.yaml
    @@ -0,0 +1,7 @@
    +apiVersion: v1
    +kind: Service
    +metadata:
    +  name: api
    +spec:
    +  ports:
    +  - port: 80
    ```

    </details>
    "#);
}

#[test]
fn a_first_deployment_of_130_resources() {
    let deployments = (0..65).map(|n| (Value::Null, plain(&format!("web-{n}"))));
    let services =
        (0..65).map(|n| (Value::Null, service(&format!("web-{n}"), json!({"ports": [{"port": 80}]}))));
    let cases: Vec<Case> = deployments.chain(services).collect();
    let proposal = propose(&cases);
    let summary = summary(&proposal);
    assert_snapshot!(summary.lines().take(14).collect::<Vec<_>>().join("\n"), @r#"
    Deploys `greeting` `1.1.0` to `dev` for the first time. 130 added. No known risk.

    **Effect**: starts 65 workloads (260 pods).

    Source: commit `c0ffeec0ffee` · build `17` · repository `https://example.com/acme/greeting`

    Merge this here or with `towline merge dev`. `towline status dev` shows what follows.

    | image | before | after |
    |---|---|---|
    | `web` | — | `ghcr.io/acme/web:1.1.0` |

    <details><summary>Resources: 65 Deployment, 65 Service</summary>
    "#);
    assert_eq!(summary.matches("| added | ").count(), 130);
    fits_on_every_forge(&proposal, &after(&cases));
}

#[test]
fn the_same_change_of_400_resources() {
    let cases: Vec<Case> = (0..400)
        .map(|n| format!("web-{n}"))
        .map(|name| (image(&name, "1.0.0"), image(&name, "1.1.0")))
        .collect();
    let proposal = propose(&cases);
    assert_snapshot!(body(&proposal), @r#"
    Deploys `greeting` `1.1.0` to `dev`, replacing `1.0.0`. 400 changed. No known risk.

    **Effect**: restarts 400 workloads (1600 pods).

    Source: commit `c0ffeec0ffee` · build `17` · repository `https://example.com/acme/greeting`

    Merge this here or with `towline merge dev`. `towline status dev` shows what follows.

    | image | before | after |
    |---|---|---|
    | `web` | `ghcr.io/acme/web:1.0.0` | `ghcr.io/acme/web:1.1.0` |

    | | resource | file |
    |---|---|---|
    | changed | `Deployment web-0`, `Deployment web-1`, `Deployment web-2`, `Deployment web-3`, `Deployment web-4`, `Deployment web-5`, `Deployment web-6`, `Deployment web-7`, `Deployment web-8`, `Deployment web-9` and 390 more | the same change in 400 files |

    <details><summary>Diff</summary>

    ```diff
    # the same in 399 more: Deployment web-1, Deployment web-2, Deployment web-3, Deployment web-4, Deployment web-5, Deployment web-6, Deployment web-7, Deployment web-8, Deployment web-9, Deployment web-10 and 389 more
    --- a/dev/greeting/000.yaml
    +++ b/dev/greeting/000.yaml
    @@ -14,4 +14,4 @@
         spec:
           containers:
           - name: web
    -        image: ghcr.io/acme/web:1.0.0
    +        image: ghcr.io/acme/web:1.1.0
    ```

    </details>
    "#);
    fits_on_every_forge(&proposal, &after(&cases));
}

#[test]
fn a_change_without_effect() {
    let proposal = propose(&[(plain("web"), plain("web"))]);
    assert_snapshot!(proposal.pull.as_ref().unwrap().title, @"Deploy greeting 1.1.0 to dev (no manifest changes)");
    assert_snapshot!(body(&proposal), @r#"
    Deploys `greeting` `1.1.0` to `dev`, replacing `1.0.0`. No manifest changes: merging this changes nothing in the cluster, and records the release.

    Source: commit `c0ffeec0ffee` · build `17` · repository `https://example.com/acme/greeting`

    Merge this here or with `towline merge dev`. `towline status dev` shows what follows.

    | image | before | after |
    |---|---|---|
    | `web` | `ghcr.io/acme/web:1.0.0` | `ghcr.io/acme/web:1.1.0` |
    "#);
}

#[test]
fn a_change_of_the_order_alone() {
    let of = |variables: Value| deployment("web", 4, pod(json!({"env": variables})));
    let (one, other) = (json!({"name": "A", "value": "1"}), json!({"name": "B", "value": "2"}));
    let cases = [(of(json!([one, other])), of(json!([other, one])))];
    assert_snapshot!(summary(&propose(&cases)), @r#"
    Deploys `greeting` `1.1.0` to `dev`, replacing `1.0.0`. 1 changed. No known risk.

    **Effect**: restarts `Deployment web` (4 pods).

    Source: commit `c0ffeec0ffee` · build `17` · repository `https://example.com/acme/greeting`

    Merge this here or with `towline merge dev`. `towline status dev` shows what follows.

    | image | before | after |
    |---|---|---|
    | `web` | `ghcr.io/acme/web:1.0.0` | `ghcr.io/acme/web:1.1.0` |

    | | resource | file |
    |---|---|---|
    | changed (order only) | `Deployment web` | `dev/greeting/000.yaml` |
    "#);
}

fn dangerous() -> Vec<Case> {
    let binding = json!({
        "roleRef": {"kind": "ClusterRole", "name": "cluster-admin"},
        "subjects": [{"kind": "ServiceAccount", "name": "ci", "namespace": "web"}],
    });
    vec![
        (plain("a"), Value::Null),
        (plain("b"), Value::Null),
        (claim("1Gi", "fast"), Value::Null),
        (Value::Null, rbac("ClusterRoleBinding", "admin", binding)),
        (plain("web"), deployment("web", 0, pod(json!({"image": "ghcr.io/acme/web:1.1.0"})))),
    ]
}

#[test]
fn a_dangerous_change() {
    assert_snapshot!(summary(&propose(&dangerous())), @r#"
    Deploys `greeting` `1.1.0` to `dev`, replacing `1.0.0`. 1 added, 1 changed, 3 removed. ⚠️ **6 risks: 6 high**.

    **Effect**: stops `Deployment a`, `Deployment b` (8 pods); scales `Deployment web` from 4 to 0.

    Source: commit `c0ffeec0ffee` · build `17` · repository `https://example.com/acme/greeting`

    Merge this here or with `towline merge dev`. `towline status dev` shows what follows.

    ### Needs attention

    - ⚠️ **high** `PersistentVolumeClaim data`: deletes the claim, and with most storage classes its data (`deleted-data`)
    - ⚠️ **high** `Deployment a`, `Deployment b`: deletes the workload (`deleted-workload`)
    - ⚠️ **high** `Deployment web`: stops all pods: 0 replicas (`scaled-to-zero`)
    - ⚠️ **high** `Deployment web`: takes `ghcr.io/acme/web` from `1.2.0` back to `1.1.0` (`image-downgrade`)
    - ⚠️ **high** `ClusterRoleBinding admin`: gives ServiceAccount `web/ci` all rights (`cluster-admin`)

    | image | before | after |
    |---|---|---|
    | `web` | `ghcr.io/acme/web:1.0.0` | `ghcr.io/acme/web:1.1.0` |

    ### Changes

    - `Deployment web`: `spec.replicas` `4` → `0`
    - `Deployment web`: `spec.template.spec.containers.web.image` `ghcr.io/acme/web:1.2.0` → `ghcr.io/acme/web:1.1.0`

    | | resource | file |
    |---|---|---|
    | removed ⚠️ | `Deployment a` | `dev/greeting/000.yaml` |
    | removed ⚠️ | `Deployment b` | `dev/greeting/001.yaml` |
    | removed ⚠️ | `PersistentVolumeClaim data` | `dev/greeting/002.yaml` |
    | changed ⚠️ | `Deployment web` | `dev/greeting/004.yaml` |
    | added ⚠️ | `ClusterRoleBinding admin` | `dev/greeting/003.yaml` |
    "#);
}

/// The example of docs/pull-requests.md.
#[test]
fn the_documentation_shows_a_pull_request() {
    let example = code_block("markdown", &summary(&propose(&dangerous())));
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/pull-requests.md");
    let document = std::fs::read_to_string(&path).unwrap();
    let (before, rest) = document.split_once("<!-- example -->\n").unwrap();
    let (_, after) = rest.split_once("<!-- end -->\n").unwrap();
    let written = format!("{before}<!-- example -->\n{example}<!-- end -->\n{after}");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, written).unwrap();
    } else {
        assert_eq!(document, written, "run this test with UPDATE=1");
    }
}

#[test]
fn values_are_no_markdown() {
    let hostile = "x`</details>\n# Approved](https://evil.example) | a";
    let of = |value: &str| resource("v1", "ConfigMap", "settings", json!({"data": {"text": value}}));
    let pods = json!({"containers": [{"name": "web", "image": "web"}], "volumes": [{"hostPath": {"path": hostile}}]});
    let body = body(&propose(&[(of("a"), of(hostile)), (Value::Null, deployment("web", 1, pods))]));
    let above = body.split("<details>").next().unwrap();
    assert!(!above.contains("\n# Approved"), "{above}");
    assert_snapshot!(above.lines().filter(|line| line.contains("Approved")).collect::<Vec<_>>().join("\n"), @r#"
    - ⚠️ **high** `Deployment web`: mounts ``x`</details> # Approved](https://evil.example) \| a`` of the node (`host-path`)
    - `ConfigMap settings`: `data.text` `a` → ``"x`</details>\n# Approved](https://evil.example) \| a"``
    "#);
}

#[test]
fn values_of_secrets_are_told_to_change_and_no_more() {
    let of = |value: &str| resource("v1", "Secret", "login", json!({"stringData": {"password": value}}));
    let reader = deployment("web", 1, pod(json!({"envFrom": [{"secretRef": {"name": "login"}}]})));
    let cases = [(of("swordfish-one"), of("swordfish-two")), (reader.clone(), reader)];
    let proposal = propose(&cases);
    assert!(!body(&proposal).contains("swordfish"), "{}", body(&proposal));
    assert!(!serde_json::to_string(&proposal.changes).unwrap().contains("swordfish"));
    assert_snapshot!(summary(&proposal), @r#"
    Deploys `greeting` `1.1.0` to `dev`, replacing `1.0.0`. 1 changed. No known risk.

    **Effect**: `Secret login` reaches no running pod: `Deployment web` reads it at its start, and does not restart.

    Source: commit `c0ffeec0ffee` · build `17` · repository `https://example.com/acme/greeting`

    Merge this here or with `towline merge dev`. `towline status dev` shows what follows.

    | image | before | after |
    |---|---|---|
    | `web` | `ghcr.io/acme/web:1.0.0` | `ghcr.io/acme/web:1.1.0` |

    ### Changes

    - `Secret login`: `stringData.password` `(hidden)` → `(hidden, changed)`

    | | resource | file |
    |---|---|---|
    | changed | `Secret login` | `dev/greeting/000.yaml` |
    "#);
}
