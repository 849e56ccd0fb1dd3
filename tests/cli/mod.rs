//! The command line as people meet it: what they type, and everything they see.

mod access;
mod all;
mod boundary;
mod chart;
mod ci;
mod configuration;
mod continue_release;
mod hand_edits;
mod interrupt;
mod json;
mod keep;
mod layouts;
mod limits;
mod no_changes;
mod notifications;
mod ownership;
mod promote;
mod proposal;
mod refusals;
mod release_identity;
mod removals;
mod renames;
mod render;
mod report;
mod rollback;
mod secrets;
mod status;
mod terminal;
mod unjudged;
mod usage;
mod users_git;
mod verify;
mod warnings;

use crate::given::Sandbox;

/// A small application with two environments.
const PIPELINE: &str = r#"
version: 1
application: greeting
images:
  web: ghcr.io/acme/greeting-web
templates:
  - path: deploy
variables:
  - values: {replicas: 1, db: {host: localhost}}
gitops:
  repository: ../gitops.git
  path: "{{ environment }}/{{ application }}"
  descriptor: "descriptors/{{ environment }}/{{ application }}.yaml"
environments:
  - name: dev
    merge: auto
    await: {reporters: none}
  - name: prod
    variables: [{file: config/prod.yaml}]
    await: {reporters: [{status: "kustomization/greeting/*"}], settle: 0s}
"#;

const DEPLOYMENT: &str = r#"
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: greeting-{{ environment }}
spec:
  replicas: {{ replicas }}
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: ghcr.io/acme/greeting-web
          env: [{name: DB_HOST, value: "{{ db.host }}"}]
"#;

fn greeting() -> Sandbox {
    Sandbox::with_application(&[
        ("towline.yaml", PIPELINE),
        ("deploy/web.yaml", DEPLOYMENT),
        ("config/prod.yaml", "replicas: 3\ndb:\n  host: db.prod\n"),
    ])
}
