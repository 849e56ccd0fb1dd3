//! The work of `benches/render.rs` beside what a user would use instead: `kubectl kustomize`,
//! C++ `jsonnet` and `minijinja-cli`. They do less: no names are checked, no image is set.
//!
//! Tools that start once per application are run for a part of them, and the time is scaled.

mod apps;

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use apps::{APPLICATIONS, MANIFESTS};
use rayon::prelude::*;

/// How many applications a tool that starts for each is run for.
const SAMPLE: usize = 50;

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    apps::write(folder.path());
    let out = folder.path().join("out");
    apps::render(folder.path(), &folder.path().join("warm"));
    let towline = timed(|| apps::render(folder.path(), &out));
    println!("towline           {:>9.3} s   {}", towline.as_secs_f64(), peak_memory());
    let streams = apps::streams(folder.path());
    let stdout = timed(|| drop(apps::streams(folder.path())));
    let floor = timed(|| assert!(apps::yaml_alone(&streams) > 0));
    let ratio = stdout.as_secs_f64() / floor.as_secs_f64();
    println!(
        "to stdout         {:>9.3} s   {ratio:.1} times as long as parsing and writing the manifests",
        stdout.as_secs_f64()
    );
    report("kubectl kustomize", kustomize(folder.path()), towline);
    report("jsonnet", jsonnet(folder.path()), towline);
    report("minijinja-cli", minijinja_cli(folder.path()), towline);
}

fn report(tool: &str, time: Option<Duration>, towline: Duration) {
    match time {
        Some(time) => {
            let ratio = time.as_secs_f64() / towline.as_secs_f64();
            println!("{tool:<17} {:>9.3} s   {ratio:.1} times as long", time.as_secs_f64());
        }
        None => println!("{tool:<17} not on PATH, or it failed"),
    }
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

/// An overlay for each application, with patches for the values that differ.
fn kustomize(folder: &Path) -> Option<Duration> {
    let base = folder.join("base");
    fs::create_dir_all(&base).ok()?;
    for (name, text) in MANIFESTS {
        fs::write(base.join(name), filled(text, 0)).ok()?;
    }
    let resources = "resources: [deployment.yaml, service.yaml, config.yaml]\n";
    fs::write(base.join("kustomization.yaml"), resources).ok()?;
    for index in 0..SAMPLE {
        let overlay = folder.join(format!("overlay-{index}"));
        fs::create_dir_all(&overlay).ok()?;
        let text = format!(
            "resources: [../base]\nnamespace: dev\nnameSuffix: \"-{index}\"\nimages: [{{name: ghcr.io/acme/web, newTag: \"1.0\"}}]\n\
             replicas: [{{name: app-0, count: {}}}]\npatches:\n- target: {{kind: ConfigMap}}\n  patch: |-\n    \
             - {{op: replace, path: /data/tier, value: backend-{index}}}\n- target: {{kind: Service}}\n  patch: |-\n    \
             - {{op: replace, path: /spec/ports/0/port, value: {}}}\n",
            1 + index % 5,
            8000 + index
        );
        fs::write(overlay.join("kustomization.yaml"), text).ok()?;
    }
    let rendered = folder.join("kustomized");
    fs::create_dir_all(&rendered).ok()?;
    each(SAMPLE, |index| {
        let overlay = folder.join(format!("overlay-{index}"));
        let output = fs::File::create(rendered.join(format!("{index}.yaml"))).ok()?;
        run(Command::new("kubectl").arg("kustomize").arg(overlay).stdout(output))
    })
}

/// A process for each application, which writes its manifests as JSON: quicker than YAML, which
/// jsonnet writes in its own language, and than all applications in one object, whose cost grows
/// with the square of their number.
fn jsonnet(folder: &Path) -> Option<Duration> {
    let file = folder.join("app.jsonnet");
    fs::write(&file, JSONNET).ok()?;
    let out = folder.join("jsonnet");
    fs::create_dir_all(&out).ok()?;
    each(SAMPLE, |index| {
        let application = format!("app-{index}");
        fs::create_dir_all(out.join(&application)).ok()?;
        let mut command = Command::new("jsonnet");
        command.arg("-m").arg(out.join(&application));
        command.arg("--tla-str").arg(format!("application={application}"));
        command.arg("--tla-code").arg(format!("values={}", apps::values(index)));
        run(command.arg(&file).stdout(Stdio::null()))
    })
}

const JSONNET: &str = "\
function(application, values, environment='dev') {
  'deployment.yaml': { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: application, namespace: environment }, spec: {
    replicas: values.replicas, selector: { matchLabels: { app: application } }, template: { metadata: { labels: { app: application } }, spec: {
      containers: [{ name: 'web', image: 'ghcr.io/acme/web:1.0', ports: [{ containerPort: values.port }], env: [{ name: 'LOG_LEVEL', value: values.level }] }] } } } },
  'service.yaml': { apiVersion: 'v1', kind: 'Service', metadata: { name: application, namespace: environment, labels: { tier: values.tier } },
    spec: { selector: { app: application }, ports: [{ name: values.level, port: values.port }] } },
  'config.yaml': { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: application, namespace: environment },
    data: { level: values.level, tier: values.tier, url: 'http://%s:%d' % [application, values.port] } },
}
";

/// A process for each manifest.
fn minijinja_cli(folder: &Path) -> Option<Duration> {
    each(SAMPLE, |index| {
        let app = folder.join(format!("app-{index}"));
        let values = app.join("values.yaml");
        let names = format!("application: app-{index}\nenvironment: dev\n");
        let own = apps::values(index);
        fs::write(&values, names + &own.trim_matches(['{', '}']).replace(", ", "\n") + "\n").ok()?;
        MANIFESTS.iter().try_for_each(|(name, _)| {
            let output = fs::File::create(app.join(name)).ok()?;
            run(Command::new("minijinja-cli").arg(app.join("deploy").join(name)).arg(&values).stdout(output))
        })
    })
}

/// The time for all applications, from that of the first few, over the same cores.
fn each(count: usize, work: impl Fn(usize) -> Option<()> + Sync) -> Option<Duration> {
    let mut done = Some(());
    let time = timed(|| done = (0..count).into_par_iter().try_for_each(&work));
    done.map(|()| time * (APPLICATIONS / count) as u32)
}

fn run(command: &mut Command) -> Option<()> {
    command.status().ok().filter(|status| status.success()).map(|_| ())
}

fn filled(text: &str, index: usize) -> String {
    let names = [
        ("application", format!("app-{index}")),
        ("environment", "dev".into()),
        ("replicas", "1".into()),
        ("port", "8000".into()),
        ("level", "info".into()),
        ("tier", "backend".into()),
    ];
    names.iter().fold(text.to_owned(), |text, (name, value)| text.replace(&format!("<<{name}>>"), value))
}

/// The most memory that this process has taken so far, where the system tells.
fn peak_memory() -> String {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.map(|peak| format!("{} at most", peak.trim())).unwrap_or_default()
}
