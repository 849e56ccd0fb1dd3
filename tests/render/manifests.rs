//! What is rendered, and the whole message of each thing that can be wrong with a template.

use super::support::Project;

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

    insta::assert_snapshot!(project.stream(), @r#"
    ---
    # Source: dev/greeting/deployment-greeting_dev.yaml
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: greeting
      namespace: dev
      labels:
        "on": "1.10"
    spec:
      replicas: 3
      template:
        spec:
          containers:
          - name: web
            image: ghcr.io/acme/web:1.10
            env:
            - name: VERSION
              value: v1.10
            - name: FLAG
              value: "yes"
            - name: MOTD
              value: |
                a: b
                - c # d
    ---
    # Source: dev/greeting/service-greeting.yaml
    apiVersion: v1
    kind: Service
    metadata:
      name: greeting
    spec:
      ports:
      - port: 80
    "#);
    insta::assert_snapshot!(project.file_of("descriptors/dev/greeting.yaml"), @r#"
    apiVersion: towline.dev/v1
    kind: DeploymentDescriptor
    application:
      name: greeting
      team: payments
    environment: dev
    release:
      version: "1.10"
      build: "42"
      commit: 0123456789abcdef0123456789abcdef01234567
      branch: main
    images:
    - name: web
      repository: ghcr.io/acme/web
      tag: "1.10"
    targets:
    - name: dev
      path: dev/greeting
      files:
        deployment-greeting_dev.yaml: db560df028015b6eb7536c357e7d058c01abf8b2
        service-greeting.yaml: 2edeb65b89de3f5a174ce1d431886e73b3247918
      digest: sha256:59319903eb2e5fbc85e5dcfc9489ad5108a76150e5910c4d7979558767bb19dd
    inputs:
      release: sha256:52bf34ffb01d1e659308d02ff3c8ef0139864243a340074eee9be308fe6ef8f8
      files:
        deploy/app.yaml: 0102953d462a7b3d
        towline.yaml: ae32e5961746b6cd
      templates: sha256:88ba1658c16c5f88d8b299942cb3c590c5ef5a210c0110671158e93e3896bca8
      variables: sha256:0128eed0cecb5c2103157b28b9f5fc7f1a7d455288e18446744338432484c641
    tool: towline 0.1.0
    "#);
}

/// Each line of the table: what is wrong, the template, the variables, the whole message.
fn error(template: &str, values: &str) -> String {
    Project::new().file("deploy/app.yaml", template).values(values).error()
}

const NAMED: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";

fn config(data: &str) -> String {
    format!("{NAMED}data:\n{data}")
}

#[test]
fn an_undefined_variable() {
    insta::assert_snapshot!(error(&config("  host: {{ db.hots }}\n"), "{db: {host: a}}"), @"
    cannot render greeting for dev: deploy/app.yaml:5:12: `db.hots` is undefined
    hint: did you mean `db.host`?
    ");
    insta::assert_snapshot!(error(&config("  host: \"x {{ replica | upper }}\"\n"), "{replicas: a}"), @"
    cannot render greeting for dev: deploy/app.yaml:5:25: `replica` is undefined
    hint: did you mean `replicas`?
    ");
    insta::assert_snapshot!(error(&config("  alert: \"{{ $labels.pod }}\"\n"), "{}"), @"
    cannot render greeting for dev: deploy/app.yaml:5:14: syntax error: unexpected character
    hint: if these braces belong to another tool, set other `delimiters` beside this `path` in the pipeline file (or, in `templates`, `engine: plain`), or put the text between {% raw %} and {% endraw %}
    ");
    insta::assert_snapshot!(error(&config("  alert: \"{{ labels.pod }}\"\n"), "{}"), @"
    cannot render greeting for dev: deploy/app.yaml:5:14: `labels` is undefined
    hint: give it a value, or use the `default` filter; if these braces belong to another tool, set other `delimiters` beside this `path` in the pipeline file (or, in `templates`, `engine: plain`), or put the text between {% raw %} and {% endraw %}
    ");
    insta::assert_snapshot!(error(&config("  build: {{ release.buidl }}\n"), "{}"), @"
    cannot render greeting for dev: deploy/app.yaml:5:13: `release.buidl` is undefined
    hint: did you mean `release.build`?
    ");
    insta::assert_snapshot!(error(&config("  a: {{ images.wbe }}\n"), "{}"), @"
    cannot render greeting for dev: deploy/app.yaml:5:9: `images.wbe` is undefined
    hint: did you mean `images.web`?
    ");
}

#[test]
fn null_in_a_scalar() {
    insta::assert_snapshot!(error(&config("  a: {{ host }}\n"), "{host: null}"), @"
    cannot render greeting for dev: deploy/app.yaml:5:9: `host` is null
    hint: give it a value, or use the `default` filter with `true`, or write `null` in the template itself
    ");
    insta::assert_snapshot!(error(&config("  a: x-{{ db.host }}\n"), "{db: {host: null}}"), @"
    cannot render greeting for dev: deploy/app.yaml:5:11: `db.host` is null
    hint: give it a value, or use the `default` filter with `true`, or write `null` in the template itself
    ");
}

#[test]
fn a_syntax_error() {
    insta::assert_snapshot!(error(&config("  a: {{ host }\n"), "{}"), @"
    cannot render greeting for dev: deploy/app.yaml:5:14: syntax error: unexpected `}`, expected end of variable block
    hint: if these braces belong to another tool, set other `delimiters` beside this `path` in the pipeline file (or, in `templates`, `engine: plain`), or put the text between {% raw %} and {% endraw %}
    ");
    insta::assert_snapshot!(error(&config("{% if x %}\n  a: b\n"), "{x: true}"), @r"
    cannot render greeting for dev: deploy/app.yaml:6:1: syntax error: unexpected end of input, expected end of block
    hint: if these braces belong to another tool, set other `delimiters` beside this `path` in the pipeline file (or, in `templates`, `engine: plain`), or put the text between {% raw %} and {% endraw %}
    ");
    insta::assert_snapshot!(error(&config("  a: {{ x | shout }}\n"), "{x: a}"), @r"
    cannot render greeting for dev: deploy/app.yaml:5:13: there is no filter `shout`
    hint: did you mean `sort`?
    ");
}

#[test]
fn a_loop_that_never_ends() {
    let nested = "{% for a in range(90000) %}{% for b in range(90000) %}{% endfor %}{% endfor %}";
    insta::assert_snapshot!(error(&config(nested), "{}"), @r"
    cannot render greeting for dev: deploy/app.yaml:5: the template takes too many steps
    hint: does a loop or macro never end? If the template is meant to be this large, split it
    ");
    let recursive = "{% macro f() %}{{ f() }}{% endmacro %}{{ f() }}";
    insta::assert_snapshot!(error(&config(recursive), "{}"), @r"
    cannot render greeting for dev: deploy/app.yaml:5:19: includes and macros are nested more than 60 deep
    hint: does a macro or an include call itself without end?
    ");
    let including = Project::new()
        .file("deploy/app.yaml", "{% include '_a.yaml' %}")
        .file("deploy/_a.yaml", "{% include '_a.yaml' %}");
    insta::assert_snapshot!(including.error(), @r"
    cannot render greeting for dev: deploy/_a.yaml:1:4: includes and macros are nested more than 60 deep
    hint: does a macro or an include call itself without end?
    ");
}

#[test]
fn an_output_without_end() {
    let long = "x".repeat(1000);
    let template = format!("{{% for a in range(90000) %}}{long}{{% endfor %}}");
    insta::assert_snapshot!(error(&template, "{}"), @"
    cannot render greeting for dev: deploy/app.yaml: the template's text grows beyond 16 MiB
    hint: is a loop larger than intended?
    ");
}

#[test]
fn structure_where_only_text_can_stand() {
    insta::assert_snapshot!(error(&config("  a: x {{ m }}\n"), "{m: {b: c}}"), @"
    cannot render greeting for dev: deploy/app.yaml:5: a map cannot be inside text or a key: `a: x …`
    hint: make it the whole value, without quotes, or name a value in it; a Jinja template writes it as text with `| tojson`
    ");
    insta::assert_snapshot!(error(&config("  a: \"{{ m }}\"\n"), "{m: [b]}"), @r#"
    cannot render greeting for dev: deploy/app.yaml:5: a list cannot be inside text or a key: `a: "…"`
    hint: make it the whole value, without quotes, or name a value in it; a Jinja template writes it as text with `| tojson`
    "#);
    insta::assert_snapshot!(error(&config("  {{ m }}: a\n"), "{m: [b]}"), @"
    cannot render greeting for dev: deploy/app.yaml:5: a list cannot be inside text or a key: `…: a`
    hint: make it the whole value, without quotes, or name a value in it; a Jinja template writes it as text with `| tojson`
    ");
}

#[test]
fn a_filter_on_text_that_already_contains_values() {
    let template = config("  a: {% set b %}x-{{ v }}{% endset %}{{ b | upper }}\n");
    insta::assert_snapshot!(error(&template, "{v: y}"), @"
    cannot render greeting for dev: deploy/app.yaml:5:45: a filter or `~` on text that already contains values: `upper`
    hint: filter the value itself, before it becomes part of the text, or write it with `| raw`
    ");
    let template = config("  a: {% set b %}x-{{ v }}{% endset %}{{ b ~ '-y' }}\n");
    insta::assert_snapshot!(error(&template, "{v: y}"), @"
    cannot render greeting for dev: deploy/app.yaml:5:41: a filter or `~` on text that already contains values: `b ~ '-y'`
    hint: filter the value itself, before it becomes part of the text, or write it with `| raw`
    ");
    let template = config("  a: {% set b %}x-{{ v }}{% endset %}{{ b }}-{{ v | upper }}\n");
    insta::assert_snapshot!(Project::new().file("deploy/app.yaml", template).values("{v: why}").stream(), @"
    ---
    # Source: dev/greeting/configmap-a.yaml
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: a
    data:
      a: x-why-WHY
    ");
}

#[test]
fn yaml_that_the_template_itself_breaks() {
    insta::assert_snapshot!(error(&config("  a: {{ v }}: b: c\n"), "{v: y}"), @"cannot render greeting for dev: deploy/app.yaml:5: not YAML: mapping values are not allowed in this context: `a: …: b: c`");
    insta::assert_snapshot!(error(&config("  a: [1, {{ v }}\nb: 2\n"), "{v: y}"), @"cannot render greeting for dev: deploy/app.yaml:6: not YAML: illegal placement of ':' indicator: `b: 2`");
    insta::assert_snapshot!(error(&config("{% for i in v %}  a: {{ i }}\n{% endfor %}"), "{v: [1, 2]}"), @"cannot render greeting for dev: deploy/app.yaml: not YAML: duplicate key `a`, in line 6 of the rendered text: `a: …`");
    insta::assert_snapshot!(error(&config("  {{ a }}: 1\n  {{ b }}: 2\n"), "{a: same, b: same}"), @"cannot render greeting for dev: deploy/app.yaml:6: a value makes this key a duplicate of another key in the same map: `…: 2`");
    insta::assert_snapshot!(error(&config("  a: 1\n  a: 2\n"), "{}"), @"cannot render greeting for dev: deploy/app.yaml:6:3: duplicate key `a`");
}

#[test]
fn a_resource_without_identity() {
    insta::assert_snapshot!(error("apiVersion: v1\nmetadata: {name: a}\n", "{}"), @"
    cannot render greeting for dev: deploy/app.yaml:1: the resource has no `kind`
    hint: a resource has `apiVersion`, `kind` and `metadata.name`; the name of a file that is only included must start with `_`
    ");
    insta::assert_snapshot!(error("kind: Pod\nmetadata: {name: a}\n", "{}"), @"
    cannot render greeting for dev: deploy/app.yaml:1: the resource has no `apiVersion`
    hint: a resource has `apiVersion`, `kind` and `metadata.name`; the name of a file that is only included must start with `_`
    ");
    insta::assert_snapshot!(error("apiVersion: v1\nkind: Pod\n", "{}"), @"
    cannot render greeting for dev: deploy/app.yaml:1: the Pod has no `metadata.name`
    hint: a resource has `apiVersion`, `kind` and `metadata.name`; the name of a file that is only included must start with `_`
    ");
    insta::assert_snapshot!(error("apiVersion: v1\nkind: Pod\nmetadata: {name: {{ x }}}\n", "{x: [1]}"), @"
    cannot render greeting for dev: deploy/app.yaml:1: the Pod has no `metadata.name` that is a string
    hint: a resource has `apiVersion`, `kind` and `metadata.name`; the name of a file that is only included must start with `_`
    ");
    insta::assert_snapshot!(error("apiVersion: v1\nkind: Pod\nmetadata: {generateName: a-}\n", "{}"), @"
    cannot render greeting for dev: deploy/app.yaml:1: the Pod has `metadata.generateName`
    hint: write `metadata.name`: what is in git must have the same name on every apply
    ");
    insta::assert_snapshot!(error("apiVersion: v1\nkind: Pod\nmetadata: {name: ../a}\n", "{}"), @"
    cannot render greeting for dev: deploy/app.yaml:1: `metadata.name` of Pod `../a` has the character '/'
    hint: names have letters, digits, `-`, `.`, `_` and `:`
    ");
    insta::assert_snapshot!(error("- a\n", "{}"), @"
    cannot render greeting for dev: deploy/app.yaml:1: the document is not a map, so it is not a Kubernetes resource
    hint: a resource has `apiVersion`, `kind` and `metadata.name`; the name of a file that is only included must start with `_`
    ");
}

#[test]
fn two_resources_with_one_identity() {
    let other = format!("# b\n\n{NAMED}data: {{x: '1'}}\n");
    let two = Project::new().file("deploy/a.yaml", NAMED).file("deploy/b.yaml", other);
    insta::assert_snapshot!(two.error(), @"
    cannot render greeting for dev: deploy/b.yaml:3: ConfigMap `a` is defined twice, first in deploy/a.yaml:1
    hint: give one of them another name or namespace, or omit one with `{% if %}`
    ");
}

#[test]
fn a_clash_adds_the_api_group() {
    let ingress = |group| format!("apiVersion: {group}/v1\nkind: Ingress\nmetadata: {{name: a}}\n");
    let text = format!("{}---\n{}", ingress("networking.k8s.io"), ingress("traefik.io"));
    let rendering = Project::new().file("deploy/app.yaml", text).render().unwrap();
    let files: Vec<_> = rendering.files.iter().map(|file| file.path.as_str()).collect();
    insta::assert_debug_snapshot!(files, @r#"
    [
        "descriptors/dev/greeting.yaml",
        "dev/greeting/ingress.networking.k8s.io-a.yaml",
        "dev/greeting/ingress.traefik.io-a.yaml",
    ]
    "#);
}

#[test]
fn an_include_outside_the_folder() {
    let project = |name: &str| {
        let text = format!("{NAMED}{{% include '{name}' %}}\n");
        Project::new().file("deploy/app.yaml", text).file("secret.yaml", "data: {}\n")
    };
    insta::assert_snapshot!(project("../secret.yaml").error(), @"
    cannot render greeting for dev: deploy/app.yaml:4:4: includes `../secret.yaml`, which is not in the template folder
    hint: copy the file into the folder; templates cannot read files outside it
    ");
    insta::assert_snapshot!(project("/etc/passwd").error(), @"
    cannot render greeting for dev: deploy/app.yaml:4:4: includes `/etc/passwd`, which is not in the template folder
    hint: copy the file into the folder; templates cannot read files outside it
    ");
    insta::assert_snapshot!(project("_absent.yaml").error(), @"
    cannot render greeting for dev: deploy/app.yaml:4:4: includes `_absent.yaml`, which is not in the template folder
    hint: copy the file into the folder; templates cannot read files outside it
    ");
}

#[test]
fn files_that_are_no_text() {
    let project = Project::new().file("deploy/app.yaml", b"a: 1\nb: \xff\n").file("deploy/logo.png", b"\xff");
    insta::assert_snapshot!(project.error(), @"
    cannot render greeting for dev: deploy/app.yaml:2: the file is not UTF-8 text
    hint: save it as UTF-8, or start its name with `_` if it is not a template
    ");
}

#[test]
fn nothing_to_render() {
    insta::assert_snapshot!(Project::new().file("deploy/_only.yaml", NAMED).error(), @"
    cannot render greeting for dev: towline.yaml:5:20: deploy renders no resources
    hint: names of templates end in .yaml, .yml or .json (optionally followed by .j2 or .jinja) and do not start with `.` or `_`
    ");
    insta::assert_snapshot!(error("{% if false %}\na: b\n{% endif %}", "{}"), @"
    cannot render greeting for dev: towline.yaml:5:20: deploy renders no resources
    hint: names of templates end in .yaml, .yml or .json (optionally followed by .j2 or .jinja) and do not start with `.` or `_`
    ");
    insta::assert_snapshot!(Project::new().error(), @"cannot render greeting for dev: towline.yaml:5:20: cannot read the templates in deploy: No such file or directory (os error 2)");
}

#[test]
fn a_secret_that_would_be_committed() {
    let error = |data: &str| {
        Project::new().file("deploy/app.yaml", config(data)).secrets("{password: \"pa$$ w\\\"rd\"}").error()
    };
    insta::assert_snapshot!(error("  a: {{ password }}\n"), @"
    cannot render greeting for dev: deploy/app.yaml:1: the secret variable `password` would be committed in configmap-a.yaml, field data.a
    hint: let the cluster fetch it (external-secrets, sealed secrets), or set `secrets: allow` on the environment
    ");
    insta::assert_snapshot!(error("  a: {{ password | b64encode }}\n"), @"
    cannot render greeting for dev: deploy/app.yaml:1: the secret variable `password` would be committed in configmap-a.yaml, field data.a
    hint: let the cluster fetch it (external-secrets, sealed secrets), or set `secrets: allow` on the environment
    ");
    insta::assert_snapshot!(error("  a: postgres://u:{{ password | urlencode }}@h\n"), @"
    cannot render greeting for dev: deploy/app.yaml:1: the secret variable `password` would be committed in configmap-a.yaml, field data.a
    hint: let the cluster fetch it (external-secrets, sealed secrets), or set `secrets: allow` on the environment
    ");
    insta::assert_snapshot!(error("  {{ password }}: a\n"), @"
    cannot render greeting for dev: deploy/app.yaml:1: the secret variable `password` would be committed in configmap-a.yaml, field data (a key)
    hint: let the cluster fetch it (external-secrets, sealed secrets), or set `secrets: allow` on the environment
    ");
    let auth = "{\\\"auths\\\": {\\\"r\\\": {\\\"auth\\\": \\\"\" ~ (\"user:\" ~ password) | b64encode ~ \"\\\"}}}\"";
    insta::assert_snapshot!(error(&format!("  .dockerconfigjson: {{{{ (\"{auth}) | b64encode }}}}\n")), @"
    cannot render greeting for dev: deploy/app.yaml:1: the secret variable `password` would be committed in configmap-a.yaml, field data..dockerconfigjson
    hint: let the cluster fetch it (external-secrets, sealed secrets), or set `secrets: allow` on the environment
    ");
}

#[test]
fn secrets_may_be_allowed_and_never_show_in_messages() {
    let project =
        |data: &str| Project::new().file("deploy/app.yaml", config(data)).secrets("{password: hunter22}");
    let allowed = project("  a: {{ password }}\n").environment("    secrets: allow\n");
    insta::assert_snapshot!(allowed.stream(), @"
    ---
    # Source: dev/greeting/configmap-a.yaml
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: a
    data:
      a: hunter22
    ");
    let broken = project("  a: [{{ password | raw }}\nb: 1\n");
    insta::assert_snapshot!(broken.error(), @"cannot render greeting for dev: deploy/app.yaml:6: not YAML: illegal placement of ':' indicator: `b: 1`");
    let shown = project("  a: {{ password | raw }}: b: c\n");
    insta::assert_snapshot!(towline::secrets::redact(&shown.error()), @"cannot render greeting for dev: deploy/app.yaml:5: not YAML: mapping values are not allowed in this context: `a: (secret): b: c`");
    let compared = project("  a: {{ password / 2 }}\n");
    insta::assert_snapshot!(compared.error(), @"cannot render greeting for dev: deploy/app.yaml:5:9: invalid operation: tried to use / operator on unsupported types string and number");
}

#[test]
fn windows_line_ends_comments_and_lists() {
    let text = format!(
        "\u{feff}# {{{{ v }}}}\r\n{}data: {{a: {{{{ v }}}}}}\r\n---\r\n# nothing\r\n---\r\n",
        NAMED.replace('\n', "\r\n")
    );
    let list = "apiVersion: v1\nkind: List\nitems:\n- {apiVersion: v1, kind: Pod, metadata: {name: one}}\n- {apiVersion: v1, kind: Pod, metadata: {name: two}}\n";
    let project =
        Project::new().file("deploy/a.yaml", text).file("deploy/b.yaml.j2", list).values("{v: 'a: b'}");
    insta::assert_snapshot!(project.stream(), @r#"
    ---
    # Source: dev/greeting/configmap-a.yaml
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: a
    data:
      a: "a: b"
    ---
    # Source: dev/greeting/pod-one.yaml
    apiVersion: v1
    kind: Pod
    metadata:
      name: one
    ---
    # Source: dev/greeting/pod-two.yaml
    apiVersion: v1
    kind: Pod
    metadata:
      name: two
    "#);
}

#[test]
fn other_delimiters_leave_braces_to_other_tools() {
    let text = |value: &str| config(&format!("  a: {value}\n  b: \"{{{{ $labels.pod }}}}\"\n  c: $(POD)\n"));
    let stream = |delimiters: &str, value: &str| {
        let step = format!("{{path: deploy, delimiters: \"{delimiters}\"}}");
        Project::new().file("deploy/a.yaml", text(value)).values("{v: 1.5}").step(&step).stream()
    };
    let expected = stream("${{ }}", "${{ v }}");
    insta::assert_snapshot!(expected, @r#"
    ---
    # Source: dev/greeting/configmap-a.yaml
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: a
    data:
      a: "1.5"
      b: "{{ $labels.pod }}"
      c: $(POD)
    "#);
    assert_eq!(stream("#{ }#", "#{ v }#"), expected);
    assert_eq!(stream("<< >>", "<< v >>"), expected.replace("b: b", ""));
}

#[test]
fn shell_delimiters() {
    let project = |data: &str| {
        let step = "{path: deploy, delimiters: \"$VAR\"}";
        Project::new()
            .file("deploy/a.yaml", config(data))
            .values("{db: {port: 5432}, labels: {a: b}}")
            .step(step)
    };
    let data =
        "  a: ${db.port}\n  b: \"$environment-$$HOME\"\n  c: $(POD)\n  d: $labels\n  e: ${images.web}\n";
    insta::assert_snapshot!(project(data).stream(), @r#"
    ---
    # Source: dev/greeting/configmap-a.yaml
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: a
    data:
      a: "5432"
      b: dev-$HOME
      c: $(POD)
      d:
        a: b
      e: ghcr.io/acme/web:1.10
    "#);
    insta::assert_snapshot!(project("  a: $enviroment\n").error(), @"
    cannot render greeting for dev: deploy/a.yaml:5:6: `enviroment` is undefined
    hint: did you mean `environment`?
    ");
    insta::assert_snapshot!(project("  a: x$labels\n").error(), @"
    cannot render greeting for dev: deploy/a.yaml:5: a map cannot be inside text or a key: `a: x…`
    hint: make it the whole value, without quotes, or name a value in it; a Jinja template writes it as text with `| tojson`
    ");
}

#[test]
fn images_are_set_wherever_containers_are() {
    let text = "\
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: a}
spec:
  template:
    spec:
      initContainers: [{name: i, image: \"ghcr.io/acme/web:old@sha256:aa\"}]
      containers: [{name: c, image: ghcr.io/acme/other}, {name: d, image: ghcr.io/acme/web}]
";
    insta::assert_snapshot!(Project::new().file("deploy/a.yaml", text).stream(), @"
    ---
    # Source: dev/greeting/rollout-a.yaml
    apiVersion: argoproj.io/v1alpha1
    kind: Rollout
    metadata:
      name: a
    spec:
      template:
        spec:
          initContainers:
          - name: i
            image: ghcr.io/acme/web:1.10
          containers:
          - name: c
            image: ghcr.io/acme/other
          - name: d
            image: ghcr.io/acme/web:1.10
    ");
}

#[test]
fn an_image_that_no_manifest_uses() {
    let project = |text: &str| Project::new().images("{web: ghcr.io/acme/web}").file("deploy/app.yaml", text);
    insta::assert_snapshot!(project(NAMED).error(), @r#"
    cannot render greeting for dev: towline.yaml:4:15: no manifest of dev uses the image `web` (ghcr.io/acme/web)
    hint: use that repository in a container's `image`, write `{{ images.web }}` in a template, or name the field that has it: `web: {repository: ghcr.io/acme/web, fields: ["spec.image"]}`; if no manifest should use it, declare `web: {repository: ghcr.io/acme/web, unused: true}`
    "#);
    for used in ["  a: {{ images.web.tag }}\n", "  a: --image=ghcr.io/acme/web:1.10\n"] {
        assert!(project(&config(used)).render().is_ok(), "{used}");
    }
    let declared = project(NAMED).images("{web: {repository: ghcr.io/acme/web, unused: true}}");
    assert!(declared.render().unwrap().warnings.is_empty());
}

#[test]
fn macros_includes_and_structure() {
    let project = Project::new()
        .file("deploy/app.yaml", config("{% import '_lib.yaml' as lib %}  a: {{ lib.url('db') }}\n  b: {{ m | tojson }}\n  c: x{{ m | tojson }}\n{% include '_more.yaml' %}\n"))
        .file("deploy/_lib.yaml", "{% macro url(name) %}http://{{ name }}:{{ port }}{% endmacro %}")
        .file("deploy/_more.yaml", "  d: {{ port }}")
        .values("{port: 80, m: {k: 'no'}}");
    insta::assert_snapshot!(project.stream(), @r#"
    ---
    # Source: dev/greeting/configmap-a.yaml
    apiVersion: v1
    kind: ConfigMap
    metadata:
      name: a
    data:
      a: http://db:80
      b:
        k: "no"
      c: x{"k":"no"}
      d: "80"
    "#);
}

#[test]
fn yaml_that_is_made_to_harm() {
    let deep = format!("{NAMED}data: {}", "[".repeat(100_000));
    insta::assert_snapshot!(error(&deep, "{}").chars().take(150).collect::<String>(), @"cannot render greeting for dev: deploy/app.yaml:4:263: lists and maps are nested more than 256 deep");
    let lines = (1..30).map(|i| format!("a{i}: &a{i} [*a{}, *a{}]\n", i - 1, i - 1));
    let bomb = format!("{NAMED}a0: &a0 [x]\n{}", lines.collect::<String>());
    insta::assert_snapshot!(error(&bomb, "{}").chars().take(150).collect::<String>(), @"cannot render greeting for dev: deploy/app.yaml:23:12: the document has more than 2000000 values");
}

#[test]
fn files_that_a_step_ignores_are_not_read() {
    let manifest = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\n";
    let project = Project::new()
        .file("deploy/web.yaml", manifest)
        .file("deploy/values.yaml", "replicas: 1\n")
        .file("deploy/tests/pod.yaml", manifest)
        .step("{path: deploy, ignore: [values.yaml, tests/**]}");
    assert_eq!(
        project.stream(),
        "---\n# Source: dev/greeting/configmap-web.yaml\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: web\n"
    );
}
