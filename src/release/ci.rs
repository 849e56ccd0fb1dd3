//! What GitHub Actions, Azure Pipelines and GitLab CI say about a run, in its environment.
//!
//! The build is the number that never comes down within one project, so that of two builds the
//! newer one can be told.

use super::Defaults;

/// What the CI system tells; nothing outside of CI.
///
/// Where the names come from:
/// <https://docs.github.com/en/actions/reference/workflows-and-actions/variables>,
/// <https://learn.microsoft.com/en-us/azure/devops/pipelines/build/variables>,
/// <https://docs.gitlab.com/ci/variables/predefined_variables/>
pub fn defaults(environment: &[(String, String)]) -> Defaults {
    let get = |name: &str| {
        let found = environment.iter().find(|(known, _)| known == name);
        let value = found.map(|(_, value)| value.trim()).filter(|value| !value.is_empty());
        // These go into commit trailers, which a line break would forge.
        value.filter(|value| !value.contains(char::is_control)).map(str::to_owned)
    };
    let is_true = |name: &str| get(name).is_some_and(|value| value.eq_ignore_ascii_case("true"));
    if is_true("GITHUB_ACTIONS") {
        github(get)
    } else if is_true("TF_BUILD") {
        azure_pipelines(get)
    } else if is_true("GITLAB_CI") {
        gitlab(get)
    } else {
        Defaults::default()
    }
}

fn github(get: impl Fn(&str) -> Option<String>) -> Defaults {
    let repository = get("GITHUB_SERVER_URL").zip(get("GITHUB_REPOSITORY"));
    let reference = get("GITHUB_REF_NAME");
    Defaults {
        tag: reference.clone().filter(|_| get("GITHUB_REF_TYPE").as_deref() == Some("tag")),
        build: get("GITHUB_RUN_ID"),
        commit: get("GITHUB_SHA"),
        repository: repository.map(|(server, name)| format!("{server}/{name}")),
        // Of a pull request, the branch that is to be merged.
        branch: get("GITHUB_HEAD_REF").or(reference),
    }
}

fn azure_pipelines(get: impl Fn(&str) -> Option<String>) -> Defaults {
    let reference = get("BUILD_SOURCEBRANCH");
    let tag = reference.as_ref().and_then(|name| name.strip_prefix("refs/tags/")).map(str::to_owned);
    let short = |name: String| match name.strip_prefix("refs/heads/").or(name.strip_prefix("refs/tags/")) {
        Some(short) => short.to_owned(),
        None => name,
    };
    Defaults {
        tag,
        build: get("BUILD_BUILDID"),
        commit: get("BUILD_SOURCEVERSION"),
        repository: get("BUILD_REPOSITORY_URI"),
        branch: reference.map(short),
    }
}

fn gitlab(get: impl Fn(&str) -> Option<String>) -> Defaults {
    Defaults {
        tag: get("CI_COMMIT_TAG"),
        build: get("CI_PIPELINE_ID"),
        commit: get("CI_COMMIT_SHA"),
        // Not CI_REPOSITORY_URL: it holds the job's token.
        repository: get("CI_PROJECT_URL"),
        branch: get("CI_MERGE_REQUEST_SOURCE_BRANCH_NAME").or_else(|| get("CI_COMMIT_REF_NAME")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(environment: &[(&str, &str)]) -> Defaults {
        let owned = environment.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        defaults(&owned.collect::<Vec<_>>())
    }

    fn expected(tag: Option<&str>, repository: &str, branch: &str) -> Defaults {
        Defaults {
            tag: tag.map(str::to_owned),
            build: Some("42".into()),
            commit: Some("abc".into()),
            repository: Some(repository.into()),
            branch: Some(branch.into()),
        }
    }

    #[test]
    fn github_actions() {
        let environment = [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_RUN_ID", "42"),
            ("GITHUB_SHA", "abc"),
            ("GITHUB_SERVER_URL", "https://github.com"),
            ("GITHUB_REPOSITORY", "acme/web"),
            ("GITHUB_REF_NAME", "v1.2"),
            ("GITHUB_REF_TYPE", "tag"),
            ("GITHUB_HEAD_REF", ""),
        ];
        assert_eq!(from(&environment), expected(Some("v1.2"), "https://github.com/acme/web", "v1.2"));
    }

    #[test]
    fn azure_pipelines() {
        let environment = [
            ("TF_BUILD", "True"),
            ("BUILD_BUILDID", "42"),
            ("BUILD_SOURCEVERSION", "abc"),
            ("BUILD_REPOSITORY_URI", "https://acme@dev.azure.com/acme/shop/_git/web"),
            ("BUILD_SOURCEBRANCH", "refs/heads/feature/x"),
        ];
        let url = "https://acme@dev.azure.com/acme/shop/_git/web";
        assert_eq!(from(&environment), expected(None, url, "feature/x"));
    }

    #[test]
    fn gitlab_ci() {
        let environment = [
            ("GITLAB_CI", "true"),
            ("CI_PIPELINE_ID", "42"),
            ("CI_COMMIT_SHA", "abc"),
            ("CI_PROJECT_URL", "https://gitlab.com/acme/web"),
            ("CI_REPOSITORY_URL", "https://gitlab-ci-token:secret@gitlab.com/acme/web.git"),
            ("CI_COMMIT_REF_NAME", "main"),
        ];
        assert_eq!(from(&environment), expected(None, "https://gitlab.com/acme/web", "main"));
    }

    #[test]
    fn nothing_outside_of_ci() {
        assert_eq!(from(&[("GITHUB_SHA", "abc"), ("CI_COMMIT_SHA", "abc")]), Defaults::default());
    }
}
