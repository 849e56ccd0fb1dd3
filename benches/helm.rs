//! Ten charts for five environments, beside fifty bare `helm template` runs over the same cores; and
//! the processor time of one chart, beside that of one bare run.
//!
//! `cargo bench --bench helm`. Towline may take 10% longer at most: it makes a scratch copy of each
//! chart, reads what helm prints, and lays it out. Both are measured in turn, and the best of the
//! rounds counts, since everything else the machine does only adds to it. One chart may take 20% more
//! processor time.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use rayon::prelude::*;
use towline::config;
use towline::release::Release;
use towline::render::{self, RenderRequest};
use towline::variables::Inputs;

const CHARTS: usize = 10;
const ENVIRONMENTS: [&str; 5] = ["dev", "test", "staging", "prod-eu", "prod-us"];
const ROUNDS: usize = 5;

fn main() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    prepare(folder.path());
    let pipeline = config::load(&folder.path().join("towline.yaml")).expect("the pipeline file is right");
    let inputs = Inputs { process: std::env::vars().collect(), ..Inputs::default() };
    let release = Release {
        version: "1.0".into(),
        build: None,
        commit: None,
        repository: None,
        branch: None,
        configuration: None,
        images: Vec::new(),
    };
    let request = |environment| RenderRequest {
        pipeline: &pipeline,
        environment,
        release: &release,
        inputs: &inputs,
        deployed: None,
    };
    let requests: Vec<_> = pipeline.environments.iter().map(request).collect();
    let (mut bare, mut ours) = (Duration::MAX, Duration::MAX);
    for _ in 0..ROUNDS {
        bare = bare.min(time(|| helm_alone(folder.path())));
        ours = ours.min(time(|| {
            for rendering in render::render_all(&requests) {
                assert_eq!(
                    rendering.expect("the charts can be rendered").targets[0].resources.len(),
                    CHARTS * 4
                );
            }
        }));
    }
    let more = 100.0 * (ours.as_secs_f64() / bare.as_secs_f64() - 1.0);
    println!("50 bare `helm template` runs   {bare:>10.2?}");
    println!("towline, 10 charts × 5         {ours:>10.2?}  ({more:+.1}%, at most +10% is wanted)");
    one_chart(folder.path());
}

/// The processor time of one chart: Towline's and helm's together, beside helm's alone.
fn one_chart(folder: &Path) {
    let text = "version: 1\napplication: chart-0\ntemplates: [{path: chart-0}]\n\
                gitops: {repository: ../gitops.git}\nenvironments: [{name: dev}]\n";
    fs::write(folder.join("one.yaml"), text).expect("the folder can be written");
    let mut bare = Command::new("helm");
    bare.args(["template", "chart-0", "chart-0", "--include-crds"]);
    let mut ours = Command::new(env!("CARGO_BIN_EXE_towline"));
    ours.args(["render", "-f", "one.yaml", "dev", "--release", "1.0"]);
    let [Some(bare), Some(ours)] = [bare, ours].map(|mut it| processor_time(it.current_dir(folder))) else {
        return;
    };
    let more = 100.0 * (ours / bare - 1.0);
    println!(
        "processor time of one chart: helm {bare:.3} s, towline {ours:.3} s ({more:+.1}%, at most +20% is wanted)"
    );
}

/// The mean processor time of a command and its children, in seconds. `None` where the system does
/// not tell.
fn processor_time(command: &mut Command) -> Option<f64> {
    const RUNS: u32 = 20;
    const TICKS: f64 = 100.0;
    let children = || -> Option<f64> {
        let stat = fs::read_to_string("/proc/self/stat").ok()?;
        let fields = stat.rsplit_once(')')?.1.split_whitespace().skip(13).take(2);
        Some(fields.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / TICKS)
    };
    let before = children()?;
    for _ in 0..RUNS {
        let status = command.stdout(Stdio::null()).stderr(Stdio::null()).status();
        assert!(status.expect("the command can be started").success());
    }
    Some((children()? - before) / f64::from(RUNS))
}

fn time(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

/// Charts as `helm create` makes them, with a service account, and a pipeline file that has them all.
fn prepare(folder: &Path) {
    let mut templates = String::new();
    for index in 0..CHARTS {
        let name = format!("chart-{index}");
        let status =
            Command::new("helm").args(["create", &name]).current_dir(folder).stdout(Stdio::null()).status();
        assert!(status.expect("helm is installed").success());
        let values = "{autoscaling: {enabled: true}}";
        templates +=
            &format!("  - {{path: {name}, engine: helm, release: {name}, values: [{{inline: {values}}}]}}\n");
    }
    fs::write(folder.join("values.yaml"), "autoscaling: {enabled: true}\n")
        .expect("the folder can be written");
    let environments: String = ENVIRONMENTS.iter().map(|name| format!("  - {{name: {name}}}\n")).collect();
    let text = format!(
        "version: 1\napplication: shop\ntemplates:\n{templates}gitops: {{repository: ../gitops.git}}\nenvironments:\n{environments}"
    );
    fs::write(folder.join("towline.yaml"), text).expect("the folder can be written");
}

fn helm_alone(folder: &Path) {
    let runs: Vec<_> =
        (0..CHARTS * ENVIRONMENTS.len()).map(|run| format!("chart-{}", run % CHARTS)).collect();
    runs.par_iter().for_each(|chart| {
        let arguments = ["template", chart, chart, "--include-crds", "-f", "values.yaml"];
        let status = Command::new("helm").args(arguments).current_dir(folder).stdout(Stdio::null()).status();
        assert!(status.expect("helm is installed").success());
    });
}
