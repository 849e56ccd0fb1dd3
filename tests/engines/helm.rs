//! Helm: what comes out is what `helm template` prints.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::support::{Project, corpus, objects, run, sorted};

/// What the user's own helm gives for a chart.
fn template(project: &Project, arguments: &[&str]) -> Vec<Value> {
    let mut all = vec!["template", "shop", "chart", "--include-crds"];
    all.extend(arguments);
    objects(&run("helm", &all, &project.path("")))
}

#[test]
fn what_helm_create_makes() {
    let project = Project::new("[{path: chart}]");
    run("helm", &["create", "chart"], &project.path(""));
    assert_eq!(project.objects(), template(&project, &["--no-hooks"]));
}

#[test]
fn subcharts_libraries_tpl_lookup_files_crds() {
    let project = Project::new("[{path: chart}]").chart("platform");
    let expected = template(&project, &["--no-hooks"]);
    assert_eq!(expected.len(), 10);
    assert_eq!(project.objects(), expected);
}

#[test]
fn crds_can_be_left_out() {
    let project = Project::new("[{path: chart, engine: helm, crds: false}]").chart("platform");
    assert_eq!(project.objects().len(), 8);
}

#[test]
fn a_packaged_chart() {
    let project = Project::new("[{path: platform-1.2.3.tgz, engine: helm}]").chart("platform");
    run("helm", &["package", "chart"], &project.path(""));
    assert_eq!(project.objects(), template(&project, &["--no-hooks"]));
}

#[test]
fn values_from_files_inline_and_all_variables() {
    let step = r#"[{path: chart, engine: helm, namespace: "{{ environment }}", kubeVersion: "1.28", apiVersions: [monitoring.coreos.com/v1],
        values: [{variables: true}, {file: "values/{{ environment }}.yaml"}, {inline: {replicas: "{{ count }}", hosts: "{{ names }}", cache: {size: "{{ gigabytes }}Gi"}}}]}]"#;
    let project = Project::new(step)
        .chart("platform")
        .values("{count: 7, names: [c.example.com], gigabytes: 3, greeting: hi, cache: {enabled: true}}")
        .file("values/dev.yaml", "global: {region: us}\nreplicas: 3\n")
        .file("expected.yaml", "greeting: hi\nglobal: {region: us}\nreplicas: 7\nhosts: [c.example.com]\ncache: {enabled: true, size: 3Gi}\n");
    let expected = template(
        &project,
        &[
            "--no-hooks",
            "--namespace=dev",
            "--kube-version=1.28",
            "-amonitoring.coreos.com/v1",
            "-fexpected.yaml",
        ],
    );
    let in_namespace = |mut object: Value| {
        if object["kind"] != "CustomResourceDefinition" {
            object["metadata"]["namespace"] = "dev".into();
        }
        object
    };
    let expected = sorted(expected.into_iter().map(in_namespace).collect());
    assert!(expected.iter().any(|object| object["kind"] == "ServiceMonitor"));
    assert!(expected.iter().any(|object| object["apiVersion"] == "policy/v1beta1"));
    assert_eq!(project.objects(), expected);
}

#[test]
fn hooks_and_tests_come_when_they_are_asked_for() {
    let with = |more: &str| Project::new(&format!("[{{path: chart, engine: helm{more}}}]")).chart("platform");
    let project = with(", hooks: true, tests: true");
    assert_eq!(project.objects(), template(&project, &[]));
    let names = |project: Project| -> Vec<String> {
        let hooks =
            project.objects().into_iter().filter(|object| object["metadata"]["annotations"].is_object());
        hooks.map(|object| object["metadata"]["name"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names(with("")), Vec::<String>::new());
    assert_eq!(names(with(", hooks: true")), ["shop-migrate"]);
    assert_eq!(names(with(", tests: true")), ["shop-connection"]);
}

fn chart(step: &str, template: &str) -> Project {
    Project::new(&format!("[{{path: chart, engine: helm{step}}}]"))
        .file("chart/Chart.yaml", "{apiVersion: v2, name: web, version: 0.1.0}\n")
        .file("chart/templates/a.yaml", template)
}

/// Jobs with these hooks, and a ConfigMap.
fn hooks(hooks: &[(&str, &str)]) -> String {
    let job = |(name, annotation): &(&str, &str)| {
        format!(
            "apiVersion: batch/v1\nkind: Job\nmetadata: {{name: {name}, annotations: {{{annotation}}}}}\n---\n"
        )
    };
    let jobs: String = hooks.iter().map(job).collect();
    jobs + "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\n"
}

fn names(project: &Project) -> Vec<String> {
    let objects = project.objects();
    objects.iter().map(|object| object["metadata"]["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_hook_that_is_left_out_is_told() {
    let all = hooks(&[
        ("migrate", "helm.sh/hook: \"pre-install,pre-upgrade\""),
        ("after", "helm.sh/hook: post-upgrade"),
        ("wipe", "helm.sh/hook: pre-delete"),
        ("sync", "helm.sh/hook: pre-install, argocd.argoproj.io/hook: PreSync"),
        ("check", "helm.sh/hook: test"),
    ]);
    let project = chart("", &all);
    assert_eq!(names(&project), ["settings", "sync"]);
    assert_snapshot!(project.warnings(), @r"
    chart/templates/a.yaml: Job `migrate` is left out: it is a hook (pre-install, pre-upgrade)
    chart/templates/a.yaml: Job `after` is left out: it is a hook (post-upgrade)
    chart/templates/a.yaml: Job `wipe` is left out: it is a hook (pre-delete)
    ");

    let project = chart(", hooks: [pre-upgrade]", &all);
    assert_eq!(names(&project), ["settings", "migrate", "sync"]);
    assert_snapshot!(project.warnings(), @"chart/templates/a.yaml: Job `after` is left out: it is a hook (post-upgrade)");
    let project = chart(", hooks: [pre-upgrade, post-upgrade]", &all);
    assert_eq!(names(&project), ["settings", "after", "migrate", "sync"]);
    assert_eq!(project.warnings(), "");
    assert_eq!(names(&chart(", hooks: true", &all)), ["settings", "after", "migrate", "sync"]);
    assert_eq!(chart(", hooks: false", &all).warnings(), "");
    let refused = |hook: &str| chart(&format!(", hooks: [{hook}]"), &all).error();
    assert_snapshot!(refused("pre-delete"), @r"
    towline.yaml:4:49: `pre-delete` hooks are never rendered: an operator would run them on every apply
    hint: remove it; these can be rendered: pre-install, post-install, pre-upgrade, post-upgrade
    ");
    assert_snapshot!(refused("test"), @r"
    towline.yaml:4:49: tests are no hooks of an install or upgrade
    hint: set `tests: true`
    ");
    assert_snapshot!(refused("pre-instal"), @r"
    towline.yaml:4:49: unknown hook `pre-instal`
    hint: expected one of: pre-install, post-install, pre-upgrade, post-upgrade
    ");
}

#[test]
fn a_chart_that_renders_nothing_says_why() {
    let job =
        "apiVersion: batch/v1\nkind: Job\nmetadata: {name: a, annotations: {helm.sh/hook: pre-install}}\n";
    assert_snapshot!(chart("", job).error(), @r"
    cannot render shop for dev: towline.yaml:4:20: chart renders no resources
    hint: the chart has nothing but hooks, which are left out: set `hooks: true` on the step to render those of installs and upgrades
    ");
    assert_eq!(names(&chart(", hooks: true", job)), ["a"]);
    let off = "{{ if .Values.enabled }}\napiVersion: v1\nkind: Secret\nmetadata: {name: a}\n{{ end }}\n";
    assert_snapshot!(chart("", off).error(), @r"
    cannot render shop for dev: towline.yaml:4:20: chart renders no resources
    hint: its values switch off all of its templates, or it has none: check the `values` of the step
    ");
    assert_eq!(names(&chart(", values: [{inline: {enabled: true}}]", off)), ["a"]);
}

#[test]
fn resources_are_in_the_namespace_of_their_release() {
    let template = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings, labels: {a: b}}\n---\napiVersion: v1\nkind: Namespace\nmetadata: {name: {{ .Release.Namespace }}}\n";
    let project =
        Project::new("[{path: a, engine: helm, namespace: ns-a}, {path: b, engine: helm, namespace: ns-b}]")
            .file("a/Chart.yaml", "{apiVersion: v2, name: a, version: 0.1.0}\n")
            .file("a/templates/a.yaml", template)
            .file("b/Chart.yaml", "{apiVersion: v2, name: b, version: 0.1.0}\n")
            .file("b/templates/a.yaml", template);
    assert_snapshot!(project.stream(), @r"
    ---
    # Source: dev/shop/configmap-settings_ns-a.yaml
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: settings
      namespace: ns-a
      labels:
        a: b
    ---
    # Source: dev/shop/configmap-settings_ns-b.yaml
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: settings
      namespace: ns-b
      labels:
        a: b
    ---
    # Source: dev/shop/namespace-ns-a.yaml
    apiVersion: v1
    kind: Namespace
    metadata:
      name: ns-a
    ---
    # Source: dev/shop/namespace-ns-b.yaml
    apiVersion: v1
    kind: Namespace
    metadata:
      name: ns-b
    ");
}

#[test]
fn a_namespace_outlasts_a_kustomization_whose_patches_name_none() {
    let project = Project::new("[{path: chart, engine: helm, namespace: web}, {path: k, engine: kustomize, input: all.yaml}]")
        .file("chart/Chart.yaml", "{apiVersion: v2, name: web, version: 0.1.0}\n")
        .file("chart/templates/a.yaml", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: \"1\"}\n")
        .file("k/kustomization.yaml", "resources: [all.yaml]\npatches:\n  - patch: |\n      {apiVersion: v1, kind: ConfigMap, metadata: {name: a}, data: {x: \"2\"}}\n");
    assert_eq!(project.objects()[0]["metadata"]["namespace"], "web");
    assert_eq!(project.objects()[0]["data"]["x"], "2");
}

#[test]
fn a_key_that_is_there_twice_is_told_and_the_last_one_counts() {
    let template = "apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: web\n  labels:\n    app: first\n    app: last\n";
    let project = chart("", template);
    assert_eq!(project.objects()[0]["metadata"]["labels"]["app"], "last");
    assert_snapshot!(project.warnings(), @"chart/templates/a.yaml: ServiceAccount `web` has `metadata.labels.app` twice, and the last one counts");
}

#[test]
fn what_helm_says_beside_its_output_is_told() {
    let project = chart(
        ", values: [{inline: {table: {a: 1}, text: {b: 2}}}]",
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n",
    )
    .file("chart/values.yaml", "table: {a: 0}\ntext: plain\n");
    assert_snapshot!(project.warnings(), @"towline.yaml:4:20: helm says: warning: skipped value for web.text: Not a table.");
}

#[test]
fn values_of_three_thousand_lines() {
    let entry = |index: usize| {
        format!("  entry-{index}:\n    a: \"{index}\"\n    b: \"text: {index} # no comment\"\n")
    };
    let values = format!("entries:\n{}", (0..1000).map(entry).collect::<String>());
    let project = Project::new("[{path: chart, engine: helm, values: [{file: values.yaml}]}]")
        .chart("large")
        .file("values.yaml", &values);
    let expected = template(&project, &["-fvalues.yaml"]);
    assert_eq!(expected.len(), 1000);
    assert_eq!(project.objects(), expected);
}

#[test]
fn awkward_scalars_survive() {
    let project = Project::new("[{path: chart}]").chart("scalars");
    let found = project.objects();
    assert_eq!(found, template(&project, &[]));
    assert_eq!(found[1]["spec"]["largest"], json!(i64::MAX));
    assert_eq!(found[1]["spec"]["unsigned"], json!(u64::MAX));
    assert_eq!(found[1]["spec"]["mode"], json!(420));
    assert_eq!(found[0]["data"]["trailing"], json!("two spaces  "));
}

#[test]
fn the_origin_of_a_manifest_is_its_template() {
    let project = Project::new("[{path: chart}]").chart("platform");
    let rendering = project.rendered();
    let resources = &rendering.targets[0].resources;
    let origins =
        resources.iter().map(|it| format!("{}: {}\n", it.file, project.without_root(&it.origin.to_string())));
    assert_snapshot!(origins.collect::<String>(), @r"
    configmap-shop-config_default.yaml: chart/templates/config.yaml
    cronjob-shop-mailer.yaml: chart
    cronjob-shop-reporter.yaml: chart
    customresourcedefinition-gadgets.example.com.yaml: chart/crds/widgets.yaml
    customresourcedefinition-widgets.example.com.yaml: chart/crds/widgets.yaml
    deployment-shop-web.yaml: chart/templates/deployment.yaml
    ingress-shop-a.yaml: chart/templates/ingress.yaml
    ingress-shop-b.yaml: chart/templates/ingress.yaml
    poddisruptionbudget-shop.yaml: chart/templates/capabilities.yaml
    service-shop-web.yaml: chart/templates/deployment.yaml
    ");
}

#[test]
fn images_of_the_release_are_set() {
    let step = "[{path: chart, engine: helm, values: [{inline: {image: {repository: ghcr.io/acme/web}}}]}]";
    let project = Project::new(step);
    run("helm", &["create", "chart"], &project.path(""));
    assert!(project.stream().contains("image: ghcr.io/acme/web:1.10\n"), "{}", project.stream());
}

#[test]
fn what_is_made_at_random_is_refused() {
    let project = Project::new("[{path: chart}]").chart("passwords");
    assert_snapshot!(project.error(), @r"
    cannot render shop for dev: chart/templates/secret.yaml: Secret `db` differs on every run, so every run would propose a change: `stringData.password`
    hint: set them with the chart's values, or generate them once and keep them in git: `keep: [{kind: Secret, name: db}]` on the step
    ");
    let project = Project::new("[{path: chart, engine: helm, values: [{inline: {password: secret}}]}]")
        .chart("passwords");
    assert_eq!(project.objects()[0]["stringData"]["password"], json!("secret"));
}

#[test]
fn a_dependency_that_is_not_vendored() {
    let project = Project::new("[{path: chart}]").chart("platform");
    std::fs::remove_dir_all(project.path("chart/charts/cache")).unwrap();
    assert_snapshot!(project.error(), @r"
    cannot render shop for dev: towline.yaml:4:20: `helm template` failed with exit code 1: An error occurred while checking for chart dependencies. You may need to run `helm dependency build` to fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: cache
    hint: run `helm dependency build chart` and commit the files it adds to charts/
    ");
}

#[test]
fn a_template_that_fails() {
    let project = Project::new("[{path: chart}]")
        .chart("scalars")
        .file("chart/templates/bad.yaml", "a: {{ required \"set .x\" .Values.x }}\n");
    assert_snapshot!(project.error(), @"cannot render shop for dev: towline.yaml:4:20: `helm template` failed with exit code 1: execution error at (scalars/templates/bad.yaml:1:6): set .x");
}

#[test]
fn what_is_not_there() {
    assert_snapshot!(Project::new("[{path: chart, engine: helm}]").error(), @"cannot render shop for dev: towline.yaml:4:20: there is no chart");
    assert_snapshot!(Project::new("[{path: chart, engine: helm}]").file("chart/x.yaml", "").error(), @"cannot render shop for dev: towline.yaml:4:20: chart is not a Helm chart: it has no Chart.yaml");
    let project = Project::new("[{path: chart, engine: helm, values: [{file: \"{{ environment }}.yaml\"}]}]")
        .chart("scalars");
    assert_snapshot!(project.error(), @"cannot render shop for dev: towline.yaml:4:57: there is no file dev.yaml");
    let project = Project::new("[{path: chart, engine: helm, values: [{inline: {a: \"{{ replica }}\"}}]}]")
        .chart("scalars");
    assert_snapshot!(project.values("{replicas: 1}").error(), @r"
    cannot render shop for dev: towline.yaml:4:50: `replica` is undefined
    hint: did you mean `replicas`?
    ");
}

#[test]
fn links_lead_anywhere_in_the_project() {
    let project = Project::new("[{path: charts/web}]")
        .file(
            "charts/web/Chart.yaml",
            "{apiVersion: v2, name: web, version: 0.1.0, dependencies: [{name: library, version: 0.1.0}]}\n",
        )
        .file("charts/web/templates/a.yaml", "{{ include \"library.a\" . }}\n")
        .file("charts/web/charts/.keep", "")
        .file("library/Chart.yaml", "{apiVersion: v2, name: library, version: 0.1.0, type: library}\n")
        .file(
            "library/templates/_a.tpl",
            "{{ define \"library.a\" }}{apiVersion: v1, kind: Namespace, metadata: {name: a}}{{ end }}\n",
        );
    std::os::unix::fs::symlink("../../../library", project.path("charts/web/charts/library")).unwrap();
    assert_eq!(names(&project), ["a"]);
    std::os::unix::fs::symlink("/etc/passwd", project.path("charts/web/templates/link.yaml")).unwrap();
    assert_snapshot!(project.error(), @r"
    cannot render shop for dev: charts/web/templates/link.yaml: is outside ROOT
    hint: copy the file here: a release is made from the files of its own repository
    ");
}

#[test]
fn secrets_do_not_show_in_what_helm_says() {
    let step = "[{path: chart, engine: helm, values: [{variables: true}]}]";
    let project = Project::new(step)
        .chart("scalars")
        .variables("[{values: {password: hunter22}, secret: true}]")
        .file("chart/templates/bad.yaml", "a: {{ fail .Values.password }}\n");
    assert_snapshot!(towline::secrets::redact(&project.error()), @"cannot render shop for dev: towline.yaml:4:20: `helm template` failed with exit code 1: execution error at (scalars/templates/bad.yaml:1:6): (secret)");
}

#[test]
fn the_corpus_is_used() {
    let mut charts: Vec<_> =
        std::fs::read_dir(corpus("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    charts.sort();
    assert_eq!(charts, ["large", "passwords", "platform", "scalars"]);
}
