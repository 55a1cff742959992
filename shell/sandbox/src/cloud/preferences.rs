//! Whom an organization shares its commitments with: what was chosen when, and what of it a month's bill goes by.

use super::Cloud;
use super::moment::Moment;
use super::papers::PAYER;
use crate::request::SharingMode;
use crate::sharing::{Beyond, Sharing};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use tenor_bill::BillingPeriod;

/// How commitments are shared.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Preferences {
    /// How far benefits go beyond an account's group, which is its business unit; none where there are no groups.
    pub(crate) groups: Option<Beyond>,
    /// Indices of the accounts that neither share nor are shared with.
    pub(crate) off: BTreeSet<u32>,
}

/// Preferences and from when on they are in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Chosen {
    pub(crate) at: Moment,
    pub(crate) preferences: Preferences,
}

/// Why sharing is not changed. Nothing is changed then.
#[derive(Debug, thiserror::Error)]
pub enum ShareError {
    /// No account of the organization.
    #[error("account {0} is not in the organization")]
    Account(String),
    /// A mixture that only generated bills have.
    #[error("an organization shares openly, by prioritized groups or by restricted ones")]
    Mixed,
}

impl Cloud {
    /// Chooses how commitments are shared from now on: with everyone, with an account's business unit first, or with that alone; and which accounts
    /// have no part in it, by their ids.
    ///
    /// # Errors
    /// When an account is not in the organization, or `mode` is the mixture that only generated bills have.
    pub fn share(&mut self, mode: SharingMode, off: &[String]) -> Result<(), ShareError> {
        let groups = match mode {
            SharingMode::Open => None,
            SharingMode::Prioritized => Some(Beyond::Prioritized),
            SharingMode::Restricted => Some(Beyond::Restricted),
            SharingMode::Mixed => return Err(ShareError::Mixed),
        };
        let index = |id: &String| self.accounts.iter().position(|account| account.id == *id).map(|index| index as u32);
        let found: Result<BTreeSet<u32>, ShareError> =
            off.iter().map(|id| index(id).ok_or_else(|| ShareError::Account(id.clone()))).collect();
        let preferences = Preferences { groups, off: found? };
        // Nothing below may refuse.
        let at = self.books.now;
        // Of one second's choices the last is in force.
        self.books.sharing.retain(|chosen| chosen.at != at);
        self.books.sharing.push(Chosen { at, preferences });
        Ok(())
    }

    /// Of these months those whose bills share otherwise than the first one's.
    pub fn shared_otherwise(&self, months: &[BillingPeriod]) -> Vec<BillingPeriod> {
        let of = |month: &BillingPeriod| self.preferences_before(month.end().as_second());
        let Some(first) = months.first().map(of) else { return Vec::new() };
        months.iter().filter(|month| of(month) != first).copied().collect()
    }

    /// The preferences that the bill of a month goes by, which ends before `end`: those of its last second, and until then the latest
    /// ([BILL:ri-turn-off]).
    pub(super) fn preferences_before(&self, end: i64) -> Preferences {
        let before = self.books.sharing.iter().rev().find(|chosen| chosen.at.0 < end);
        before.map(|chosen| chosen.preferences.clone()).unwrap_or_default()
    }

    /// The same as the bills' engine takes them. The payer is in no group ([BILL:ri-turn-off]).
    pub(super) fn sharing_before(&self, end: i64) -> Sharing {
        let Preferences { groups, off } = self.preferences_before(end);
        let mut sharing = Sharing::open(self.accounts.len());
        off.iter().for_each(|account| sharing.off[*account as usize] = true);
        if groups.is_some() {
            let members = self.accounts.iter().enumerate().filter(|(index, _)| *index as u32 != PAYER);
            members.for_each(|(index, account)| sharing.groups[index] = Some(account.business_unit));
        }
        sharing.mode = groups;
        sharing
    }
}

#[cfg(test)]
mod tests {
    use crate::cloud::bills::request;
    use crate::cloud::books::{HeldPlan, Standing};
    use crate::cloud::{Cloud, Moment, Setup};
    use crate::fleet::Fleet;
    use crate::hour::{Scratch, rows_of_hour};
    use crate::line::LineItemType;
    use crate::month::Month;
    use crate::request::{BillRequest, SharingMode};
    use std::collections::BTreeMap;
    use tenor_bill::BillingPeriod;
    use tenor_money::Money;

    const DAY: i64 = 86_400;

    /// Accounts 1 to 4 are of Commerce, 5 and 6 of Insights, 7 of Engineering. Account 1 has a plan for so much an hour.
    fn cloud(dollars: i64) -> Cloud {
        let mut cloud = Cloud::new(Setup { seed: 7, secret: 1, accounts: 8, start: "2025-01".parse().unwrap(), rows_per_month: 25_000 });
        let held = HeldPlan { account: 1, standing: Standing::Active, ..HeldPlan::compute("plan", dollars, cloud.books.now) };
        cloud.books.plans.push(held);
        cloud
    }

    /// By business unit, and of the owner, what the plan pays for of their usage on the first two days of a month; and the fleet, to be used again.
    fn covered(cloud: &Cloud, month: &str, fleet: Fleet) -> (BTreeMap<&'static str, Money>, Fleet) {
        let request = BillRequest { start: month.parse().unwrap(), ..request(&cloud.books.setup) };
        let world = cloud.world_of(&request, fleet);
        let month = Month::new(&world, request.start);
        let (mut scratch, mut rows, mut found) = (Scratch::default(), Vec::new(), BTreeMap::new());
        for hour in (month.start..month.start + 2 * DAY).step_by(3600) {
            rows_of_hour(&month, hour, &mut scratch, &mut rows);
            for row in rows.iter().filter(|row| month.kinds[row.kind as usize].line_type == LineItemType::SavingsPlanCoveredUsage) {
                let account = world.places[row.place as usize].account;
                let unit = if account == 1 { "owner" } else { cloud.accounts[account as usize].business_unit };
                *found.entry(unit).or_insert(Money::ZERO) += row.sp.effective;
            }
        }
        drop(month);
        (found, world.fleet)
    }

    /// [BILL:ri-turn-off]: with everyone; with the group first, then everyone; with the group alone; with nobody where the owner shares nothing.
    #[test]
    fn a_bill_shares_as_the_preferences_say() {
        // More than all use.
        let mut cloud = cloud(10);
        let mut fleet = cloud.fleet(cloud.books.setup.seed);
        let id = |index: usize, cloud: &Cloud| cloud.accounts[index].id.clone();
        let mut of = |mode: SharingMode, off: &[usize], cloud: &mut Cloud| {
            let off: Vec<String> = off.iter().map(|index| id(*index, cloud)).collect();
            cloud.share(mode, &off).unwrap();
            let used = std::mem::replace(&mut fleet, Fleet::none());
            let (found, used) = covered(cloud, "2025-01", used);
            fleet = used;
            found
        };
        let open = of(SharingMode::Open, &[], &mut cloud);
        let prioritized = of(SharingMode::Prioritized, &[], &mut cloud);
        let restricted = of(SharingMode::Restricted, &[], &mut cloud);
        let without_owner = of(SharingMode::Open, &[1], &mut cloud);
        let without_insights = of(SharingMode::Open, &[5, 6], &mut cloud);
        let all = |found: &BTreeMap<&str, Money>| found.values().copied().sum::<Money>();
        let who = |found: &BTreeMap<&'static str, Money>| found.keys().copied().collect::<Vec<_>>().join(" ");
        assert_eq!(who(&open), "Commerce Engineering Insights owner");
        assert_eq!(who(&restricted), "Commerce owner");
        assert_eq!(who(&without_owner), "owner");
        assert_eq!(who(&without_insights), "Commerce Engineering owner");
        assert_eq!(open["owner"], prioritized["owner"], "the owner comes first whatever is preferred");
        assert_eq!(prioritized["Commerce"], restricted["Commerce"], "the group comes before the rest");
        assert!(all(&prioritized) > all(&restricted), "{prioritized:?} {restricted:?}");
        // Where there is not enough for all, it matters who comes first.
        let mut scarce = self::cloud(1);
        let open = of(SharingMode::Open, &[], &mut scarce);
        let prioritized = of(SharingMode::Prioritized, &[], &mut scarce);
        assert!(prioritized["Commerce"] > open["Commerce"] && prioritized["owner"] == open["owner"], "{open:?} {prioritized:?}");
    }

    /// [BILL:ri-turn-off]: the final bill goes by 23:59:59 UTC on the last day of the month.
    #[test]
    fn the_last_second_of_a_month_decides() {
        let mut cloud = cloud(10);
        let first = cloud.books.now;
        let modes = |cloud: &Cloud| {
            let month_end = first.month_end();
            [month_end, month_end.month_end()].map(|end| cloud.preferences_before(end.0).groups)
        };
        assert_eq!(modes(&cloud), [None, None]);
        cloud.books.now = Moment(first.month_end().0 - 1);
        cloud.share(SharingMode::Restricted, &[]).unwrap();
        cloud.books.now = first.month_end();
        cloud.share(SharingMode::Open, &[]).unwrap();
        assert_eq!(modes(&cloud).map(|groups| groups.is_some()), [true, false]);
        let months: Vec<BillingPeriod> = ["2025-01", "2025-02", "2025-03"].map(|month| month.parse().unwrap()).to_vec();
        assert_eq!(cloud.shared_otherwise(&months), months[1..], "they share openly again");
        assert_eq!(cloud.shared_otherwise(&months[1..]), []);
        assert_eq!(cloud.shared_otherwise(&[]), []);
        cloud.share(SharingMode::Restricted, &[]).unwrap();
        assert_eq!(cloud.books.sharing.len(), 2, "of one second's choices the last is in force");
        assert_eq!(modes(&cloud).map(|groups| groups.is_some()), [true, true]);
    }

    #[test]
    fn what_cannot_be_preferred_changes_nothing() {
        let mut cloud = cloud(10);
        let nobody = cloud.share(SharingMode::Open, &["1".to_owned()]).unwrap_err();
        let mixed = cloud.share(SharingMode::Mixed, &[]).unwrap_err();
        assert_eq!(nobody.to_string(), "account 1 is not in the organization");
        assert_eq!(mixed.to_string(), "an organization shares openly, by prioritized groups or by restricted ones");
        assert!(cloud.books.sharing.is_empty());
    }
}
