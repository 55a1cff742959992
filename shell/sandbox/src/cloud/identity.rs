//! Who may sign requests: each account's administrator.

use super::Cloud;
use super::ask::Caller;
use crate::account::Account;
use crate::random::{base32, hash};

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

/// An administrator's keys, from the seed.
pub(super) fn keys_of(seed: u64, index: u32, account: &Account) -> Keys {
    let key = |salt| hash(&[seed, salt, u64::from(index)]);
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

impl Cloud {
    /// The signer with this access key.
    pub(crate) fn signer(&self, access_key: &str) -> Option<Signer> {
        let index = self.keys.iter().position(|keys| keys.access_key == access_key)?;
        let keys = &self.keys[index];
        let arn = format!("arn:aws:iam::{}:user/administrator", keys.account);
        let caller = Caller { account: index as u32, arn, access_key: access_key.to_owned() };
        Some(Signer { caller, secret_key: keys.secret_key.clone(), session_token: None })
    }
}
