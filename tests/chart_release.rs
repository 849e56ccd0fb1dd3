//! A release into files that people own: the example `chart-release`, proposed.

use std::fs;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::given::{self, Gitops};
use towline::config;
use towline::forge;
use towline::gitops::{Account, Destination};
use towline::propose::{self, Proposal, ProposeOptions};
use towline::release::{Image, Release};
use towline::render::{self, Rendering};
use towline::variables::Inputs;
use towline::vocabulary::{Diagnostic, Outcome};

const HEAD: &str = "towline/prod/greeting";

fn example() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("templates-examples/chart-release")
}

/// The GitOps repository of the example.
fn gitops() -> Gitops {
    let gitops = Gitops::new();
    let files = [
        "dev/greeting-values.yaml",
        "prod/greeting-values.yaml",
        "apps/greeting-dev.yaml",
        "apps/greeting-prod.yaml",
    ];
    let contents = files.map(|file| fs::read_to_string(example().join("gitops").join(file)).unwrap());
    let files: Vec<_> = files.into_iter().zip(contents.iter().map(String::as_str)).collect();
    gitops.push("main", &files);
    gitops
}

fn release(version: &str) -> Release {
    Release {
        version: version.into(),
        build: None,
        commit: Some("0123456789abcdef0123456789abcdef01234567".into()),
        repository: None,
        branch: None,
        configuration: None,
        images: vec![Image {
            name: "web".into(),
            repository: "ghcr.io/acme/greeting-web".into(),
            tag: Some(version.into()),
            digest: None,
        }],
    }
}

fn rendering(version: &str) -> Rendering {
    let pipeline = config::load(&example().join("towline.yaml")).unwrap();
    let environment = pipeline.environment("prod").unwrap();
    let (release, inputs) = (release(version), Inputs::default());
    render::render(&render::RenderRequest {
        pipeline: &pipeline,
        environment,
        release: &release,
        inputs: &inputs,
        deployed: None,
    })
    .unwrap()
}

fn propose(gitops: &Gitops, rendering: &Rendering) -> anyhow::Result<Proposal> {
    let pipeline = config::load(&example().join("towline.yaml")).unwrap();
    let clock = given::clock();
    let repository = Rc::new(gitops.repository());
    let forge = forge::local(&repository, clock.clone()).into();
    let environment = pipeline.environment("prod").unwrap();
    let destination = Destination {
        application: "greeting",
        environment,
        repository,
        forge,
        clock,
        account: Account::default(),
        access: given::access(),
    };
    propose::propose(&destination, rendering, &ProposeOptions::default())
}

#[test]
fn a_proposal_changes_the_values_and_nothing_else() {
    let gitops = gitops();
    let rendering = rendering("1.10");
    assert!(rendering.warnings.is_empty(), "{:?}", rendering.warnings);

    let proposal = propose(&gitops, &rendering).unwrap();
    assert_eq!(proposal.outcome, Outcome::Done);
    insta::assert_snapshot!(gitops.git(&["diff", "--unified=0", "main", HEAD, "--", "prod", "apps"]), @r#"
    diff --git a/apps/greeting-prod.yaml b/apps/greeting-prod.yaml
    index fd7b20c..9072fa3 100644
    --- a/apps/greeting-prod.yaml
    +++ b/apps/greeting-prod.yaml
    @@ -12 +12 @@ spec:
    -    targetRevision: 0.9.0      # set by Towline
    +    targetRevision: "1.10"      # set by Towline
    @@ -17 +17 @@ spec:
    -        value: unknown
    +        value: 0123456789abcdef0123456789abcdef01234567
    diff --git a/prod/greeting-values.yaml b/prod/greeting-values.yaml
    index 488c946..0c82e99 100644
    --- a/prod/greeting-values.yaml
    +++ b/prod/greeting-values.yaml
    @@ -4 +4 @@ image:
    -  tag: "0.9.0"
    +  tag: "1.10"
    @@ -7 +7 @@ image:
    -replicas: 1
    +replicas: 3
    "#);
    insta::assert_snapshot!(gitops.git(&["show", &format!("{HEAD}:descriptors/prod/greeting.yaml")]), @r#"
    apiVersion: towline.dev/v1
    kind: DeploymentDescriptor
    application:
      name: greeting
    environment: prod
    release:
      version: "1.10"
      commit: 0123456789abcdef0123456789abcdef01234567
    images:
    - name: web
      repository: ghcr.io/acme/greeting-web
      tag: "1.10"
    targets:
    - name: prod
      path: prod/greeting
      files: {}
      digest: sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
      reporters:
      - argocd/greeting-prod
    edits:
    - file: prod/greeting-values.yaml
      set:
        image.tag: "1.10"
        replicas: 3
    - file: apps/greeting-prod.yaml
      set:
        spec.source.targetRevision: "1.10"
        "spec.source.helm.parameters[name=commit].value": 0123456789abcdef0123456789abcdef01234567
    package:
      chart: greeting
      version: "1.10"
      file: charts/prod/greeting-1.10.tgz
      digest: sha256:ee3a9373ccf76c16af481bedf80ce049b71b035ab54cc24515db4c24b8abf0a6
    inputs:
      release: sha256:2c49fc4e7b1ab5d40eb2a517a58bebef46ceb366f214189f42f9529b82827e42
      files:
        deploy/chart/Chart.yaml: 3f49c54575ba30e4
        deploy/chart/templates/deployment.yaml: 72bad434ec30f5a7
        deploy/chart/values.yaml: 8509404a42276c08
        towline.yaml: 1afeeeec2de76ce3
      pipeline: templates-examples/chart-release/towline.yaml
      templates: sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855
      variables: sha256:78d68aff7e2417301fabf54bcce798f620943032a99b858fabb719d95e2b77cf
    tool: towline 0.1.0
    "#);
    insta::assert_snapshot!(proposal.changes.summary(), @"2 added, 2 changed");
}

#[test]
fn the_same_again_changes_nothing_and_a_new_base_is_edited_anew() {
    let gitops = gitops();
    let first = propose(&gitops, &rendering("1.10")).unwrap();
    assert_eq!(propose(&gitops, &rendering("1.10")).unwrap().commit, first.commit);

    let values = gitops.git(&["show", "main:prod/greeting-values.yaml"]).replace("500m", "700m");
    gitops.push("main", &[("prod/greeting-values.yaml", &values)]);
    let second = propose(&gitops, &rendering("1.10")).unwrap();
    assert_ne!(second.commit, first.commit);
    let proposed = gitops.git(&["show", &format!("{HEAD}:prod/greeting-values.yaml")]);
    assert!(proposed.contains("700m") && proposed.contains("tag: \"1.10\""), "{proposed}");
}

#[test]
fn what_is_not_there_is_an_error() {
    let gitops = Gitops::new();
    gitops.push("main", &[("prod/greeting-values.yaml", "image: {tga: x}\nreplicas: 1\n")]);
    let message = |gitops: &Gitops| {
        let error = propose(gitops, &rendering("1.10")).unwrap_err();
        let hint = error.chain().find_map(|it| it.downcast_ref::<Diagnostic>()?.hint.clone());
        format!("{error:#}\nhint: {}", hint.unwrap_or_default())
    };
    insta::assert_snapshot!(message(&gitops), @r"
    cannot propose greeting for prod: prod/greeting-values.yaml:1:8: there is no `image.tag` in this file: `image` has no key `tag`
    hint: did you mean `tga`?
    ");
    gitops.push("main", &[("prod/greeting-values.yaml", "image: {tag: x}\nreplicas: 1\n")]);
    insta::assert_snapshot!(message(&gitops), @r"
    cannot propose greeting for prod: apps/greeting-prod.yaml: the file to edit is not in the GitOps repository
    hint: add it there first, or correct `file` in `gitops.edits`
    ");
}
