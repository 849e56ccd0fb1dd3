//! What GitHub Actions and Azure Pipelines get to see.

use insta::assert_snapshot;

use super::greeting;
use crate::given::{Run, Sandbox};

/// A context that tries to add an output, and one that tries to be a command.
const EVIL: &str =
    "a\nEND\nstolen<<X\nyes\nX\n##vso[task.setvariable variable=stolen]yes\n::set-output name=stolen::yes";

/// Release 1.4.0 is merged in dev.
fn deploy(sandbox: &Sandbox) {
    sandbox.towline(&["propose", "dev", "--release", "1.4.0", "--image", "web=1.4.0"]);
    sandbox.towline(&["merge", "dev"]);
}

#[test]
fn github_actions() {
    let mut sandbox = greeting();
    deploy(&sandbox);
    sandbox.set("GITHUB_ACTIONS", "true");
    sandbox.set("GITHUB_OUTPUT", sandbox.path("output").display().to_string());
    sandbox.set("GITHUB_STEP_SUMMARY", sandbox.path("summary").display().to_string());
    let commit = sandbox.git("gitops.git", &["rev-parse", "main"]);
    assert_snapshot!(sandbox.towline(&["report", "dev", "--context", EVIL, "--state", "success"]), @r"
    --- stdout
    dev: a END stolen<<X yes X ##vso[task.setvariable variable=stolen]yes ::set-output name=stolen::yes is success on [ID]
    --- exit code 0
    ");
    assert_snapshot!(sandbox.read("output").replace(&commit, "[ID]"), @r"
    command<<END
    report
    END
    outcome<<END
    done
    END
    environment<<END
    dev
    END
    commit<<END
    [ID]
    END
    context<<END_END
    a
    END
    stolen<<X
    yes
    X
    ##vso[task.setvariable variable=stolen]yes
    ::set-output name=stolen::yes
    END_END
    state<<END
    success
    END
    ");
    assert_snapshot!(sandbox.towline(&["report", "dve", "--context", EVIL, "--state", "success"]), @r"
    --- stderr
    ::error file=towline.yaml::towline.yaml: there is no environment `dve`%0A  hint: did you mean `dev`?
    --- exit code 1
    ");
    assert_snapshot!(sandbox.read("summary"), @r"
    ### towline report: done

    ### towline report: error

    ```text
    towline.yaml: there is no environment `dve`
    ```
    ");
}

/// How long it took stands on the run's page.
#[test]
fn the_summary_of_an_await() {
    let mut sandbox = greeting();
    deploy(&sandbox);
    sandbox.set("GITHUB_ACTIONS", "true");
    sandbox.set("GITHUB_STEP_SUMMARY", sandbox.path("summary").display().to_string());
    sandbox.towline(&["await", "dev"]);
    let summary = sandbox.read("summary");
    assert_snapshot!(summary.split(" after").next().unwrap(), @"
    ### towline await: done

    ```text
    dev: rolled out, merged
    ");
}

#[test]
fn azure_pipelines() {
    let mut sandbox = greeting();
    deploy(&sandbox);
    sandbox.set("TF_BUILD", "True");
    sandbox.set("AGENT_TEMPDIRECTORY", sandbox.path("home").display().to_string());
    let number = |text: &str| text.chars().all(|c| c.is_ascii_digit());
    let without_number = |run: Run| {
        let parts: Vec<String> = run
            .to_string()
            .split('-')
            .map(|part| match part.split_once(".md") {
                Some((id, rest)) if number(id) => format!("[PID].md{rest}"),
                _ => part.to_owned(),
            })
            .collect();
        parts.join("-")
    };
    assert_snapshot!(without_number(sandbox.towline(&["report", "dev", "--context", EVIL, "--state", "success"])), @r"
    --- stdout
    dev: a END stolen<<X yes X # #vso[task.setvariable variable=stolen]yes ::set-output name=stolen::yes is success on [ID]
    --- stderr
    ##vso[task.setvariable variable=command;isOutput=true]report
    ##vso[task.setvariable variable=outcome;isOutput=true]done
    ##vso[task.setvariable variable=environment;isOutput=true]dev
    ##vso[task.setvariable variable=commit;isOutput=true][ID]
    ##vso[task.setvariable variable=context;isOutput=true]a%0AEND%0Astolen<<X%0Ayes%0AX%0A##vso[task.setvariable variable=stolen]yes%0A::set-output name=stolen::yes
    ##vso[task.setvariable variable=state;isOutput=true]success
    ##vso[task.uploadsummary][SANDBOX]/home/towline-[PID].md
    --- exit code 0
    ");
    assert_snapshot!(without_number(sandbox.towline(&["report", "dve", "--context", EVIL, "--state", "success"])), @r"
    --- stderr
    ##vso[task.logissue type=error;sourcepath=towline.yaml]towline.yaml: there is no environment `dve`%0A  hint: did you mean `dev`?
    ##vso[task.setvariable variable=command;isOutput=true]report
    ##vso[task.setvariable variable=outcome;isOutput=true]error
    ##vso[task.uploadsummary][SANDBOX]/home/towline-[PID].md
    --- exit code 1
    ");
}
