//! Each way to send, against a receiver that is not ours.

use jiff::{SignedDuration, Timestamp};
use tenor_notify::{Hidden, Kind, Mail, Message, Security, SendError, Sender, Target};
use tenor_testkit::sinks::Sink;

fn message() -> Message {
    Message {
        title: "Step 1 is held <for> a person".to_owned(),
        lines: vec!["no answer came".to_owned(), "500 € & more".to_owned()],
        link: Some("https://tenor.example/orders/0b".to_owned()),
        moment: "2026-01-20T12:00:00Z".to_owned(),
    }
}

#[tokio::test]
async fn mail_reaches_a_mailbox_with_a_name_and_a_password() {
    let Some(sink) = Sink::mail() else { return };
    let mail = |password: &str| {
        Target::Mail(Mail {
            host: "127.0.0.1".to_owned(),
            port: sink.port,
            security: Security::None,
            from: "Tenor <tenor@example.org>".to_owned(),
            to: vec!["ann@example.org".to_owned()],
            login: Some(("tenor".to_owned(), Hidden::new(password))),
        })
    };
    let sender = Sender::new().unwrap();
    let refused = sender.send(&mail("wrong"), "0a", Kind::StepHeld, &message(), Timestamp::now()).await.unwrap_err();
    assert!(matches!(refused, SendError::Mail(_)) && !refused.told().contains("wrong"), "{}", refused.told());
    sender.send(&mail("correct horse"), "0a", Kind::StepHeld, &message(), Timestamp::now()).await.unwrap();
    let got = sink.next();
    assert_eq!((&got["from"], &got["to"][0]), (&"tenor@example.org".into(), &"ann@example.org".into()));
    assert_eq!(got["subject"], "[Tenor] Step 1 is held <for> a person");
    assert_eq!(got["id"], "<0a@example.org>");
    let text = got["text"].as_str().unwrap();
    assert!(text.contains("500 € & more") && text.contains("https://tenor.example/orders/0b"), "{text}");
    let html = got["html"].as_str().unwrap();
    assert!(html.contains("held &lt;for&gt; a person") && html.contains("500 € &amp; more"), "{html}");
}

#[tokio::test]
async fn a_signed_webhook_is_known_by_its_signature_its_moment_and_its_id() {
    let Some(sink) = Sink::webhook("both know it") else { return };
    let target =
        |secret: &str| Target::Webhook { url: Hidden::new(format!("http://127.0.0.1:{}/hook", sink.port)), secret: Hidden::new(secret) };
    let (sender, now) = (Sender::new().unwrap(), Timestamp::now());
    let ours = target("both know it");
    for (target, moment, verdict) in [
        (&ours, now, "new"),
        (&ours, now, "again"),
        (&ours, now - SignedDuration::from_mins(6), "old"),
        (&target("somebody else's"), now, "forged"),
    ] {
        let sent = sender.send(target, "0a", Kind::StepHeld, &message(), moment).await;
        let got = sink.next();
        assert_eq!(got["verdict"], verdict);
        assert_eq!(sent.is_ok(), ["new", "again"].contains(&verdict), "{sent:?}");
        assert_eq!((&got["body"]["kind"], &got["body"]["id"]), (&"step-held".into(), &"0a".into()));
    }
}

#[tokio::test]
async fn slack_gets_text_and_blocks_and_its_address_is_in_no_error() {
    let Some(sink) = Sink::webhook("") else { return };
    let sender = Sender::new().unwrap();
    let slack = |path: &str| Target::Slack { url: Hidden::new(format!("http://127.0.0.1:{}/{path}", sink.port)) };
    sender.send(&slack("plain/T1"), "0a", Kind::Test, &message(), Timestamp::now()).await.unwrap();
    let got = sink.next();
    assert_eq!(got["body"]["text"], "Step 1 is held &lt;for&gt; a person");
    assert_eq!(got["body"]["blocks"][0]["type"], "header");
    let moved = sender.send(&slack("moved/secret"), "0a", Kind::Test, &message(), Timestamp::now()).await.unwrap_err();
    assert_eq!(moved.told(), "the webhook answered 302", "it is not followed elsewhere");
    let port = sink.port;
    drop(sink);
    let gone = Target::Slack { url: Hidden::new(format!("http://127.0.0.1:{port}/secret")) };
    let told = sender.send(&gone, "0a", Kind::Test, &message(), Timestamp::now()).await.unwrap_err().told();
    assert!(told.starts_with("the webhook cannot be reached") && !told.contains("secret"), "{told}");
}
