//! An application of its own on a repository of its own, and somebody who reports as Flux would.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use serde_json::json;

use super::forge::{BOT, RealBench, Server};
use crate::given::{Run, Sandbox};

const DEPLOYMENT: &str = r#"
apiVersion: apps/v1
kind: Deployment
metadata: {name: "{{ application }}"}
spec:
  replicas: 1
  progressDeadlineSeconds: 50
  selector: {matchLabels: {app: "{{ application }}"}}
  template:
    metadata: {labels: {app: "{{ application }}"}}
    spec: {containers: [{name: web, image: registry.example.com/greeting}]}
"#;

/// A sandbox with an application that is deployed through `bench`'s repository. `environments` are
/// the lines of the pipeline file about them.
pub fn application(server: &Server, bench: &RealBench, name: &str, rest: &str) -> Sandbox {
    let pipeline = format!(
        "version: 1\napplication: {name}\nimages: {{web: registry.example.com/greeting}}\n\
         templates: [{{path: deploy}}]\ngitops:\n  repository: {}\n  forge: gitea\n{rest}",
        bench.location(),
    );
    let files = [("towline.yaml", pipeline.as_str()), ("deploy/deployment.yaml", DEPLOYMENT)];
    let mut sandbox = Sandbox::with_application(&files);
    sandbox.set("TOWLINE_TOKEN", server.token(BOT));
    sandbox
}

/// One environment that merges by itself and waits for one Kustomization.
pub const DEV: &str = "environments:
  - name: dev
    merge: auto
    await: {reporters: [{flux: {kustomization: dev}}], merge: 10m, appear: 5m, finish: 5m, settle: 1s}
";

pub fn promote(sandbox: &Sandbox, release: &str) -> Run {
    sandbox.towline(&["promote", "--to", "dev", "--release", release, "--image", &format!("web={release}")])
}

/// Reports a success on each new tip of `main`, until it is dropped.
pub struct Operator {
    ends: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Operator {
    pub fn start(server: &Server, bench: &RealBench) -> Self {
        Self::reporting(server, bench, vec!["kustomization/dev/dev00001".to_owned()])
    }

    /// Reports in these contexts.
    pub fn reporting(server: &Server, bench: &RealBench, contexts: Vec<String>) -> Self {
        let ends = Arc::new(AtomicBool::new(false));
        let (client, branch) = (server.as_user("bob"), bench.path("branches/main"));
        let (statuses, is_over) = (bench.path("statuses"), ends.clone());
        let thread = std::thread::spawn(move || {
            let mut seen = String::new();
            while !is_over.load(Ordering::Relaxed) {
                // The test may be over, and its repository deleted.
                let Ok(branch) = client.get(&branch).send() else { break };
                let tip = branch.body()["commit"]["id"].as_str().unwrap().to_owned();
                for context in contexts.iter().filter(|_| tip != seen) {
                    let text = "reconciliation succeeded";
                    let status = json!({"context": context, "state": "success", "description": text});
                    client.post(&format!("{statuses}/{tip}")).body(status).send().unwrap();
                }
                seen = tip;
                std::thread::sleep(Duration::from_millis(400));
            }
        });
        Self { ends, thread: Some(thread) }
    }
}

impl Drop for Operator {
    fn drop(&mut self) {
        self.ends.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            thread.join().ok();
        }
    }
}
