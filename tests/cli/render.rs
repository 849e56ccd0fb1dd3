//! `towline render` and `towline validate`.

use insta::assert_snapshot;

use super::greeting;

const RELEASE: [&str; 4] = ["--release", "1.4.0", "--image", "web=1.4.0"];

#[test]
fn an_environment_as_one_stream() {
    assert_snapshot!(greeting().towline(&[&["render", "prod"], &RELEASE[..]].concat()), @r"
    --- stdout
    ---
    # Source: prod/greeting/deployment-web_greeting-prod.yaml
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
      namespace: greeting-prod
    spec:
      replicas: 3
      selector:
        matchLabels:
          app: web
      template:
        metadata:
          labels:
            app: web
        spec:
          containers:
          - name: web
            image: ghcr.io/acme/greeting-web:1.4.0
            env:
            - name: DB_HOST
              value: db.prod
    --- exit code 0
    ");
}

#[test]
fn all_environments_into_a_folder() {
    let sandbox = greeting();
    assert_snapshot!(sandbox.towline(&[&["render", "-o", "../out"], &RELEASE[..]].concat()), @r"
    --- stdout
    dev: 2 files in ../out
    prod: 2 files in ../out
    --- exit code 0
    ");
    sandbox.git("out", &["init", "--quiet"]);
    let files = sandbox.git("out", &["ls-files", "--others"]);
    assert_snapshot!(files, @r"
    descriptors/dev/greeting.yaml
    descriptors/prod/greeting.yaml
    dev/greeting/deployment-web_greeting-dev.yaml
    prod/greeting/deployment-web_greeting-prod.yaml
    ");
}

#[test]
fn what_would_change() {
    let sandbox = greeting();
    let render =
        |more: &[&str]| sandbox.towline(&[&["render", "dev", "--diff"], &RELEASE[..], more].concat());
    sandbox.towline(&[&["propose", "dev"], &RELEASE[..]].concat());
    sandbox.towline(&["merge", "dev"]);
    assert_snapshot!(render(&[]), @"--- exit code 0");
    assert_snapshot!(render(&["--set", "replicas=0"]), @r#"
    --- stdout
    # changed Deployment greeting-dev/web: stops all pods: 0 replicas (scaled-to-zero, high)
    --- a/dev/greeting/deployment-web_greeting-dev.yaml
    +++ b/dev/greeting/deployment-web_greeting-dev.yaml
    @@ -4,7 +4,7 @@
       name: web
       namespace: greeting-dev
     spec:
    -  replicas: 1
    +  replicas: 0
       selector:
         matchLabels:
           app: web
    --- exit code 0
    "#);
    assert_snapshot!(render(&["--set", "replicas=2", "--output", "json"]), @r#"
    --- stdout
    {
      "command": "render",
      "outcome": "done",
      "application": "greeting",
      "release": {
        "version": "1.4.0",
        "build": null,
        "commit": null,
        "repository": null,
        "branch": null,
        "images": [
          {
            "name": "web",
            "repository": "ghcr.io/acme/greeting-web",
            "tag": "1.4.0",
            "digest": null,
            "reference": "ghcr.io/acme/greeting-web:1.4.0"
          }
        ]
      },
      "environments": [
        {
          "name": "dev",
          "base": "[ID]",
          "changes": {
            "from": "1.4.0",
            "images": [],
            "resources": [
              {
                "change": "changed",
                "name": "Deployment greeting-dev/web",
                "path": "dev/greeting/deployment-web_greeting-dev.yaml",
                "template": "deploy/web.yaml:2",
                "risks": [],
                "fields": [
                  {
                    "path": [
                      "spec",
                      "replicas"
                    ],
                    "before": 1,
                    "after": 2
                  }
                ],
                "diff": "--- a/dev/greeting/deployment-web_greeting-dev.yaml\n+++ b/dev/greeting/deployment-web_greeting-dev.yaml\n@@ -4,7 +4,7 @@\n   name: web\n   namespace: greeting-dev\n spec:\n-  replicas: 1\n+  replicas: 2\n   selector:\n     matchLabels:\n       app: web\n"
              }
            ],
            "effect": {
              "restarts": [],
              "starts": [],
              "stops": [],
              "scales": [
                {
                  "workload": "Deployment greeting-dev/web",
                  "before": 1,
                  "after": 2
                }
              ],
              "recreates": [],
              "unread": [],
              "budgets": [],
              "volumes": [],
              "amounts": []
            }
          },
          "drift": []
        }
      ]
    }
    --- exit code 0
    "#);
}

#[test]
fn where_values_come_from() {
    let sandbox = greeting();
    sandbox.write("app/more.env", "replicas=5\n");
    let more = ["--explain", "--vars", "more.env", "--set", "db.host=other"];
    assert_snapshot!(sandbox.towline(&[&["render"], &RELEASE[..], &more].concat()), @r#"
    --- stdout
    dev:
    NAME      VALUE    FROM          OVERRODE
    replicas  5        more.env:1:1  1 (towline.yaml:9:14)
    db.host   "other"  --set         "localhost" (towline.yaml:9:32)

    prod:
    NAME      VALUE    FROM          OVERRODE
    replicas  5        more.env:1:1  3 (config/prod.yaml:1:1), 1 (towline.yaml:9:14)
    db.host   "other"  --set         "db.prod" (config/prod.yaml:3:3), "localhost" (towline.yaml:9:32)
    --- exit code 0
    "#);
    let json = ["render", "prod", "--explain", "--output", "json"];
    assert_snapshot!(sandbox.towline(&[&json, &RELEASE[..]].concat()), @r#"
    --- stdout
    {
      "command": "render",
      "outcome": "done",
      "application": "greeting",
      "release": {
        "version": "1.4.0",
        "build": null,
        "commit": null,
        "repository": null,
        "branch": null,
        "images": [
          {
            "name": "web",
            "repository": "ghcr.io/acme/greeting-web",
            "tag": "1.4.0",
            "digest": null,
            "reference": "ghcr.io/acme/greeting-web:1.4.0"
          }
        ]
      },
      "environments": [
        {
          "name": "prod",
          "descriptor": "descriptors/prod/greeting.yaml",
          "targets": [
            {
              "name": "prod",
              "path": "prod/greeting",
              "variables": [
                {
                  "name": "replicas",
                  "value": 3,
                  "origin": {
                    "file": "config/prod.yaml",
                    "line": 1,
                    "column": 1
                  },
                  "overrode": [
                    {
                      "value": 1,
                      "origin": {
                        "file": "towline.yaml",
                        "line": 9,
                        "column": 14
                      }
                    }
                  ]
                },
                {
                  "name": "db.host",
                  "value": "db.prod",
                  "origin": {
                    "file": "config/prod.yaml",
                    "line": 3,
                    "column": 3
                  },
                  "overrode": [
                    {
                      "value": "localhost",
                      "origin": {
                        "file": "towline.yaml",
                        "line": 9,
                        "column": 32
                      }
                    }
                  ]
                }
              ]
            }
          ]
        }
      ]
    }
    --- exit code 0
    "#);
}

#[test]
fn an_image_without_a_tag() {
    assert_snapshot!(greeting().towline(&["render", "dev", "--release", "1.4.0"]), @r"
    --- stderr
    error: towline.yaml:5:8: the release has no tag or digest for the image `web`
      hint: pass `--image web=TAG`, or all of them with `--images FILE`
    --- exit code 1
    ");
    assert_snapshot!(greeting().towline(&["render", "dev", "--release", "1.4.0", "--image", "web"]), @r"
    --- stderr
    error: invalid value 'web' for '--image <NAME=TAG|REFERENCE|@DIGEST>': not of the form NAME=…

    For more information, try '--help'.
    --- exit code 2
    ");
}

#[test]
fn an_image_that_no_manifest_uses() {
    let sandbox = greeting();
    let pipeline = sandbox.read("app/towline.yaml");
    sandbox.write("app/towline.yaml", &pipeline.replace("images:", "images:\n  job: ghcr.io/acme/job"));
    let arguments = [&["render", "dev", "--image", "job=1"], &RELEASE[..]].concat();
    assert_snapshot!(sandbox.towline(&arguments), @r#"
    --- stderr
    error: cannot render greeting for dev
      because: towline.yaml:5:8: no manifest of dev uses the image `job` (ghcr.io/acme/job)
      hint: use that repository in a container's `image`, write `{{ images.job }}` in a template, or name the field that has it: `job: {repository: ghcr.io/acme/job, fields: ["spec.image"]}`; if no manifest should use it, declare `job: {repository: ghcr.io/acme/job, unused: true}`
    --- exit code 1
    "#);
    assert_eq!(sandbox.towline(&["validate"]).code, Some(1));
    let declared = "images:\n  job: {repository: ghcr.io/acme/job, unused: true}";
    sandbox.write("app/towline.yaml", &pipeline.replace("images:", declared));
    assert_eq!(sandbox.towline(&arguments).stderr, "");
    let misspelt = "images:\n  job: {repositry: ghcr.io/acme/job}";
    sandbox.write("app/towline.yaml", &pipeline.replace("images:", misspelt));
    assert_snapshot!(sandbox.towline(&arguments).stderr, @r"
    error: towline.yaml:5:9: unknown key `repositry`
      hint: did you mean `repository`?
    ");
}

#[test]
fn a_variable_that_is_not_there() {
    let sandbox = greeting();
    sandbox.write("app/deploy/more.yaml", "kind: {{ replcas }}\n");
    assert_snapshot!(sandbox.towline(&[&["render", "dev"], &RELEASE[..]].concat()), @r#"
    --- stderr
    error: cannot render greeting for dev
      because: deploy/more.yaml:1:10: `replcas` is undefined
      hint: did you mean `replicas`?
    --- exit code 1
    "#);
}

#[test]
fn two_ways_to_show_it() {
    assert_snapshot!(greeting().towline(&["render", "--diff", "--explain"]), @r"
    --- stderr
    error: the argument '--diff' cannot be used with '--explain'

    Usage: towline render --diff [ENV]...

    For more information, try '--help'.
    --- exit code 2
    ");
}

#[test]
fn a_pipeline_that_is_valid() {
    assert_snapshot!(greeting().towline(&["validate"]), @r"
    --- stdout
    towline.yaml: 2 environments
    dev: 1 resource
    prod: 1 resource
    --- exit code 0
    ");
    assert_snapshot!(greeting().towline(&["validate", "--output", "json"]), @r#"
    --- stdout
    {
      "command": "validate",
      "outcome": "done",
      "application": "greeting",
      "environments": [
        {
          "name": "dev",
          "resources": 1,
          "warnings": []
        },
        {
          "name": "prod",
          "resources": 1,
          "warnings": []
        }
      ],
      "findings": []
    }
    --- exit code 0
    "#);
}

#[test]
fn a_pipeline_with_one_environment_that_does_not_render() {
    let sandbox = greeting();
    sandbox.write("app/config/prod.yaml", "replicas: 3\nreplicas: 4\n");
    assert_snapshot!(sandbox.towline(&["validate"]), @r#"
    --- stdout
    towline.yaml: 2 environments
    dev: 1 resource
    prod: failed
    --- stderr
    error: cannot render greeting for prod
      because: config/prod.yaml:2:1: duplicate key `replicas`
    error: 1 of 2 environments cannot be rendered
    --- exit code 1
    "#);
    assert_snapshot!(sandbox.towline(&["validate", "--output", "json", "--quiet"]), @r#"
    --- stdout
    {
      "command": "validate",
      "outcome": "error",
      "error": {
        "message": "1 of 2 environments cannot be rendered"
      },
      "application": "greeting",
      "environments": [
        {
          "name": "dev",
          "resources": 1,
          "warnings": []
        },
        {
          "name": "prod",
          "error": {
            "message": "cannot render greeting for prod: duplicate key `replicas`",
            "place": {
              "file": "config/prod.yaml",
              "line": 2,
              "column": 1
            }
          }
        }
      ],
      "findings": []
    }
    --- stderr
    error: cannot render greeting for prod
      because: config/prod.yaml:2:1: duplicate key `replicas`
    error: 1 of 2 environments cannot be rendered
    --- exit code 1
    "#);
}
