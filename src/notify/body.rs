//! Body: a message as those at the other end read it.

use serde_json::{Value, json};

use super::message::{Message, word};
use crate::config::{NotificationFormat, Occasion};

pub fn body(message: &Message, format: NotificationFormat) -> Value {
    match format {
        NotificationFormat::Json => plain(message),
        NotificationFormat::Slack => slack(message),
        NotificationFormat::Teams => teams(message),
    }
}

fn plain(message: &Message) -> Value {
    json!({
        "id": message.id(),
        "event": word(message.occasion),
        "application": message.application,
        "environment": message.environment,
        "release": message.release,
        "commit": message.commit,
        "deployedCommit": message.deployed_commit.map(|commit| commit.to_string()),
        "pullRequest": message.pull.as_ref().map(|pull| pull.number),
        "url": message.url(),
        "text": message.text,
        "time": message.time.to_string(),
    })
}

/// <https://docs.slack.dev/messaging/sending-messages-using-incoming-webhooks>. The text is what notifications show.
fn slack(message: &Message) -> Value {
    let title = title(message);
    let mut section = format!("*{}*\n{}", escaped(&title), escaped(&message.text));
    if let Some(url) = message.url() {
        section += &format!("\n<{}|Pull request>", escaped(url));
    }
    json!({
        "text": escaped(&format!("{title}: {}", message.text)),
        "blocks": [
            {"type": "section", "text": {"type": "mrkdwn", "text": section}},
            {"type": "context", "elements": [{"type": "mrkdwn", "text": escaped(&facts(message))}]},
        ],
    })
}

/// A message with an Adaptive Card, as the trigger "When a Teams webhook request is received" of Workflows takes it.
fn teams(message: &Message) -> Value {
    let facts = [
        ("Application", Some(message.application.clone())),
        ("Environment", Some(message.environment.clone())),
        ("Release", message.release.clone()),
        ("Commit", message.commit.clone()),
    ];
    let facts = facts.into_iter().filter_map(|(title, value)| Some(json!({"title": title, "value": value?})));
    let actions =
        message.url().map(|url| json!({"type": "Action.OpenUrl", "title": "Pull request", "url": url}));
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "body": [
                    {
                        "type": "TextBlock",
                        "text": unmarked(&title(message)),
                        "weight": "Bolder",
                        "size": "Medium",
                        "color": color(message.occasion),
                        "wrap": true,
                    },
                    {"type": "TextBlock", "text": unmarked(&message.text), "wrap": true},
                    {"type": "FactSet", "facts": facts.collect::<Vec<_>>()},
                ],
                "actions": actions.into_iter().collect::<Vec<_>>(),
            },
        }],
    })
}

/// `greeting 1.4.0 is verified in prod`
fn title(message: &Message) -> String {
    let what = match message.occasion {
        Occasion::Proposed => "is proposed for",
        Occasion::Waiting => "waits in",
        Occasion::Failed => "failed in",
        Occasion::Verified => "is verified in",
        Occasion::RolledBack => "is back in",
    };
    let release = message.release.as_ref().map_or(String::new(), |release| format!(" {release}"));
    format!("{}{release} {what} {}", message.application, message.environment)
}

fn facts(message: &Message) -> String {
    let commit = message.commit.as_ref().map(|commit| format!("commit {commit}, "));
    format!("{}{}", commit.unwrap_or_default(), message.time)
}

/// Slack's own characters: <https://docs.slack.dev/messaging/formatting-message-text#escaping>.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// Text in which an Adaptive Card finds no Markdown.
fn unmarked(text: &str) -> String {
    let escape = |c: char| match c {
        '\\' | '*' | '_' | '[' | ']' | '`' | '#' => format!("\\{c}"),
        c => c.to_string(),
    };
    text.chars().map(escape).collect()
}

fn color(occasion: Occasion) -> &'static str {
    match occasion {
        Occasion::Verified => "Good",
        Occasion::Failed => "Attention",
        Occasion::Waiting | Occasion::RolledBack => "Warning",
        Occasion::Proposed => "Default",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::notify::message::Pull;
    use crate::release::Release;

    fn failed() -> Message {
        let commit = "8c3d2f0a6b1e4d5c9f7a0b2c4e6d8f1a3b5c7d9e".to_owned();
        let time = "2026-01-05T09:00:00Z".parse().unwrap();
        let pull = Pull { number: 42, url: "https://git.example/pull/42?a=1&b=2".to_owned() };
        Message::new(Occasion::Failed, ("greeting", "prod"), "1.4.0 failed: <pod> *web* & co", time)
            .about(&Release::known_as("1.4.0".to_owned(), Some(commit)))
            .at(Some(pull), None)
    }

    fn shown(format: NotificationFormat) -> String {
        serde_json::to_string_pretty(&body(&failed(), format)).unwrap()
    }

    #[test]
    fn slack_reads_text_and_not_its_own_signs() {
        insta::assert_snapshot!(shown(NotificationFormat::Slack), @r#"
        {
          "text": "greeting 1.4.0 failed in prod: 1.4.0 failed: &lt;pod&gt; *web* &amp; co",
          "blocks": [
            {
              "type": "section",
              "text": {
                "type": "mrkdwn",
                "text": "*greeting 1.4.0 failed in prod*\n1.4.0 failed: &lt;pod&gt; *web* &amp; co\n<https://git.example/pull/42?a=1&amp;b=2|Pull request>"
              }
            },
            {
              "type": "context",
              "elements": [
                {
                  "type": "mrkdwn",
                  "text": "commit 8c3d2f0a6b1e4d5c9f7a0b2c4e6d8f1a3b5c7d9e, 2026-01-05T09:00:00Z"
                }
              ]
            }
          ]
        }
        "#);
    }

    #[test]
    fn teams_reads_a_card() {
        insta::assert_snapshot!(shown(NotificationFormat::Teams), @r#"
        {
          "type": "message",
          "attachments": [
            {
              "contentType": "application/vnd.microsoft.card.adaptive",
              "contentUrl": null,
              "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "body": [
                  {
                    "type": "TextBlock",
                    "text": "greeting 1.4.0 failed in prod",
                    "weight": "Bolder",
                    "size": "Medium",
                    "color": "Attention",
                    "wrap": true
                  },
                  {
                    "type": "TextBlock",
                    "text": "1.4.0 failed: <pod> \\*web\\* & co",
                    "wrap": true
                  },
                  {
                    "type": "FactSet",
                    "facts": [
                      {
                        "title": "Application",
                        "value": "greeting"
                      },
                      {
                        "title": "Environment",
                        "value": "prod"
                      },
                      {
                        "title": "Release",
                        "value": "1.4.0"
                      },
                      {
                        "title": "Commit",
                        "value": "8c3d2f0a6b1e4d5c9f7a0b2c4e6d8f1a3b5c7d9e"
                      }
                    ]
                  }
                ],
                "actions": [
                  {
                    "type": "Action.OpenUrl",
                    "title": "Pull request",
                    "url": "https://git.example/pull/42?a=1&b=2"
                  }
                ]
              }
            }
          ]
        }
        "#);
    }

    #[test]
    fn the_same_event_has_the_same_id_whenever_it_is_sent() {
        let later = Message { time: "2026-01-05T10:00:00Z".parse().unwrap(), ..failed() };
        assert_eq!(later.id(), failed().id());
        let other = Message { environment: "dev".to_owned(), ..failed() };
        assert_ne!(other.id(), failed().id());
    }

    #[test]
    fn a_path_is_no_url() {
        let pull = Some(Pull { number: 1, url: "../gitops.git#1".to_owned() });
        assert_eq!(body(&failed().at(pull, None), NotificationFormat::Json)["url"], Value::Null);
    }
}
