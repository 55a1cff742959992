//! Guard rails: what the owner allows, and what a refusal says.

use std::collections::BTreeSet;
use std::fmt;
use std::num::NonZeroU32;
use std::str::FromStr;
use tenor_bill::AccountId;
use tenor_ledger::ContentHash;
use tenor_money::Money;
use tenor_permit::RegionName;
use tenor_propose::proposal::{Kind, Term, Upfront};

/// The format of the encoding.
const FORMAT: u32 = 1;

/// What the owner allows of a kind of thing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Allowed<T> {
    /// Everything.
    All,
    /// These; nothing when there are none.
    Only(BTreeSet<T>),
}

/// Hours of the week in which calls may leave, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Whether it holds on a day: Monday is the first.
    pub days: [bool; 7],
    /// From this hour on.
    pub from_hour: u8,
    /// Until this hour, which is not in it any more; 24 is the day's end.
    pub to_hour: u8,
}

/// In what limits are, by its three letters: `USD`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Currency([u8; 3]);

/// A text that names no currency.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("three capital letters name a currency, as USD")]
pub struct NoCurrency;

/// What the owner allows. A missing limit does not limit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rails {
    /// Nothing leaves while this is set. It comes and goes, and is no part of the hash.
    pub stopped: bool,
    /// The policy by which proposals are made, so that one hash names both.
    pub policy: ContentHash,
    /// So many persons have to agree to an order, beside who made it.
    pub approvals_needed: NonZeroU32,
    /// An approval holds no longer.
    pub approval_hours_max: u32,
    /// What was read live may be no older.
    pub reading_minutes_max: u32,
    /// In what the limits are: what is paid in another one is not ordered, so that two are never added.
    pub currency: Currency,
    /// The most that a step may oblige to.
    pub per_step: Option<Money>,
    /// The most that all steps of a day (UTC) may oblige to.
    pub per_day: Option<Money>,
    /// The most that all steps of a calendar month (UTC) may oblige to.
    pub per_month: Option<Money>,
    /// The most that an order may oblige to.
    pub per_order: Option<Money>,
    /// What may be bought.
    pub kinds: Allowed<Kind>,
    /// For how long.
    pub terms: Allowed<Term>,
    /// Paid how.
    pub payments: Allowed<Upfront>,
    /// By which accounts.
    pub accounts: Allowed<AccountId>,
    /// In which Regions. What holds everywhere is in none.
    pub regions: Allowed<RegionName>,
    /// When; at any time when nothing is said, and never when there are none.
    pub windows: Option<Vec<Window>>,
    /// A plan may be bought only if it can still be returned for so many hours: within seven days, and within its calendar month (UTC).
    pub returnable_hours_min: Option<u32>,
}

/// Which rail refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rule {
    /// The kill switch.
    KillSwitch,
    /// Enough people agree, here and now.
    Approval,
    /// Money of a step.
    PerStep,
    /// Money of a day.
    PerDay,
    /// Money of a month.
    PerMonth,
    /// Money of an order.
    PerOrder,
    /// What is bought.
    Kind,
    /// For how long.
    Term,
    /// Paid how.
    Payment,
    /// Who buys.
    Account,
    /// Where.
    Region,
    /// In which currency.
    Currency,
    /// When.
    Window,
    /// How long it can be returned.
    Returnable,
    /// When it begins.
    Starts,
    /// Until when it can be done.
    Deadline,
    /// How many returns are left this year.
    Returns,
    /// What the offering is.
    Offering,
    /// Price by the hour.
    PriceHourly,
    /// What is paid at once.
    PriceUpfront,
    /// Nobody else bought meanwhile, and what is changed is there.
    Inventory,
    /// The usage that justified it is there.
    Demand,
    /// AWS's own quota: whoever runs the order asks this.
    Quota,
    /// How often it was sent already: whoever runs the order asks this.
    Calls,
}

/// Why a step may not be done: the rule, what it allows, and what there is.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{rule}: allowed is {limit}, and this is {value}")]
pub struct Refusal {
    /// Which rule.
    pub rule: Rule,
    /// What it allows.
    pub limit: String,
    /// What there is.
    pub value: String,
    /// Whether it can change by itself: the step waits, and is not refused for good.
    pub waits: bool,
}

impl Currency {
    /// What AWS bills in where nothing else is said.
    pub const USD: Self = Self(*b"USD");

    /// Its three letters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.0).expect("only capital letters are taken")
    }
}

impl FromStr for Currency {
    type Err = NoCurrency;

    fn from_str(text: &str) -> Result<Self, NoCurrency> {
        let letters: [u8; 3] = text.as_bytes().try_into().map_err(|_| NoCurrency)?;
        if letters.iter().all(u8::is_ascii_uppercase) { Ok(Self(letters)) } else { Err(NoCurrency) }
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Rails {
    /// Nothing is limited but the currency, and nothing is stopped.
    #[must_use]
    pub const fn open() -> Self {
        Self {
            stopped: false,
            policy: ContentHash::from_bytes([0; 32]),
            approvals_needed: NonZeroU32::MIN,
            approval_hours_max: u32::MAX,
            reading_minutes_max: 60,
            currency: Currency::USD,
            per_step: None,
            per_day: None,
            per_month: None,
            per_order: None,
            kinds: Allowed::All,
            terms: Allowed::All,
            payments: Allowed::All,
            accounts: Allowed::All,
            regions: Allowed::All,
            windows: None,
            returnable_hours_min: None,
        }
    }
}

/// Guard rails that cannot be meant.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the change window {0} never holds")]
pub struct NeverHolds(pub Window);

impl Rails {
    /// The hash that orders name: SHA-256 of the encoding.
    #[must_use]
    pub fn hash(&self) -> ContentHash {
        ContentHash::sha256(self.encode().as_bytes())
    }

    /// All of them but the kill switch, as a JSON object in one line, members in this order.
    #[must_use]
    pub fn encode(&self) -> String {
        let amount = |limit: Option<Money>| limit.map_or_else(|| "null".to_owned(), |limit| format!("\"{limit}\""));
        let windows = self.windows.as_ref().map_or_else(|| "null".to_owned(), |windows| list(windows.iter()));
        let hours = self.returnable_hours_min.map_or_else(|| "null".to_owned(), |hours| hours.to_string());
        let members = [
            ("policy", format!("\"{}\"", self.policy)),
            ("approvals_needed", self.approvals_needed.to_string()),
            ("approval_hours_max", self.approval_hours_max.to_string()),
            ("reading_minutes_max", self.reading_minutes_max.to_string()),
            ("per_step", amount(self.per_step)),
            ("per_day", amount(self.per_day)),
            ("per_month", amount(self.per_month)),
            ("per_order", amount(self.per_order)),
            ("kinds", self.kinds.encode(|kind| kind.as_str())),
            ("terms", self.terms.encode(term_name)),
            ("payments", self.payments.encode(payment_name)),
            ("accounts", self.accounts.encode(|account| account.as_str())),
            ("regions", self.regions.encode(|region| region.as_str())),
            ("windows", windows),
            ("returnable_hours_min", hours),
        ];
        // The usual one is not written: guard rails from before there was another have the same hash.
        let other = (self.currency != Currency::USD).then(|| ("currency", format!("\"{}\"", self.currency)));
        let members: String = members.iter().chain(&other).map(|(name, value)| format!(",\"{name}\":{value}")).collect();
        format!("{{\"rails\":{FORMAT}{members}}}")
    }

    /// Whether they can be meant, when they are set.
    ///
    /// # Errors
    /// When a change window never holds.
    pub fn check(&self) -> Result<(), NeverHolds> {
        let never = |window: &&Window| (0..7).all(|day| (0..24).all(|hour| !window.holds(day, hour)));
        self.windows.iter().flatten().find(never).map_or(Ok(()), |window| Err(NeverHolds(*window)))
    }
}

/// Names that need no escape, as a list.
fn list(names: impl Iterator<Item = impl fmt::Display>) -> String {
    let names: Vec<_> = names.map(|name| format!("\"{name}\"")).collect();
    format!("[{}]", names.join(","))
}

pub(crate) fn term_name(term: &Term) -> &str {
    match term {
        Term::OneYear => "1yr",
        Term::ThreeYears => "3yr",
    }
}

pub(crate) fn payment_name(payment: &Upfront) -> &str {
    match payment {
        Upfront::Nothing => "No Upfront",
        Upfront::Partial => "Partial Upfront",
        Upfront::All => "All Upfront",
    }
}

impl<T: Ord> Allowed<T> {
    fn encode<'a>(&'a self, name: impl Fn(&'a T) -> &'a str) -> String {
        match self {
            Self::All => "null".to_owned(),
            Self::Only(some) => list(some.iter().map(name)),
        }
    }

    /// Whether it is among them.
    #[must_use]
    pub fn allows(&self, value: &T) -> bool {
        match self {
            Self::All => true,
            Self::Only(allowed) => allowed.contains(value),
        }
    }
}

impl Window {
    /// Whether an hour of a day is in it; Monday is day 0.
    #[must_use]
    pub fn holds(&self, day: usize, hour: u8) -> bool {
        self.days.get(day) == Some(&true) && (self.from_hour..self.to_hour).contains(&hour)
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
        let days: Vec<_> = DAYS.iter().zip(self.days).filter(|(_, on)| *on).map(|(day, _)| *day).collect();
        write!(f, "{} {:02}:00 to {:02}:00 UTC", days.join(" "), self.from_hour, self.to_hour)
    }
}

impl Rule {
    /// All of them, in the order in which they are looked at.
    pub const ALL: [Self; 24] = [
        Self::KillSwitch,
        Self::Approval,
        Self::Kind,
        Self::Term,
        Self::Payment,
        Self::Account,
        Self::Region,
        Self::Currency,
        Self::PerStep,
        Self::PerOrder,
        Self::PerDay,
        Self::PerMonth,
        Self::Window,
        Self::Returnable,
        Self::Starts,
        Self::Deadline,
        Self::Returns,
        Self::Offering,
        Self::PriceHourly,
        Self::PriceUpfront,
        Self::Inventory,
        Self::Demand,
        Self::Quota,
        Self::Calls,
    ];

    /// Its name.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::KillSwitch => "kill switch",
            Self::Approval => "approval",
            Self::PerStep => "money per step",
            Self::PerDay => "money per day",
            Self::PerMonth => "money per month",
            Self::PerOrder => "money per order",
            Self::Kind => "kinds",
            Self::Term => "terms",
            Self::Payment => "payments",
            Self::Account => "accounts",
            Self::Region => "regions",
            Self::Currency => "currency",
            Self::Window => "change windows",
            Self::Returnable => "hours left to return it",
            Self::Starts => "beginning",
            Self::Deadline => "deadline",
            Self::Returns => "returns left this year",
            Self::Offering => "offering",
            Self::PriceHourly => "price by the hour",
            Self::PriceUpfront => "price at once",
            Self::Inventory => "inventory",
            Self::Demand => "demand",
            Self::Quota => "quota",
            Self::Calls => "calls",
        }
    }
}

impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
