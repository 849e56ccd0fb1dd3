//! `towline status --check-access`.

use insta::assert_snapshot;

use super::greeting;

#[test]
fn what_may_be_done_in_a_folder() {
    let sandbox = greeting();
    let before = sandbox.git("gitops.git", &["for-each-ref"]);
    assert_snapshot!(sandbox.towline(&["status", "--check-access"]), @"
    --- stdout
    ../gitops.git for dev, prod
    ABILITY         VIA    ALLOWED  REASON
    read            forge  yes      [SANDBOX]/gitops.git/refs can be written to
    push            forge  yes      [SANDBOX]/gitops.git/refs can be written to
    pull requests   forge  yes      [SANDBOX]/gitops.git/refs can be written to
    merge           forge  yes      [SANDBOX]/gitops.git/refs can be written to
    read statuses   forge  yes      [SANDBOX]/gitops.git/refs can be written to
    write statuses  forge  yes      [SANDBOX]/gitops.git/refs can be written to
    --- exit code 0
    ");
    let json = sandbox.towline(&["status", "--check-access", "--output", "json"]);
    let first: Vec<&str> = json.stdout.lines().take(18).collect();
    assert_snapshot!(first.join("\n"), @r#"
    {
      "command": "status",
      "outcome": "done",
      "application": "greeting",
      "access": [
        {
          "repository": "../gitops.git",
          "environments": [
            "dev",
            "prod"
          ],
          "abilities": [
            {
              "ability": "read",
              "via": "forge",
              "granted": true,
              "needed": true,
              "detail": "[SANDBOX]/gitops.git/refs can be written to"
    "#);
    assert_eq!(sandbox.git("gitops.git", &["for-each-ref"]), before);
}

#[test]
fn a_repository_that_is_not_there_is_an_error() {
    let sandbox = greeting();
    std::fs::rename(sandbox.path("gitops.git"), sandbox.path("away.git")).unwrap();
    assert_snapshot!(sandbox.towline(&["status", "--check-access"]), @"
    --- stderr
    error: cannot open environment `dev`
      because: the GitOps repository ../gitops.git does not exist
      hint: create it with `git init --bare ../gitops.git`, or correct `gitops.repository`
    --- exit code 1
    ");
}
