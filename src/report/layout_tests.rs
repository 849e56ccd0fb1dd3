use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(1_780_000_000 + seconds).unwrap()
}

fn frame(columns: usize, rows: usize) -> Frame {
    Frame { columns, rows, now: at(200), spinner: '⠁', style: Style::plain() }
}

fn row(label: &str, state: State, word: &'static str, text: &str) -> Row {
    Row {
        name: label.to_owned(),
        label: label.to_owned(),
        state,
        word,
        phrase: word,
        since: Some(at(188)),
        text: text.to_owned(),
        url: (state != State::Good).then(|| format!("https://flux.example.com/{label}")),
    }
}

fn prod(rows: Vec<Row>) -> Panel {
    Panel {
        name: "prod".to_owned(),
        state: State::Working,
        headline: "30 of 31 from kustomization/web/*".to_owned(),
        facts: Facts {
            pull: Some("https://github.com/acme/gitops/pull/12".to_owned()),
            commit: Some("f83ff6224e40b1ea2383ca560cec2914fbaa04f9".to_owned()),
            since: Some(at(0)),
            deadline: Some(at(1700)),
        },
        rows,
        has_ended: false,
    }
}

fn through(name: &str) -> Panel {
    let headline = "1.4.0 verified: 1 reporter, 2 checks".to_owned();
    Panel { name: name.to_owned(), state: State::Good, headline, has_ended: true, ..prod(Vec::new()) }
}

/// One that fails, one that may, so many under way, and the rest of thirty well.
fn clusters(working: usize) -> Vec<Row> {
    let name = |number: usize| format!("kustomization/web/c{number:02}");
    (1..=30)
        .map(|number| match number {
            30 => row(&name(30), State::Bad, "failed", "health check failed after 2m0s: timeout waiting for: [Deployment/web/web status: 'InProgress']"),
            29 => row(&name(29), State::Doubtful, "failing", "health check failed"),
            _ if number <= working => row(&name(number), State::Working, "in progress", "progressing"),
            _ => row(&name(number), State::Good, "succeeded", "reconciliation succeeded"),
        })
        .collect()
}

fn drawn(panels: &[Panel], columns: usize, rows: usize) -> String {
    let lines = lines(panels, &frame(columns, rows));
    assert!(lines.len() < rows, "{} lines in {rows} rows", lines.len());
    lines.iter().for_each(|line| assert!(width(line) <= columns, "{line}"));
    lines.join("\n")
}

#[test]
fn thirty_clusters_show_what_fails_and_count_what_is_well() {
    let panels = [through("dev"), through("staging"), prod(clusters(1))];
    insta::assert_snapshot!(drawn(&panels, 80, 24), @"
    ✓ dev      1.4.0 verified: 1 reporter, 2 checks
    ✓ staging  1.4.0 verified: 1 reporter, 2 checks
    ⠁ prod: 30 of 31 from kustomization/web/*
      3m 20s, next deadline in 25m, commit f83ff6224e,
      https://github.com/acme/gitops/pull/12
      kustomization/web/c30  failed 12s
        health check failed after 2m0s: timeout waiting for: [Deployment/web/web
        status: 'InProgress']
        https://flux.example.com/kustomization/web/c30
      kustomization/web/c29  failing 12s  health check failed
        https://flux.example.com/kustomization/web/c29
      kustomization/web/c01  in progress 12s  progressing
        https://flux.example.com/kustomization/web/c01
      27 succeeded
    ");
    insta::assert_snapshot!(drawn(&panels, 80, 10), @"
    ✓ dev      1.4.0 verified: 1 reporter, 2 checks
    ✓ staging  1.4.0 verified: 1 reporter, 2 checks
    ⠁ prod: 30 of 31 from kustomization/web/*
      3m 20s, next deadline in 25m, commit f83ff6224e,
      https://github.com/acme/gitops/pull/12
      kustomization/web/c30  failed 12s  health check failed after 2m0s: timeout wa…
      kustomization/web/c29  failing 12s  health check failed
      kustomization/web/c01  in progress 12s  progressing
      27 succeeded
    ");
    insta::assert_snapshot!(drawn(&panels, 40, 10), @"
    ✓ dev      1.4.0 verified: 1 reporter,…
    ✓ staging  1.4.0 verified: 1 reporter,…
    ⠁ prod: 30 of 31 from kustomization/web…
      3m 20s, next deadline in 25m, commit
      f83ff6224e
      …tion/web/c30  failed 12s  health che…
      …tion/web/c29  failing 12s  health ch…
      …tion/web/c01  in progress 12s  progr…
      27 succeeded
    ");
}

#[test]
fn what_has_no_room_is_counted() {
    let panels = [prod(clusters(28))];
    insta::assert_snapshot!(drawn(&panels, 80, 10), @"
    ⠁ prod: 30 of 31 from kustomization/web/*
      3m 20s, next deadline in 25m, commit f83ff6224e,
      https://github.com/acme/gitops/pull/12
      kustomization/web/c30  failed 12s
        health check failed after 2m0s: timeout waiting for: [Deployment/web/web
        status: 'InProgress']
        https://flux.example.com/kustomization/web/c30
      kustomization/web/c29  failing 12s  health check failed
      and 28 more: 28 in progress
    ");
    insta::assert_snapshot!(drawn(&panels, 40, 24), @"
    ⠁ prod: 30 of 31 from
      kustomization/web/*
      3m 20s, next deadline in 25m, commit
      f83ff6224e,
      https://github.com/acme/gitops/pull/12
      …tion/web/c30  failed 12s
        health check failed after 2m0s:
        timeout waiting for:
        [Deployment/web/web status:
        'InProgress']
        https://flux.example.com/kustomizati
        on/web/c30
      …tion/web/c29  failing 12s
        health check failed
        https://flux.example.com/kustomizati
        on/web/c29
      …tion/web/c01  in progress 12s  progr…
      …tion/web/c02  in progress 12s  progr…
      …tion/web/c03  in progress 12s  progr…
      …tion/web/c04  in progress 12s  progr…
      …tion/web/c05  in progress 12s  progr…
      …tion/web/c06  in progress 12s  progr…
      and 22 more: 22 in progress
    ");
}

#[test]
fn few_that_are_well_are_named() {
    let mut rows = vec![row("us", State::Good, "succeeded", ""), row("smoke", State::Working, "running", "")];
    rows[1].since = None;
    rows[1].url = None;
    insta::assert_snapshot!(drawn(&[prod(rows)], 80, 24), @"
    ⠁ prod: 30 of 31 from kustomization/web/*
      3m 20s, next deadline in 25m, commit f83ff6224e,
      https://github.com/acme/gitops/pull/12
      smoke  running
      1 succeeded: us
    ");
}

#[test]
fn a_pull_request_that_is_awaited_is_told_whole() {
    let headline = "https://github.com/acme/gitops/pull/12 is waiting to be merged; missing: 1 more approval";
    let panel = Panel { headline: headline.to_owned(), ..prod(Vec::new()) };
    insta::assert_snapshot!(drawn(std::slice::from_ref(&panel), 80, 24), @"
    ⠁ prod: https://github.com/acme/gitops/pull/12 is waiting to be merged; missing:
      1 more approval
      3m 20s, next deadline in 25m, commit f83ff6224e
    ");
    insta::assert_snapshot!(drawn(&[panel], 40, 10), @"
    ⠁ prod:
      https://github.com/acme/gitops/pull/12
      is waiting to be merged; missing: 1
      more approval
      3m 20s, next deadline in 25m, commit
      f83ff6224e
    ");
}

#[test]
fn no_terminal_is_too_small() {
    let many: Vec<Panel> = (1..40).map(|number| through(&format!("env-{number}"))).collect();
    let panels = [many, vec![prod(clusters(20))]].concat();
    for columns in [1, 2, 5, 10, 20, 39, 200] {
        for rows in [2, 3, 4, 5, 7, 12, 60] {
            drawn(&panels, columns.max(8), rows);
            lines(&panels, &frame(columns, rows));
        }
    }
}

#[test]
fn what_failed_stays_with_every_link() {
    let failed = Panel { state: State::Bad, headline: "failed".to_owned(), ..prod(clusters(1)) };
    let panels = [through("dev"), failed];
    insta::assert_snapshot!(summary(&panels, &frame(80, 24)), @"
    prod  https://github.com/acme/gitops/pull/12
      kustomization/web/c30  failed 12s
        health check failed after 2m0s: timeout waiting for: [Deployment/web/web
        status: 'InProgress']
        https://flux.example.com/kustomization/web/c30
      kustomization/web/c29  failing 12s  health check failed
        https://flux.example.com/kustomization/web/c29
      kustomization/web/c01  in progress 12s  progressing
        https://flux.example.com/kustomization/web/c01
    ");
    insta::assert_snapshot!(summary(&panels, &frame(40, 10)), @"
    prod  https://github.com/acme/gitops/pull/12
      …tion/web/c30  failed 12s
        health check failed after 2m0s:
        timeout waiting for:
        [Deployment/web/web status:
        'InProgress']
        https://flux.example.com/kustomization/web/c30
      …tion/web/c29  failing 12s
        health check failed
        https://flux.example.com/kustomization/web/c29
      …tion/web/c01  in progress 12s
        progressing
        https://flux.example.com/kustomization/web/c01
    ");
}
