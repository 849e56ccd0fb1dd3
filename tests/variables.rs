//! Where variables come from, which one wins, and how that is told.

use std::fs;
use std::path::Path;

use insta::assert_snapshot;
use tempfile::TempDir;
use towline::config;
use towline::variables::{Inputs, Scalar, Variables};

/// A folder with a pipeline file whose environment `prod` has the target `eu`.
fn folder(pipeline: &str, prod: &str, eu: &str, files: &[(&str, &str)]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let head = "version: 1\napplication: greeting\ntemplates: [{path: deploy}]\n";
    let gitops = "gitops: {repository: ../gitops.git}\n";
    let environments = format!(
        "environments:\n  - name: prod\n    variables: [{prod}]\n    targets:\n      - name: eu\n        variables: [{eu}]\n"
    );
    let text = format!("{head}variables:\n{pipeline}\n{gitops}{environments}");
    fs::write(folder.path().join("towline.yaml"), text).unwrap();
    for (path, content) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    folder
}

fn resolve(folder: &TempDir, inputs: &Inputs) -> anyhow::Result<Variables> {
    let pipeline = config::load(&folder.path().join("towline.yaml"))?;
    let environment = pipeline.environment("prod")?;
    environment.resolve_variables(&environment.targets[0], &pipeline.root, inputs, None)
}

/// Every variable, where it was written, and what it overrode.
fn explain(folder: &TempDir, inputs: &Inputs) -> String {
    let mut text = String::new();
    for leaf in resolve(folder, inputs).unwrap().leaves {
        let value = if leaf.secret { towline::secrets::HIDDEN.into() } else { leaf.value.shown() };
        text += &format!("{} = {value}  ({})\n", leaf.name, leaf.origin);
        for (value, origin) in leaf.overrode {
            text += &format!("    instead of {} ({origin})\n", value.shown());
        }
    }
    text.replace(&format!("{}/", folder.path().display()), "")
}

fn message(folder: &TempDir, inputs: &Inputs) -> String {
    let text = format!("{:#}", resolve(folder, inputs).unwrap_err());
    text.replace(&format!("{}/", folder.path().display()), "")
}

#[test]
fn later_sources_win_and_everything_knows_where_it_came_from() {
    let common = "replicas: 1\ndb:\n  host: localhost\n  port: 5432\nhosts: [a, b]\n";
    let folder = folder(
        "  - file: config/common.yaml\n  - values: {replicas: 2, log: info}\n  - process: {prefix: APP_}",
        "{file: 'config/{{ environment }}.json'}",
        "{file: '{{ target }}.env'}",
        &[
            ("config/common.yaml", common),
            ("config/prod.json", "{\"db\": {\"host\": \"db.prod\"}, \"hosts\": [\"c\"],\n\"yes\": \"no\"}"),
            ("eu.env", "region=eu\nreplicas=3\n"),
            ("more.yaml", "replicas: 4\n"),
        ],
    );
    let process = [("PATH", "/bin"), ("APP_", "x"), ("APP_log", "debug"), ("APP_Token", "t")];
    let inputs = Inputs {
        set: vec!["replicas=5".into(), "db.options={ssl: true}".into(), "note=".into(), "none=null".into()],
        files: vec![folder.path().join("more.yaml")],
        process: process.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        ..Inputs::default()
    };
    assert_snapshot!(explain(&folder, &inputs), @r#"
    replicas = 5  (--set)
        instead of 4 (more.yaml:1:1)
        instead of 3 (eu.env:2:1)
        instead of 2 (towline.yaml:6:14)
        instead of 1 (config/common.yaml:1:1)
    db.host = "db.prod"  (config/prod.json:1:9)
        instead of "localhost" (config/common.yaml:3:3)
    db.port = 5432  (config/common.yaml:4:3)
    db.options.ssl = true  (--set)
    hosts = ["c"]  (config/prod.json:1:29)
        instead of ["a","b"] (config/common.yaml:5:1)
    log = "debug"  ($APP_log)
        instead of "info" (towline.yaml:6:27)
    Token = "t"  ($APP_Token)
    yes = "no"  (config/prod.json:2:1)
    region = "eu"  (eu.env:1:1)
    note = ""  (--set)
    none = null  (--set)
    "#);
}

#[test]
fn a_map_and_a_scalar_replace_one_another() {
    let folder = folder(
        "  - values: {db: localhost, cache: {size: 1}}\n  - values: {db: {host: a, port: 1}, cache: none}",
        "",
        "",
        &[],
    );
    assert_snapshot!(explain(&folder, &Inputs::default()), @r#"
    db.host = "a"  (towline.yaml:6:19)
        instead of "localhost" (towline.yaml:5:14)
    db.port = 1  (towline.yaml:6:28)
        instead of "localhost" (towline.yaml:5:14)
    cache = "none"  (towline.yaml:6:38)
        instead of {"size":1} (towline.yaml:5:29)
    "#);
}

/// YAML would read these names as booleans, numbers and null.
#[test]
fn names_stay_as_they_are_written() {
    let folder = folder(
        "  - values: {y: 1, off: {n: 2}, list: [{yes: 3}]}\n  - file: more.yaml",
        "",
        "",
        &[("more.yaml", "on: yes\nNo: {1.10: a, 0644: b}\nlist: [{yes: y}]\n")],
    );
    assert_snapshot!(explain(&folder, &Inputs::default()), @r#"
    y = 1  (towline.yaml:5:14)
    off.n = 2  (towline.yaml:5:26)
    list = [{"yes":true}]  (more.yaml:3:1)
        instead of [{"yes":3}] (towline.yaml:5:33)
    on = yes  (more.yaml:1:1)
    No.1.10 = "a"  (more.yaml:2:6)
    No.0644 = "b"  (more.yaml:2:15)
    "#);
}

#[test]
fn an_empty_map_takes_nothing_away() {
    let folder = folder("  - values: {db: {host: a}, labels: {}}\n  - values: {db: {}}", "", "", &[]);
    assert_snapshot!(explain(&folder, &Inputs::default()), @r#"
    db.host = "a"  (towline.yaml:5:19)
    labels = {}  (towline.yaml:5:29)
    "#);
}

#[test]
fn secrets_stay_secret_also_when_they_are_overridden() {
    let folder = folder(
        "  - {file: secret.env, secret: true}\n  - values: {user: nobody}",
        "{secret: true, values: {tls: {key: abc}}}",
        "",
        &[("secret.env", "user=admin\npassword=hunter2\n")],
    );
    assert_snapshot!(explain(&folder, &Inputs::default()), @r#"
    user = "nobody"  (towline.yaml:6:14)
        instead of "(secret)" (secret.env:1:1)
    password = (secret)  (secret.env:2:1)
    tls.key = (secret)  (towline.yaml:10:47)
    "#);
    let variables = resolve(&folder, &Inputs::default()).unwrap();
    let names: Vec<_> = variables.secrets().map(|leaf| leaf.name.as_str()).collect();
    assert_eq!(names, ["password", "tls.key"]);
}

#[test]
fn files_that_cannot_be_used() {
    let with = |path: &str, content: &str| {
        message(&folder(&format!("  - file: {path}"), "", "", &[(path, content)]), &Inputs::default())
    };
    let missing = folder("  - file: config/missing.yaml", "", "", &[]);
    assert_snapshot!(message(&missing, &Inputs::default()), @"towline.yaml:5:5: the variables file `config/missing.yaml` cannot be read: No such file or directory (os error 2)");
    assert_snapshot!(with("a.toml", "a = 1"), @"towline.yaml:5:5: `a.toml` is not in a format that variables can be read from");
    assert_snapshot!(with("a.yaml", "- a\n"), @"a.yaml:1:1: a variables file must be a map from names to values");
    assert_snapshot!(with("a.yaml", "a: 1\n---\nb: 2\n"), @"a.yaml:3:1: a variables file must have one document, and a second one starts here");
    assert_snapshot!(with("a.yaml", "a: 1\na: 2\n"), @"a.yaml:2:1: duplicate key `a`");
    assert_snapshot!(with("a.yaml", "a: [1\n"), @"a.yaml:1:4: unclosed bracket '['");
    assert_snapshot!(with("a.yaml", "b: 1\nimages: {web: 1}\n"), @"a.yaml:2:1: a variable may not be named `images`: templates use that name for something else");
    assert_snapshot!(with("a.env", "A=1\nexport\n"), @"a.env:2: a line without `=`");
    let none = folder("  - file: a.yaml", "", "", &[("a.yaml", "# nothing\n")]);
    assert_eq!(resolve(&none, &Inputs::default()).unwrap(), Variables::default());
}

#[test]
fn json_is_read_as_json() {
    let json = "{\n\t\"emoji\": \"\\ud83d\\ude00\",\n\t\"slash\": \"\\/\",\n\t\"n\": 1.5e3, \"off\": false, \"x\": null\n}";
    let folder = folder("  - file: a.json", "", "", &[("a.json", json)]);
    assert_snapshot!(explain(&folder, &Inputs::default()), @r#"
    emoji = "😀"  (a.json:2:2)
    slash = "/"  (a.json:3:2)
    n = 1.5e3  (a.json:4:2)
    off = false  (a.json:4:14)
    x = null  (a.json:4:28)
    "#);
}

#[test]
fn arguments_that_cannot_be_used() {
    let folder = folder("  - values: {a: 1}", "", "", &[]);
    let set = |argument: &str| message(&folder, &Inputs { set: vec![argument.into()], ..Inputs::default() });
    assert_snapshot!(set("a"), @"`--set a` has no `=`");
    assert_snapshot!(set("a..b=1"), @"`--set a..b=1` has no name before the `=`");
    assert_snapshot!(set("a=[1"), @"--set a:1:1: unclosed bracket '['");
    assert_snapshot!(set("a=[1]\n--- \nb"), @"`--set a`: the value must be one YAML value");
    assert_snapshot!(set("environment=x"), @"--set: a variable may not be named `environment`: templates use that name for something else");
    let file = Inputs { files: vec![Path::new("missing.yaml").into()], ..Inputs::default() };
    assert_snapshot!(message(&folder, &file), @"the variables file `missing.yaml` cannot be read: No such file or directory (os error 2)");
}

/// What each variable is inside other text.
fn texts(folder: &TempDir, inputs: &Inputs) -> String {
    let leaves = resolve(folder, inputs).unwrap().leaves;
    let text = |scalar: &Scalar| scalar.text().unwrap_or_default().into_owned();
    let lines = leaves.iter().map(|leaf| {
        let texts: Vec<String> = leaf.value.scalars().into_iter().map(text).collect();
        format!("{} = {}\n", leaf.name, texts.join(" "))
    });
    lines.collect()
}

#[test]
fn every_source_keeps_how_values_are_written() {
    let folder = folder(
        "  - values: {a: 1.10, b: 0755, c: no}\n  - file: more.yaml\n  - file: more.json\n  - file: more.env\n  - process: {prefix: APP_}",
        "",
        "",
        &[
            ("more.yaml", "d: 706798e8\ne: 1_000\nf: [True, 18446744073709551616]\n"),
            ("more.json", "{\"g\": 1.50, \"h\": 1e3}"),
            ("more.env", "i=1.10\nj=0123456\n"),
        ],
    );
    let inputs = Inputs {
        set: ["k=1.10", "l=706798e8", "m=08", "n=no", "o=[1.10, \"2\", yes]", "p=a: b", "q='1'"]
            .map(String::from)
            .into(),
        process: vec![("APP_R".into(), "010".into())],
        ..Inputs::default()
    };
    assert_snapshot!(texts(&folder, &inputs), @r"
    a = 1.10
    b = 0755
    c = no
    d = 706798e8
    e = 1_000
    f = True 18446744073709551616
    g = 1.50
    h = 1e3
    i = 1.10
    j = 0123456
    R = 010
    k = 1.10
    l = 706798e8
    m = 08
    n = no
    o = 1.10 2 yes
    p = a: b
    q = 1
    ");
}

#[test]
fn files_that_are_encrypted_are_refused_or_decrypted() {
    use std::os::unix::fs::PermissionsExt;
    let sops = "a: ENC[AES256_GCM,data:x]\nsops:\n  mac: ENC[y]\n  version: 3.9.0\n";
    let folder = folder(
        "  - file: a.yaml",
        "",
        "",
        &[("a.yaml", sops), ("bin/sops", "#!/bin/sh\ntest $1 = -d && test $KEY = k && echo a: hunter2\n")],
    );
    let program = folder.path().join("bin/sops");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    let inputs = |entries: &[(&str, &str)]| Inputs {
        process: entries.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect(),
        ..Inputs::default()
    };
    assert_snapshot!(message(&folder, &inputs(&[("PATH", "/nowhere")])), @"a.yaml: the file is encrypted with SOPS, and there is no `sops`");
    let path = program.display().to_string();
    let environment = [("PATH", "/usr/bin:/bin"), ("TOWLINE_SOPS", path.as_str()), ("KEY", "k")];
    assert_snapshot!(explain(&folder, &inputs(&environment)), @"a = (secret)  (a.yaml:1:1)");
    assert_snapshot!(message(&folder, &inputs(&environment[..2])).replace(&path, "sops"), @"a.yaml: `bin/sops -d` failed: bin/sops: 2: test: =: unexpected operator");
}

/// Whoever changes the file after it was read gets nothing else decrypted.
#[test]
fn sops_decrypts_what_was_read_and_opens_no_file() {
    use std::os::unix::fs::PermissionsExt;
    let program = "#!/bin/sh\n\
        test \"$*\" = \"-d --input-type $TYPE --output-type $TYPE /dev/stdin\" || exit 1\n\
        sed -e /sops/d -e s/ENC/plain/ /dev/stdin\n";
    for (name, kind, text) in [
        ("a.yaml", "yaml", "a: ENC\nsops: {mac: x}\n"),
        ("a.json", "json", "{\"a\": \"ENC\"\n, \"sops\": {\"mac\": \"x\"}\n}\n"),
        (".env.local", "dotenv", "a=ENC\nsops_mac=x\n"),
    ] {
        let folder = folder(&format!("  - file: {name}"), "", "", &[(name, text), ("bin/sops", program)]);
        let sops = folder.path().join("bin/sops");
        fs::set_permissions(&sops, fs::Permissions::from_mode(0o755)).unwrap();
        let sops = sops.display().to_string();
        let environment = [("PATH", "/usr/bin:/bin"), ("TOWLINE_SOPS", sops.as_str()), ("TYPE", kind)];
        let process = environment.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        let variables = resolve(&folder, &Inputs { process, ..Inputs::default() }).unwrap();
        let leaf = &variables.leaves[0];
        assert_eq!((leaf.value.shown().as_str(), leaf.secret), ("\"plain\"", true), "{name}");
    }
}

/// `sh` reads the same file, where it is a script too.
#[test]
fn references_are_expanded_as_a_shell_does() {
    let env = "HOST=db\nPORT=5432\nEMPTY=\nURL=postgres://${HOST}:$PORT/x\nQUOTED=\"$HOST \\$HOST\"\nRAW='$HOST'\n\
        A=${EMPTY:-a}${EMPTY-b}${NONE:-$HOST}${NONE-c}${HOST:+d}${NONE:+e}\nB=${OUTSIDE}x\nexport C=$A-$B\n";
    let folder = folder("  - file: a.env", "", "", &[("a.env", env)]);
    let inputs = Inputs { process: vec![("OUTSIDE".into(), "o".into())], ..Inputs::default() };
    let variables = resolve(&folder, &inputs).unwrap();
    let script: String =
        variables.leaves.iter().map(|leaf| format!("printf '%s=%s\\n' {0} \"${0}\"; ", leaf.name)).collect();
    let shell = std::process::Command::new("sh")
        .args(["-c", &format!(". ./a.env; {script}")])
        .env_clear()
        .env("OUTSIDE", "o")
        .current_dir(folder.path())
        .output()
        .unwrap();
    let ours = texts(&folder, &inputs).replace(" = ", "=");
    assert_eq!(ours, String::from_utf8(shell.stdout).unwrap());
}

#[test]
fn many_names_are_read_in_one_pass() {
    let env: String = (0..80_000).map(|number| format!("A{number}=b\n")).collect();
    let yaml: String = (0..80_000).map(|number| format!("A{number}: c\n")).collect();
    let folder = folder("  - file: a.env\n  - file: a.yaml", "", "", &[("a.env", &env), ("a.yaml", &yaml)]);
    let variables = resolve(&folder, &Inputs::default()).unwrap();
    assert_eq!(variables.leaves.len(), 80_000);
    assert!(variables.leaves.iter().all(|leaf| leaf.overrode.len() == 1));
}

#[test]
fn nothing_that_is_declared_is_passed_over() {
    let folder = folder("  - keyVault: {vault: kv, secrets: {password: db}}", "", "", &[]);
    assert_snapshot!(message(&folder, &Inputs::default()), @"towline.yaml:5:5: not supported yet: variables from `keyVault`");
}
