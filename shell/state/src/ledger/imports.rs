//! Periods of bills that came in. The lake has them; the ledger says that they came.

use crate::by::By;
use crate::error::StateError;
use crate::random::Randomness;
use crate::state::State;
use std::collections::BTreeMap;
use tenor_bill::{AccountId, BillingPeriod};
use tenor_ledger::{Event, Text};

/// A period of a payer's bill, in the version that the lake holds.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Imported {
    /// Whose bill.
    pub payer: AccountId,
    /// Of which month.
    pub period: BillingPeriod,
    /// Whose charges: `AWS`, or a seller's on its marketplace.
    pub provider: String,
    /// The hash of its content, as the lake has it.
    pub version: String,
}

impl Imported {
    /// Provider and version, as the entry has them.
    fn text(&self) -> Text {
        Text::fitted(&format!("{} {}", self.provider, self.version))
    }
}

impl State {
    /// Records the periods of which the ledger does not say that they came in last in this version. So what an import that died could not record
    /// is recorded by the next one. Says how many there were.
    ///
    /// # Errors
    /// As [`fold_verified`](crate::View::fold_verified) and [`append`](Self::append).
    pub fn record_imports(&mut self, held: &[Imported], by: &By, random: &dyn Randomness) -> Result<usize, StateError> {
        let told = self.fold_verified(BTreeMap::new(), |mut told: BTreeMap<(AccountId, BillingPeriod, String), Text>, _, event| {
            if let Event::DataImported { payer, period, version } = event {
                told.insert((payer.clone(), *period, provider(version)), version.clone());
            }
            told
        })?;
        let is_new = |held: &&Imported| {
            let version = held.text();
            told.get(&(held.payer.clone(), held.period, provider(&version))) != Some(&version)
        };
        let entry =
            |held: &Imported| by.draft(Event::DataImported { payer: held.payer.clone(), period: held.period, version: held.text() });
        let group: Vec<_> = held.iter().filter(is_new).map(entry).collect();
        self.append(&group, random)?;
        Ok(group.len())
    }
}

fn provider(version: &Text) -> String {
    version.as_str().rsplit_once(' ').map_or(String::new(), |(provider, _)| provider.to_owned())
}
