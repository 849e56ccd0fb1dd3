//! Findings as people, CI systems and programs see them.

use insta::assert_snapshot;
use serde_json::Value;
use towline::vocabulary::FindingId;

use crate::given::Sandbox;

const PIPELINE: &str = "
version: 1
application: greeting
templates: [{path: deploy}]
gitops: {repository: ../gitops.git}
environments: [{name: dev}, {name: prod}]
";

const WEB: &str = "\
{% set name = 'web' %}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ name }}
spec:
  selector: {matchLabels: {app: web}}
  replicass: 2
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
        - name: web
          image: ghcr.io/acme/web:1.0.0
";

fn sandbox(settings: &str, template: &str) -> Sandbox {
    Sandbox::with_application(&[
        ("towline.yaml", &format!("{settings}{PIPELINE}")),
        ("deploy/web.yaml", template),
    ])
}

#[test]
fn what_all_environments_have_in_common_is_said_once_with_its_line() {
    let run = sandbox("", WEB).towline(&["validate"]);
    assert_snapshot!(run, @r"
    --- stdout
    towline.yaml: 2 environments
    dev: 1 resource, 1 error
    prod: 1 resource, 1 error
    --- stderr
    error[unknown-field]: deploy/web.yaml:8: Kubernetes knows no field `spec.replicass` of Deployment `web`
      hint: did you mean `replicas`?
    error: 1 error in manifests
    --- exit code 1
    ");
    let document = include_str!("../../docs/validate.md");
    for line in run.stderr.lines().filter(|line| !line.starts_with("error: ")) {
        assert!(document.contains(line), "docs/validate.md does not show: {line}");
    }
}

#[test]
fn what_only_some_environments_have_names_them() {
    let template =
        WEB.replace("replicass: 2", "replicas: {% if environment == 'prod' %}many{% else %}2{% endif %}");
    assert_snapshot!(sandbox("", &template).towline(&["validate"]), @r"
    --- stdout
    towline.yaml: 2 environments
    dev: 1 resource
    prod: 1 resource, 1 error
    --- stderr
    error[wrong-type]: deploy/web.yaml:8: `spec.replicas` of Deployment `web` is text, and Kubernetes takes only a whole number there (in prod)
    error: 1 error in manifests
    --- exit code 1
    ");
}

#[test]
fn an_environment_that_cannot_be_rendered_hides_no_finding_of_another() {
    let template = WEB
        .replace("replicass: 2", "replicass: {% if environment == 'prod' %}{{ gone }}{% else %}2{% endif %}");
    assert_snapshot!(sandbox("", &template).towline(&["validate"]), @r"
    --- stdout
    towline.yaml: 2 environments
    dev: 1 resource, 1 error
    prod: failed
    --- stderr
    error: cannot render greeting for prod
      because: deploy/web.yaml:8:47: `gone` is undefined
      hint: give it a value, or use the `default` filter; if these braces belong to another tool, set other `delimiters` beside this `path` in the pipeline file (or, in `templates`, `engine: plain`), or put the text between {% raw %} and {% endraw %}
    error[unknown-field]: deploy/web.yaml:8: Kubernetes knows no field `spec.replicass` of Deployment `web` (in dev)
      hint: did you mean `replicas`?
    error: 1 of 2 environments cannot be rendered; 1 error in the manifests of the others
    --- exit code 1
    ");
}

#[test]
fn a_finding_is_accepted_with_a_reason_and_an_entry_for_none_is_told() {
    let settings = "validate:\n  ignore:\n    - {id: unknown-field, resource: Deployment/w*, reason: to be looked at}\n    \
                    - {id: unknown-field, resource: Service/*, reason: gone}\n";
    assert_snapshot!(sandbox(settings, WEB).towline(&["validate"]), @r"
    --- stdout
    towline.yaml: 2 environments
    dev: 1 resource
    prod: 1 resource
    --- stderr
    warning[unused-ignore]: towline.yaml:4:7: nothing is found that this entry accepts: `unknown-field`
      hint: remove the entry from `validate.ignore`
    --- exit code 0
    ");
    let strict = sandbox(settings, WEB).towline(&["validate", "--strict"]);
    assert_eq!(strict.code, Some(1), "{strict}");
    assert!(strict.stderr.contains("error[unused-ignore]: towline.yaml:4:"), "{strict}");
}

#[test]
fn settings_that_cannot_be_meant_are_refused_at_their_place() {
    let refused =
        |settings: &str| sandbox(&format!("validate: {settings}\n"), WEB).towline(&["validate"]).stderr;
    assert_snapshot!(refused("{kubernetes: '1.99'}"), @r"
    error: towline.yaml:1:24: there are no schemas of Kubernetes 1.99
      hint: there are those of 1.25 to 1.37; without `kubernetes`, the newest counts
    ");
    assert_snapshot!(refused("{ignore: [{id: unknown-feild, reason: a}]}"), @r"
    error: towline.yaml:1:26: no finding has the id `unknown-feild`
      hint: did you mean `unknown-field`?
    ");
    assert_snapshot!(refused("{ignore: [{id: unknown-field}]}"), @"error: towline.yaml:1:21: missing key `reason`");
    assert_snapshot!(refused("{schemas: [nowhere]}"), @"error: nowhere: cannot be read: No such file or directory (os error 2)");
}

#[test]
fn ci_systems_get_annotations() {
    let mut github = sandbox("", WEB);
    github.set("GITHUB_ACTIONS", "true");
    let run = github.towline(&["validate"]);
    let annotation = run.stderr.lines().find(|line| line.starts_with("::error file=")).unwrap_or_default();
    assert_snapshot!(annotation, @"::error file=deploy/web.yaml,line=8::[unknown-field]: deploy/web.yaml:8: Kubernetes knows no field `spec.replicass` of Deployment `web`%0A  hint: did you mean `replicas`?");
    let mut azure = sandbox("", WEB);
    azure.set("TF_BUILD", "True");
    let run = azure.towline(&["validate"]);
    let annotation = run.stderr.lines().find(|line| line.contains("logissue")).unwrap_or_default();
    assert_snapshot!(annotation, @"##vso[task.logissue type=error;sourcepath=deploy/web.yaml;linenumber=8][unknown-field]: deploy/web.yaml:8: Kubernetes knows no field `spec.replicass` of Deployment `web`%0A  hint: did you mean `replicas`?");
}

#[test]
fn programs_get_each_finding_with_its_place() {
    let run = sandbox("", WEB).towline(&["validate", "--output", "json", "--quiet"]);
    let answer: Value = serde_json::from_str(&run.stdout).unwrap();
    assert_snapshot!(serde_json::to_string_pretty(&answer["findings"]).unwrap(), @r#"
    [
      {
        "id": "unknown-field",
        "level": "error",
        "message": "Kubernetes knows no field `spec.replicass` of Deployment `web`",
        "place": {
          "file": "deploy/web.yaml",
          "line": 8
        },
        "hint": "did you mean `replicas`?",
        "resource": {
          "apiVersion": "apps/v1",
          "kind": "Deployment",
          "namespace": null,
          "name": "web"
        },
        "path": "spec.replicass",
        "environments": [
          "dev",
          "prod"
        ],
        "files": [
          "dev/greeting/deployment-web.yaml",
          "prod/greeting/deployment-web.yaml"
        ]
      }
    ]
    "#);
}

#[test]
fn reports_are_files_in_the_forms_of_others() {
    let sandbox = sandbox("", WEB);
    let reports = ["sarif=out/a.sarif", "junit=out/a.xml", "code-quality=out/a.json"];
    let arguments: Vec<&str> = reports.iter().flat_map(|report| ["--report", report]).collect();
    let run = sandbox.towline(&[&["validate"], &arguments[..]].concat());
    assert_eq!(run.code, Some(1), "{run}");
    let sarif: Value = serde_json::from_str(&sandbox.read("app/out/a.sarif")).unwrap();
    assert_eq!(sarif["version"], "2.1.0");
    let rules = sarif["runs"][0]["tool"]["driver"]["rules"].as_array().unwrap();
    assert_eq!(rules.len(), FindingId::ALL.len() + 1);
    let result = &sarif["runs"][0]["results"][0];
    assert_eq!(result["ruleId"], "unknown-field");
    let place = &result["locations"][0]["physicalLocation"];
    assert_eq!(
        (&place["artifactLocation"]["uri"], &place["region"]["startLine"]),
        (&"deploy/web.yaml".into(), &8.into())
    );
    assert_snapshot!(sandbox.read("app/out/a.xml"), @r#"
    <?xml version="1.0" encoding="UTF-8"?>
    <testsuites>
      <testsuite name="greeting" tests="2" failures="2">
        <testcase classname="greeting" name="dev">
          <failure message="deploy/web.yaml:8: Kubernetes knows no field `spec.replicass` of Deployment `web`; did you mean `replicas`? (unknown-field)">deploy/web.yaml:8: Kubernetes knows no field `spec.replicass` of Deployment `web`; did you mean `replicas`? (unknown-field)
    </failure>
        </testcase>
        <testcase classname="greeting" name="prod">
          <failure message="deploy/web.yaml:8: Kubernetes knows no field `spec.replicass` of Deployment `web`; did you mean `replicas`? (unknown-field)">deploy/web.yaml:8: Kubernetes knows no field `spec.replicass` of Deployment `web`; did you mean `replicas`? (unknown-field)
    </failure>
        </testcase>
      </testsuite>
    </testsuites>
    "#);
    let quality: Value = serde_json::from_str(&sandbox.read("app/out/a.json")).unwrap();
    assert_eq!(quality[0]["location"], serde_json::json!({"path": "deploy/web.yaml", "lines": {"begin": 8}}));
    assert_eq!(quality[0]["fingerprint"].as_str().unwrap().len(), 64);
    let refused = sandbox.towline(&["validate", "--report", "pdf=a.pdf"]);
    assert_eq!(refused.code, Some(2), "{refused}");
}

#[test]
fn custom_resources_are_checked_against_definitions_and_json_schemas() {
    let widget = "apiVersion: example.com/v1\nkind: Widget\nmetadata: {name: a}\nspec: {size: big}\n";
    let settings = "validate: {schemas: [schemas], strict: true}\n";
    let definition = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: widgets.example.com}\n\
        spec:\n  group: example.com\n  names: {kind: Widget, plural: widgets}\n  scope: Cluster\n  versions:\n    - name: v1\n      \
        served: true\n      storage: true\n      schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, \
        properties: {size: {type: integer}}}}}}\n";
    let schema = r##"{"definitions": {"size": {"type": "integer"}}, "type": "object",
        "properties": {"spec": {"properties": {"size": {"$ref": "#/definitions/size"}}, "additionalProperties": false}}}"##;
    for (file, text) in [("schemas/widget.yaml", definition), ("schemas/example.com/widget_v1.json", schema)]
    {
        let sandbox = sandbox(settings, widget);
        sandbox.write(&format!("app/{file}"), text);
        let run = sandbox.towline(&["validate"]);
        let finding = "error[wrong-type]: deploy/web.yaml:4: `spec.size` of Widget `a` is text, and its schema takes only a whole number there";
        assert!(run.stderr.contains(finding), "{run}");
    }
    let sandbox = sandbox(settings, widget);
    sandbox.write("app/schemas/other.json", "{}");
    assert_snapshot!(sandbox.towline(&["validate"]).stderr, @r"
    error: schemas/other.json: this is neither a CustomResourceDefinition nor the schema of a kind
      hint: a JSON Schema has `x-kubernetes-group-version-kind`, or is called `GROUP/KIND_VERSION.json`
    ");
}

/// Tokens and keys that look real. They are put together here, so that nobody takes this file for a leak.
fn tokens() -> Vec<(&'static str, String)> {
    let many = |text: &str, count: usize| text.repeat(count);
    vec![
        ("an AWS access key", format!("AKIA{}", many("Q7", 8))),
        ("an Azure client secret", format!("abc8Q~{}", many("q", 34))),
        ("an Azure shared access key", format!("Endpoint=sb://a;SharedAccessKey={}=", many("a", 43))),
        ("an Azure storage key", format!("AccountName=a;AccountKey={}==", many("b", 86))),
        ("a DigitalOcean token", format!("dop_v1_{}", many("a1", 32))),
        ("a Docker Hub token", format!("dckr_pat_{}", many("c", 27))),
        ("a GitHub token", format!("ghp_{}", many("a", 36))),
        ("a GitHub token", format!("github_pat_{}", many("a", 82))),
        ("a GitLab token", format!("glpat-{}", many("x", 20))),
        ("a Google API key", format!("AIza{}", many("y", 35))),
        ("a Vault token", format!("hvs.{}", many("z", 24))),
        ("a JSON Web Token", format!("eyJ{0}.eyJ{0}.{0}", many("k", 12))),
        ("an npm token", format!("npm_{}", many("n", 36))),
        ("a private key", format!("-----BEGIN RSA {} KEY-----\nMIIE\n", "PRIVATE")),
        ("a private key", format!("-----BEGIN {} KEY-----\nMIIE\n", "PRIVATE")),
        ("a PyPI token", format!("pypi-AgEIcHlwaS5vcmc{}", many("p", 50))),
        ("a SendGrid key", format!("SG.{}.{}", many("s", 22), many("t", 43))),
        ("a Slack token", format!("xoxb-{}", many("1234567890-", 2))),
        (
            "a Slack webhook",
            format!("https://hooks.slack.com/services/T{0}/B{0}/{1}", many("A", 8), many("b", 24)),
        ),
        ("a Stripe key", format!("sk_live_{}", many("u", 24))),
        ("an age key", format!("AGE-SECRET-KEY-1{}", many("Q", 58))),
    ]
}

#[test]
fn tokens_are_found_by_their_form_and_never_shown() {
    for (what, token) in tokens() {
        let map = serde_json::json!({"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"a": token}});
        let sandbox = sandbox("", WEB);
        sandbox.write("app/deploy/web.yaml", &map.to_string());
        let run = sandbox.towline(&["validate", "--report", "sarif=a.sarif"]);
        assert_eq!(run.code, Some(1), "{what}: {run}");
        assert!(
            run.stderr.contains(&format!(
                "error[credential]: deploy/web.yaml:1: `data.a` of ConfigMap `a` looks like {what}"
            )),
            "{run}"
        );
        let text = token.trim().lines().next().unwrap();
        for shown in [run.to_string(), sandbox.read("app/a.sarif")] {
            assert!(!shown.contains(text), "{what}: {shown}");
        }
    }
}

#[test]
fn a_secret_is_refused_where_the_environment_does_not_allow_it() {
    use base64::Engine;
    let encoded = base64::prelude::BASE64_STANDARD.encode(&tokens()[6].1);
    let secret =
        format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: login}}\ndata:\n  token: {encoded}\n");
    let sandbox = sandbox("", &secret);
    assert_snapshot!(sandbox.towline(&["validate"]), @r"
    --- stdout
    towline.yaml: 2 environments
    dev: 1 resource, 2 errors
    prod: 1 resource, 2 errors
    --- stderr
    error[plain-secret]: deploy/web.yaml:4: the values of Secret `login` would be in git for everybody to read
      hint: commit a SealedSecret or an ExternalSecret in its place, or encrypt it with SOPS; `secrets: allow` on the environment accepts it
    error[credential]: deploy/web.yaml:5: `data.token` of Secret `login` looks like a GitHub token
      hint: revoke it if it is one: it may be in git already. Let the cluster fetch the new one, with an ExternalSecret or a SealedSecret
    error: 2 errors in manifests
    --- exit code 1
    ");
    let allowed = PIPELINE.replace("{name: dev}, {name: prod}", "{name: dev, secrets: allow}");
    sandbox.write("app/towline.yaml", &allowed);
    let run = sandbox.towline(&["validate"]);
    assert!(!run.stderr.contains("plain-secret") && run.stderr.contains("[credential]"), "{run}");
}

/// The table of docs/validate.md.
#[test]
fn every_finding_is_documented() {
    let mut ids = FindingId::ALL.to_vec();
    ids.sort_by_key(|id| id.as_str());
    let rows = ids.iter().map(|id| {
        let level = if id.is_error() { "error" } else { "warning" };
        format!("| `{id}` | {level} | {} |\n", id.description())
    });
    let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/validate.md");
    let document = std::fs::read_to_string(&path).unwrap();
    let (before, _) = document.split_once("| id | level | what it says |\n|---|---|---|\n").unwrap();
    let written =
        format!("{before}| id | level | what it says |\n|---|---|---|\n{}", rows.collect::<String>());
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, written).unwrap();
    } else {
        assert_eq!(document, written, "run this test with UPDATE=1");
    }
}
