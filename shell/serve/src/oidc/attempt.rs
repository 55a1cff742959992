//! An attempt to log in: a secret of its browser's, and what is told to the provider, all derived from it.
//!
//! The provider and whoever reads its log see the state, the nonce and the challenge; none of them tells the secret, or another of them.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jiff::Timestamp;
use ring::digest::{SHA256, digest};
use tenor_state::{NoRandomness, Secret, SystemRandomness};

/// An attempt takes no longer: people look for their telephone.
pub(crate) const ATTEMPT_SECONDS: i64 = 600;
/// Where to go on is remembered up to so many bytes; else it is the overview.
const TO_BYTES_MAX: usize = 1_024;

/// An attempt to log in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Attempt {
    secret: Secret,
    /// When it began, in seconds.
    begun: i64,
    /// Where its user wanted to go.
    pub(crate) to: String,
}

impl Attempt {
    pub(crate) fn begin(to: &str, now: Timestamp) -> Result<Self, NoRandomness> {
        let to = if to.len() <= TO_BYTES_MAX { to } else { "/" };
        Ok(Self { secret: Secret::draw(&SystemRandomness::new())?, begun: now.as_second(), to: to.to_owned() })
    }

    /// What its browser keeps.
    pub(crate) fn cookie(&self) -> String {
        format!("{}.{}.{}", self.secret.reveal(), self.begun, URL_SAFE_NO_PAD.encode(&self.to))
    }

    /// The attempt of a browser that comes back, if it is the one that this state is of, and not too long ago.
    pub(crate) fn read(cookie: &str, state: &str, now: Timestamp) -> Option<Self> {
        let mut parts = cookie.splitn(3, '.');
        let (secret, begun, to) = (parts.next()?, parts.next()?, parts.next()?);
        let to = String::from_utf8(URL_SAFE_NO_PAD.decode(to).ok()?).ok()?;
        let attempt = Self { secret: Secret::read(secret)?, begun: begun.parse().ok()?, to };
        // The time is in the state, which its browser alone could make; 256 bits, hashed: how long it takes to compare them tells nothing of use.
        let is_in_time = (0..ATTEMPT_SECONDS).contains(&now.as_second().checked_sub(attempt.begun)?);
        (is_in_time && attempt.state() == state).then_some(attempt)
    }

    /// Comes back with the browser.
    pub(crate) fn state(&self) -> String {
        self.derived(&format!("tenor oidc state 1 {}", self.begun))
    }

    /// Comes back in the token.
    pub(crate) fn nonce(&self) -> String {
        self.derived("tenor oidc nonce 1")
    }

    /// Shown when the code is turned into a token: who has the code alone gets none.
    pub(crate) fn verifier(&self) -> String {
        self.derived("tenor oidc verifier 1")
    }

    /// What the provider holds the verifier against.
    pub(crate) fn challenge(&self) -> String {
        URL_SAFE_NO_PAD.encode(digest(&SHA256, self.verifier().as_bytes()))
    }

    fn derived(&self, purpose: &str) -> String {
        self.secret.derive(purpose).reveal().to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::Attempt;
    use jiff::{SignedDuration, Timestamp};

    #[test]
    fn an_attempt_comes_back_to_its_own_browser_in_time_and_to_no_other() {
        let now: Timestamp = "2026-01-02T03:04:05Z".parse().unwrap();
        let after = |seconds| now + SignedDuration::from_secs(seconds);
        let (one, other) = (Attempt::begin("/orders?a=b", now).unwrap(), Attempt::begin("/", now).unwrap());
        assert_eq!(Attempt::read(&one.cookie(), &one.state(), after(599)), Some(one.clone()));
        assert_eq!(Attempt::read(&one.cookie(), &one.state(), after(600)), None);
        assert_eq!(Attempt::read(&one.cookie(), &one.state(), after(-1)), None);
        assert_eq!(Attempt::read(&one.cookie(), &other.state(), now), None);
        let later = one.cookie().replace(&format!(".{}.", now.as_second()), &format!(".{}.", now.as_second() + 300));
        assert_eq!(Attempt::read(&later, &one.state(), after(700)), None, "its time cannot be moved");
        for cookie in ["", "..", "a.b.c", one.state().as_str()] {
            assert_eq!(Attempt::read(cookie, &one.state(), now), None);
        }
        let told = [one.state(), one.nonce(), one.verifier(), one.challenge()];
        assert!(told.iter().all(|text| !one.cookie().contains(text.as_str())));
        assert_eq!(one.challenge().len(), 43);
        assert_eq!(Attempt::begin(&format!("/{}", "a".repeat(2_000)), now).unwrap().to, "/");
    }
}
