//! What the arguments of `tenor serve` come to.

use super::{Args, lake};
use std::time::Duration;
use tenor_serve::Settings;

/// An answer may take so long, at least.
const ANSWER_MAX_LEAST: Duration = Duration::from_secs(60);
/// What an answer may take beside its questions.
const ANSWER_BESIDE: Duration = Duration::from_secs(10);

impl Args {
    pub(super) fn limits(&self) -> lake::Limits {
        lake::Limits {
            memory_bytes_max: usize::try_from(u64::from(self.question_memory) << 20).unwrap_or(usize::MAX),
            time_max: Duration::from_secs(self.question_time.into()),
        }
    }

    /// How long an answer may take: a question may have to wait for another one's time before its own.
    pub(super) fn answer_max(&self) -> Duration {
        ANSWER_MAX_LEAST.max(2 * Duration::from_secs(self.question_time.into()) + ANSWER_BESIDE)
    }

    /// What of the arguments the pages go by.
    pub(super) fn settings(&self) -> Settings {
        Settings {
            has_tls: self.tls_certificate.is_some(),
            is_behind_proxy: self.behind_proxy,
            is_loopback: self.address.is_loopback(),
            is_demo: self.demo,
            public_url: self.public_url.clone(),
            answer_max: self.answer_max(),
            ..Settings::default()
        }
    }
}
