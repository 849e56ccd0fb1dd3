//! Rendering, as a person sees it: an application's folder goes in, files or a message come out.

mod support;

use support::Project;

#[test]
fn values_keep_their_types_and_cannot_change_the_structure() {
    let project = Project::new()
        .file(
            "deploy/app.yaml",
            "\
# for {{ environment }}, by {{ team }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ application }}
  namespace: {{ environment }}
  labels: {{ labels }}
spec:
  replicas: {{ replicas }}
  template:
    spec:
      containers:
        - name: web
          image: ghcr.io/acme/web
          env:
            - {name: VERSION, value: \"v{{ release.version }}\"}
            - {name: FLAG, value: {{ flag }}}
            - name: MOTD
              value: {{ motd }}
---
apiVersion: v1
kind: Service
metadata: {name: \"{{ application }}\"}
spec: {ports: {{ ports }}}
",
        )
        .values("{replicas: 3, flag: 'yes', motd: \"a: b\\n- c # d\\n\", labels: {on: \"1.10\"}, ports: [{port: 80}]}");

    insta::assert_snapshot!(project.stream(), @"");
    insta::assert_snapshot!(project.file_of("descriptors/dev/greeting.yaml"), @"");
}
