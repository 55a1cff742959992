//! A message as mail: plain text and HTML of the same, to a server that takes it.

use crate::html::html;
use crate::message::{Message, line};
use crate::send::SendError;
use crate::target::{Mail, Security};
use jiff::Timestamp;
use lettre::message::{Mailbox, MultiPart};
use lettre::transport::smtp::authentication::Credentials;
use lettre::{AsyncSmtpTransport, AsyncTransport as _, Tokio1Executor};
use std::time::Duration;

/// How long the server may take for each of its answers.
const ANSWER_MAX: Duration = Duration::from_secs(20);

/// Sends it. The same message has the same `Message-ID` whenever it is sent.
pub(crate) async fn send(mail: &Mail, id: &str, message: &Message, now: Timestamp) -> Result<(), SendError> {
    let composed = compose(mail, id, message, now)?;
    let mut server = match mail.security {
        Security::Tls => AsyncSmtpTransport::<Tokio1Executor>::relay(&mail.host)?,
        Security::StartTls => AsyncSmtpTransport::<Tokio1Executor>::starttls_relay(&mail.host)?,
        Security::None => AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(mail.host.as_str()),
    };
    server = server.port(mail.port).timeout(Some(ANSWER_MAX));
    if let Some((user, password)) = &mail.login {
        server = server.credentials(Credentials::new(user.clone(), password.reveal().to_owned()));
    }
    server.build::<Tokio1Executor>().send(composed).await?;
    Ok(())
}

fn compose(mail: &Mail, id: &str, message: &Message, now: Timestamp) -> Result<lettre::Message, SendError> {
    let address = |text: &String| text.parse::<Mailbox>().map_err(|_| SendError::Address(text.clone()));
    let from = address(&mail.from)?;
    let own = format!("<{id}@{}>", from.email.domain());
    let mut builder = lettre::Message::builder().from(from).subject(format!("[Tenor] {}", line(&message.title)));
    for to in &mail.to {
        builder = builder.to(address(to)?);
    }
    let parts = MultiPart::alternative_plain_html(message.text(), html(message));
    Ok(builder.date(now.into()).message_id(Some(own)).multipart(parts)?)
}

#[cfg(test)]
mod tests {
    use super::compose;
    use crate::message::sample;
    use crate::{Mail, Security};

    #[test]
    fn mail_has_both_forms_one_id_and_no_header_of_anybody_elses() {
        let mail = Mail {
            host: "localhost".to_owned(),
            port: 25,
            security: Security::None,
            from: "Tenor <tenor@example.org>".to_owned(),
            to: vec!["ann@example.org".to_owned(), "Bob <bob@example.org>".to_owned()],
            login: None,
        };
        let hostile = crate::Message { title: "x\r\nBcc: eve@example.org".to_owned(), ..sample() };
        let composed = compose(&mail, "0a0b", &hostile, "2026-01-20T12:00:00Z".parse().unwrap()).unwrap();
        let told = String::from_utf8(composed.formatted()).unwrap();
        assert!(
            told.contains("Message-ID: <0a0b@example.org>\r\n") && told.contains("Date: Tue, 20 Jan 2026 12:00:00 +0000\r\n"),
            "{told}"
        );
        assert!(told.contains("text/plain") && told.contains("text/html") && !told.contains("\r\nBcc:"), "{told}");
        assert!(told.contains("To: ann@example.org, Bob <bob@example.org>\r\n"), "{told}");
    }
}
