//! Calls with the caller's own credentials: paid for out of the month's budget before they are sent, each written to the home's log, and counted.
//!
//! The lease of the home is not held while AWS is asked: it is taken for as long as it takes to write.

use super::keep;
use crate::context::Context;
use anyhow::Context as _;
use jiff::Timestamp;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};
use tenor_aws::client::{CallLog, CallRecord, CallSink, Client, Purse, Refused, Session, Tools};
use tenor_bill::BillingPeriod;
use tenor_money::Money;
use tenor_state::{Spent, State};

/// What calls may cost in a month unless the owner says otherwise.
const MONTH_MAX: &str = "1";

/// What asking may cost.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct CallsMax {
    /// What Tenor's own calls may cost in a calendar month, in dollars; a call beyond it is not sent. Cost Explorer takes a cent a page.
    #[arg(long, value_name = "DOLLARS", default_value = MONTH_MAX)]
    calls_max: Money,
}

impl Default for CallsMax {
    /// As where the owner does not say.
    fn default() -> Self {
        Self { calls_max: MONTH_MAX.parse().expect("it is an amount") }
    }
}

/// What the calls of a run came to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    /// Requests that AWS charges for.
    pub(crate) priced: u64,
    /// What they cost.
    pub(crate) price: Money,
}

/// Asks AWS. What a call costs is written to its month before it is sent, so that runs side by side keep to one limit and nothing
/// is forgotten when a run ends early.
///
/// # Errors
/// When there are no credentials to begin with, or the calls' log cannot be written.
pub(crate) fn calling<T>(
    context: &Context,
    command: &str,
    max: Option<CallsMax>,
    work: impl AsyncFnOnce(&Client) -> T,
) -> anyhow::Result<(T, Asked)> {
    if max.is_some() {
        // What keeps the state from being written is told before anything is asked, not once for each question.
        drop(keep::writer(context, command)?);
    }
    let counted = Arc::new(Counted { log: open_log(context)?, asked: Mutex::new(Asked { priced: 0, price: Money::ZERO }) });
    // Without a limit of its own a command asks for nothing that has a price.
    let month_max = max.map_or(Money::ZERO, |max| max.calls_max);
    let purse = Arc::new(HomePurse { context: context.clone(), command: command.to_owned(), month_max, one_at_a_time: Mutex::default() });
    let sink = Arc::clone(&counted);
    let answer = context.block_on(async {
        let own = Session::open(Tools { purse, sink }).await?;
        Ok(work(&own).await)
    })?;
    let asked = *counted.asked.lock().unwrap_or_else(PoisonError::into_inner);
    Ok((answer, asked))
}

/// The log of every call to AWS.
pub(crate) fn log_path(context: &Context) -> PathBuf {
    context.home.join("state").join("calls.log")
}

/// Opens it; it is made, for the owner alone, where there is none.
///
/// # Errors
/// When that cannot be done.
pub(crate) fn open_log(context: &Context) -> anyhow::Result<CallLog> {
    tenor_state::make_folder(&context.home)?;
    let log = log_path(context);
    CallLog::open(&log).with_context(|| format!("cannot write `{}`", log.display()))
}

/// Adds to its month what calls have cost that were not paid for one by one. A home without state gets none for that.
///
/// # Errors
/// When it cannot be written.
pub(crate) fn add_spent(context: &Context, command: &str, months: impl IntoIterator<Item = (BillingPeriod, Money)>) -> anyhow::Result<()> {
    let months: Vec<_> = months.into_iter().filter(|(_, spent)| *spent > Money::ZERO).collect();
    if months.is_empty() || !keep::has_state(context) {
        return Ok(());
    }
    let mut state = keep::writer(context, command)?;
    for (month, spent) in months {
        state.add_spent(month, spent)?;
    }
    Ok(())
}

/// The month's budget as the home keeps it.
struct HomePurse {
    context: Context,
    command: String,
    month_max: Money,
    /// The lease is for processes; the calls of this one wait here for each other.
    one_at_a_time: Mutex<()>,
}

impl HomePurse {
    /// Other calls go on while this one waits for the lease and the disk.
    fn with<T>(&self, change: impl FnOnce(&mut State) -> Result<T, tenor_state::StateError>) -> anyhow::Result<T> {
        tokio::task::block_in_place(|| {
            let _turn = self.one_at_a_time.lock().unwrap_or_else(PoisonError::into_inner);
            Ok(change(&mut keep::writer(&self.context, &self.command)?)?)
        })
    }
}

impl Purse for HomePurse {
    fn take(&self, price: Money, now: Timestamp) -> Result<(), Refused> {
        let month_max = self.month_max;
        if price.is_zero() {
            return Ok(());
        }
        if month_max.is_zero() {
            return Err(Refused::Over { price, spent: Money::ZERO, month_max });
        }
        match self.with(|state| state.spend(BillingPeriod::containing(now), price, Some(month_max))) {
            Ok(Spent::Added(_)) => Ok(()),
            Ok(Spent::Over(spent)) => Err(Refused::Over { price, spent, month_max }),
            Err(error) => Err(Refused::Uncounted { price, why: format!("{error:#}") }),
        }
    }

    fn give_back(&self, price: Money, taken: Timestamp) {
        if !price.is_zero() {
            // What cannot be given back stays spent: the limit errs on the side of less.
            let _ = self.with(|state| state.unspend(BillingPeriod::containing(taken), price));
        }
    }
}

/// The log, and what its records come to.
struct Counted {
    log: CallLog,
    asked: Mutex<Asked>,
}

impl CallSink for Counted {
    fn record(&self, record: &CallRecord) {
        if !record.price.is_zero() {
            let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
            asked.priced += 1;
            asked.price += record.price;
        }
        self.log.record(record);
    }
}
