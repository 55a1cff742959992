//! What every request is answered with.

use crate::access::Access;
use crate::backtests::Backtests;
use crate::desk::Orders;
use crate::home::Home;
use crate::jobs::Jobs;
use crate::kept::Kept;
use crate::lake::Lake;
use crate::metrics::Metrics;
use crate::oidc::Oidc;
use crate::pages::orders::Notes;
use crate::pages::overview::Wait;
use crate::proposals::Proposals;
use crate::rate::Rate;
use crate::setup::Setup;
use crate::throttle::Throttle;
use jiff::{SignedDuration, Timestamp};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tenor_state::{Secret, SessionLimits};
use tokio::sync::Semaphore;
use url::Url;

/// So many passwords are checked at once: each takes 19 MiB and a processor.
const PASSWORDS_AT_ONCE: usize = 2;

/// What the owner decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    /// Whether it is reached through TLS of its own.
    pub has_tls: bool,
    /// Whether what stands before it says where requests come from and by which scheme.
    pub is_behind_proxy: bool,
    /// Whether it listens on this machine alone.
    pub is_loopback: bool,
    /// Whether anybody on this machine is let in as any user, and approves and manages users without a password: a rehearsal against a sandbox.
    pub is_demo: bool,
    /// Where people reach it, for links; where the owner does not say it, as it was asked.
    pub public_url: Option<Url>,
    /// How long sessions last.
    pub sessions: SessionLimits,
    /// How soon the end of a commitment is soon.
    pub soon: SignedDuration,
    /// How long an answer may take.
    pub answer_max: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            has_tls: false,
            is_behind_proxy: false,
            is_loopback: true,
            is_demo: false,
            public_url: None,
            sessions: SessionLimits::default(),
            soon: SignedDuration::from_hours(30 * 24),
            answer_max: Duration::from_secs(60),
        }
    }
}

/// What the server asks of others, each behind a port: whoever wires it says who answers.
pub struct Ports {
    /// The bills.
    pub lake: Arc<dyn Lake>,
    /// Who says who people are, beside their passwords.
    pub oidc: Option<Oidc>,
    /// Proposals.
    pub proposals: Arc<dyn Proposals>,
    /// What is done to orders.
    pub orders: Arc<dyn Orders>,
    /// What runs by itself, and when.
    pub jobs: Arc<Jobs>,
    /// What connections may do.
    pub access: Arc<dyn Access>,
    /// Back-tests.
    pub backtests: Arc<dyn Backtests>,
    /// How far the home is set up.
    pub setup: Arc<dyn Setup>,
}

/// What every request is answered with.
pub struct App {
    pub(crate) ports: Ports,
    pub(crate) home: Home,
    pub(crate) settings: Settings,
    pub(crate) metrics: Metrics,
    pub(crate) throttle: Throttle,
    pub(crate) rate: Rate,
    pub(crate) kept: Kept<Vec<Wait>>,
    pub(crate) passwords: Arc<Semaphore>,
    /// Sessions whose use is being recorded.
    pub(crate) seeing: Mutex<Vec<Secret>>,
    /// What was told when orders were made.
    pub(crate) notes: Notes,
    clock: Box<dyn Fn() -> Timestamp + Send + Sync>,
    note: Box<dyn Fn(&str) + Send + Sync>,
}

impl App {
    /// With its ports, the state, the clock, and where failures are told.
    pub fn new(
        ports: Ports,
        home: Home,
        settings: Settings,
        clock: impl Fn() -> Timestamp + Send + Sync + 'static,
        note: impl Fn(&str) + Send + Sync + 'static,
    ) -> Arc<Self> {
        let (metrics, throttle, seeing) = (Metrics::default(), Throttle::default(), Mutex::default());
        let (rate, kept) = (Rate::new(settings.is_behind_proxy), Kept::default());
        let passwords = Arc::new(Semaphore::new(PASSWORDS_AT_ONCE));
        Arc::new(Self {
            ports,
            home,
            settings,
            metrics,
            throttle,
            rate,
            kept,
            passwords,
            seeing,
            notes: Notes::default(),
            clock: Box::new(clock),
            note: Box::new(note),
        })
    }

    /// Makes what was looked at durable, and has the ledger say how far its record goes: when the server begins, now and then, and when it ends. Where that cannot
    /// be, the owner is told, and it says no.
    pub async fn seal_readings(&self) -> bool {
        let sealed = self.home.seal_readings(self.now()).await;
        if let Err(why) = &sealed {
            self.note(&format!("how far the access log goes is not in the ledger: {why}"));
        }
        sealed.is_ok()
    }

    /// What time it is.
    pub(crate) fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// Tells the owner.
    pub(crate) fn note(&self, text: &str) {
        (self.note)(text);
    }
}
