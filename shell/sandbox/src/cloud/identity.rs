//! Who may sign requests: each account's administrator.

use super::Cloud;
use super::ask::Caller;
use super::books::Setup;
use crate::account::Account;
use crate::random::{base32, hash};
use jiff::Timestamp;

/// The credentials of an account's administrator. They open nothing but the sandbox.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// Twelve digits.
    pub account: String,
    /// The account's name.
    pub name: String,
    /// `AKIA` and sixteen letters.
    pub access_key: String,
    /// What requests are signed with.
    pub secret_key: String,
}

/// An administrator's keys.
pub(super) fn keys_of(setup: &Setup, index: u32, account: &Account) -> Keys {
    let key = |salt| hash(&[setup.seed, setup.secret, salt, u64::from(index)]);
    Keys {
        account: account.id.clone(),
        name: account.name.clone(),
        access_key: format!("AKIA{}", base32(16, key(50)).to_uppercase()),
        secret_key: base32(40, key(51)),
    }
}

/// Who signs with an access key, and with which secret.
#[derive(Debug, Clone)]
pub(crate) struct Signer {
    pub(crate) caller: Caller,
    pub(crate) secret_key: String,
    /// For a role's session.
    pub(crate) session_token: Option<String>,
}

/// Why nobody signs with an access key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoSigner {
    /// Nobody has or had it, as far as is known.
    Unknown,
    /// It was a session's that is over.
    Over,
}

impl Cloud {
    /// The signer with this access key: an administrator or a session of a role.
    pub(crate) fn signer(&self, access_key: &str, wall: Timestamp) -> Result<Signer, NoSigner> {
        let session = self.books.sessions.iter().find(|session| session.access_key == access_key);
        if let Some(session) = session {
            if session.ends <= wall.as_second() {
                return Err(NoSigner::Over);
            }
            let caller = Caller {
                account: session.account,
                arn: self.session_arn(session),
                access_key: access_key.to_owned(),
                role: Some(session.role.clone()),
                source_identity: session.source_identity.clone(),
            };
            return Ok(Signer { caller, secret_key: session.secret_key.clone(), session_token: Some(session.token.clone()) });
        }
        let index = self.keys.iter().position(|keys| keys.access_key == access_key).ok_or(NoSigner::Unknown)?;
        let keys = &self.keys[index];
        let arn = format!("arn:aws:iam::{}:user/administrator", keys.account);
        let (access_key, source_identity) = (access_key.to_owned(), String::new());
        let caller = Caller { account: index as u32, arn, access_key, role: None, source_identity };
        Ok(Signer { caller, secret_key: keys.secret_key.clone(), session_token: None })
    }
}
