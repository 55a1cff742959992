//! A message for webhooks of Slack's kind: text, and blocks with the same in them.
//!
//! Slack reads `&`, `<` and `>` as its own; so they are escaped, and what is told can make no link and call nobody.

use crate::message::{Message, line};
use serde_json::{Value, json};

/// A block's text has no more characters.
const TEXT_CHARACTERS_MAX: usize = 2_900;
/// A header has no more.
const TITLE_CHARACTERS_MAX: usize = 150;

/// The body of the request.
pub(crate) fn body(message: &Message) -> Value {
    let title: String = line(&message.title).chars().take(TITLE_CHARACTERS_MAX).collect();
    let lines: Vec<String> = message.lines.iter().map(|line| escaped(line)).collect();
    let mut blocks = vec![json!({ "type": "header", "text": { "type": "plain_text", "text": title, "emoji": false } })];
    let text = cut(&lines.join("\n"));
    if !text.is_empty() {
        blocks.push(json!({ "type": "section", "text": { "type": "mrkdwn", "text": text, "verbatim": true } }));
    }
    let mut foot = message.moment.clone();
    if let Some(link) = &message.link {
        foot = format!("<{}|Open in Tenor> · {foot}", escaped(link).replace('|', "%7C"));
    }
    blocks.push(json!({ "type": "context", "elements": [{ "type": "mrkdwn", "text": foot }] }));
    // What notifications and old clients show.
    json!({ "text": escaped(&message.title), "blocks": blocks })
}

fn escaped(text: &str) -> String {
    line(text).replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

/// So much of it as a block takes, without half an escape at its end.
fn cut(text: &str) -> String {
    let mut cut: String = text.chars().take(TEXT_CHARACTERS_MAX).collect();
    if cut.len() < text.len() {
        if let Some(at) = cut.rfind('&').filter(|at| !cut[*at..].contains(';')) {
            cut.truncate(at);
        }
        cut.push('…');
    }
    cut
}

#[cfg(test)]
mod tests {
    use super::{body, cut};
    use crate::message::sample;

    #[test]
    fn slack_is_told_in_its_own_form_and_nothing_told_is_a_link() {
        insta::assert_snapshot!(serde_json::to_string_pretty(&body(&sample())).unwrap(), @r#"
        {
          "blocks": [
            {
              "text": {
                "emoji": false,
                "text": "Step 1 of order 0b0b0b is held <for> a person & \"waits\"",
                "type": "plain_text"
              },
              "type": "header"
            },
            {
              "text": {
                "text": "no answer came: look\nhttps://evil.example/?a=1&amp;b=&lt;x&gt;|y",
                "type": "mrkdwn",
                "verbatim": true
              },
              "type": "section"
            },
            {
              "elements": [
                {
                  "text": "<https://tenor.example/orders/0b0b|Open in Tenor> · 2026-01-20T12:00:00Z",
                  "type": "mrkdwn"
                }
              ],
              "type": "context"
            }
          ],
          "text": "Step 1 of order 0b0b0b is held &lt;for&gt; a person &amp; \"waits\""
        }
        "#);
        let hostile = crate::Message { lines: vec!["<!channel> <https://evil.example|bank> &lt;".to_owned()], ..sample() };
        let text = body(&hostile)["blocks"][1]["text"]["text"].as_str().unwrap().to_owned();
        assert_eq!(text, "&lt;!channel&gt; &lt;https://evil.example|bank&gt; &amp;lt;");
    }

    #[test]
    fn long_texts_are_cut_between_characters() {
        let long = format!("{}&amp;&amp;", "é".repeat(2_898));
        assert_eq!(cut(&long), format!("{}…", "é".repeat(2_898)));
        assert_eq!(cut("short"), "short");
    }
}
