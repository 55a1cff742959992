//! A simulated AWS behind its API: an organization's accounts, what they hold, a clock, and what each operation does to them.
//!
//! Every rule cites its source; `aws-rules` tags (`[SP:…]`, `[EC2:…]`, `[BOTO:…]`) name AWS's own documentation. What rests on documentation alone,
//! because nobody could try it, says so.

mod ask;
mod bills;
mod books;
mod clock;
mod ec2;
#[cfg(test)]
mod errors;
mod explorer;
mod faults;
mod iam;
mod identity;
#[cfg(test)]
mod laws;
mod moment;
mod offers;
pub(crate) mod operate;
mod pages;
mod papers;
mod preferences;
mod quotas;
mod reserved;
mod savings_plans;
mod sold;
mod table;
mod tokens;
mod trail;

pub use books::Setup;
pub use faults::{FaultKind, PlannedFault};
pub use iam::DeployError;
pub use identity::Keys;
pub use preferences::ShareError;
pub use sold::Sold;

pub(crate) use ask::Refusal;
pub(crate) use books::{Books, text};
#[cfg(test)]
pub(crate) use books::{HeldPlan, Standing};
pub(crate) use clock::SETTLE_SECONDS;
#[cfg(test)]
pub(crate) use iam::Session;
pub(crate) use identity::{NoSigner, Signer};
pub(crate) use moment::Moment;
pub(crate) use offers::catalogue;
#[cfg(test)]
pub(crate) use papers::Paper;
pub(crate) use papers::{Due, Failed, PRICE_LISTS_PATH};

use crate::account::{Account, accounts, accounts_of_bills};
use crate::fleet::Fleet;
use crate::random::{hash, uuid};
use crate::taken::TakenUsage;
use crate::world::rows_per_hour;

use offers::Offers;
use std::collections::BTreeMap;
use std::sync::Arc;

/// A simulated AWS organization.
pub struct Cloud {
    pub(crate) books: Books,
    /// The books before the latest change, for answers that are stale.
    before: Option<Box<Books>>,
    /// What takes the change at hand back, until it is kept.
    undo: Option<Undo>,
    /// Whether the call at hand is to have pages of one item.
    short_pages: bool,
    pub(crate) accounts: Arc<[Account]>,
    pub(crate) offers: Arc<Offers>,
    keys: Arc<[Keys]>,
    /// What Cost Explorer has worked out already. It is never kept: the books say it all.
    explored: explorer::Known,
    /// Deliveries that could not be written, by id, with the latest try. They are never kept: what lies in the buckets says it.
    undelivered: BTreeMap<String, Failed>,
    /// What its organization uses, if that was taken from bills.
    pub(crate) taken: Option<Arc<TakenUsage>>,
    /// By series of that, the index of its SKU in the offers; none where it is not sold.
    taken_skus: Arc<[Option<u32>]>,
}

/// The books before a change.
struct Undo {
    books: Box<Books>,
    /// Whether a stale answer may come from them.
    shows: bool,
}

impl Cloud {
    /// An organization that holds nothing yet, at the first second of its first month.
    #[must_use]
    pub fn new(setup: Setup) -> Self {
        Self::beginning(setup, None)
    }

    /// An organization that uses what another used by its bills: its accounts and hours, from the first month of the bills on, without any
    /// commitment.
    #[must_use]
    pub fn rehearsing(taken: TakenUsage, seed: u64, secret: u64) -> Self {
        let setup = Setup { seed, secret, accounts: taken.accounts_len() as u32, start: taken.start(), rows_per_month: 0 };
        Self::beginning(setup, Some(Arc::new(taken)))
    }

    fn beginning(setup: Setup, taken: Option<Arc<TakenUsage>>) -> Self {
        let mut books = Books::new(setup);
        books.taken = taken.as_ref().map(|taken| taken.digest().to_owned());
        Self::of(books, taken)
    }

    /// A sandbox with these books, and the taken usage that they name if they do.
    pub(crate) fn of(books: Books, taken: Option<Arc<TakenUsage>>) -> Self {
        let setup = &books.setup;
        let accounts = match &taken {
            Some(taken) => accounts_of_bills(taken.accounts(), setup.seed),
            None => accounts(setup.accounts, setup.seed),
        };
        let request = bills::request(setup);
        let first = setup.start.start().as_second();
        let fleet = Fleet::new(rows_per_hour(&request), &accounts, setup.seed, first..first);
        let offers = Offers::new(&fleet);
        let taken_skus = taken.iter().flat_map(|taken| taken.skus(&offers.skus)).collect();
        let keys = accounts.iter().enumerate().map(|(index, account)| identity::keys_of(setup, index as u32, account)).collect();
        Self {
            before: None,
            undo: None,
            short_pages: false,
            offers: Arc::new(offers),
            accounts: accounts.into(),
            keys,
            books,
            explored: explorer::Known::new(),
            undelivered: BTreeMap::new(),
            taken,
            taken_skus,
        }
    }

    /// The keys of each account's administrator, the payer's first.
    #[must_use]
    pub fn keys(&self) -> &[Keys] {
        &self.keys
    }

    /// What time it is in the sandbox.
    #[must_use]
    pub fn now(&self) -> jiff::Timestamp {
        self.books.now.timestamp()
    }

    /// Lets time pass.
    pub fn advance(&mut self, seconds: i64) {
        self.pass(self.books.now.later(seconds.max(0)));
    }

    /// Plans a fault.
    pub fn plan_fault(&mut self, fault: PlannedFault) {
        self.books.faults.push(fault);
    }

    /// Makes the next so many payments fail: the next by time, of one second's the first by id.
    pub fn fail_payments(&mut self, times: u32) {
        self.books.failing_payments = times;
    }

    /// Begins a change: until it is kept or given up, it can be taken back.
    pub(crate) fn begin(&mut self) {
        self.undo = Some(Undo { books: Box::new(self.books.clone()), shows: false });
    }

    /// The change is kept.
    pub(crate) fn confirm(&mut self) {
        if let Some(undo) = self.undo.take().filter(|undo| undo.shows) {
            self.before = Some(undo.books);
        }
    }

    /// Puts the books back to where they were before the change at hand, if there is one.
    pub(crate) fn take_back(&mut self) {
        if let Some(undo) = self.undo.take() {
            self.books = *undo.books;
        }
    }

    /// The same organization with other books.
    fn with(&self, books: Books) -> Self {
        Self {
            books,
            before: None,
            undo: None,
            short_pages: false,
            accounts: Arc::clone(&self.accounts),
            offers: Arc::clone(&self.offers),
            keys: Arc::clone(&self.keys),
            explored: explorer::Known::new(),
            undelivered: self.undelivered.clone(),
            taken: self.taken.clone(),
            taken_skus: Arc::clone(&self.taken_skus),
        }
    }

    /// A UUID that nothing had before.
    fn fresh_id(&mut self) -> String {
        self.books.serial += 1;
        uuid(&[self.books.setup.seed, 40, self.books.serial])
    }

    /// A number that looks random and is another each time.
    fn chance(&mut self, salt: u64) -> u64 {
        self.books.serial += 1;
        hash(&[self.books.setup.seed, salt, self.books.serial])
    }

    /// The id of an account by its index.
    fn account_id(&self, index: u32) -> &str {
        &self.accounts[index as usize].id
    }

    /// Whether pages are cut short, and to how many items.
    fn page_most(&self) -> Option<usize> {
        self.short_pages.then_some(1)
    }
}
