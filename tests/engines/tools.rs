//! Tools that are missing, too old, killed, hung, or that print garbage. Each is a shell script.

use insta::assert_snapshot;

use super::support::Project;

const VERSION: &str = "[ \"$1\" = version ] && echo v3.17.0 && exit\n";

fn helm(script: &str) -> String {
    let project = Project::new("[{path: chart, engine: helm, timeout: 2s}]").chart("scalars");
    project.tool("TOWLINE_HELM", script).error()
}

#[test]
fn a_tool_that_is_missing() {
    let missing = |path: &str| {
        Project::new(&format!("[{{path: {path}}}]"))
            .chart("scalars")
            .file("k/kustomization.yaml", "")
            .process("PATH", "/nowhere")
            .error()
    };
    assert_snapshot!(missing("chart"), @r"
    cannot render shop for dev: towline.yaml:4:20: helm is not on PATH
    hint: install it with `brew install helm` or `curl -fsSL https://raw.githubusercontent.com/helm/helm/main/scripts/get-helm-3 | bash`, or set TOWLINE_HELM to its path
    ");
    assert_snapshot!(missing("k"), @r"
    cannot render shop for dev: towline.yaml:4:20: neither kustomize nor kubectl is on PATH
    hint: install it with `brew install kustomize` or `curl -fsSL https://raw.githubusercontent.com/kubernetes-sigs/kustomize/master/hack/install_kustomize.sh | bash`, or set TOWLINE_KUSTOMIZE to the path of kustomize or kubectl
    ");
    let project = Project::new("[{path: chart}]").chart("scalars").process("TOWLINE_HELM", "/nowhere/helm");
    assert_snapshot!(project.error(), @r"
    cannot render shop for dev: towline.yaml:4:20: /nowhere/helm cannot be started: No such file or directory (os error 2)
    hint: install it with `brew install helm` or `curl -fsSL https://raw.githubusercontent.com/helm/helm/main/scripts/get-helm-3 | bash`, or set TOWLINE_HELM to its path
    ");
}

#[test]
fn a_tool_that_is_too_old_or_something_else() {
    assert_snapshot!(helm("echo v3.8.2+gabcdef0"), @r"
    cannot render shop for dev: towline.yaml:4:20: bin/helm is helm 3.8.2, and must be at least 3.11.1: older versions let a chart look up names in DNS
    hint: install it with `brew install helm` or `curl -fsSL https://raw.githubusercontent.com/helm/helm/main/scripts/get-helm-3 | bash`, or set TOWLINE_HELM to its path
    ");
    let two = "[ $1 = version ] && echo 'Client: &version.Version{SemVer:\"v2.17.0\"}' && exit\nexit 1";
    assert_snapshot!(helm(two), @r"
    cannot render shop for dev: towline.yaml:4:20: bin/helm is helm 2.17.0, and must be at least 3.11.1: older versions let a chart look up names in DNS
    hint: install it with `brew install helm` or `curl -fsSL https://raw.githubusercontent.com/helm/helm/main/scripts/get-helm-3 | bash`, or set TOWLINE_HELM to its path
    ");
    assert_snapshot!(helm("echo hello"), @r"
    cannot render shop for dev: towline.yaml:4:20: bin/helm does not report its version, so it may not be helm
    hint: install it with `brew install helm` or `curl -fsSL https://raw.githubusercontent.com/helm/helm/main/scripts/get-helm-3 | bash`, or set TOWLINE_HELM to its path
    ");
    let kustomize = Project::new("[{path: k}]")
        .file("k/kustomization.yaml", "")
        .tool(
            "TOWLINE_KUSTOMIZE",
            "[ $1 = version ] && echo '{Version:kustomize/v3.8.1 GitCommit:0b359d0}' && exit\n\
             case \"$*\" in *--load-restrictor=*) echo 'Error: unknown flag: --load-restrictor' >&2; exit 1;; esac",
        );
    assert_snapshot!(kustomize.error(), @r"
    cannot render shop for dev: towline.yaml:4:20: bin/kustomize is kustomize 3.8.1, and must be at least 4.0.0: older versions print other manifests for the same files
    hint: install it with `brew install kustomize` or `curl -fsSL https://raw.githubusercontent.com/kubernetes-sigs/kustomize/master/hack/install_kustomize.sh | bash`, or set TOWLINE_KUSTOMIZE to the path of kustomize or kubectl
    ");
}

#[test]
fn a_tool_that_fails() {
    assert_snapshot!(helm(&format!("{VERSION}echo 'Error: it broke' >&2; exit 3")), @"cannot render shop for dev: towline.yaml:4:20: `helm template` failed with exit code 3: it broke");
    assert_snapshot!(helm(&format!("{VERSION}exit 3")), @"cannot render shop for dev: towline.yaml:4:20: `helm template` failed with exit code 3 and printed nothing");
    assert_snapshot!(helm(&format!("{VERSION}kill -9 $$")), @r"
    cannot render shop for dev: towline.yaml:4:20: `helm template` was killed (signal: 9 (SIGKILL)) and printed nothing
    hint: the system stops programs that need more memory than there is
    ");
}

#[test]
fn a_tool_that_hangs() {
    assert_snapshot!(helm(&format!("{VERSION}sleep 1000 & sleep 1000")), @r"
    cannot render shop for dev: towline.yaml:4:20: `helm template` ran longer than 2s and was killed
    hint: if it needs that long, set a longer `timeout` on the step
    ");
}

#[test]
fn a_tool_that_prints_garbage() {
    assert_snapshot!(helm(&format!("{VERSION}echo 'Segmentation fault'")), @r#"cannot render shop for dev: chart: the output of helm is not a list of manifests, but has "Segmentation fault""#);
    assert_snapshot!(helm(&format!("{VERSION}printf '\\377\\376'")), @r"
    cannot render shop for dev: towline.yaml:4:20: the output of `helm template` is not UTF-8 text
    hint: save the files that it reads as UTF-8
    ");
    assert_snapshot!(helm(&format!("{VERSION}echo 'a: [1'")), @"cannot render shop for dev: chart: the output of helm is no valid YAML: unclosed bracket '[', in line 1 of what it renders: `a: [1`");
    assert_snapshot!(helm(&format!("{VERSION}yes 'a: b'")), @r"
    cannot render shop for dev: towline.yaml:4:20: `helm template` printed more than 67108864 bytes and was killed
    hint: render less in one step
    ");
}

#[test]
fn kustomize_that_fails_hangs_or_prints_garbage() {
    let version = "[ \"$1\" = version ] && echo v5.5.0 && exit\n";
    let kustomize = |script: &str| {
        let project = Project::new("[{path: k, timeout: 2s}]").file("k/kustomization.yaml", "");
        project.tool("TOWLINE_KUSTOMIZE", &format!("{version}{script}")).error()
    };
    let message = |error: String| error.lines().next().unwrap_or_default().to_owned();
    assert_snapshot!(message(kustomize("echo 'Error: it broke' >&2; exit 3")), @"cannot render shop for dev: towline.yaml:4:20: `kustomize build` failed with exit code 3: it broke");
    assert_snapshot!(message(kustomize("kill -9 $$")), @"cannot render shop for dev: towline.yaml:4:20: `kustomize build` was killed (signal: 9 (SIGKILL)) and printed nothing");
    assert_snapshot!(message(kustomize("sleep 1000 & sleep 1000")), @"cannot render shop for dev: towline.yaml:4:20: `kustomize build` ran longer than 2s and was killed");
    assert_snapshot!(message(kustomize("echo 'Segmentation fault'")), @r#"cannot render shop for dev: k: the output of kustomize is not a list of manifests, but has "Segmentation fault""#);
}

#[test]
fn a_tool_sees_an_environment_of_its_own() {
    let script = format!(
        "{VERSION}cat <<END\nkind: ConfigMap\napiVersion: v1\nmetadata: {{name: a}}\ndata:\n  home: \"$HOME\"\n  plugins: \"$HELM_PLUGINS\"\n  mine: \"$MINE\"\n  config: \"$KUBECONFIG\"\nEND"
    );
    let project = Project::new("[{path: chart}]")
        .chart("scalars")
        .process("MINE", "1")
        .process("HELM_PLUGINS", "/mine")
        .tool("TOWLINE_HELM", &script);
    let data = project.objects().remove(0)["data"].clone();
    let home = data["home"].as_str().unwrap();
    assert!(home.contains("towline-") && home.ends_with("/home"), "{home}");
    assert_eq!(data["plugins"], home);
    assert_eq!(data["mine"], "");
    assert!(!std::path::Path::new(home).exists(), "the scratch copy is deleted");
}

#[test]
fn kubectl_can_stand_in_for_kustomize() {
    let project = Project::new("[{path: k}]")
        .file("k/kustomization.yaml", "resources: [a.yaml]\n")
        .file("k/a.yaml", "apiVersion: v1\nkind: Namespace\nmetadata: {name: a}\n");
    let kubectl = String::from_utf8(
        std::process::Command::new("sh").args(["-c", "command -v kubectl"]).output().unwrap().stdout,
    )
    .unwrap();
    assert_eq!(project.process("TOWLINE_KUSTOMIZE", kubectl.trim()).objects().len(), 1);
}

#[test]
fn kustomize_is_asked_for_its_version_only_when_it_fails() {
    let log = |script: &str| {
        let project = Project::new("[{path: k}]")
            .file("k/kustomization.yaml", "")
            .tool("TOWLINE_KUSTOMIZE", &format!("echo $1 >> \"$(dirname $0)/log\"\n{script}"));
        let rendered = project.render().is_ok();
        (rendered, std::fs::read_to_string(project.path("bin/log")).unwrap())
    };
    let version = "[ $1 = version ] && echo v5.5.0 && exit\n";
    let print = "echo '{apiVersion: v1, kind: Namespace, metadata: {name: a}}'";
    assert_eq!(log(&format!("{version}{print}")), (true, "build\n".to_owned()));
    assert_eq!(log(&format!("{version}exit 1")), (false, "build\nversion\n".to_owned()));
}

#[test]
fn helm_is_asked_for_its_version_only_where_that_matters() {
    let project = |template: &str, script: &str| {
        Project::new("[{path: chart, engine: helm}]")
            .file("chart/Chart.yaml", "{apiVersion: v2, name: web, version: 0.1.0}\n")
            .file("chart/templates/a.yaml", template)
            .tool("TOWLINE_HELM", &format!("echo $1 >> \"$(dirname $0)/log\"\n{script}"))
    };
    let log = |project: &Project| std::fs::read_to_string(project.path("bin/log")).unwrap();
    let print = "[ $1 = version ] && echo v3.17.0 && exit\necho '{apiVersion: v1, kind: Namespace, metadata: {name: a}}'";
    let plain = project("a: b\n", print);
    plain.rendered();
    assert_eq!(log(&plain), "template\n");
    let random = project("a: {{ uuidv4 }}\n", print);
    random.rendered();
    assert_eq!(log(&random), "template\ntemplate\n");
    let asks = project("a: {{ getHostByName \"x\" }}\n", print);
    asks.rendered();
    assert_eq!(log(&asks), "version\ntemplate\n");
    let fails = project("a: b\n", "[ $1 = version ] && echo v3.17.0 && exit\nexit 1");
    fails.error();
    assert_eq!(log(&fails), "template\nversion\n");
}

#[test]
fn a_tool_has_limits_and_no_network() {
    let server = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = server.local_addr().unwrap().port();
    let script = format!(
        "echo \"{{apiVersion: v1, kind: ConfigMap, metadata: {{name: limits}}, data: {{memory: $(ulimit -d), \
         files: $(ulimit -n), core: $(ulimit -c), network: $(python3 -c 'import socket
try: print(socket.create_connection((\"127.0.0.1\", {port}), 5) and \"reached\")
except OSError: print(\"none\")')}}}}\""
    );
    let rendered =
        Project::new("[{path: k}]").file("k/kustomization.yaml", "").tool("TOWLINE_KUSTOMIZE", &script);
    let stream = rendered.stream();
    let has = |line: &str| assert!(stream.contains(line), "{line}: {stream}");
    has("memory: 3145728");
    has("files: 1024");
    has("core: 0");
    // Some systems do not let a user have a network of his own; there is nothing to be done about it then.
    let may_leave = |arguments: &[&str]| {
        let left = std::process::Command::new("unshare").args(arguments).arg("true").output();
        left.is_ok_and(|output| output.status.success())
    };
    let may_leave = may_leave(&["--net"]) || may_leave(&["--user", "--net"]);
    has(if may_leave { "network: none" } else { "network: reached" });
}
