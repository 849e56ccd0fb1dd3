//! `keep`: a chart generates a password once, and every later run takes it from git.

use crate::given::Sandbox;

const PIPELINE: &str = r#"
version: 1
application: web
templates:
  - path: chart
    values: [{inline: {level: "{{ level }}"}}]
    keep: [{kind: Secret}]
variables: [{values: {level: info}}]
gitops: {repository: ../gitops.git}
environments:
  - {name: dev, await: {reporters: none}}
"#;

const SECRET: &str = "apiVersion: v1\nkind: Secret\nmetadata: {name: auth, labels: {level: {{ .Values.level }}}}\nstringData: {password: {{ randAlphaNum 12 }}}\n";

fn sandbox() -> Sandbox {
    Sandbox::with_application(&[
        ("towline.yaml", PIPELINE),
        ("chart/Chart.yaml", "{apiVersion: v2, name: web, version: 0.1.0}\n"),
        ("chart/templates/secret.yaml", SECRET),
    ])
}

fn password(text: &str) -> String {
    let line = text.lines().find(|line| line.trim_start().starts_with("password: "));
    line.unwrap_or_else(|| panic!("{text}")).trim().to_owned()
}

fn in_git(sandbox: &Sandbox, branch: &str) -> String {
    sandbox.git("gitops.git", &["show", &format!("{branch}:dev/web/secret-auth.yaml")])
}

#[test]
fn a_password_is_made_once() {
    let sandbox = sandbox();
    let head = "towline/dev/web";
    let propose = |version: &str, more: &[&str]| {
        let run = sandbox.towline(&[&["propose", "dev", "--release", version], more].concat());
        assert!(run.code == Some(0), "{run}");
    };
    propose("1", &[]);
    let branches = sandbox.git("gitops.git", &["for-each-ref", "--format=%(refname:short)"]);
    let head = branches.lines().find(|branch| branch.contains("web")).unwrap_or(head);
    let first = password(&in_git(&sandbox, head));
    propose("1", &[]);
    assert_eq!(password(&in_git(&sandbox, head)), first, "what is proposed is kept");
    assert_eq!(sandbox.towline(&["merge", "dev"]).code, Some(0));
    propose("2", &["--set", "level=debug"]);
    let proposed = in_git(&sandbox, head);
    assert_eq!(password(&proposed), first, "what is deployed is kept");
    assert!(proposed.contains("level: debug"), "{proposed}");

    let diff = sandbox.towline(&["render", "dev", "--release", "3", "--diff"]);
    assert!(!diff.stdout.contains("password"), "{diff}");
    let plain = sandbox.towline(&["render", "dev", "--release", "3"]);
    assert_ne!(password(&plain.stdout), first);
    assert!(plain.stderr.contains("generated values that are kept in git are new here"), "{plain}");
}

#[test]
fn a_folder_keeps_what_it_has() {
    let sandbox = sandbox();
    let render = || {
        let run = sandbox.towline(&["render", "-o", "../out", "--release", "1"]);
        assert_eq!(run.code, Some(0), "{run}");
        password(&sandbox.read("out/dev/web/secret-auth.yaml"))
    };
    assert_eq!(render(), render());
}
