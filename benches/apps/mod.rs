//! The work that is measured: applications of three manifests each, five values in each.

use std::fs;
use std::path::Path;

use rayon::prelude::*;
use towline::config;
use towline::release::{Image, Release};
use towline::render::{self, RenderRequest, Rendering};
use towline::variables::Inputs;
use towline::yaml;

pub const APPLICATIONS: usize = 1000;

/// The manifests, with `<<name>>` where a value stands.
pub const MANIFESTS: [(&str, &str); 3] = [
    (
        "deployment.yaml",
        "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: <<application>>\n  namespace: <<environment>>\n\
         spec:\n  replicas: <<replicas>>\n  selector: {matchLabels: {app: <<application>>}}\n  template:\n    \
         metadata: {labels: {app: <<application>>}}\n    spec:\n      containers:\n        - name: web\n          \
         image: ghcr.io/acme/web\n          ports: [{containerPort: <<port>>}]\n          env:\n            \
         - {name: LOG_LEVEL, value: <<level>>}\n",
    ),
    (
        "service.yaml",
        "apiVersion: v1\nkind: Service\nmetadata:\n  name: <<application>>\n  namespace: <<environment>>\n  labels: \
         {tier: <<tier>>}\nspec:\n  selector: {app: <<application>>}\n  ports:\n    - name: <<level>>\n      \
         port: <<port>>\n",
    ),
    (
        "config.yaml",
        "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: <<application>>\n  namespace: <<environment>>\ndata:\n  \
         level: <<level>>\n  tier: <<tier>>\n  url: http://<<application>>:<<port>>\n",
    ),
];

/// The values of one application, as a flow map.
pub fn values(index: usize) -> String {
    format!(
        "{{replicas: {}, port: {}, level: \"info\", tier: \"backend-{index}\"}}",
        1 + index % 5,
        8000 + index
    )
}

/// Writes the folders `app-0` …, each with a pipeline file and templates.
pub fn write(folder: &Path) {
    for index in 0..APPLICATIONS {
        let app = folder.join(format!("app-{index}"));
        fs::create_dir_all(app.join("deploy")).expect("a folder can be made");
        for (name, text) in MANIFESTS {
            let text = text.replace("<<", "{{ ").replace(">>", " }}");
            fs::write(app.join("deploy").join(name), text).expect("a template can be written");
        }
        let pipeline = format!(
            "version: 1\napplication: app-{index}\nimages: {{web: ghcr.io/acme/web}}\ntemplates: [{{path: deploy}}]\n\
             variables: [{{values: {}}}]\ngitops: {{repository: ../gitops.git}}\nenvironments: [{{name: dev}}]\n",
            values(index)
        );
        fs::write(app.join("towline.yaml"), pipeline).expect("a pipeline file can be written");
    }
}

/// All of it: read the pipeline file, render, parse, check names, write to a folder.
pub fn render(folder: &Path, out: &Path) {
    each(folder, |index, rendering| {
        rendering.write_to(&out.join(format!("app-{index}"))).expect("the folder can be written");
    });
}

/// The same, but the manifests as one stream for each application, as they are printed.
pub fn streams(folder: &Path) -> Vec<String> {
    each(folder, |_, rendering| rendering.stream())
}

/// What cannot be saved: the manifests of [`streams`], parsed and written by the YAML library.
pub fn yaml_alone(streams: &[String]) -> usize {
    let file = Path::new("stream.yaml");
    let written = streams.par_iter().map(|stream| {
        let documents = yaml::parse(stream, file).expect("what was written can be read");
        let texts = documents.iter().map(|node| yaml::write(&node.to_value()).expect("it can be written"));
        texts.map(|text| text.len()).sum::<usize>()
    });
    written.sum()
}

fn each<T: Send>(folder: &Path, done: impl Fn(usize, Rendering) -> T + Sync) -> Vec<T> {
    let image = Image {
        name: "web".into(),
        repository: "ghcr.io/acme/web".into(),
        tag: Some("1.0".into()),
        digest: None,
    };
    let release = Release {
        version: "1.0".into(),
        build: None,
        commit: None,
        repository: None,
        branch: None,
        configuration: None,
        images: vec![image],
    };
    let render = |index| {
        let file = folder.join(format!("app-{index}/towline.yaml"));
        let pipeline = config::load(&file).expect("the pipeline file is right");
        let request = RenderRequest {
            pipeline: &pipeline,
            environment: &pipeline.environments[0],
            release: &release,
            inputs: &Inputs::default(),
            deployed: None,
        };
        done(index, render::render(&request).expect("the templates are right"))
    };
    (0..APPLICATIONS).into_par_iter().map(render).collect()
}
