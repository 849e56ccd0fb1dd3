//! `towline init`: a folder with manifests becomes a pipeline.

use crate::given::{Sandbox, Terminal};
use insta::assert_snapshot;

const WEB: &str = "apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
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
    assert_snapshot!(sandbox.towline(&["init", "--application", "greeting"]), @r"
    --- stdout
    wrote towline.yaml for greeting
    found deploy (plain)
    found the image wait: ghcr.io/acme/tools/wait
    found the image web: ghcr.io/acme/web
    found the image redis: redis
    found config/common.yaml (variables)
    found config/dev.yaml (variables)
    found config/prod-eu.yaml (variables)
    dev renders 2 resources
    prod-eu renders 2 resources
    next: towline render dev --release 0.1.0 --image wait=0.1.0 --image web=0.1.0 --image redis=0.1.0
    --- exit code 0
    ");
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
      selector:
        matchLabels:
          app: web
      template:
        metadata:
          labels:
            app: web
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

/// What each environment of the pipeline file renders, by the file's own images and next command.
fn rendered(sandbox: &Sandbox, arguments: &[&str]) -> String {
    sandbox.towline(&[&["render", "--release", "1.0.0"], arguments].concat()).to_string()
}

fn chart(sandbox: &Sandbox, folder: &str, values: &str) {
    sandbox.write(&format!("{folder}/Chart.yaml"), "apiVersion: v2\nname: web\nversion: 0.1.0\n");
    sandbox.write(&format!("{folder}/values.yaml"), values);
    let image = "{{ .Values.image.repository }}:{{ .Values.image.tag }}";
    sandbox.write(
        &format!("{folder}/templates/web.yaml"),
        &WEB.replace("'ghcr.io/acme/web:latest'", &format!("'{image}'")),
    );
}

const VALUES: &str = "image: {repository: ghcr.io/acme/shop, tag: latest}\n";

/// `k8s/base` and an overlay for each environment, with a namespace of its own.
fn overlays(sandbox: &Sandbox, environments: &[&str]) {
    sandbox.write("app/k8s/base/kustomization.yaml", "resources: [web.yaml]\n");
    sandbox.write("app/k8s/base/web.yaml", WEB);
    for environment in environments {
        let text = format!("resources: [../../base]\nnamespace: web-{environment}\n");
        sandbox.write(&format!("app/k8s/overlays/{environment}/kustomization.yaml"), &text);
    }
}

#[test]
fn overlays_become_environments() {
    let sandbox = Sandbox::new();
    overlays(&sandbox, &["production", "staging"]);
    assert_snapshot!(sandbox.towline(&["init"]), @r"
    --- stdout
    wrote towline.yaml for app
    found k8s/overlays/{{ environment }} (kustomize)
    found the image web: ghcr.io/acme/web
    found the image redis: redis
    found the image wait: ghcr.io/acme/tools/wait
    staging renders 1 resource
    production renders 1 resource
    next: towline render staging --release 0.1.0 --image web=0.1.0 --image redis=0.1.0 --image wait=0.1.0
    --- exit code 0
    ");
    assert_snapshot!(sandbox.read("app/towline.yaml"), @r"
    version: 1
    application: app

    # Images of a release. Remove those that your CI does not build.
    images:
      web: ghcr.io/acme/web
      redis: redis
      wait: ghcr.io/acme/tools/wait

    # Run in this order, for every environment. Values that differ go in as `{{ name }}`, in files
    # that the engine jinja renders.
    templates:
      - path: k8s/overlays/{{ environment }}
        engine: kustomize

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
      - name: staging
        merge: auto
        await: {reporters: none}
      - name: production
        await: {reporters: none}
    ");
    let shown = rendered(&sandbox, &["--image", "wait=1", "--image", "web=1", "--image", "redis=1"]);
    assert!(
        shown.contains("namespace: web-production") && shown.contains("namespace: web-staging"),
        "{shown}"
    );
}

#[test]
fn a_chart_with_values_for_an_environment() {
    let sandbox = Sandbox::new();
    chart(&sandbox, "app/charts/web", VALUES);
    sandbox.write("app/charts/web/values-prod.yaml", "image: {tag: stable}\n");
    sandbox.write(
        "app/charts/common/Chart.yaml",
        "apiVersion: v2\nname: common\nversion: 0.1.0\ntype: library\n",
    );
    assert_snapshot!(sandbox.towline(&["init", "--repository", "https://github.com/acme/gitops.git", "--output", "json"]), @r#"
    --- stdout
    {
      "command": "init",
      "outcome": "done",
      "file": "towline.yaml",
      "application": "app",
      "templates": [
        {
          "path": "charts/web",
          "engine": "helm"
        },
        {
          "path": "charts/web",
          "engine": "helm"
        }
      ],
      "images": {
        "wait": "ghcr.io/acme/tools/wait",
        "shop": "ghcr.io/acme/shop",
        "redis": "redis"
      },
      "environments": [
        "dev",
        "prod"
      ],
      "leftOut": [],
      "next": "towline render dev --release 0.1.0 --image wait=0.1.0 --image shop=0.1.0 --image redis=0.1.0"
    }
    --- exit code 0
    "#);
    assert_snapshot!(sandbox.read("app/towline.yaml"), @r"
    version: 1
    application: app

    # Images of a release. Remove those that your CI does not build.
    images:
      wait: ghcr.io/acme/tools/wait
      shop: ghcr.io/acme/shop
      redis: redis

    # Run in this order, for every environment. Values that differ go in as `{{ name }}`, in files
    # that the engine jinja renders.
    templates:
      - path: charts/web
        only:
        - dev
        engine: helm
      - path: charts/web
        only:
        - prod
        engine: helm
        values:
        - file: charts/web/values-{{ environment }}.yaml

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
      - name: dev
        merge: auto
        await: {reporters: none}
      - name: prod
        await: {reporters: none}
    ");
    assert_snapshot!(sandbox.towline(&["validate"]), @r"
    --- stdout
    towline.yaml: 2 environments
    dev: 1 resource
    prod: 1 resource
    --- exit code 0
    ");
}

#[test]
fn a_chart_behind_which_a_kustomization_stands() {
    let sandbox = Sandbox::new();
    chart(&sandbox, "app/manifests/helm", VALUES);
    sandbox.write(
        "app/manifests/kustomize/base/kustomization.yaml",
        "namePrefix: shop-\nresources: [manifests.yaml]\n",
    );
    assert_snapshot!(sandbox.towline(&["init"]), @r"
    --- stdout
    wrote towline.yaml for app
    found manifests/helm (helm), then manifests/kustomize/base (kustomize)
    found the image shop: ghcr.io/acme/shop
    found the image redis: redis
    found the image wait: ghcr.io/acme/tools/wait
    dev renders 1 resource
    staging renders 1 resource
    prod renders 1 resource
    next: towline render dev --release 0.1.0 --image shop=0.1.0 --image redis=0.1.0 --image wait=0.1.0
    --- exit code 0
    ");
    assert_snapshot!(templates(&sandbox), @r"
    - path: manifests/helm
      engine: helm
    - path: manifests/kustomize/base
      engine: kustomize
      input: manifests.yaml
    ");
    let images = ["--image", "wait=1", "--image", "shop=1", "--image", "redis=1"];
    assert!(rendered(&sandbox, &images).contains("name: shop-web"));
}

/// The section of the pipeline file, with its comments.
fn templates(sandbox: &Sandbox) -> String {
    let file = sandbox.read("app/towline.yaml");
    let (_, section) = file.split_once("\ntemplates:\n").unwrap();
    section.split_once("\n\n").unwrap().0.to_owned()
}

#[test]
fn names_that_a_script_fills_in() {
    let sandbox = Sandbox::new();
    chart(&sandbox, "app/helm", "image: {repository: $IMAGE_NAME, tag: $IMAGE_TAG}\n");
    sandbox.write(
        "app/k8s/service.yaml",
        "apiVersion: v1\nkind: Service\nmetadata: {name: shop, namespace: '${NAMESPACE}'}\n",
    );
    sandbox.write("app/jobs/job.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: job}\nspec: {containers: [{name: a, image: 'job:#{TAG}#', args: ['echo $HOME']}]}\n");
    assert_snapshot!(sandbox.towline(&["init"]), @r"
    --- stdout
    wrote towline.yaml for app
    found helm (helm)
    found jobs (jinja)
    found k8s (jinja)
    found the image wait: ghcr.io/acme/tools/wait
    found the image app: change-me
    found the image redis: redis
    found the image job: job
    the templates use `IMAGE_NAME`: give it a value in `variables`
    the templates use `IMAGE_TAG`: give it a value in `variables`
    the templates use `NAMESPACE`: give it a value in `variables`
    the templates use `TAG`: give it a value in `variables`
    dev renders 3 resources
    staging renders 3 resources
    prod renders 3 resources
    next: towline render dev --release 0.1.0 --image wait=0.1.0 --image app=0.1.0 --image redis=0.1.0 --image job=0.1.0
    --- exit code 0
    ");
    assert_snapshot!(sandbox.read("app/towline.yaml"), @r##"
    version: 1
    application: app

    # Images of a release. Remove those that your CI does not build.
    images:
      wait: ghcr.io/acme/tools/wait
      app: change-me
      redis: redis
      job: job

    # Run in this order, for every environment. Values that differ go in as `{{ name }}`, in files
    # that the engine jinja renders.
    templates:
      - path: helm
        engine: helm
        placeholders:
          style: shell
          files:
          - values.yaml
      - path: jobs
        engine: jinja
        delimiters: "#{ }#"
      - path: k8s
        engine: jinja
        delimiters: $VAR

    # Values for every environment. Later sources win.
    variables:
      # Names that the templates use and nothing defines. Replace `change-me`, here and in `images`.
      - values:
          IMAGE_NAME: change-me
          IMAGE_TAG: change-me
          NAMESPACE: change-me
          TAG: change-me

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
    "##);
    assert_snapshot!(sandbox.towline(&["validate"]), @r"
    --- stdout
    towline.yaml: 3 environments
    dev: 3 resources
    staging: 3 resources
    prod: 3 resources
    --- exit code 0
    ");
}

#[test]
fn expressions_without_a_value_and_braces_of_other_tools() {
    let sandbox = Sandbox::new();
    sandbox.write(
        "app/deploy/web.yaml",
        &WEB.replace("spec:\n  selector", "spec:\n  replicas: {{ replicas }}\n  selector"),
    );
    sandbox.write("app/alerts/rule.yaml", "apiVersion: monitoring.coreos.com/v1\nkind: PrometheusRule\nmetadata: {name: web}\nspec: {groups: [{rules: [{annotations: {summary: '{{ $labels.job }} is down'}}]}]}\n");
    sandbox.write("app/dashboards/dashboard.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {dashboard.json: '{\"legend\": \"{{ job }}\"}'}\n");
    assert_snapshot!(sandbox.towline(&["init"]), @r"
    --- stdout
    wrote towline.yaml for app
    found alerts (plain)
    found dashboards (plain)
    found deploy (jinja)
    found the image wait: ghcr.io/acme/tools/wait
    found the image web: ghcr.io/acme/web
    found the image redis: redis
    the templates use `replicas`: give it a value in `variables`
    dev renders 3 resources
    staging renders 3 resources
    prod renders 3 resources
    next: towline render dev --release 0.1.0 --image wait=0.1.0 --image web=0.1.0 --image redis=0.1.0
    --- exit code 0
    ");
    assert_snapshot!(templates(&sandbox), @r"
    - path: alerts
      engine: plain
    - path: dashboards
      engine: plain
    - path: deploy
      engine: jinja
    ");
    assert_snapshot!(sandbox.towline(&["validate"]), @r"
    --- stdout
    towline.yaml: 3 environments
    dev: 3 resources, 1 error
    staging: 3 resources, 1 error
    prod: 3 resources, 1 error
    --- stderr
    error[wrong-type]: deploy/web.yaml:5: `spec.replicas` of Deployment `web` is text, and Kubernetes takes only a whole number there
    error: 1 error in manifests
    --- exit code 1
    ");
}

#[test]
fn a_flat_folder_is_one_step_and_files_of_tools_are_no_part_of_it() {
    let sandbox = Sandbox::new();
    for number in 0..40 {
        sandbox.write(
            &format!("app/cm-{number}.yaml"),
            &format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: cm-{number}}}\n"),
        );
    }
    sandbox.write("app/skaffold.yaml", "apiVersion: skaffold/v4beta6\nkind: Config\n");
    sandbox.write("app/package.json", "{\"name\": \"web\"}\n");
    sandbox.write("app/renovate.json", "{}\n");
    sandbox.write("app/.github/workflows/ci.yaml", "on: push\n");
    sandbox.write("app/src/fixtures.json", "[]\n");
    sandbox.write("app/node_modules/x/deploy.yaml", WEB);
    assert_snapshot!(sandbox.towline(&["init"]), @r"
    --- stdout
    wrote towline.yaml for app
    found . (plain)
    found no image: a release changes nothing until `images` names one, or a template uses `{{ release.version }}`
    dev renders 40 resources
    staging renders 40 resources
    prod renders 40 resources
    next: towline render dev --release 0.1.0
    --- exit code 0
    ");
    assert_snapshot!(templates(&sandbox), @r"
    - path: '.'
      engine: plain
      ignore:
      - package.json
      - renovate.json
      - skaffold.yaml
      - src/**
      - node_modules/**
    ");
    assert_snapshot!(sandbox.towline(&["validate"]), @r"
    --- stdout
    towline.yaml: 3 environments
    dev: 40 resources
    staging: 40 resources
    prod: 40 resources
    --- exit code 0
    ");
}

#[test]
fn a_file_that_is_wrong_is_left_out_of_its_folder() {
    let sandbox = Sandbox::new();
    sandbox.write("app/deploy/web.yaml", WEB);
    sandbox.write("app/deploy/again.yaml", WEB);
    sandbox.write("app/deploy/broken.yaml", "apiVersion: v1\nkind: [Service\n");
    sandbox.write("app/deploy/values.yaml", "replicas: 1\n");
    assert_snapshot!(sandbox.towline(&["init"]), @r"
    --- stdout
    wrote towline.yaml for app
    found deploy (plain)
    found the image wait: ghcr.io/acme/tools/wait
    found the image web: ghcr.io/acme/web
    found the image redis: redis
    left out deploy/broken.yaml: deploy/broken.yaml:2:7: unclosed bracket '['
    dev renders 1 resource
    staging renders 1 resource
    prod renders 1 resource
    next: towline render dev --release 0.1.0 --image wait=0.1.0 --image web=0.1.0 --image redis=0.1.0
    --- stderr
    warning[repeated-resource]: deploy/web.yaml:1: Deployment `web` is defined twice, first in deploy/again.yaml:1; both are equal, and one is left out
    --- exit code 0
    ");
    assert_snapshot!(templates(&sandbox), @r"
    - path: deploy
      engine: plain
      ignore:
      - broken.yaml
      - values.yaml
    ");
}

/// Overlays, and a chart that deploys the same.
fn alternatives() -> Sandbox {
    let sandbox = Sandbox::new();
    overlays(&sandbox, &["dev", "prod"]);
    chart(&sandbox, "app/charts/web", VALUES);
    sandbox
}

#[test]
fn of_two_that_deploy_the_same_one_is_a_comment() {
    let sandbox = alternatives();
    assert_snapshot!(sandbox.towline(&["init"]), @r"
    --- stdout
    wrote towline.yaml for app
    found k8s/overlays/{{ environment }} (kustomize)
    found the image web: ghcr.io/acme/web
    found the image redis: redis
    found the image wait: ghcr.io/acme/tools/wait
    left out charts/web (helm): deploys the same as k8s/overlays/{{ environment }} (kustomize)
      hint: to use it instead, swap the comments in `templates`, and name its images in `images`: ghcr.io/acme/shop, ghcr.io/acme/tools/wait, redis
    dev renders 1 resource
    prod renders 1 resource
    next: towline render dev --release 0.1.0 --image web=0.1.0 --image redis=0.1.0 --image wait=0.1.0
    --- exit code 0
    ");
    assert_snapshot!(templates(&sandbox), @r"
    - path: k8s/overlays/{{ environment }}
      engine: kustomize
    # charts/web (helm): deploys the same as k8s/overlays/{{ environment }} (kustomize). Hint: to use it
    # instead, swap the comments in `templates`, and name its images in `images`: ghcr.io/acme/shop,
    # ghcr.io/acme/tools/wait, redis
    # - path: charts/web
    #   engine: helm
    ");
    // As the hint says, the comments are swapped.
    let file = sandbox.read("app/towline.yaml");
    let own = "  - path: k8s/overlays/{{ environment }}\n    engine: kustomize\n";
    let other = "  # - path: charts/web\n  #   engine: helm\n";
    assert!(file.contains(own) && file.contains(other), "{file}");
    let swapped = file
        .replace(own, "")
        .replace(other, &other.replace("# ", ""))
        .replace("  web: ghcr.io/acme/web\n", "  shop: ghcr.io/acme/shop\n");
    sandbox.write("app/towline.yaml", &swapped);
    assert_snapshot!(sandbox.towline(&["validate"]), @r"
    --- stdout
    towline.yaml: 2 environments
    dev: 1 resource
    prod: 1 resource
    --- exit code 0
    ");
}

#[test]
fn on_a_terminal_people_choose() {
    let sandbox = alternatives();
    let mut terminal = Terminal::start_reading(sandbox.command(&["init"]), 100, 30);
    terminal.until(|screen| screen.contains("number [1]:"));
    terminal.type_line("3");
    // The terminal shows what is typed at once, so the question has to be there before.
    terminal.until(|screen| screen.matches("number [1]:").count() == 2);
    terminal.type_line("2");
    let (screen, status) = terminal.end();
    assert_snapshot!(screen, @r"
    These deploy the same. Which one do you use?
      1. k8s/overlays/{{ environment }} (kustomize)
      2. charts/web (helm)
    number [1]: 3
    Type a number from 1 to 2.
    number [1]: 2
    wrote towline.yaml for app
    found charts/web (helm)
    found the image wait: ghcr.io/acme/tools/wait
    found the image shop: ghcr.io/acme/shop
    found the image redis: redis
    left out k8s/overlays/{{ environment }} (kustomize): deploys the same as charts/web (helm)
      hint: to use it instead, swap the comments in `templates`, and name its images in `images`: ghcr.i
    o/acme/tools/wait, ghcr.io/acme/web, redis
    dev renders 1 resource
    staging renders 1 resource
    prod renders 1 resource
    next: towline render dev --release 0.1.0 --image wait=0.1.0 --image shop=0.1.0 --image redis=0.1.0
    ");
    assert_eq!(status.code(), Some(0));
    assert!(templates(&sandbox).starts_with("  - path: charts/web\n    engine: helm\n"));
}

#[test]
fn what_does_not_render_is_a_comment() {
    let sandbox = Sandbox::new();
    sandbox.write("app/deploy/web.yaml", WEB);
    let dependencies =
        "dependencies: [{name: redis, version: 1.0.0, repository: 'https://charts.example.com'}]\n";
    sandbox.write(
        "app/chart/Chart.yaml",
        &format!("apiVersion: v2\nname: shop\nversion: 0.1.0\n{dependencies}"),
    );
    assert_snapshot!(sandbox.towline(&["init"]), @r"
    --- stdout
    wrote towline.yaml for app
    found deploy (plain)
    found the image wait: ghcr.io/acme/tools/wait
    found the image web: ghcr.io/acme/web
    found the image redis: redis
    left out chart (helm): cannot be rendered: `helm template` failed with exit code 1: An error occurred while checking for chart dependencies. You may need to run `helm dependency build` to fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: redis
      hint: run `helm dependency build chart` and commit the files it adds to charts/
    dev renders 1 resource
    staging renders 1 resource
    prod renders 1 resource
    next: towline render dev --release 0.1.0 --image wait=0.1.0 --image web=0.1.0 --image redis=0.1.0
    --- exit code 0
    ");
    assert_snapshot!(templates(&sandbox), @r"
    - path: deploy
      engine: plain
    # chart (helm): cannot be rendered: `helm template` failed with exit code 1: An error occurred while
    # checking for chart dependencies. You may need to run `helm dependency build` to fetch missing
    # dependencies: found in Chart.yaml, but missing in charts/ directory: redis. Hint: run `helm
    # dependency build chart` and commit the files it adds to charts/
    # - path: chart
    #   engine: helm
    ");
    assert_snapshot!(sandbox.towline(&["validate"]), @r"
    --- stdout
    towline.yaml: 3 environments
    dev: 1 resource
    staging: 1 resource
    prod: 1 resource
    --- exit code 0
    ");
}

#[test]
fn nothing_renders() {
    let sandbox = Sandbox::new();
    sandbox.write("app/k8s/kustomization.yaml", "resources: [missing]\n");
    assert_snapshot!(sandbox.towline(&["init"]), @r"
    --- stdout
    wrote towline.yaml for app
    k8s (kustomize): cannot be rendered: k8s/kustomization.yaml:1:13: missing does not exist
    next: towline validate
    --- exit code 0
    ");
    assert_snapshot!(templates(&sandbox), @r"
    # k8s (kustomize): cannot be rendered: k8s/kustomization.yaml:1:13: missing does not exist
    - path: k8s
      engine: kustomize
    ");
    // The hint is followed.
    sandbox.write("app/k8s/missing/kustomization.yaml", "resources: [web.yaml]\n");
    sandbox.write("app/k8s/missing/web.yaml", WEB);
    assert_snapshot!(sandbox.towline(&["validate"]), @r"
    --- stdout
    towline.yaml: 3 environments
    dev: 1 resource, 2 warnings
    staging: 1 resource, 2 warnings
    prod: 1 resource, 2 warnings
    --- stderr
    warning[unpinned-image]: k8s: the image `ghcr.io/acme/web:latest` of Deployment `web` has the tag `latest`: nobody knows which one runs
      hint: write a version, or declare the repository in `images`, so that releases set it
    warning[unpinned-image]: k8s: the image `redis` of Deployment `web` has no tag: nobody knows which one runs
      hint: write a version, or declare the repository in `images`, so that releases set it
    --- exit code 0
    ");
}

#[test]
fn a_release_without_effect_is_told() {
    let sandbox = Sandbox::new();
    sandbox.write("app/deploy/cm.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n");
    assert_snapshot!(sandbox.towline(&["init"]), @r"
    --- stdout
    wrote towline.yaml for app
    found deploy (plain)
    found no image: a release changes nothing until `images` names one, or a template uses `{{ release.version }}`
    dev renders 1 resource
    staging renders 1 resource
    prod renders 1 resource
    next: towline render dev --release 0.1.0
    --- exit code 0
    ");
}

#[test]
fn docker_compose_is_not_supported() {
    let sandbox = Sandbox::new();
    sandbox.write("app/docker-compose.yaml", "services: {}\n");
    assert_snapshot!(sandbox.towline(&["init"]), @r"
    --- stderr
    error: docker-compose.yaml: Docker Compose files are not supported
      hint: make manifests of it with `kompose convert --file docker-compose.yaml --out deploy/`, then run `towline init` again
    --- exit code 3
    ");
}

#[test]
fn an_empty_folder() {
    let sandbox = Sandbox::new();
    sandbox.write("app/README.md", "");
    assert_snapshot!(sandbox.towline(&["init"]), @r"
    --- stdout
    wrote towline.yaml for app
    found no manifests: put them into deploy/, or name their folder in `templates`
    next: towline validate
    --- exit code 0
    ");
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
