//! Calls with the caller's own credentials: within the month's budget, each written to the home's log, counted, and added to what the month cost.
//!
//! The lease of the home is not held while AWS is asked: it is taken for as long as it takes to write.

use super::keep;
use crate::context::Context;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use tenor_aws::client::{Budget, CallLog, CallRecord, CallSink, Client, Session, Tools};
use tenor_bill::BillingPeriod;
use tenor_money::Money;

/// What calls may cost in a month unless the owner says otherwise.
const MONTH_MAX: &str = "1";

/// What asking may cost.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct CallsMax {
    /// What Tenor's own calls may cost in a calendar month, in dollars; a call beyond it is not sent. Cost Explorer takes a cent a page.
    #[arg(long, value_name = "DOLLARS", default_value = MONTH_MAX)]
    calls_max: Money,
}

/// What the calls of a run came to.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked {
    /// Requests that AWS charges for.
    pub(crate) priced: u64,
    /// What they cost.
    pub(crate) price: Money,
}

/// Asks AWS, and adds what that cost to its month, whatever came of it.
///
/// # Errors
/// When there are no credentials to begin with, or what was spent cannot be read or written.
pub(crate) fn calling<T>(
    context: &Context,
    command: &str,
    max: Option<CallsMax>,
    work: impl AsyncFnOnce(&Client) -> T,
) -> anyhow::Result<(T, Asked)> {
    let month = BillingPeriod::containing(Timestamp::now());
    let before = keep::spent(context, month)?;
    let log = CallLog::open(&context.home.join("state").join("calls.log"))?;
    let counted = Arc::new(Counted { log, priced: AtomicU64::new(0) });
    // Without a limit of its own a command asks for nothing that has a price.
    let month_max = max.map_or(Money::ZERO, |max| max.calls_max);
    let sink = Arc::clone(&counted);
    let (answer, after) = context.block_on(async {
        let now = Timestamp::now().to_zoned(TimeZone::UTC);
        let budget = Budget { month_max, month: (now.year(), now.month()), spent: before };
        let own = Session::open(Tools { budget, sink }).await?;
        let answer = work(&own).await;
        Ok((answer, own.spent()))
    })?;
    // The meter begins anew with a month.
    let then = BillingPeriod::containing(Timestamp::now());
    let price = if then == month { after - before } else { after }.max(Money::ZERO);
    if !price.is_zero() {
        keep::writer(context, command)?.add_spent(then, price)?;
    }
    Ok((answer, Asked { priced: counted.priced.load(Ordering::Relaxed), price }))
}

/// The log, and how many of its records have a price.
struct Counted {
    log: CallLog,
    priced: AtomicU64,
}

impl CallSink for Counted {
    fn record(&self, record: &CallRecord) {
        if !record.price.is_zero() {
            self.priced.fetch_add(1, Ordering::Relaxed);
        }
        self.log.record(record);
    }
}
