//! What a value is in a manifest: its type, and how it is written.

use super::support::Project;

/// The lines of what is rendered that begin with one of the words.
fn lines(project: &Project, words: &[&str]) -> String {
    let stream = project.stream();
    let found = stream.lines().filter(|line| words.iter().any(|word| line.trim().starts_with(word)));
    found.map(str::trim).collect::<Vec<_>>().join("\n")
}

fn config(data: &str) -> String {
    format!("apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\ndata:\n{data}")
}

/// A resource of whose fields nothing is known.
fn custom(spec: &str) -> String {
    format!("apiVersion: example.com/v1\nkind: Thing\nmetadata: {{name: a}}\nspec:\n{spec}")
}

#[test]
fn versions_and_commits_of_the_command_line_stay_as_they_are() {
    for value in ["1.10", "706798e8", "0123456", "08", "no", "1_000", "18446744073709551616"] {
        let template = custom("  text: app:{{ v }}\n  whole: {{ v }}\n");
        let project = Project::new().file("deploy/a.yaml", template).set(&format!("v={value}"));
        let expected = format!("text: app:{value}\nwhole: \"{value}\"");
        assert_eq!(lines(&project, &["text:", "whole:"]), expected);
    }
}

#[test]
fn numbers_of_a_file_are_numbers_and_keep_their_spelling_in_text() {
    let template = custom(
        "  text: app:{{ v }} {{ m }} {{ c }} {{ f['x'] }}\n  whole: {{ v }}\n  c: {{ c }}\n  l: {{ l }}\n",
    );
    let project = Project::new()
        .file("deploy/a.yaml", template)
        .file("v.yaml", "v: 1.10\nm: 0755\nc: no\nf: {x: 1_000}\nl: [1.50, yes]\n")
        .source("{file: v.yaml}");
    let expected = "text: app:1.10 0755 no 1_000\nwhole: 1.1\nc: false\nl:\n- 1.5\n- true";
    assert_eq!(lines(&project, &["text:", "whole:", "c:", "l:", "- "]), expected);
}

#[test]
fn expressions_have_numbers_and_text() {
    let template = custom(
        "  a: {{ v * 2 }}\n  b: {% if on %}x{{ v }}{% endif %}\n  c: {{ 'one' if stage == 'prod' else 'two' }}\n  d: {{ 1 + n | int }}\n",
    );
    let project = Project::new()
        .file("deploy/a.yaml", template)
        .file("v.yaml", "v: 1.50\non: yes\n")
        .file("v.env", "stage=prod\nn=3\n")
        .source("{file: v.yaml}")
        .source("{file: v.env}");
    assert_eq!(lines(&project, &["a: 3", "b:", "c:", "d:"]), "a: 3.0\nb: x1.5\nc: one\nd: 4");
    let warnings: Vec<_> =
        project.render().unwrap().warnings.iter().map(|it| project.without_root(&it.to_string())).collect();
    assert!(
        warnings.join("\n").starts_with("deploy/a.yaml: `v` is written `1.50` and may be inserted as `1.5`")
    );
}

#[test]
fn a_text_that_means_false_is_no_condition() {
    let template = config("  a: '{% if DEBUG %}x{% endif %}'\n");
    let project = |template: &str| Project::new().file("deploy/a.yaml", template).set("DEBUG=false");
    insta::assert_snapshot!(project(&template).error(), @r"
    cannot render greeting for dev: deploy/a.yaml: a condition takes `DEBUG` for true, and its text means false
    hint: write `DEBUG | bool`, or compare it with a text
    ");
    let bool = template.replace("DEBUG", "DEBUG | bool");
    assert_eq!(lines(&project(&bool), &["a:"]), "a: \"\"");
    let compared = template.replace("DEBUG", "DEBUG == 'false'");
    assert_eq!(lines(&project(&compared), &["a: x"]), "a: x");
}

#[test]
fn values_without_type_take_that_of_the_field() {
    let deployment = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, labels: {rev: $REV}}\nspec:\n  replicas: $REPLICAS\n  \
        paused: $PAUSED\n  template:\n    spec:\n      containers:\n      - name: web\n        args: [--port, $PORT]\n        \
        ports: [{containerPort: $PORT}]\n        env: [{name: DEBUG, value: $PAUSED}]\n";
    let project = Project::new()
        .step("{path: deploy, delimiters: $VAR}")
        .file("deploy/web.yaml", deployment)
        .file("app.env", "REPLICAS=3\nPAUSED=false\nPORT=8080\nREV=0755\n")
        .source("{file: app.env}");
    let words = ["rev:", "replicas:", "paused:", "- \"", "- containerPort", "value:"];
    let expected =
        "rev: \"0755\"\nreplicas: 3\npaused: false\n- \"8080\"\n- containerPort: 8080\nvalue: \"false\"";
    assert_eq!(lines(&project, &words), expected);
    let braces = deployment
        .replace("$REPLICAS", "{{ REPLICAS }}")
        .replace("$PAUSED", "{{ PAUSED }}")
        .replace("$PORT", "{{ PORT }}");
    let project = project.step("{path: deploy}").file("deploy/web.yaml", braces.replace("$REV", "{{ REV }}"));
    assert_eq!(lines(&project, &words), expected);
}

#[test]
fn numbers_in_text_fields_are_the_text_that_is_written() {
    let template = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d, annotations: {build: 3}, labels: {mode: 0755}}\nspec:\n  \
        selector: {matchLabels: {gpu: true}}\n  template:\n    spec:\n      nodeSelector: {gpu: yes}\n      containers:\n      \
        - {name: c, image: x, args: [--port, 8080], command: [1.10], env: [{name: DEBUG, value: true}]}\n";
    let jinja = Project::new().file("deploy/d.yaml", template);
    let plain = Project::new().step("{path: deploy, engine: plain}").file("deploy/d.yaml", template);
    insta::assert_snapshot!(jinja.stream(), @r#"
    ---
    # Source: dev/greeting/deployment-d.yaml
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: d
      annotations:
        build: "3"
      labels:
        mode: "0755"
    spec:
      selector:
        matchLabels:
          gpu: "true"
      template:
        spec:
          nodeSelector:
            gpu: "yes"
          containers:
          - name: c
            image: x
            args:
            - --port
            - "8080"
            command:
            - "1.10"
            env:
            - name: DEBUG
              value: "true"
    "#);
    assert_eq!(jinja.stream(), plain.stream());
}

#[test]
fn a_type_that_the_cluster_refuses_is_a_warning() {
    let template =
        "apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  ports: [{port: \"{{ port }}\"}]\n";
    let project = Project::new().file("deploy/a.yaml", template).values("{port: 80}");
    let warnings: Vec<_> =
        project.render().unwrap().warnings.iter().map(|it| project.without_root(&it.to_string())).collect();
    insta::assert_snapshot!(warnings.join("\n"), @"deploy/a.yaml:1: `spec.ports[0].port` of Service `web` is text, and Kubernetes takes only a number there");
}

#[test]
fn a_block_scalar_gets_the_lines_of_a_value() {
    let data = "  crt: |\n    {{ cert }}\n  both: |\n    a {{ cert }}\n    {{ cert }}\n  strip: |-\n    {{ cert }}\n  keep: |+\n    {{ cert }}\n  \
        empty: |\n    {{ nothing }}\n  folded: >\n    {{ cert }}\n";
    let template = config(data);
    let project = Project::new()
        .file("deploy/a.yaml", template)
        .values("{cert: \"BEGIN\\nAA\\nEND\\n\", nothing: \"\"}");
    let rendering = project.render().unwrap();
    let data = &rendering.targets[0].resources[0].manifest["data"];
    let cert = "BEGIN\nAA\nEND\n";
    assert_eq!(
        *data,
        serde_json::json!({"crt": cert, "both": format!("a {cert}\n{cert}"), "strip": cert.trim_end(),
            "keep": format!("{cert}\n"), "empty": "", "folded": cert})
    );
}

#[test]
fn names_with_dots_and_dashes_are_found() {
    let project = |step: &str, template: String| {
        Project::new()
            .images("{my-web: {repository: ghcr.io/acme/web, unused: true}}")
            .step(step)
            .file("app.env", "App.Name=a\nmy-name=b\n")
            .source("{file: app.env}")
            .file("deploy/a.yaml", template)
    };
    let braces = project(
        "{path: deploy}",
        config("  a: {{ App.Name }} {{ vars['my-name'] }} {{ vars['App.Name'] }}\n"),
    );
    assert_eq!(lines(&braces, &["a: a"]), "a: a b a");
    let shell = project("{path: deploy, delimiters: $VAR}", config("  a: ${App.Name} ${my-name}\n"));
    assert_eq!(lines(&shell, &["a: a"]), "a: a b");
    insta::assert_snapshot!(project("{path: deploy}", config("  a: {{ my-name }}\n")).error(), @r"
    cannot render greeting for dev: deploy/a.yaml:5:9: `my` is undefined
    hint: did you mean `vars['my-name']`?
    ");
}

#[test]
fn an_image_that_nothing_has_filled_is_an_error() {
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec: {containers: [{name: web, image: $IMAGE_NAME:$IMAGE_TAG}]}\n";
    insta::assert_snapshot!(Project::new().file("deploy/a.yaml", pod).error(), @r"
    cannot render greeting for dev: deploy/a.yaml:1: `$IMAGE_NAME:$IMAGE_TAG` in Pod `web` is not an image
    hint: if a placeholder was to be filled, set `placeholders` on the step, or `delimiters` for templates
    ");
    let filled = Project::new().step("{path: deploy, delimiters: $VAR}").file("deploy/a.yaml", pod);
    assert_eq!(lines(&filled, &["image:"]), "image: ghcr.io/acme/web:1.10");
}

#[test]
fn values_of_the_pipeline_file_may_have_expressions() {
    let project = Project::new()
        .file(
            "deploy/a.yaml",
            config("  host: {{ host }}\n  ports: {{ ports }}\n  literal: '{{ literal }}'\n"),
        )
        .source("{values: {domain: acme.dev, port: 80}}")
        .source("{values: {host: 'shop.{{ environment }}.{{ domain }}', ports: '{{ port }}'}}")
        .source("{values: {host: '{{ target }}-{{ host }}', literal: '{% raw %}{{ pod }}{% endraw %}'}}");
    let expected = "host: dev-shop.dev.acme.dev\nports: \"80\"\nliteral: \"{{ pod }}\"";
    assert_eq!(lines(&project, &["host:", "ports:", "literal:"]), expected);
    let before = Project::new().file("deploy/a.yaml", config("  a: b\n")).values("{a: '{{ b }}', b: x}");
    insta::assert_snapshot!(before.error(), @r"
    cannot render greeting for dev: towline.yaml:7:14: `b` is undefined
    hint: give it a value, or use the `default` filter
    ");
}

#[test]
fn what_is_made_from_a_secret_is_secret() {
    let project = Project::new()
        .file("deploy/a.yaml", config("  a: b\n"))
        .secrets("{password: hunter2}")
        .source("{values: {url: 'x://{{ password }}@', user: '{{ application }}'}}")
        .source("{values: {one: '{{ vars.password }}', two: '{{ vars[\"password\"] }}', three: '{{ vars.user }}'}}");
    let rendering = project.render().unwrap();
    let names: Vec<_> = rendering.targets[0].variables.secrets().map(|leaf| leaf.name.as_str()).collect();
    assert_eq!(names, ["password", "url", "one", "two"]);
}
