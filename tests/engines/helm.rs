//! Helm: what comes out is what `helm template` prints.

use insta::assert_snapshot;
use serde_json::{Value, json};

use super::support::{Project, corpus, objects, run};

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
    assert_snapshot!(origins.collect::<String>(), @r#"
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
    "#);
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
    assert_snapshot!(project.error(), @r#"
    cannot render shop for dev: chart/templates/secret.yaml: the output of this template differs on every run, in `stringData.password`, so every run would propose a change
    hint: take the value from a variable, or from a Secret that something else creates: `randAlphaNum`, `genCA`, `now` and the like cannot be kept in git
    "#);
    let project = Project::new("[{path: chart, engine: helm, values: [{inline: {password: secret}}]}]")
        .chart("passwords");
    assert_eq!(project.objects()[0]["stringData"]["password"], json!("secret"));
}

#[test]
fn a_dependency_that_is_not_vendored() {
    let project = Project::new("[{path: chart}]").chart("platform");
    std::fs::remove_dir_all(project.path("chart/charts/cache")).unwrap();
    assert_snapshot!(project.error(), @r#"
    cannot render shop for dev: towline.yaml:4:20: `helm template` failed with exit code 1: An error occurred while checking for chart dependencies. You may need to run `helm dependency build` to fetch missing dependencies: found in Chart.yaml, but missing in charts/ directory: cache
    hint: run `helm dependency build chart` and commit the files it adds to charts/
    "#);
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
    assert_snapshot!(project.values("{replicas: 1}").error(), @r#"
    cannot render shop for dev: towline.yaml:4:50: `replica` is undefined
    hint: did you mean `replicas`?
    "#);
}

#[test]
fn a_link_out_of_the_chart() {
    let project = Project::new("[{path: chart}]").chart("scalars").file("outside.yaml", "a: b\n");
    std::os::unix::fs::symlink("../../outside.yaml", project.path("chart/templates/link.yaml")).unwrap();
    assert_snapshot!(project.error(), @r#"
    cannot render shop for dev: chart/templates/link.yaml: this link points outside chart
    hint: copy the file here; tools cannot read files outside the folder
    "#);
}

#[test]
fn secrets_do_not_show_in_what_helm_says() {
    let step = "[{path: chart, engine: helm, values: [{variables: true}]}]";
    let project = Project::new(step)
        .chart("scalars")
        .variables("[{values: {password: hunter22}, secret: true}]")
        .file("chart/templates/bad.yaml", "a: {{ fail .Values.password }}\n");
    assert_snapshot!(project.error(), @"cannot render shop for dev: towline.yaml:4:20: `helm template` failed with exit code 1: execution error at (scalars/templates/bad.yaml:1:6): (secret)");
}

#[test]
fn the_corpus_is_used() {
    let mut charts: Vec<_> =
        std::fs::read_dir(corpus("")).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    charts.sort();
    assert_eq!(charts, ["large", "passwords", "platform", "scalars"]);
}
