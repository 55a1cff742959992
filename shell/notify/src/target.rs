//! Where messages go, as the owner's file says it, with what it takes to reach it. `Debug` shows none of that.

use std::fmt;
use url::Url;

/// A value that is never shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden(String);

/// Where messages go.
#[derive(Debug, Clone)]
pub enum Target {
    /// A webhook of Slack's kind, whose address lets in whoever knows it.
    Slack {
        /// The address.
        url: Hidden,
    },
    /// A webhook for programs.
    Webhook {
        /// The address.
        url: Hidden,
        /// What both sides know.
        secret: Hidden,
    },
    /// E-mail.
    Mail(Mail),
}

/// How mail is sent.
#[derive(Debug, Clone)]
pub struct Mail {
    /// The server that takes it.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// How the connection is kept from others.
    pub security: Security,
    /// Whose mail it is.
    pub from: String,
    /// Who gets it.
    pub to: Vec<String>,
    /// Name and password, where the server asks for them.
    pub login: Option<(String, Hidden)>,
}

/// How a connection to a mail server is kept from others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Security {
    /// TLS from its beginning.
    Tls,
    /// TLS after `STARTTLS`; without it nothing is sent.
    StartTls,
    /// None: on this machine alone.
    None,
}

/// Why messages cannot go there.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    /// Not an address of the web. It may be secret, so it is not repeated.
    #[error("the address is no URL")]
    Url,
    /// What is told would travel in the clear.
    #[error("the address is not https, and not of this machine")]
    Plain,
    /// Mail would travel in the clear.
    #[error("`{0}` is not this machine, and the connection would be without TLS")]
    PlainMail(String),
    /// Not a mailbox.
    #[error("`{0}` is no mail address")]
    Address(String),
    /// Nobody gets it.
    #[error("nobody gets it")]
    Nobody,
}

impl TargetError {
    /// What to do about it.
    #[must_use]
    pub const fn hint(&self) -> &'static str {
        match self {
            Self::Url | Self::Plain => "it begins with https://; http:// is for this machine alone",
            Self::PlainMail(_) => "say `security = \"tls\"` or `\"starttls\"`",
            Self::Address(_) | Self::Nobody => "write it as `tenor@example.org`, or `Tenor <tenor@example.org>`",
        }
    }
}

impl Hidden {
    /// Hides it.
    #[must_use]
    pub fn new(value: impl Into<String>) -> Self {
        Self(value.into())
    }

    /// Shows it, to whoever sends it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Hidden {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl Target {
    /// Whether messages may go there.
    ///
    /// # Errors
    /// When the address makes no sense, or what is told would travel in the clear.
    pub fn check(&self) -> Result<(), TargetError> {
        match self {
            Self::Slack { url } | Self::Webhook { url, .. } => {
                let url = Url::parse(url.reveal()).map_err(|_| TargetError::Url)?;
                let host = url.host_str().ok_or(TargetError::Url)?;
                if url.scheme() == "https" || (url.scheme() == "http" && is_here(host)) { Ok(()) } else { Err(TargetError::Plain) }
            }
            Self::Mail(mail) => mail.check(),
        }
    }

    /// What it is, in a word.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Slack { .. } => "slack",
            Self::Webhook { .. } => "webhook",
            Self::Mail(_) => "mail",
        }
    }
}

impl Mail {
    fn check(&self) -> Result<(), TargetError> {
        if self.security == Security::None && !is_here(&self.host) {
            return Err(TargetError::PlainMail(self.host.clone()));
        }
        if self.to.is_empty() {
            return Err(TargetError::Nobody);
        }
        let is_none = |text: &&String| text.parse::<lettre::message::Mailbox>().is_err();
        match std::iter::once(&self.from).chain(&self.to).find(is_none) {
            Some(wrong) => Err(TargetError::Address(wrong.clone())),
            None => Ok(()),
        }
    }
}

/// Whether a host is this machine.
fn is_here(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::{Hidden, Mail, Security, Target, TargetError};

    #[test]
    fn nothing_travels_in_the_clear_and_nothing_secret_is_shown() {
        let slack = |url: &str| Target::Slack { url: Hidden::new(url) }.check();
        assert_eq!(slack("https://hooks.example/T1/B1/x"), Ok(()));
        assert_eq!(slack("http://127.0.0.1:80/x"), Ok(()));
        assert_eq!(slack("http://[::1]:80/x"), Ok(()));
        assert_eq!(slack("http://hooks.example/x"), Err(TargetError::Plain));
        assert_eq!(slack("file:///etc/passwd"), Err(TargetError::Url));
        assert_eq!(slack("hooks"), Err(TargetError::Url));
        assert_eq!(format!("{:?}", Target::Slack { url: Hidden::new("https://hooks.example/T1") }), "Slack { url: … }");
    }

    #[test]
    fn mail_goes_to_somebody_by_a_way_that_nobody_listens_on() {
        let mail = Mail {
            host: "mail.example".to_owned(),
            port: 465,
            security: Security::Tls,
            from: "Tenor <tenor@example.org>".to_owned(),
            to: vec!["ann@example.org".to_owned()],
            login: None,
        };
        let check = |mail: Mail| Target::Mail(mail).check();
        assert_eq!(check(mail.clone()), Ok(()));
        assert_eq!(check(Mail { security: Security::None, ..mail.clone() }), Err(TargetError::PlainMail("mail.example".to_owned())));
        assert_eq!(check(Mail { to: vec![], ..mail.clone() }), Err(TargetError::Nobody));
        assert_eq!(check(Mail { to: vec!["ann".to_owned()], ..mail }), Err(TargetError::Address("ann".to_owned())));
    }
}
