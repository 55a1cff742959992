//! A message as HTML for mail. Everything that it says is escaped, and nothing is loaded from anywhere.

use crate::message::{Message, line};
use std::fmt::Write as _;

/// The whole document.
pub(crate) fn html(message: &Message) -> String {
    let mut html = String::from("<!doctype html><html lang=\"en\"><body style=\"font-family:sans-serif;color:#222\">");
    let _ = write!(html, "<h2 style=\"font-size:1.1em\">{}</h2>", escaped(&message.title));
    for more in &message.lines {
        let _ = write!(html, "<p style=\"margin:.3em 0\">{}</p>", escaped(more));
    }
    if let Some(link) = &message.link {
        let link = escaped(link);
        let _ = write!(html, "<p><a href=\"{link}\">{link}</a></p>");
    }
    let _ = write!(html, "<p style=\"color:#666;font-size:.85em\">{}, Tenor</p></body></html>", escaped(&message.moment));
    html
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in line(text).chars() {
        match c {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\'' => escaped += "&#39;",
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::html;
    use crate::message::sample;

    #[test]
    fn nothing_that_is_told_is_markup() {
        insta::assert_snapshot!(html(&sample()), @r#"<!doctype html><html lang="en"><body style="font-family:sans-serif;color:#222"><h2 style="font-size:1.1em">Step 1 of order 0b0b0b is held &lt;for&gt; a person &amp; &quot;waits&quot;</h2><p style="margin:.3em 0">no answer came: look</p><p style="margin:.3em 0">https://evil.example/?a=1&amp;b=&lt;x&gt;|y</p><p><a href="https://tenor.example/orders/0b0b">https://tenor.example/orders/0b0b</a></p><p style="color:#666;font-size:.85em">2026-01-20T12:00:00Z, Tenor</p></body></html>"#);
        let hostile = crate::Message { title: "<script>'\"&".to_owned(), ..sample() };
        assert!(html(&hostile).contains("&lt;script&gt;&#39;&quot;&amp;") && !html(&hostile).contains("<script"));
    }
}
