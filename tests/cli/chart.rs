//! The example `chart-release`: a chart, Helm values and Argo CD Applications, from dev to prod.

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;

use insta::assert_snapshot;

use crate::given::Sandbox;

const RELEASE: [&str; 6] =
    ["--release", "1.1.0", "--image", "web=1.1.0", "--commit", "0123456789abcdef0123456789abcdef01234567"];

/// The example's application, and its GitOps repository before the first release.
fn example() -> Sandbox {
    let sandbox = Sandbox::new();
    let example = Path::new(env!("CARGO_MANIFEST_DIR")).join("templates-examples/chart-release");
    copy(&example, &sandbox.path("app"));
    sandbox.git(".", &["clone", "--quiet", "gitops.git", "people"]);
    copy(&example.join("gitops"), &sandbox.path("people"));
    push(&sandbox);
    sandbox
}

fn copy(from: &Path, to: &Path) {
    let status = Command::new("cp").arg("-R").arg(from.join(".")).arg(to).status().unwrap();
    assert!(status.success());
}

/// Pushes what people did to their files.
fn push(sandbox: &Sandbox) {
    sandbox.git("people", &["add", "."]);
    sandbox.git("people", &["commit", "--quiet", "--message=Change"]);
    sandbox.git("people", &["push", "--quiet", "origin", "HEAD:main"]);
}

fn towline(sandbox: &Sandbox, arguments: &[&str]) -> crate::given::Run {
    sandbox.towline(&[arguments, &RELEASE[..]].concat())
}

fn deploy(sandbox: &Sandbox, environment: &str) {
    let run = towline(sandbox, &["propose", environment]);
    assert_eq!(run.code, Some(0), "{run}");
    let run = sandbox.towline(&["merge", environment]);
    assert_eq!(run.code, Some(0), "{run}");
}

fn blob(sandbox: &Sandbox, path: &str) -> String {
    sandbox.git("gitops.git", &["rev-parse", &format!("main:{path}")])
}

#[test]
fn prod_gets_the_very_chart_that_dev_got() {
    let sandbox = example();
    deploy(&sandbox, "dev");
    deploy(&sandbox, "prod");
    assert_eq!(
        blob(&sandbox, "charts/dev/greeting-1.1.0.tgz"),
        blob(&sandbox, "charts/prod/greeting-1.1.0.tgz")
    );
    let descriptor = sandbox.git("gitops.git", &["show", "main:descriptors/prod/greeting.yaml"]);
    let (_, package) = descriptor.split_once("\npackage:\n").unwrap();
    assert_snapshot!(package.split("inputs:").next().unwrap(), @r#"
    chart: greeting
    version: "1.1.0"
    file: charts/prod/greeting-1.1.0.tgz
    digest: sha256:4f31ddf91898d59f218915804bd1cf8d570cee495ded57389bbfe59d6dae6ad8
    "#);

    let again = towline(&sandbox, &["propose", "prod"]);
    assert!(again.stdout.contains("nothing to propose"), "{again}");
}

#[test]
fn helm_reads_the_folder_as_a_repository() {
    let sandbox = example();
    deploy(&sandbox, "dev");
    let newer = RELEASE.map(|argument| if argument == "1.1.0" { "1.2.0" } else { argument });
    let newer = newer.map(|argument| if argument == "web=1.1.0" { "web=1.2.0" } else { argument });
    sandbox.towline(&[&["propose", "dev"], &newer[..]].concat());
    sandbox.towline(&["merge", "dev"]);
    sandbox.git("people", &["pull", "--quiet", "origin", "main"]);
    let files = sandbox.git("people", &["ls-files", "charts"]);
    assert_snapshot!(files, @r"
    charts/dev/greeting-1.1.0.tgz
    charts/dev/greeting-1.2.0.tgz
    charts/dev/index.yaml
    ");

    let url = serve(sandbox.path("people/charts/dev"));
    for version in ["1.1.0", "1.2.0"] {
        let arguments = ["template", "hello", "greeting", "--repo", &url, "--version", version];
        let helm = Command::new("helm").args(arguments).env("HOME", sandbox.path("home")).output().unwrap();
        let errors = String::from_utf8_lossy(&helm.stderr);
        assert!(helm.status.success(), "{errors}");
        let manifests = String::from_utf8(helm.stdout).unwrap();
        assert!(
            manifests.contains(&format!("image: \"ghcr.io/acme/greeting-web:{version}\"")),
            "{manifests}"
        );
    }
}

/// A web server on this machine, as long as the test runs.
fn serve(folder: PathBuf) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || listener.incoming().flatten().for_each(|stream| answer(stream, &folder)));
    url
}

fn answer(mut stream: TcpStream, folder: &Path) {
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        request.push(byte[0]);
    }
    let request = String::from_utf8(request).unwrap();
    let path = request.split(' ').nth(1).unwrap().trim_start_matches('/');
    let body = fs::read(folder.join(path)).unwrap();
    let head = format!("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\n\r\n", body.len());
    stream.write_all(&[head.as_bytes(), &body].concat()).unwrap();
}

#[test]
fn a_version_means_one_chart() {
    let sandbox = example();
    deploy(&sandbox, "dev");
    let values = sandbox.read("app/deploy/chart/values.yaml");
    sandbox.write("app/deploy/chart/values.yaml", &values.replace("replicas: 1", "replicas: 2"));
    assert_snapshot!(towline(&sandbox, &["propose", "dev"]), @r"
    --- stderr
    error: cannot propose greeting for dev
      because: charts/dev/index.yaml: greeting 1.1.0 is already in this repository with different content
      hint: release the changed chart under a new version
    --- exit code 3
    ");
    assert_snapshot!(towline(&sandbox, &["propose", "prod"]), @r"
    --- stderr
    error: cannot propose greeting for prod
      because: greeting 1.1.0 differs from the chart that dev has under this version: charts/dev/greeting-1.1.0.tgz has different content
      hint: check out the commit that dev was released from, or release this chart under a new version
    --- exit code 3
    ");
}

#[test]
fn charts_of_other_teams_stay_in_the_index() {
    let sandbox = example();
    let theirs = "apiVersion: v1\nentries:\n  other:\n  - {name: other, version: 3.0.0, digest: x, urls: [other-3.0.0.tgz]}\n";
    sandbox.write("people/charts/dev/index.yaml", theirs);
    push(&sandbox);
    deploy(&sandbox, "dev");
    let index = sandbox.git("gitops.git", &["show", "main:charts/dev/index.yaml"]);
    assert!(index.contains("other-3.0.0.tgz") && index.contains("greeting-1.1.0.tgz"), "{index}");
}

#[test]
fn what_a_proposal_shows_of_it() {
    let sandbox = example();
    assert_snapshot!(towline(&sandbox, &["render", "dev", "--diff"]), @r#"
    --- stdout
    --- a/apps/greeting-dev.yaml
    +++ b/apps/greeting-dev.yaml
    @@ -9,9 +9,9 @@
       source:
         repoURL: https://charts.acme.dev/dev   # serves charts/dev
         chart: greeting
    -    targetRevision: 0.9.0      # set by Towline
    +    targetRevision: 1.1.0      # set by Towline
         helm:
           valueFiles: [$values/dev/greeting-values.yaml]
           parameters:
           - name: commit
    -        value: unknown
    +        value: [ID]
    --- /dev/null
    +++ b/charts/dev/greeting-1.1.0.tgz
    @@ -0,0 +1,2 @@
    +binary: 478 bytes
    +digest: sha256:4f31ddf91898d59f218915804bd1cf8d570cee495ded57389bbfe59d6dae6ad8
    --- /dev/null
    +++ b/charts/dev/index.yaml
    @@ -0,0 +1,12 @@
    +apiVersion: v1
    +entries:
    +  greeting:
    +  - apiVersion: v2
    +    appVersion: "1.1.0"
    +    description: Says hello
    +    digest: 4f31ddf91898d59f218915804bd1cf8d570cee495ded57389bbfe59d6dae6ad8
    +    name: greeting
    +    type: application
    +    urls:
    +    - greeting-1.1.0.tgz
    +    version: "1.1.0"
    --- a/dev/greeting-values.yaml
    +++ b/dev/greeting-values.yaml
    @@ -1,7 +1,7 @@
     # The values of greeting in dev. Towline sets the tag and the replicas; the rest is the team's.
     image:
       repository: ghcr.io/acme/greeting-web   # where CI pushes to
    -  tag: "0.9.0"
    +  tag: "1.1.0"
       pullPolicy: IfNotPresent
     
     replicas: 1
    --- exit code 0
    "#);
    towline(&sandbox, &["propose", "dev"]);
    let pulls = sandbox.git("gitops.git", &["show", "refs/towline/forge:pulls/0/1.json"]);
    let pull: serde_json::Value = serde_json::from_str(&pulls).unwrap();
    let body = pull["body"].as_str().unwrap();
    let table: Vec<_> = body.lines().filter(|line| line.starts_with("| ")).collect();
    assert_snapshot!(table.join("\n"), @r"
    | image | before | after |
    | `web` | — | `ghcr.io/acme/greeting-web:1.1.0` |
    | | resource | file |
    | changed | `Application argocd/greeting-dev` | `apps/greeting-dev.yaml` |
    | changed | `dev/greeting-values.yaml` | `dev/greeting-values.yaml` |
    | added | `charts/dev/greeting-1.1.0.tgz` | `charts/dev/greeting-1.1.0.tgz` |
    | added | `charts/dev/index.yaml` | `charts/dev/index.yaml` |
    ");
}

#[test]
fn the_stream_says_what_it_cannot_hold() {
    assert_snapshot!(towline(&example(), &["render", "prod"]), @r"
    --- stderr
    note: prod also sets `image.tag`, `replicas` in prod/greeting-values.yaml
      hint: `--diff` shows how
    note: prod also sets `spec.source.targetRevision`, `spec.source.helm.parameters[name=commit].value` in apps/greeting-prod.yaml
      hint: `--diff` shows how
    note: prod also adds greeting 1.1.0 in charts/prod/index.yaml
      hint: `--diff` shows how
    --- exit code 0
    ");
    let quiet = towline(&example(), &["render", "prod", "--quiet"]);
    assert_snapshot!(quiet, @"--- exit code 0");
}

#[test]
fn files_that_are_there_are_edited_in_a_folder() {
    let sandbox = example();
    let apps = sandbox.path("people/apps");
    fs::rename(apps.join("greeting-prod.yaml"), apps.join("renamed.yaml")).unwrap();
    assert_snapshot!(towline(&sandbox, &["render", "-o", "../people"]), @r"
    --- stdout
    dev: 2 files in ../people, 3 edited
    prod: 2 files in ../people, 2 edited
    --- stderr
    warning[file-not-edited]: ../people/apps/greeting-prod.yaml: the file does not exist; not set: `spec.source.targetRevision`, `spec.source.helm.parameters[name=commit].value`
      hint: render into a checkout of the GitOps repository, or see the change with `--diff`
    --- exit code 0
    ");
    let values = sandbox.read("people/prod/greeting-values.yaml");
    assert!(values.contains("\n  tag: \"1.1.0\"\n") && values.contains("# where CI pushes to"), "{values}");
    let list = sandbox.git("people", &["status", "--short", "--untracked-files=all"]);
    assert_snapshot!(list, @r"
     M apps/greeting-dev.yaml
     D apps/greeting-prod.yaml
     M dev/greeting-values.yaml
     M prod/greeting-values.yaml
    ?? apps/renamed.yaml
    ?? charts/dev/greeting-1.1.0.tgz
    ?? charts/dev/index.yaml
    ?? charts/prod/greeting-1.1.0.tgz
    ?? charts/prod/index.yaml
    ?? descriptors/dev/greeting.yaml
    ?? descriptors/prod/greeting.yaml
    ");

    // The same again changes nothing.
    sandbox.git("people", &["add", "."]);
    towline(&sandbox, &["render", "-o", "../people"]);
    assert_eq!(sandbox.git("people", &["diff", "--stat"]), "");
}

#[test]
fn a_folder_stays_as_it_is_when_an_edit_fails() {
    let sandbox = example();
    sandbox.write("people/dev/greeting-values.yaml", "image: {tga: x}\nreplicas: 1\n");
    push(&sandbox);
    assert_snapshot!(towline(&sandbox, &["render", "dev", "-o", "../people"]), @r"
    --- stderr
    error: dev/greeting-values.yaml:1:8: there is no `image.tag` in this file: `image` has no key `tag`
      hint: did you mean `tga`?
    --- exit code 1
    ");
    assert_eq!(sandbox.git("people", &["status", "--short"]), "");
}

#[test]
fn a_pull_request_can_be_validated_before_there_is_a_version() {
    let sandbox = example();
    let run = sandbox.towline(&["validate", "--commit", RELEASE[5]]);
    assert_snapshot!(run, @r"
    --- stdout
    towline.yaml: 2 environments
    dev: 0 resources
    prod: 0 resources
    --- exit code 0
    ");
}

#[test]
fn programs_are_told_of_edits_and_packages() {
    let run = towline(&example(), &["render", "dev", "--output", "json", "--quiet"]);
    let answer: serde_json::Value = serde_json::from_str(&run.stdout).unwrap();
    assert_snapshot!(answer["environments"][0]["edits"], @r#"[{"file":"dev/greeting-values.yaml","set":{"image.tag":"1.1.0","replicas":1}},{"file":"apps/greeting-dev.yaml","set":{"spec.source.targetRevision":"1.1.0","spec.source.helm.parameters[name=commit].value":"[ID]"}},{"file":"charts/dev/index.yaml","package":{"name":"greeting","version":"1.1.0","digest":"sha256:4f31ddf91898d59f218915804bd1cf8d570cee495ded57389bbfe59d6dae6ad8"}}]"#);
}

#[test]
fn a_rollback_names_the_chart_that_is_still_there() {
    let sandbox = example();
    let pipeline = sandbox.read("app/towline.yaml");
    sandbox.write("app/towline.yaml", &pipeline.replace("[{status: \"argocd/greeting-dev\"}]", "none"));
    for version in ["1.1.0", "1.2.0"] {
        let image = format!("web={version}");
        let release = ["--release", version, "--image", &image, RELEASE[4], RELEASE[5]];
        let run = sandbox.towline(&[&["promote", "--to", "dev"], &release[..]].concat());
        assert_eq!(run.code, Some(0), "{run}");
    }
    let app = || sandbox.git("gitops.git", &["show", "main:apps/greeting-dev.yaml"]);
    let charts = blob(&sandbox, "charts");
    assert!(app().contains("targetRevision: 1.2.0"), "{}", app());
    let run = sandbox.towline(&["rollback", "dev"]);
    assert_eq!(run.code, Some(0), "{run}");
    assert!(app().contains("targetRevision: 1.1.0"), "{}", app());
    assert_eq!(blob(&sandbox, "charts"), charts, "a chart repository keeps its versions");

    sandbox.git("people", &["pull", "--quiet", "origin", "main"]);
    sandbox.git("people", &["rm", "--quiet", "charts/dev/greeting-1.2.0.tgz"]);
    push(&sandbox);
    assert_snapshot!(sandbox.towline(&["rollback", "dev", "--to", "1.2.0"]), @"
    --- stderr
    error: charts/dev/greeting-1.2.0.tgz is no longer what it was when 1.2.0 was verified
      hint: restore it in the GitOps repository from git
    --- exit code 3
    ");
}
