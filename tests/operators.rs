//! What docs/operators.md tells people to install fits the schemas of the CRDs, and what it tells them
//! to write into `towline.yaml` loads.

use std::path::Path;

use serde_json::{Value, json};
use towline::render::unjudged;
use towline::yaml;

const DOCUMENT: &str = include_str!("../docs/operators.md");

const SCHEMAS: [(&str, &str); 3] = [
    ("Provider", include_str!("specs/flux/provider.json")),
    ("Alert", include_str!("specs/flux/alert.json")),
    ("Kustomization", include_str!("specs/flux/kustomization.json")),
];

/// The YAML of a document, block by block.
fn blocks(markdown: &str) -> Vec<&str> {
    let parts = markdown.split("```yaml\n").skip(1);
    parts.map(|part| part.split_once("```").unwrap().0).collect()
}

fn parse(text: &str) -> Vec<Value> {
    let nodes = yaml::parse(text, Path::new("docs/operators.md")).unwrap();
    nodes.iter().map(yaml::Node::to_value).collect()
}

/// The resources of the document, and of the example that goes with it.
fn resources() -> Vec<Value> {
    let example = include_str!("../templates-examples/canary/flux/prod.yaml");
    let resources = blocks(DOCUMENT).into_iter().chain([example]).flat_map(parse);
    resources.filter(|value| value["kind"].is_string()).collect()
}

fn of(kind: &str) -> Vec<Value> {
    resources().into_iter().filter(|value| value["kind"] == kind).collect()
}

/// A server prunes fields that it does not know; here they are mistakes.
fn strict(schema: &mut Value) {
    if let Value::Object(fields) = schema {
        if fields.contains_key("properties") && !fields.contains_key("additionalProperties") {
            fields.insert("additionalProperties".to_owned(), json!(false));
        }
        fields.values_mut().for_each(strict);
    }
}

#[test]
fn what_flux_is_given_fits_its_schemas() {
    for (kind, schema) in SCHEMAS {
        let mut schema: Value = serde_json::from_str(schema).unwrap();
        strict(&mut schema);
        let validator = jsonschema::validator_for(&schema).unwrap();
        let resources = of(kind);
        assert!(!resources.is_empty(), "no {kind}");
        for resource in resources {
            assert_eq!(resource["apiVersion"], schema["x-version"]);
            let errors: Vec<String> = validator
                .iter_errors(&resource)
                .map(|error| format!("{}: {error}", error.instance_path()))
                .filter(|error| !error.starts_with("/metadata: "))
                .collect();
            assert!(errors.is_empty(), "{kind}: {}", errors.join("\n"));
        }
    }
}

#[test]
fn there_is_a_provider_for_each_forge_and_all_have_the_same_expression() {
    let providers = of("Provider");
    let types: Vec<_> = providers.iter().map(|it| it["spec"]["type"].as_str().unwrap()).collect();
    assert_eq!(types, ["github", "gitlab", "gitea", "azuredevops"]);
    let expression = &providers[0]["spec"]["commitStatusExpr"];
    assert!(providers.iter().all(|it| it["spec"]["commitStatusExpr"] == *expression));
    let metadata = of("Alert")[0]["spec"]["eventMetadata"].clone();
    let used = expression.as_str().unwrap().split("event.metadata.").nth(1).unwrap();
    assert!(metadata.as_object().unwrap().keys().all(|key| used.starts_with(key)), "{metadata}");
}

/// The expressions of the document are those that `towline validate` tells people to add.
#[test]
fn a_rollout_has_the_expressions_of_validate() {
    let told = &parse(unjudged::ROLLOUT)[0]["healthCheckExprs"];
    let written = of("Kustomization");
    assert_eq!(written.iter().filter(|it| it["spec"]["healthCheckExprs"] == *told).count(), 2);
}

#[test]
fn what_is_to_be_written_into_the_pipeline_file_loads() {
    let pieces: Vec<&str> = blocks(DOCUMENT).into_iter().filter(|block| block.starts_with("    ")).collect();
    assert_eq!(pieces.len(), 2);
    for piece in pieces {
        let text = format!(
            "version: 1\napplication: greeting\ntemplates: [{{path: deploy}}]\ngitops: {{repository: ../gitops.git, \
             path: \"{{{{ target }}}}\", descriptor: d.yaml}}\nenvironments:\n  - name: prod\n{piece}"
        );
        towline::config::parse(&text, Path::new("towline.yaml")).unwrap();
    }
}

#[test]
fn what_argo_cd_is_given_can_be_read() {
    let settings = of("ConfigMap").remove(0)["data"].clone();
    let read = |key: &str| parse(settings[key].as_str().unwrap()).remove(0);
    let template = read("template.commit-status");
    let service = template["webhook"].as_object().unwrap().keys().next().unwrap().clone();
    assert!(settings[&format!("service.webhook.{service}")].is_string());
    let trigger = read("trigger.on-rollout");
    assert_eq!(trigger[0]["send"], json!(["commit-status"]));
    let subscription = format!("notifications.argoproj.io/subscribe.on-rollout.{service}");
    assert_eq!(of("Application")[0]["metadata"]["annotations"][&subscription], "");
    assert!(
        read(&format!("service.webhook.{service}"))["headers"][0]["value"]
            .as_str()
            .unwrap()
            .ends_with("$gitops-token")
    );
    assert!(of("Secret").iter().any(|it| it["stringData"]["gitops-token"].is_string()));
}
