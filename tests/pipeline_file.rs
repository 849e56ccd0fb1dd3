//! What people see when they write a pipeline file: that it is understood, or what is wrong with
//! it, where, and what to do.

use std::fs;
use std::path::Path;

use insta::assert_snapshot;
use towline::config::{self, MergePolicy, Pipeline};
use towline::vocabulary::ForgeKind;

use crate::given;

/// The smallest file that is one, to be changed by each test.
const GOOD: &str = "\
version: 1
application: greeting
images:
  web: ghcr.io/acme/web
templates:
  - path: deploy
gitops:
  repository: ../gitops.git
environments:
  - name: dev
  - name: prod
";

fn load(content: impl AsRef<[u8]>) -> anyhow::Result<Pipeline> {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("towline.yaml");
    fs::write(&file, content).unwrap();
    config::load(&file).map_err(|error| show(error, folder.path()))
}

/// The innermost message and its hint, as the command line prints them.
fn show(error: anyhow::Error, folder: &Path) -> anyhow::Error {
    anyhow::anyhow!(given::shown(&error).replace(&format!("{}/", folder.display()), ""))
}

fn message(content: impl AsRef<[u8]>) -> String {
    load(content).unwrap_err().to_string()
}

/// The message for [`GOOD`] with one text in it replaced.
fn with(old: &str, new: &str) -> String {
    assert!(GOOD.contains(old), "{old}");
    message(GOOD.replacen(old, new, 1))
}

#[test]
fn every_field_of_the_design_is_understood() {
    let pipeline = load(include_str!("fixtures/every-field.yaml")).unwrap();
    assert_eq!(pipeline.environments.len(), 2);
    let prod = pipeline.environment("prod").unwrap();
    let paths: Vec<_> = prod.targets.iter().map(|target| target.path.as_str()).collect();
    assert_eq!(paths, ["prod/greeting/eu", "prod/greeting/us"]);
}

#[test]
fn what_is_not_written_has_a_default() {
    let pipeline = load(GOOD).unwrap();
    let environment = &pipeline.environments[0];
    assert_snapshot!(format!("{:#?}", environment.rollout), @"
    RolloutOptions {
        written: None,
        reporters: None,
        place: None,
        merge: 86400s,
        appear: 900s,
        finish: 1800s,
        settle: 10s,
        grace: 300s,
        superseded: Fail,
    }
    ");
    assert_eq!(environment.targets[0].path, "dev/greeting");
    assert_eq!(environment.gitops.descriptor, "descriptors/dev/greeting.yaml");
    assert_eq!(environment.gitops.branch, "main");
    assert_eq!(environment.gitops.forge, ForgeKind::Local);
    assert_eq!(environment.merge, MergePolicy::Manual);
}

#[test]
fn a_file_that_was_cut_off_is_understood_or_refused() {
    let text = include_str!("fixtures/every-field.yaml");
    for end in (0..text.len()).step_by(11).filter(|end| text.is_char_boundary(*end)) {
        if let Err(error) = load(&text[..end]) {
            assert!(error.to_string().starts_with("towline.yaml:"), "{error}");
        }
    }
}

#[test]
fn an_empty_file() {
    assert_snapshot!(message(""), @"
    towline.yaml: the pipeline file is empty
    hint: run `towline init` to create one; it needs at least `version`, `application`, `templates`, `gitops` and `environments`
    ");
    assert_snapshot!(message("# nothing yet\n"), @"
    towline.yaml: the pipeline file is empty
    hint: run `towline init` to create one; it needs at least `version`, `application`, `templates`, `gitops` and `environments`
    ");
}

#[test]
fn a_key_that_does_not_exist() {
    assert_snapshot!(with("templates:", "template:"), @"
    towline.yaml:5:1: unknown key `template`
    hint: did you mean `templates`?
    ");
    assert_snapshot!(with("name: dev", "name: dev\n    requires: [x]"), @"
    towline.yaml:11:5: unknown key `requires`
    hint: expected one of: name, formerly, needs, targets, targetsFrom, rings, variables, overlays, transform, labels, reviewers, merge, gates, releases, await, checks, onFailure, drift, secrets
    ");
    assert_snapshot!(with("name: dev", "name: dev\n    await: {apear: 5m}"), @"
    towline.yaml:11:13: unknown key `apear`
    hint: did you mean `appear`?
    ");
}

#[test]
fn a_wrong_type() {
    assert_snapshot!(with("version: 1", "version: one"), @"towline.yaml:1:10: expected a whole number, 0 or more");
    assert_snapshot!(with("version: 1", "version: 2"), @"
    towline.yaml:1:10: unknown version 2 of the file format
    hint: this version of Towline supports `version: 1`
    ");
    assert_snapshot!(with("application: greeting", "application: [greeting]"), @"towline.yaml:2:14: expected text");
    assert_snapshot!(with("application: greeting", "application:"), @"towline.yaml:2:12: the value is missing: text is expected here");
    assert_snapshot!(with("  - path: deploy", "  path: deploy"), @"towline.yaml:6:3: expected a list");
    assert_snapshot!(with("name: dev", "name: dev\n    checks: [{name: smoke, run: ./smoke.sh, retries: many}]"), @"towline.yaml:11:54: expected a whole number, 0 or more");
    assert_snapshot!(with("name: dev", "name: dev\n    await: {reporters: nobody}"), @r#"towline.yaml:11:24: expected `none` or a list of reporters, found string "nobody""#);
    assert_snapshot!(message("[1, 2]"), @"towline.yaml:1:1: expected a map");
    assert_snapshot!(message("version: 1\n---\nversion: 1"), @"towline.yaml:3:1: the file contains more than one YAML document");
}

#[test]
fn something_is_missing() {
    assert_snapshot!(with("application: greeting\n", ""), @"towline.yaml:1:1: missing key `application`");
    assert_snapshot!(with("  - path: deploy", "  - engine: jinja"), @"towline.yaml:6:5: missing key `path`");
    assert_snapshot!(with("\n  - path: deploy", " []"), @"towline.yaml:5:12: `templates` is empty: there would be nothing to deploy");
}

#[test]
fn yaml_that_is_none() {
    assert_snapshot!(with("application: greeting", "application: 'greeting"), @"towline.yaml:3:1: invalid indentation in multiline quoted scalar");
    assert_snapshot!(with("application: greeting", "version: 1"), @"towline.yaml:2:1: duplicate key `version`");
    assert_snapshot!(with("  - path: deploy", "\t- path: deploy"), @"towline.yaml:6:2: tabs disallowed within this context (block indentation)");
}

#[test]
fn names() {
    assert_snapshot!(with("application: greeting", "application: Greeting App"), @"
    towline.yaml:2:14: `Greeting App` is not a name for an application
    hint: a DNS label: lower-case letters, digits and `-`, at most 63, no `-` at either end
    ");
    assert_snapshot!(with("name: prod", "name: dev"), @"towline.yaml:11:11: the name `dev` is already used in line 10");
    assert_snapshot!(with("name: prod", "name: prod\n    targets: [{name: eu}, {name: eu}]"), @"towline.yaml:12:34: the name `eu` is already used in line 12");
    assert_snapshot!(with("web: ghcr", "web app: ghcr"), @"
    towline.yaml:4:3: `web app` is not a name for an image
    hint: letters, digits, `_` and `-`
    ");
    assert_snapshot!(with("acme/web", "acme/web:1.0"), @"
    towline.yaml:4:8: `ghcr.io/acme/web:1.0` has a tag or digest, which the release supplies
    hint: write `ghcr.io/acme/web`
    ");
    assert_snapshot!(with("acme/web", "Acme/web"), @"towline.yaml:4:8: `ghcr.io/Acme/web` is not an image repository: a repository has lower-case letters only");
}

#[test]
fn needs() {
    assert_snapshot!(with("name: dev", "name: dev\n    needs: [prod]"), @"
    towline.yaml:10:11: circular dependency between environments: dev → prod → dev
    hint: remove one of them from `needs`
    ");
    assert_snapshot!(with("name: prod", "name: prod\n    needs: [prod]"), @"
    towline.yaml:11:11: circular dependency between environments: prod → prod
    hint: remove one of them from `needs`
    ");
    assert_snapshot!(with("name: prod", "name: prod\n    needs: [dve]"), @"
    towline.yaml:12:13: there is no environment `dve`
    hint: did you mean `dev`?
    ");
    assert_snapshot!(with("name: prod", "name: prod\n    needs: [production]"), @"
    towline.yaml:12:13: there is no environment `production`
    hint: there are: dev, prod
    ");
}

#[test]
fn environments_stand_behind_what_they_need_and_else_as_written() {
    let order = |environments: &str| -> Vec<String> {
        let (head, _) = GOOD.split_once("environments:").unwrap();
        let pipeline = load(format!("{head}environments: {environments}")).unwrap();
        pipeline.environments.into_iter().map(|it| format!("{}{:?}", it.name, it.needs)).collect()
    };
    assert_eq!(
        order("[{name: b, needs: [a]}, {name: c, needs: []}, {name: a, needs: []}, {name: d}]"),
        ["c[]", "a[]", "b[\"a\"]", "d[\"a\"]"]
    );
}

#[test]
fn paths() {
    assert_snapshot!(with("path: deploy", "path: ../../etc"), @"
    towline.yaml:6:11: the path `../../etc` leaves the repository
    hint: write a relative path with `/` that stays inside its folder
    ");
    assert_snapshot!(with("path: deploy", "path: /etc"), @"
    towline.yaml:6:11: the path `/etc` is absolute
    hint: write a relative path with `/` that stays inside its folder
    ");
    assert_snapshot!(with("../gitops.git", "../gitops.git\n  path: \"{{ environment }}/../..\""), @"
    towline.yaml:9:9: the path `dev/../..` leaves the repository
    hint: write a relative path with `/` that stays inside its folder
    ");
    assert_snapshot!(with("../gitops.git", "../gitops.git\n  path: \"{{ enviroment }}\""), @"
    towline.yaml:9:9: unknown value `{{ enviroment }}`
    hint: did you mean `{{ environment }}`?
    ");
    assert_snapshot!(with("../gitops.git", "../gitops.git\n  path: apps"), @"
    towline.yaml:9:9: `prod/prod` would go to `apps`, and `dev/dev` to `apps`: on one branch, one inside the other
    hint: use `{{ environment }}` and `{{ target }}` in `gitops.path`
    ");
    let targets = "name: prod\n    targets: [{name: dev}, {name: b}]";
    assert_snapshot!(message(GOOD.replace("../gitops.git", "../gitops.git\n  path: \"{{ target }}\"").replace("name: prod", targets)), @"
    towline.yaml:9:9: `prod/dev` would go to `dev`, and `dev/dev` to `dev`: on one branch, one inside the other
    hint: use `{{ environment }}` and `{{ target }}` in `gitops.path`
    ");
    assert_snapshot!(with("../gitops.git", "../gitops.git\n  path: ."), @"
    towline.yaml:9:9: `prod/prod` would go to `.`, and `dev/dev` to `.`: on one branch, one inside the other
    hint: give each environment whose `path` is `.` a branch of its own: `branch: env/{{ environment }}`
    ");
    assert_snapshot!(with("../gitops.git", "../gitops.git\n  descriptor: \"{{ environment }}/greeting/d.yaml\""), @"
    towline.yaml:9:15: the descriptor `dev/greeting/d.yaml` is in `dev/greeting`, which operators apply
    hint: set `gitops.descriptor` to a separate folder
    ");
    let crossing = "../gitops.git\n  path: \"{{ environment }}\"\n  descriptor: dev/{{ environment }}.yaml";
    assert_snapshot!(with("../gitops.git", crossing), @"
    towline.yaml:10:15: the descriptor `dev/dev.yaml` is in `dev`, which operators apply
    hint: set `gitops.descriptor` to a separate folder
    ");
    assert_snapshot!(with("../gitops.git", "../gitops.git\n  descriptor: d.yaml"), @"
    towline.yaml:9:15: `dev` and `prod` share the descriptor `d.yaml`
    hint: use `{{ environment }}` in `gitops.descriptor`
    ");
    assert_snapshot!(with("../gitops.git", "../gitops.git\n  branch: \"a b\""), @"
    towline.yaml:9:11: `a b` is not a name for a branch
    hint: without `refs/heads/`
    ");
}

#[test]
fn a_branch_per_environment_needs_no_environment_in_the_path() {
    let gitops =
        "../gitops.git\n  branch: \"{{ environment }}\"\n  path: apps/greeting\n  descriptor: d.yaml";
    let pipeline = load(GOOD.replace("../gitops.git", gitops)).unwrap();
    let branches: Vec<_> = pipeline.environments.iter().map(|it| it.gitops.branch.as_str()).collect();
    assert_eq!(branches, ["dev", "prod"]);
}

#[test]
fn repositories() {
    assert_snapshot!(with("../gitops.git", "https://git.example.org/gitops.git"), @"
    towline.yaml:8:15: cannot detect the forge from the host `git.example.org`
    hint: add `forge: github`, `azureDevOps`, `gitlab` or `gitea` to `gitops`
    ");
    assert_snapshot!(with("../gitops.git", "https://me:pw-0f-me@github.com/acme/gitops.git"), @"
    towline.yaml:8:15: the repository's URL contains a password
    hint: remove it; git's credential helpers supply it
    ");
    assert_snapshot!(with("../gitops.git", "../gitops.git\n  forge: github"), @"
    towline.yaml:8:15: a path names a bare repository, which is its own forge
    hint: write the forge's URL, or remove `forge`
    ");
    assert_snapshot!(with("../gitops.git", "https://github.com/a/b\n  forge: local"), @"towline.yaml:8:15: the forge `local` needs a path or a `file://` URL");
    assert_snapshot!(with("../gitops.git", "\"\""), @"towline.yaml:8:15: the repository is neither a URL nor a path");
}

#[test]
fn values_that_mean_nothing() {
    assert_snapshot!(with("path: deploy", "path: deploy\n    engine: jinja2"), @"
    towline.yaml:7:13: unknown value `jinja2`
    hint: did you mean `jinja`?
    ");
    assert_snapshot!(with("path: deploy", "path: deploy\n    delimiters: \"[[ ]]\""), @"
    towline.yaml:7:17: unknown value `[[ ]]`
    hint: expected one of: {{ }}, ${{ }}, #{ }#, << >>, $VAR
    ");
    assert_snapshot!(with("path: deploy", "path: deploy\n    values: [{}]"), @"towline.yaml:7:14: values are either a `file`, or `inline`, or `variables: true`");
    assert_snapshot!(with("path: deploy", "path: deploy\n    engine: plain\n    namespace: x"), @"
    towline.yaml:8:16: this step's engine does not use `namespace`
    hint: the engine `helm` uses it
    ");
    assert_snapshot!(with("name: dev", "name: dev\n    await: {appear: 5 fortnights}"), @"
    towline.yaml:11:21: `5 fortnights` is not a duration of at most a year
    hint: write it with units: `30s`, `5m`, `2h`, `1d`, `1h30m`
    ");
    assert_snapshot!(with("name: dev", "name: dev\n    await: {appear: 90}"), @"
    towline.yaml:11:21: `90` is not a duration of at most a year
    hint: write it with units: `30s`, `5m`, `2h`, `1d`, `1h30m`
    ");
    assert_snapshot!(with("name: dev", "name: dev\n    await: {reporters: [{status: 'a/[b'}]}"), @"towline.yaml:11:34: `a/[b` is not a glob: unclosed character class; missing ']'");
    assert_snapshot!(with("name: dev", "name: dev\n    await: {reporters: [{status: 'a', count: 0}]}"), @"
    towline.yaml:11:46: at least 1 must report
    hint: write `reporters: none` when nothing reports
    ");
    assert_snapshot!(with("images:", "formerly: ''\nimages:"), @"
    towline.yaml:3:11: `` is not a name for an application
    hint: a DNS label: lower-case letters, digits and `-`, at most 63, no `-` at either end
    ");
    assert_snapshot!(with("name: dev", "name: dev\n    formerly: {name: a b}"), @"
    towline.yaml:11:22: `a b` is not a name for an environment
    hint: a DNS label: lower-case letters, digits and `-`, at most 63, no `-` at either end
    ");
    assert_snapshot!(with("../gitops.git", "../gitops.git\n  trusted: []"), @"
    towline.yaml:9:12: `trusted` is an empty list: no verdict would count
    hint: list the accounts, or leave it out to trust the account that Towline runs as
    ");
    assert_snapshot!(with("../gitops.git", "../gitops.git\n  trusted: [any]"), @"
    towline.yaml:9:12: `any` is not the name of an account
    hint: write `trusted: any` without a list to trust everybody
    ");
    assert_snapshot!(with("../gitops.git", "../gitops.git\n  trusted: all"), @r#"towline.yaml:9:12: expected `any` or a list of accounts, found string "all""#);
    assert_snapshot!(with("name: dev", "name: dev\n    await: {reporters: []}"), @"
    towline.yaml:11:24: `reporters` is an empty list
    hint: list who reports, or write `reporters: none` to continue as soon as it is merged
    ");
    assert_snapshot!(with("name: dev", "name: dev\n    await: {reporters: [{status: 'a', count: -1}]}"), @"towline.yaml:11:46: expected a whole number, 0 or more, found integer `-1`");
    assert_snapshot!(with("name: dev", "name: dev\n    merge: never"), @"
    towline.yaml:11:12: unknown value `never`
    hint: expected one of: auto, manual, or `{auto: [images], else: manual}`
    ");
    assert_snapshot!(with("name: dev", "name: dev\n    drift: []"), @"towline.yaml:11:12: expected one of the values that are possible here, found a list or a map");
    assert_snapshot!(with("name: dev", "name: dev\n    merge: {auto: yes}"), @"towline.yaml:11:19: expected a list");
    assert_snapshot!(with("images:", "freeze: [{from: 2027-01-01T00:00:00Z, to: 2026-01-01T00:00:00Z}]\nimages:"), @"towline.yaml:3:43: the freeze ends before it begins");
    assert_snapshot!(with("images:", "freeze: [{from: new year, to: 2026-01-01T00:00:00Z}]\nimages:"), @"
    towline.yaml:3:17: `new year` is not a point in time
    hint: write it with date, time and zone: `2026-12-20T00:00:00Z`
    ");
    assert_snapshot!(with("images:", "validate: {kubernetes: newest}\nimages:"), @r#"
    towline.yaml:3:24: `newest` is not a version of Kubernetes
    hint: write major and minor, in quotes: `"1.34"`
    "#);
}

#[test]
fn variables() {
    assert_snapshot!(with("images:", "variables: [{file: a.yaml, process: {prefix: A_}}]\nimages:"), @"
    towline.yaml:3:13: an entry of `variables` has more than one source
    hint: start each with its own `-`: their order decides which one wins
    ");
    assert_snapshot!(with("images:", "variables: [{secret: true}]\nimages:"), @"
    towline.yaml:3:13: an entry of `variables` without a source
    hint: one of: file, values, process, git, azureDevOps, keyVault, appConfiguration
    ");
    assert_snapshot!(with("images:", "variables: [{values: {release: 1}}]\nimages:"), @"
    towline.yaml:3:23: a variable may not be named `release`: templates use that name for something else
    hint: other such names: application, team, environment, target, release, images
    ");
    assert_snapshot!(with("images:", "variables: [{values: [1]}]\nimages:"), @"towline.yaml:3:22: `values` must be a map from names to values");
    assert_snapshot!(with("images:", "variables: [{process: {prefix: ''}}]\nimages:"), @"
    towline.yaml:3:32: an empty prefix would import the whole process environment
    hint: for example `APP_`
    ");
    assert_snapshot!(with("images:", "variables: [{file: '{{ region }}.yaml'}]\nimages:"), @"
    towline.yaml:3:20: unknown value `{{ region }}`
    hint: expected one of: environment, target
    ");
}

#[test]
fn who_merges() {
    let merge = |merge: &str| with("name: prod", &format!("name: prod\n    merge: {merge}"));
    assert_snapshot!(merge("sometimes"), @"
towline.yaml:12:12: unknown value `sometimes`
hint: expected one of: auto, manual, or `{auto: [images], else: manual}`
");
    assert_snapshot!(merge("{auto: []}"), @"
towline.yaml:12:12: `auto` is an empty list: every proposal would wait for people
hint: list fields, or write `merge: manual`
");
    assert_snapshot!(merge("{auto: [image]}"), @"
towline.yaml:12:12: `image` is not a field
hint: write `images`, `replicas`, or names from the resource down, such as `spec.template.spec.containers.*.resources`
");
    assert_snapshot!(merge("{auto: [images], else: auto}"), @"
towline.yaml:12:35: unknown value `auto`
hint: expected one of: manual
");
}

#[test]
fn gates() {
    let gate = |gate: &str| with("name: prod", &format!("name: prod\n    gates: [{gate}]"));
    assert_snapshot!(gate("{soak: 2h, run: x}"), @"
    towline.yaml:12:13: an entry of `gates` has more than one gate
    hint: start each with its own `-`
    ");
    assert_snapshot!(gate("{}"), @"
    towline.yaml:12:13: an entry of `gates` without a gate
    hint: one of: soak, window, status, tests, http, prometheus, run, approvals, manual
    ");
    assert_snapshot!(gate("{window: {hours: '9 to 5'}}"), @r#"
    towline.yaml:12:30: `9 to 5` is not a range of hours
    hint: write `"09:00-16:00"`, in quotes
    "#);
    assert_snapshot!(gate("{window: {days: [monday]}}"), @"
    towline.yaml:12:30: unknown value `monday`
    hint: expected one of: mon, tue, wed, thu, fri, sat, sun
    ");
    assert_snapshot!(gate("{window: {timezone: Europe/Amsterdm}}"), @"
    towline.yaml:12:33: unknown time zone `Europe/Amsterdm`
    hint: for example `Europe/Amsterdam`
    ");
    assert_snapshot!(gate("{tests: {environment: dex}}"), @"
    towline.yaml:12:35: there is no environment `dex`
    hint: did you mean `dev`?
    ");
    assert_snapshot!(gate("{http: {url: example.org}}"), @"towline.yaml:12:26: `example.org` is not an HTTP URL");
    assert_snapshot!(gate("{http: {url: 'https://example.org', status: 99}}"), @"towline.yaml:12:57: 99 is not an HTTP status");
    assert_snapshot!(gate("{prometheus: {url: 'https://example.org', query: up, expect: low}}"), @r#"
    towline.yaml:12:74: `low` is not a comparison with a number
    hint: write `"< 0.01"`: one of <, <=, >, >=, ==, != and a number
    "#);
}

#[test]
fn files_that_are_none() {
    assert_snapshot!(message(b"version: 1\napplication: gr\xfc\xdfe\n"), @"
    towline.yaml:2: the file is not UTF-8 text
    hint: save it as UTF-8
    ");
    let folder = tempfile::tempdir().unwrap();
    let load = |path: &Path| show(config::load(path).unwrap_err(), folder.path()).to_string();
    assert_snapshot!(load(&folder.path().join("towline.yaml")), @"
    towline.yaml: cannot read the pipeline file: No such file or directory (os error 2)
    hint: run `towline init` to create one, or pass its path with `--file`
    ");
    fs::create_dir(folder.path().join("app")).unwrap();
    assert_snapshot!(load(&folder.path().join("app")), @"
    app: this is a folder, not a pipeline file
    hint: pass the file in it: `--file FOLDER/towline.yaml`
    ");
}

#[test]
fn what_is_not_there_yet_is_refused() {
    let refused = |old: &str, new: &str| {
        let pipeline = load(GOOD.replacen(old, new, 1)).unwrap();
        let error = pipeline.check_supported(&pipeline.environments[1]).err();
        error.map(|error| {
            let text = error.to_string();
            text.rsplit_once("/towline.yaml:").map(|(_, text)| text.to_owned()).unwrap_or(text)
        })
    };
    assert_eq!(refused("name: prod", "name: prod"), None);
    assert_eq!(refused("../gitops.git", "https://gitlab.com/a/b"), None);
    let source = "name: prod\n    variables: [{git: {repository: x, path: y}}]";
    assert_snapshot!(refused("name: prod", source).unwrap(), @"12:17: not supported yet: variables from `git`");
}

#[test]
fn an_environment_that_does_not_exist() {
    let pipeline = load(GOOD).unwrap();
    let error = |name| {
        let error = pipeline.environment(name).unwrap_err();
        show(error, &pipeline.root).to_string()
    };
    assert_snapshot!(error("prd"), @"
    towline.yaml: there is no environment `prd`
    hint: did you mean `prod`?
    ");
    assert_snapshot!(error("somewhere"), @"
    towline.yaml: there is no environment `somewhere`
    hint: there are: dev, prod
    ");
}

/// The reporters that an entry stands for, on a forge.
fn reporters(entry: &str, location: &str) -> String {
    let text = GOOD.replace("../gitops.git", location);
    let text = text.replace("name: dev", &format!("name: dev\n    await: {{reporters: [{entry}]}}"));
    let pipeline = match load(text) {
        Ok(pipeline) => pipeline,
        Err(error) => return error.to_string(),
    };
    let reporters = pipeline.environments[0].rollout.reporters.iter().flatten();
    reporters.map(|it| format!("{} of {}\n", it.count, it.contexts.shown())).collect()
}

#[test]
fn reporters_by_the_name_of_the_operator() {
    let github = |entry| reporters(entry, "https://github.com/acme/gitops.git");
    let azure = |entry| reporters(entry, "https://dev.azure.com/acme/shop/_git/gitops");
    let flux = "{flux: {kustomization: greeting-*, clusters: 3}, repeat: 10m}";
    assert_snapshot!(github(flux), @"3 of kustomization/greeting-*/*");
    assert_snapshot!(azure(flux), @"3 of fluxcd*/kustomization/greeting-*/*");
    assert_snapshot!(github("{flux: {helmRelease: greeting}}"), @"1 of helmrelease/greeting/*");
    assert_snapshot!(github("{argocd: {application: greeting}}"), @"1 of continuous-delivery/greeting");
    assert_snapshot!(github("{argocd: {application: greeting-*, context: 'argocd/{app}', count: 2}}"), @"2 of argocd/greeting-*");
    assert_snapshot!(github("{gitopsConnector: {operator: argocd, shared: true}}"), @"
    1 of Phase
    1 of Sync
    1 of Health
    ");
    assert_snapshot!(azure("{gitopsConnector: {operator: argocd, shared: true}}"), @"
    1 of ArgoCD/Phase
    1 of ArgoCD/Sync
    1 of ArgoCD/Health
    ");
    assert_snapshot!(github("{gitopsConnector: {operator: flux, shared: true}}"), @"1 of Status");
    assert_snapshot!(github("{promoter: {key: argocd-health, branch: environment/dev}}"), @"1 of argocd-health/environment/dev");
    assert_snapshot!(github("{promoter: {key: argocd-health}}"), @"1 of argocd-health/main");
}

#[test]
fn a_reporter_that_is_written_wrongly() {
    let github = |entry| reporters(entry, "https://github.com/acme/gitops.git");
    assert_snapshot!(github("{count: 2}"), @"
    towline.yaml:11:25: an entry of `reporters` that names no reporter
    hint: one of: status, flux, argocd, gitopsConnector, promoter, azureResourceGraph
    ");
    assert_snapshot!(github("{}"), @"
    towline.yaml:11:25: an entry of `reporters` that names no reporter
    hint: one of: status, flux, argocd, gitopsConnector, promoter, azureResourceGraph
    ");
    assert_snapshot!(github("{status: a, flux: {kustomization: a}}"), @"
    towline.yaml:11:25: an entry of `reporters` has more than one reporter
    hint: start each with its own `-`
    ");
    assert_snapshot!(github("{flux: {kustomization: a}, count: 2}"), @"
    towline.yaml:11:59: `count` goes with `status`
    hint: `flux` has `clusters` and `targets`, `argocd` has a `count` of its own
    ");
    assert_snapshot!(github("{flux: {clusters: 2}}"), @"towline.yaml:11:32: `flux` names either a `kustomization` or a `helmRelease`");
    assert_snapshot!(github("{flux: {kustomization: a, clusters: 0}}"), @"
    towline.yaml:11:61: at least 1 must report
    hint: write `reporters: none` when nothing reports
    ");
    assert_snapshot!(github("{flux: {kustomization: Web/1}}"), @"
    towline.yaml:11:48: `Web/1` is not the name of a resource
    hint: lower-case letters, digits, `-`, `.`, and `*` for any of these
    ");
    assert_snapshot!(github("{argocd: {application: a, context: argocd}}"), @"
    towline.yaml:11:60: the context has no `{app}`: every Application would report as this one
    hint: for example `continuous-delivery/{app}`; or write `status` for a context that is always the same
    ");
    assert_snapshot!(github("{argocd: {application: a, context: 'Towline/{app}'}}"), @"towline.yaml:11:60: contexts that begin with `towline/` are Towline's own, not reports of a deployment");
    assert_snapshot!(github("{argocd: {application: a, context: 'towline/{app}'}}"), @"towline.yaml:11:60: contexts that begin with `towline/` are Towline's own, not reports of a deployment");
    assert_snapshot!(github("{gitopsConnector: {operator: fleet}}"), @"
    towline.yaml:11:54: unknown value `fleet`
    hint: expected one of: argocd, flux
    ");
    assert_snapshot!(github("{fluxx: {kustomization: a}}"), @"
    towline.yaml:11:26: unknown key `fluxx`
    hint: did you mean `flux`?
    ");
    assert_snapshot!(github("{status: a, repeat: 1h}"), @"
    towline.yaml:11:45: a reporter that polls every 1h may report after `finish` has expired
    hint: set `finish` to twice that time at least
    ");
    assert_snapshot!(github("{status: a, repeat: often}"), @"
    towline.yaml:11:45: `often` is not a duration of at most a year
    hint: write it with units: `30s`, `5m`, `2h`, `1d`, `1h30m`
    ");
}

/// Two environments on one branch, with these entries of `reporters`.
fn two(dev: &str, prod: &str, gitops: &str) -> String {
    let text = format!(
        "version: 1\napplication: greeting\ntemplates: [path: deploy]\ngitops: {{repository: ../gitops.git{gitops}}}\n\
         environments:\n  - {{name: dev, await: {{reporters: [{dev}]}}}}\n  - name: prod\n    await: {{reporters: [{prod}]}}\n"
    );
    match load(text) {
        Ok(_) => "fine".to_owned(),
        Err(error) => error.to_string(),
    }
}

/// The clusters of both environments report on every commit of the branch.
#[test]
fn two_environments_of_one_branch_do_not_await_the_same_context() {
    let flux = "{flux: {kustomization: greeting}}";
    assert_snapshot!(two(flux, flux, ""), @"
    towline.yaml:8:24: `dev` and `prod` are on the branch main, and both wait for `kustomization/greeting/*`: a report of one would count for the other
    hint: give each environment reporters of its own: resources of different names, clusters by name (`flux: {kustomization: NAME, targets: {TARGET: CLUSTER}}`), or a branch for each environment
    ");
    assert_snapshot!(two("{status: 'kustomization/greeting-*/*'}", "{flux: {kustomization: greeting-prod}}", ""), @"
    towline.yaml:8:24: `dev` and `prod` are on the branch main, and both wait for `kustomization/greeting-prod/*`: a report of one would count for the other
    hint: give each environment reporters of its own: resources of different names, clusters by name (`flux: {kustomization: NAME, targets: {TARGET: CLUSTER}}`), or a branch for each environment
    ");
    let connector = "{gitopsConnector: {operator: argocd}}";
    assert_snapshot!(two(connector, flux, ""), @r#"
    towline.yaml:6:36: `Phase` names no environment, and `prod` is on the branch main too: its reports would count for `dev`
    hint: use a branch for each environment (`gitops.branch: "env/{{ environment }}"`), or a reporter that names what it is about (`flux`, `argocd`)
    "#);
    assert_eq!(two(connector, flux, ", branch: 'env/{{ environment }}'"), "fine");
    let shared = "{gitopsConnector: {operator: argocd, shared: true}}";
    assert_snapshot!(two(shared, shared, ""), @"
    towline.yaml:8:24: `dev` and `prod` are on the branch main, and both wait for `Phase`: a report of one would count for the other
    hint: give each environment reporters of its own: resources of different names, clusters by name (`flux: {kustomization: NAME, targets: {TARGET: CLUSTER}}`), or a branch for each environment
    ");
    assert_eq!(two(flux, flux, ", branch: 'env/{{ environment }}'"), "fine");
    assert_eq!(two("{flux: {kustomization: dev}}", "{flux: {kustomization: prod}}", ""), "fine");
    let [dev, prod] = ["{dev: 3c9d8e7f}", "{prod: 41d0aa17}"]
        .map(|targets| format!("{{flux: {{kustomization: greeting, targets: {targets}}}}}"));
    assert_eq!(two(&dev, &prod, ""), "fine");
    assert_eq!(two(&dev, &dev.replace("{dev:", "{prod:"), "").lines().count(), 2);
}

#[test]
fn clusters_are_named_by_target() {
    let flux = |targets: &str| two(&format!("{{flux: {{kustomization: a, {targets}}}}}"), "{status: b}", "");
    assert_eq!(flux("targets: {dev: eu}"), "fine");
    assert_eq!(flux("targets: {dev: [eu, us]}"), "fine");
    assert_snapshot!(flux("targets: {dev: 12345678}"), @"towline.yaml:6:78: expected a cluster in quotes, or a list of them, found integer `12345678`");
    assert_snapshot!(flux("targets: {dev: [eu, eu]}"), @"towline.yaml:6:78: the cluster `eu` is named twice: one report would count for both");
    assert_snapshot!(flux("targets: {}"), @"
    towline.yaml:6:72: `targets` names no cluster for the target `dev`
    hint: name a cluster for each target, or count them: `clusters: 2`
    ");
    assert_snapshot!(flux("targets: {dve: eu}"), @"
    towline.yaml:6:78: the environment has no target `dve`
    hint: did you mean `dev`?
    ");
    assert_snapshot!(flux("targets: {dev: 'eu/*'}"), @"towline.yaml:6:78: `eu/*` is not the name of a cluster: for Flux, write what the contexts end with, the beginning of the Provider's id or a name");
    assert!(flux("targets: {dev: ''}").ends_with(": the name of the cluster is empty"));
    assert!(flux("namespace: ''").ends_with(": the name is empty"));
    assert_snapshot!(flux("targets: {dev: []}"), @"towline.yaml:6:78: the list of clusters is empty");
    assert_snapshot!(flux("targets: {dev: eu}, clusters: 2"), @"
    towline.yaml:6:93: `clusters` counts clusters and `targets` names them
    hint: leave out one of them
    ");
    assert_snapshot!(flux("targets: [eu]"), @"towline.yaml:6:72: expected a map");
}

#[test]
fn a_source_status_is_neither_a_report_nor_a_verdict() {
    let with = |lines: &str| message(format!("{GOOD}\n{lines}\n"));
    assert_snapshot!(with("sourceStatus: {context: \"{{ environment }}\"}"), @"
    towline.yaml:13:25: the context of a source status must begin with `towline/`
    hint: write `towline/{{ environment }}`
    ");
    assert_snapshot!(with("sourceStatus: {context: \"towline/{{ application }}/{{ environment }}\"}"), @"
    towline.yaml:13:25: `towline/greeting/dev` is the context of a verdict
    hint: write `towline/{{ environment }}/{{ application }}`
    ");
    assert_snapshot!(with("sourceStatus: {context: towline/x}"), @"
    towline.yaml:13:25: `towline/x` would be shared by `dev` and `prod`
    hint: use `{{ environment }}` in it
    ");
    assert_snapshot!(with("sourceStatus: {context: \"towline/{{ enviroment }}\"}"), @"
    towline.yaml:13:25: unknown value `{{ enviroment }}`
    hint: did you mean `{{ environment }}`?
    ");
    assert_snapshot!(with("sourceStatus: yes please"), @r#"towline.yaml:13:15: expected `true`, `false`, or a section with settings, found string "yes please""#);
    assert_snapshot!(with("source: {repository: https://codeberg.org/acme/greeting}\ndeployments: true"), @"
    towline.yaml:14:14: `deployments`: Gitea has no deployments
    hint: remove `deployments`; `sourceStatus: true` shows the same as commit statuses
    ");
    assert_snapshot!(with("source: {repository: https://git.acme.com/a/b}\nsourceStatus: true"), @"
    towline.yaml:13:22: cannot detect the forge from the host `git.acme.com`
    hint: add `forge: github`, `azureDevOps`, `gitlab` or `gitea` to `source`
    ");
    assert!(load(format!("{GOOD}\nsourceStatus: false\ndeployments: false\n")).is_ok());
}

#[test]
fn a_gate_does_not_open_for_what_towline_itself_shows() {
    let gates = "name: dev\n    gates: [{status: {context: \"towline/*\"}}]";
    assert_snapshot!(self::with("name: dev", gates), @"towline.yaml:11:32: contexts that begin with `towline/` are Towline's own, not reports of a deployment");
}
