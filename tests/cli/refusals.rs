//! Refusals: what Towline could do, and does not, ends every command that meets it with exit code 3.

use serde_json::Value;

use super::greeting;
use crate::given::Sandbox;

/// What is in the way, and every command that meets it.
struct Case {
    name: &'static str,
    given: fn() -> Sandbox,
    commands: &'static [&'static str],
    /// A part of the message.
    says: &'static str,
    code: i32,
}

const RELEASE: &str = "--release 1.1.0 --image web=1.1.0";

const CASES: &[Case] = &[
    Case {
        name: "somebody else's commit on the proposal's branch",
        given: peoples_commit,
        commands: &["propose dev RELEASE", "promote --only dev RELEASE"],
        says: "people committed to towline/dev/greeting: ",
        code: 3,
    },
    Case {
        name: "the same commit, merged",
        given: peoples_commit,
        commands: &["merge dev", "merge --pull 1"],
        says: "the head of ../gitops.git#1 is not what was proposed",
        code: 3,
    },
    Case {
        name: "a file of somebody else's where a manifest goes",
        given: file_in_the_way,
        commands: &["propose dev RELEASE", "promote --only dev RELEASE"],
        says: "already in the GitOps repository, and not owned by Towline: dev/greeting/deployment-web_greeting-dev.yaml",
        code: 3,
    },
    Case {
        name: "a file of somebody else's where a folder goes",
        given: file_for_a_folder,
        commands: &["propose dev RELEASE", "promote --only dev RELEASE"],
        says: "dev/greeting is a file in the GitOps repository, where a folder is needed",
        code: 3,
    },
    Case {
        name: "a file of somebody else's where a folder goes in the output folder",
        given: file_for_a_folder,
        commands: &["render dev -o ../people RELEASE"],
        says: "a file that Towline does not own is in the way",
        code: 3,
    },
    Case {
        name: "a file of somebody else's in the output folder",
        given: file_in_the_way,
        commands: &["render dev -o ../people RELEASE"],
        says: "a file that Towline does not own is in the way",
        code: 3,
    },
    Case {
        name: "a descriptor of another application",
        given: descriptor_of_another_application,
        commands: &[
            "propose dev RELEASE",
            "promote --only dev RELEASE",
            "promote --only prod RELEASE",
            "promote --continue dev",
            "render dev --diff RELEASE",
            "status",
            "status --history dev",
            "await dev",
            "await dev --release 1.1.0",
            "report dev --context smoke --state success",
        ],
        says: "descriptors/dev/greeting.yaml describes other in dev, not greeting in dev",
        code: 3,
    },
    Case {
        name: "a descriptor of another application in the output folder",
        given: descriptor_of_another_application,
        commands: &["render dev -o ../people RELEASE"],
        says: "descriptors/dev/greeting.yaml describes other in dev, not greeting in dev",
        code: 3,
    },
    Case {
        name: "other source than the release was made from",
        given: other_source,
        commands: &["promote --once --continue dev"],
        says: "1.1.0 was made from commit ",
        code: 3,
    },
    Case {
        name: "an image that the release was made without",
        given: image_that_is_new,
        commands: &["promote --once --continue dev"],
        says: "1.1.0 was released without the image `job`",
        code: 3,
    },
    Case {
        name: "an environment that this one needs and that is not verified",
        given: greeting,
        commands: &["promote --only prod RELEASE"],
        says: "release 1.1.0 is not verified in environment `dev`",
        code: 3,
    },
    Case {
        name: "a pipeline file that is there already",
        given: greeting,
        commands: &["init"],
        says: "the file already exists",
        code: 3,
    },
    Case {
        name: "a newer release",
        given: newer_release,
        commands: &["propose dev RELEASE", "promote --only dev RELEASE"],
        says: "is older than 1.2.0, which is already deployed",
        code: 7,
    },
];

#[test]
fn a_refusal_has_one_exit_code() {
    for case in CASES {
        for command in case.commands {
            let sandbox = (case.given)();
            let line = format!("{} --output json", command.replace("RELEASE", RELEASE));
            let run = sandbox.towline(&line.split(' ').collect::<Vec<_>>());
            let what = format!("{}: {command}: {run}", case.name);
            assert_eq!(run.code, Some(case.code), "{what}");
            assert!(run.stderr.contains(case.says), "{what}");
            let answer: Value = serde_json::from_str(&run.stdout).unwrap();
            let outcome = if case.code == 3 { "refused" } else { "superseded" };
            assert_eq!(answer["outcome"], outcome, "{what}");
            assert!(answer["error"]["message"].as_str().unwrap().contains(case.says), "{what}");
        }
    }
}

#[test]
fn a_refusal_does_not_hide_what_was_done_before_it() {
    let sandbox = greeting();
    push(&sandbox, "main", "prod/greeting/deployment-web_greeting-prod.yaml", "kind: Deployment\n");
    let line = format!("promote --once {RELEASE} --output json");
    let run = sandbox.towline(&line.split(' ').collect::<Vec<_>>());
    assert_eq!(run.code, Some(3), "{run}");
    let answer: Value = serde_json::from_str(&run.stdout).unwrap();
    let told: Vec<_> = answer["environments"].as_array().unwrap().iter().collect();
    assert_eq!((&told[0]["environment"], &told[0]["outcome"]), (&"dev".into(), &"done".into()), "{run}");
    assert_eq!((&told[1]["environment"], &told[1]["outcome"]), (&"prod".into(), &"refused".into()), "{run}");
    assert!(answer["error"]["hint"].as_str().unwrap().contains("gitops.path"), "{run}");
}

/// What no text editor shows as text is nobody's descriptor; every command says where it is.
#[test]
fn a_descriptor_that_is_not_text_is_an_error() {
    let sandbox = released("1.1.0");
    assert_eq!(sandbox.towline(&["merge", "dev"]).code, Some(0));
    sandbox.git(".", &["clone", "--quiet", "gitops.git", "people"]);
    std::fs::write(sandbox.path("people/descriptors/dev/greeting.yaml"), b"kind: \xff\n").unwrap();
    sandbox.git("people", &["commit", "--quiet", "--all", "--message=By hand"]);
    sandbox.git("people", &["push", "--quiet", "origin", "HEAD:main"]);
    for command in [
        "propose dev RELEASE",
        "promote --only dev RELEASE",
        "promote --continue dev",
        "render dev --diff RELEASE",
        "render dev -o ../people RELEASE",
        "status",
        "status --history dev",
        "report dev --context smoke --state success --commit TIP",
    ] {
        let tip = sandbox.git("gitops.git", &["rev-parse", "main"]);
        let line = command.replace("RELEASE", RELEASE).replace("TIP", &tip);
        let run = sandbox.towline(&line.split(' ').collect::<Vec<_>>());
        assert_eq!(run.code, Some(1), "{command}: {run}");
        assert!(run.stderr.contains("descriptors/dev/greeting.yaml"), "{command}: {run}");
        assert!(run.stderr.contains("UTF-8"), "{command}: {run}");
    }
}

fn released(version: &str) -> Sandbox {
    let sandbox = greeting();
    let image = format!("web={version}");
    let run = sandbox.towline(&["propose", "dev", "--release", version, "--image", &image]);
    assert_eq!(run.code, Some(0), "{run}");
    sandbox
}

fn newer_release() -> Sandbox {
    let sandbox = released("1.2.0");
    assert_eq!(sandbox.towline(&["merge", "dev"]).code, Some(0));
    sandbox
}

fn peoples_commit() -> Sandbox {
    let sandbox = released("1.0.0");
    push(&sandbox, "towline/dev/greeting", "note.txt", "hi\n");
    sandbox
}

fn file_in_the_way() -> Sandbox {
    let sandbox = greeting();
    push(&sandbox, "main", "dev/greeting/deployment-web_greeting-dev.yaml", "kind: Deployment\n");
    sandbox
}

fn file_for_a_folder() -> Sandbox {
    let sandbox = greeting();
    push(&sandbox, "main", "dev/greeting", "hi\n");
    sandbox
}

/// It was released by another pipeline file that names the same descriptor.
fn descriptor_of_another_application() -> Sandbox {
    let sandbox = greeting();
    let text = sandbox.read("app/towline.yaml");
    let text = text.replace("{{ environment }}/{{ application }}.yaml", "{{ environment }}/greeting.yaml");
    sandbox.write("app/other.yaml", &text.replace("application: greeting", "application: other"));
    let release = ["--release", "1.1.0", "--image", "web=1.1.0"];
    let run = sandbox.towline(&[&["-f", "other.yaml", "promote", "--to", "dev"], &release[..]].concat());
    assert_eq!(run.code, Some(0), "{run}");
    sandbox.git(".", &["clone", "--quiet", "gitops.git", "people"]);
    sandbox
}

fn other_source() -> Sandbox {
    let sandbox = greeting();
    sandbox.git("app", &["init", "--quiet", "--initial-branch=main"]);
    sandbox.git("app", &["add", "."]);
    sandbox.git("app", &["commit", "--quiet", "--message=One"]);
    let run = sandbox.towline(&["propose", "dev", "--release", "1.1.0", "--image", "web=1.1.0"]);
    assert_eq!(run.code, Some(0), "{run}");
    sandbox.git("app", &["commit", "--quiet", "--allow-empty", "--message=Two"]);
    sandbox
}

fn image_that_is_new() -> Sandbox {
    let sandbox = released("1.1.0");
    let text = sandbox.read("app/towline.yaml").replace("images:", "images:\n  job: ghcr.io/acme/job");
    sandbox.write("app/towline.yaml", &text);
    sandbox
}

/// A person pushes a file to a branch, from the checkout `people`.
fn push(sandbox: &Sandbox, branch: &str, path: &str, content: &str) {
    if !sandbox.path("people").exists() {
        sandbox.git(".", &["clone", "--quiet", "gitops.git", "people"]);
    }
    sandbox.git("people", &["checkout", "--quiet", "-B", "work", &format!("origin/{branch}")]);
    sandbox.write(&format!("people/{path}"), content);
    sandbox.git("people", &["add", "."]);
    sandbox.git("people", &["commit", "--quiet", "--message=By hand"]);
    sandbox.git("people", &["push", "--quiet", "origin", &format!("HEAD:{branch}")]);
}
