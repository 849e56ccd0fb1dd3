//! `towline init`: a folder with manifests becomes a pipeline.

use crate::given::Sandbox;
use insta::assert_snapshot;

const WEB: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  template:
    spec:
      initContainers: [{name: wait, image: 'ghcr.io/acme/tools/wait:1'}]
      containers: [{name: web, image: 'ghcr.io/acme/web:latest'}, {name: cache, image: redis}]
";

#[test]
fn manifests_and_configuration() {
    let sandbox = Sandbox::new();
    sandbox.write("app/deploy/web.yaml", WEB);
    sandbox.write("app/deploy/more/config.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: more}\n");
    sandbox.write("app/config/common.yaml", "replicas: 1\n");
    sandbox.write("app/config/prod-eu.yaml", "replicas: 3\n");
    sandbox.write("app/config/dev.yaml", "replicas: 1\n");
    sandbox.write("app/docker-compose.yaml", "services: {}\n");
    sandbox.write("app/node_modules/x/deploy/web.yaml", WEB);
    assert_snapshot!(sandbox.towline(&["init", "--application", "greeting"]), @r#"
    --- stdout
    wrote towline.yaml for greeting
    found deploy (plain)
    found the image wait: ghcr.io/acme/tools/wait
    found the image web: ghcr.io/acme/web
    found the image redis: redis
    found config/common.yaml (variables)
    found config/dev.yaml (variables)
    found config/prod-eu.yaml (variables)
    next: towline render dev --release 0.1.0 --image wait=0.1.0 --image web=0.1.0 --image redis=0.1.0
    --- exit code 0
    "#);
    assert_snapshot!(sandbox.read("app/towline.yaml"), @r#"
    version: 1
    application: greeting

    # Images of a release. Remove those that your CI does not build.
    images:
      wait: ghcr.io/acme/tools/wait
      web: ghcr.io/acme/web
      redis: redis

    # Run in this order, for every environment. Values that differ go in as `{{ name }}`, in files
    # that the engine jinja renders.
    templates:
      - path: deploy
        engine: plain

    # Values for every environment. Later sources win.
    variables:
      - file: config/common.yaml

    # Where the manifests go: the URL of a repository, or a path to a bare one on this machine.
    gitops:
      repository: ../gitops.git

    # In the order of a release. The first is merged at once; people merge the others.
    # `reporters: none` goes on as soon as it is merged. To wait for the rollout, say who
    # reports it: `reporters: [{flux: {kustomization: NAME}}]`, or `[{argocd: {application: NAME}}]`.
    environments:
      - name: dev
        variables:
          - file: config/dev.yaml
        merge: auto
        await: {reporters: none}
      - name: prod-eu
        variables:
          - file: config/prod-eu.yaml
        await: {reporters: none}
    "#);
    // What it says to type next works.
    let render = [
        "render",
        "dev",
        "--release",
        "0.1.0",
        "--image",
        "wait=0.1.0",
        "--image",
        "web=0.1.0",
        "--image",
        "redis=0.1.0",
    ];
    assert_snapshot!(sandbox.towline(&render), @r#"
    --- stdout
    ---
    # Source: dev/greeting/configmap-more.yaml
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: more
    ---
    # Source: dev/greeting/deployment-web.yaml
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: web
    spec:
      template:
        spec:
          initContainers:
          - name: wait
            image: ghcr.io/acme/tools/wait:0.1.0
          containers:
          - name: web
            image: ghcr.io/acme/web:0.1.0
          - name: cache
            image: redis:0.1.0
    --- exit code 0
    "#);
    assert_snapshot!(sandbox.towline(&["init"]), @r#"
    --- stderr
    error: towline.yaml: the file already exists
      hint: check it with `towline validate --file towline.yaml`, or pass another path with `--file`
    --- exit code 3
    "#);
}

#[test]
fn what_other_tools_render() {
    let sandbox = Sandbox::new();
    sandbox.write("app/charts/web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 0.1.0\n");
    sandbox.write("app/charts/web/templates/web.yaml", WEB);
    sandbox.write("app/k8s/base/kustomization.yaml", "resources: [web.yaml]\n");
    sandbox.write("app/k8s/base/web.yaml", WEB);
    for environment in ["production", "staging"] {
        sandbox.write(
            &format!("app/k8s/overlays/{environment}/kustomization.yaml"),
            "resources: [../../base]\n",
        );
    }
    sandbox.write("app/jsonnet/main.jsonnet", "[]\n");
    sandbox.write("app/jsonnet/lib.libsonnet", "{}\n");
    sandbox
        .write("app/service.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: '{{ application }}'}\n");
    assert_snapshot!(sandbox.towline(&["init", "--repository", "https://github.com/acme/gitops.git", "--output", "json"]), @r#"
    --- stdout
    {
      "command": "init",
      "outcome": "done",
      "file": "towline.yaml",
      "application": "app",
      "templates": [
        {
          "path": "service.yaml",
          "engine": "jinja"
        },
        {
          "path": "charts/web",
          "engine": "helm"
        },
        {
          "path": "jsonnet/main.jsonnet",
          "engine": "jsonnet"
        },
        {
          "path": "k8s/base",
          "engine": "kustomize"
        }
      ],
      "images": {},
      "environments": [
        "staging",
        "production"
      ],
      "next": "towline render staging --release 0.1.0"
    }
    --- exit code 0
    "#);
    assert_snapshot!(sandbox.read("app/towline.yaml"), @r#"
    version: 1
    application: app

    # Images of a release, and their repositories.
    # images:
    #   web: ghcr.io/acme/web

    # Run in this order, for every environment. Values that differ go in as `{{ name }}`, in files
    # that the engine jinja renders.
    templates:
      - path: service.yaml
        engine: jinja
      - path: charts/web
        engine: helm
      - path: jsonnet/main.jsonnet
        engine: jsonnet
      - path: k8s/base
        engine: kustomize

    # Values for every environment.
    # variables:
    #   - values: {replicas: 1}

    # Where the manifests go: the URL of a repository, or a path to a bare one on this machine.
    gitops:
      repository: https://github.com/acme/gitops.git

    # In the order of a release. The first is merged at once; people merge the others.
    # `reporters: none` goes on as soon as it is merged. To wait for the rollout, say who
    # reports it: `reporters: [{flux: {kustomization: NAME}}]`, or `[{argocd: {application: NAME}}]`.
    environments:
      - name: staging
        merge: auto
        await: {reporters: none}
      - name: production
        await: {reporters: none}
    "#);
}

#[test]
fn an_empty_folder() {
    let sandbox = Sandbox::new();
    sandbox.write("app/README.md", "");
    assert_snapshot!(sandbox.towline(&["init"]), @r#"
    --- stdout
    wrote towline.yaml for app
    found no manifests: the file says where to put them
    next: towline render --release 0.1.0
    --- exit code 0
    "#);
    assert_snapshot!(sandbox.read("app/towline.yaml"), @r#"
    version: 1
    application: app

    # Images of a release, and their repositories.
    # images:
    #   web: ghcr.io/acme/web

    # No manifests found. Name the folder that contains them.
    templates:
      - path: deploy

    # Values for every environment.
    # variables:
    #   - values: {replicas: 1}

    # Where the manifests go: the URL of a repository, or a path to a bare one on this machine.
    gitops:
      repository: ../gitops.git

    # In the order of a release. The first is merged at once; people merge the others.
    # `reporters: none` goes on as soon as it is merged. To wait for the rollout, say who
    # reports it: `reporters: [{flux: {kustomization: NAME}}]`, or `[{argocd: {application: NAME}}]`.
    environments:
      - name: dev
        merge: auto
        await: {reporters: none}
      - name: staging
        await: {reporters: none}
      - name: prod
        await: {reporters: none}
    "#);
}

#[test]
fn a_name_that_is_none() {
    let sandbox = Sandbox::new();
    sandbox.write("app/README.md", "");
    assert_snapshot!(sandbox.towline(&["init", "--application", "My Shop"]), @r#"
    --- stderr
    error: cannot write a pipeline file with this
      because: towline.yaml:2:14: `My Shop` is not a name for an application
      hint: a DNS label: lower-case letters, digits and `-`, at most 63, no `-` at either end
    --- exit code 1
    "#);
    assert!(!sandbox.path("app/towline.yaml").exists());
}
