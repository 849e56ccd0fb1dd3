//! Secrets: nothing that is printed or rendered shows them, and what is kept for a moment is private.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;
use std::process::{Command, Stdio};

use insta::assert_snapshot;

use crate::given::Sandbox;

const CONFIG: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: ";

fn application(pipeline: &str, data: &str) -> Sandbox {
    let pipeline = format!(
        "version: 1\napplication: greeting\ntemplates: [{{path: deploy}}]\ngitops: {{repository: ../gitops.git}}\nenvironments: [{{name: dev}}]\n{pipeline}"
    );
    Sandbox::with_application(&[("towline.yaml", &pipeline), ("deploy/a.yaml", &format!("{CONFIG}{data}\n"))])
}

const SECRET: &str = "variables: [{process: {prefix: APP_}, secret: true}]\n";

#[test]
fn a_secret_variable_is_found_in_a_manifest_however_it_is_encoded() {
    for (value, data) in [
        ("Ab3/xY+9Qk==", "{dsn: \"postgres://app:{{ PW | urlencode }}@db/app\"}"),
        ("s3cr&t<pass>", "{a: \"{{ {'pw': PW} | tojson | replace('&', '\\\\u0026') }}\"}"),
        ("correct horse battery", "{a: \"x={{ PW | replace(' ', '+') }}&y=1\"}"),
        ("s3cr&t<pass>", "{a: \"{{ PW | replace('&', '&amp;') | replace('<', '&#x3c;') }}\"}"),
        ("Tr0ub4dor&3", "{a: \"{{ PW | upper }}\"}"),
        ("Tr0ub4dor&3", "{a: \"{{ ('user:' ~ PW) | urlencode | b64encode | b64encode }}\"}"),
        ("pass", "{a: \"{{ PW | b64encode }}\"}"),
    ] {
        let mut sandbox = application(SECRET, data);
        sandbox.set("APP_PW", value);
        let run = sandbox.towline(&["render", "dev", "--release", "1"]);
        let expected =
            "deploy/a.yaml:1: the secret variable `PW` would be committed in configmap-a.yaml, field data.";
        assert!(run.code == Some(3) && run.stderr.contains(expected), "{value} {data}: {run}");
        assert!(!run.to_string().contains(value), "{run}");
    }
}

/// What an attacker, or a helpful template, may make of the secret `Tr0ub4dor&3`. Each is a whole file.
#[test]
fn a_secret_is_found_wherever_a_manifest_has_room_for_it() {
    let map = |data: &str| format!("{CONFIG}{data}\n");
    let secret = |field: &str, value: &str| {
        format!("apiVersion: v1\nkind: Secret\nmetadata: {{name: a}}\n{field}: {{a: {value}}}\n")
    };
    let note = "Zmlyc3QgbGluZSBvZiBhIG5vdGUgdGhhdCBpcyBsb25nOyB0aGUgcGFzc3dv\n    cmQgaXMgVHIwdWI0ZG9yJjMsIGFuZCB0aGVyZSBpcyBtb3JlIG9mIGl0IGhlcmUs\n    IHRvbw==";
    for (name, file) in [
        ("percent-encoded in a URL", map("{a: 'https://x/?p=%54r0ub4dor%263&q=1'}")),
        ("JSON", map(r#"{a: '{"p": "\u0054r0ub4dor\u00263"}'}"#)),
        ("HTML, twice", map("{a: '<b>Tr0ub4dor&amp;#38;3</b>'}")),
        ("hex", map("{a: '0x547230756234646F722633FF'}")),
        ("base64 behind one character", map("{a: YVRyMHViNGRvciYzIGFuZCBtb3Jl}")),
        ("base64 behind two", map("{a: YWJUcjB1YjRkb3ImMyBhbmQgbW9yZQ==}")),
        ("base64 behind three", map("{a: YWJjVHIwdWI0ZG9yJjMgYW5kIG1vcmU=}")),
        ("the other case", map("{a: 'tR0UB4DOR&3'}")),
        ("inside a word", map("{a: 'xTr0ub4dor&3x'}")),
        ("base64 in hex", map("{a: 56484977645749305a4739794a6a4d3d}")),
        ("base64 over lines", map(&format!("\n  a: |\n    {note}"))),
        ("base64 over folded lines", map(&format!("\n  a: >-\n    {note}"))),
        ("text over escaped lines", map("\n  a: \"Tr0ub\\\n    4dor&3\"")),
        ("a key", map("{'Tr0ub4dor&3': a}")),
        ("binary data", map("{a: b}\nbinaryData: {a: eyJwIjoiVHIwdWI0ZG9yXHUwMDI2MyJ9}")),
        ("data of a Secret", secret("data", "VHIwdWI0ZG9yJjM=")),
        ("text of a Secret", secret("stringData", "'{{ PW }}'")),
        (
            "an annotation",
            map("{a: b}").replace("{name: a}", "{name: a, annotations: {a: 'it''s Tr0ub4dor&3'}}"),
        ),
    ] {
        let mut sandbox = application(SECRET, "{a: b}");
        sandbox.set("APP_PW", "Tr0ub4dor&3");
        sandbox.write("app/deploy/a.yaml", &file);
        let run = sandbox.towline(&["render", "dev", "--release", "1"]);
        let is_found = run.stderr.contains("the secret variable `PW` would be committed");
        assert!(run.code == Some(3) && is_found && run.stdout.is_empty(), "{name}: {run}");
    }
}

#[test]
fn a_credential_is_found_in_the_spelling_of_the_file() {
    for (proxy, data) in [
        ("http://me:m4rker:%20it's@proxy", "{a: 'x m4rker: it''s'}"),
        ("http://me:m4rker\\back@proxy", "{a: 'x m4rker\\back: y'}"),
        ("http://me:m4rk\u{e9}r@proxy", "{a: 'x m4rk\u{e9}r'}"),
    ] {
        let mut sandbox = application("", data);
        sandbox.set("HTTPS_PROXY", proxy);
        let run = sandbox.towline(&["render", "dev", "--release", "1"]);
        let expected = "a credential would be committed (HTTPS_PROXY)";
        assert!(run.code == Some(3) && run.stderr.contains(expected), "{proxy}: {run}");
        assert!(!run.to_string().contains("m4rk"), "{run}");
    }
}

#[test]
fn a_short_secret_leaves_the_text_around_it_alone() {
    let mut sandbox = application(SECRET, "{a: \"cat {{ PW | length }}\"}");
    sandbox.set("APP_PW", "q");
    sandbox.set("TOWLINE_TOKEN", "t");
    let run = sandbox.towline(&["render", "dev", "--release", "1"]);
    assert!(run.code == Some(0) && run.stdout.contains("a: cat 1"), "{run}");
    sandbox.write("app/deploy/a.yaml", &format!("{CONFIG}{{a: \"{{{{ PW }}}}\"}}\n"));
    let run = sandbox.towline(&["render", "dev", "--release", "1"]);
    assert!(
        run.code == Some(3) && run.stderr.contains("the secret variable `PW` would be committed"),
        "{run}"
    );
}

#[test]
fn a_token_is_in_no_file_even_where_secrets_are_allowed() {
    let mut sandbox = application("", "{a: \"{{ release.version }}\"}");
    let pipeline = sandbox.read("app/towline.yaml").replace("name: dev", "name: dev, secrets: allow");
    sandbox.write("app/towline.yaml", &pipeline);
    sandbox.set("GITLAB_TOKEN", "glpat-0123456789");
    let run = sandbox.towline(&["render", "dev", "--release", "x-676c7061742d30313233343536373839"]);
    assert_snapshot!(run, @"
    --- stderr
    error: cannot render greeting for dev
      because: descriptors/dev/greeting.yaml:7: a credential would be committed (GITLAB_TOKEN)
      hint: remove it: Towline or a proxy signs in with it. Give the application a credential of its own
    --- exit code 3
    ");
}

#[test]
fn a_password_in_a_url_is_not_printed_whatever_it_is_made_of() {
    let mut sandbox = application("", "{a: b}");
    sandbox.set("GITHUB_ACTIONS", "true");
    sandbox.set("GITHUB_STEP_SUMMARY", sandbox.path("home/summary").display().to_string());
    for password in ["m4rker/x", "m4rker#x", "m4rker?x", "m4rker@x", "m4rker:x"] {
        let url = format!("\"https://bob:{password}@git.example/a/b.git\", forge: github");
        let pipeline = sandbox.read("app/towline.yaml");
        let before = pipeline.split("repository: ").nth(1).unwrap().split('}').next().unwrap();
        sandbox.write("app/towline.yaml", &pipeline.replace(before, &url));
        let run = sandbox.towline(&["status", "--output", "json"]);
        assert!(run.stdout.contains("the repository's URL contains a password"), "{run}");
        assert!(!(run.to_string() + &sandbox.read("home/summary")).contains("m4rker"), "{password}: {run}");
    }
}

/// The scratch folders in a sandbox, without their locks.
fn scratch(sandbox: &Sandbox) -> Vec<PathBuf> {
    let entries = fs::read_dir(sandbox.path(".")).unwrap().map(|entry| entry.unwrap().path());
    entries.filter(|path| path.file_name().unwrap().to_string_lossy().starts_with("towline-")).collect()
}

#[test]
fn a_scratch_folder_that_cannot_be_made_says_which_and_how_to_choose_another() {
    let mut sandbox = application("", "{a: b}");
    let step = "{path: chart, engine: helm}";
    let pipeline = sandbox.read("app/towline.yaml").replace("{path: deploy}", step);
    sandbox.write("app/towline.yaml", &pipeline);
    sandbox.write("app/chart/Chart.yaml", "apiVersion: v2\nname: greeting\nversion: 0.1.0\n");
    sandbox.write("file", "");
    sandbox.set("TOWLINE_HELM", "/bin/true");
    for (place, why) in [("missing", "No such file or directory"), ("file", "Not a directory")] {
        sandbox.set("TOWLINE_SCRATCH", sandbox.path(place).display().to_string());
        let run = sandbox.towline(&["render", "dev", "--release", "1"]);
        let message = format!("because: cannot create a scratch folder in [SANDBOX]/{place}: {why}");
        let hint = "hint: set TOWLINE_SCRATCH to a folder that exists and that you may write to";
        assert!(run.code == Some(1) && run.stderr.contains(&message) && run.stderr.contains(hint), "{run}");
        assert!(!run.stderr.contains("towline-"), "{run}");
    }
}

#[test]
fn what_a_killed_run_left_of_its_secrets_is_private_and_goes_with_the_next_run() {
    let step = "{path: chart, engine: helm, values: [{variables: true}]}";
    let mut sandbox = application(SECRET, "{a: b}");
    let pipeline = sandbox.read("app/towline.yaml").replace("{path: deploy}", step);
    sandbox.write("app/towline.yaml", &pipeline);
    sandbox.write("app/chart/Chart.yaml", "apiVersion: v2\nname: greeting\nversion: 0.1.0\n");
    sandbox.set("APP_PW", "m4rker-0f-a-secret");
    let alive = sandbox.path("alive");
    let script = format!(
        "#!/bin/sh\n[ \"$1\" = version ] && echo v3.17.0 && exit\necho $$ > {}\nsleep 1000\n",
        alive.display()
    );
    sandbox.write("home/helm", &script);
    fs::set_permissions(sandbox.path("home/helm"), fs::Permissions::from_mode(0o755)).unwrap();
    sandbox.set("TOWLINE_HELM", sandbox.path("home/helm").display().to_string());
    assert!(Command::new("mkfifo").arg(&alive).status().unwrap().success());
    let mut render = sandbox.command(&["render", "dev", "--release", "1"]);
    let mut render = render.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    let mut helm = String::new();
    BufReader::new(File::open(alive).unwrap()).read_line(&mut helm).unwrap();
    let folders: Vec<PathBuf> = scratch(&sandbox).into_iter().filter(|path| path.is_dir()).collect();
    assert!(!folders.is_empty());
    for path in walkdir::WalkDir::new(&folders[0]).into_iter().map(|entry| entry.unwrap().into_path()) {
        let mode = path.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o077, 0, "{}", path.display());
    }
    // A live one's are left alone.
    sandbox.towline(&["status"]);
    assert!(folders.iter().all(|folder| folder.is_dir()));
    render.kill().unwrap();
    render.wait().unwrap();
    Command::new("kill").args(["-KILL", helm.trim()]).status().unwrap();
    assert!(folders.iter().all(|folder| folder.is_dir()), "a killed process removes nothing");
    sandbox.towline(&["status"]);
    assert_eq!(scratch(&sandbox), Vec::<PathBuf>::new());
}

/// A relative `TOWLINE_SCRATCH` means the same folder for what is made and for what is swept.
#[test]
fn what_a_killed_run_left_is_looked_for_from_the_folder_of_the_command() {
    let mut sandbox = application(SECRET, "{a: b}");
    sandbox.set("TOWLINE_SCRATCH", "scratch");
    sandbox.write("app/scratch/towline-gone.lock", "towline 17\n");
    sandbox.write("app/scratch/towline-gone/value", "left");
    let mut status = sandbox.command(&["-C", "app", "status"]);
    let run = sandbox.run(status.current_dir(sandbox.path(".")).output().unwrap());
    assert_eq!(run.code, Some(0), "{run}");
    assert_eq!(fs::read_dir(sandbox.path("app/scratch")).unwrap().count(), 0);
}
