//! Bills from the books: what was held in a month, applied to what the organization used, by the generator's own engine.

use super::Cloud;
use super::books::{HeldPlan, HeldReservation, Setup, Standing};
use super::clock::SETTLE_SECONDS;
use super::ec2::Origin;
use super::moment::Moment;
use crate::commitment::{Plan, Reservation, Span};
use crate::error::WriteError;
use crate::fleet::Fleet;
use crate::layout::Address;
use crate::matching::is_size_flexible;
use crate::node::SERVERLESS;
use crate::portfolio::{by_end, reservation_arn, serverless_arn};
use crate::price::ReservedPrice;
use crate::region::REGIONS;
use crate::request::{BillRequest, Format};
use crate::sku::Sku;
use crate::truth::GroundTruth;
use crate::world::{World, rows_per_hour};
use crate::write::write_world;
use std::ops::Range;
use std::path::Path;
use tenor_bill::BillingPeriod;
use tenor_money::{Money, Rounding};

/// The demand repeats itself after 52 weeks: what runs in these seconds is all that ever runs.
const YEAR_SECONDS: i64 = 52 * 7 * 86_400;

/// What an organization's bills are asked for with, but for the month.
pub(super) fn request(setup: &Setup) -> BillRequest {
    BillRequest {
        accounts: setup.accounts,
        rows: setup.rows_per_month,
        seed: setup.seed,
        start: setup.start,
        ..BillRequest::small(Format::LegacyParquet)
    }
}

/// When nothing more changes a month's bill: what was bought or modified in its last second has settled.
fn closes(period: BillingPeriod) -> Moment {
    Moment::of(period.end()).later(SETTLE_SECONDS)
}

impl Cloud {
    /// Writes the bill of one month into `dir`, as AWS would into a bucket.
    ///
    /// # Errors
    /// When the month is not over yet, or a file cannot be written.
    pub fn write_bill(&self, period: BillingPeriod, format: Format, dir: &Path, threads: usize) -> Result<GroundTruth, WriteError> {
        if closes(period) > self.books.now {
            return Err(WriteError::Request("a bill is written when its month is over and its last payments are through, 5 s later"));
        }
        if period < self.books.setup.start {
            return Err(WriteError::Request("the sandbox begins after that month"));
        }
        let request = BillRequest { format, start: period, threads, ..request(&self.books.setup) };
        let world = self.world(&request);
        write_world(&request, &world, &Address::own(&world), &|key| dir.join(key))
    }

    /// The months whose bills are final, in order: those that are over, with all that was ordered in them settled.
    pub fn closed_months(&self) -> impl Iterator<Item = BillingPeriod> {
        let all = std::iter::successors(Some(self.books.setup.start), |period| Some(period.next()));
        let now = self.books.now;
        all.take_while(move |period| closes(*period) <= now)
    }

    /// The organization with what it held in the month that `request` begins with.
    pub(crate) fn world(&self, request: &BillRequest) -> World {
        self.world_of(request, self.fleet(request.seed))
    }

    /// What the organization uses, in any month.
    pub(super) fn fleet(&self, seed: u64) -> Fleet {
        if let Some(taken) = &self.taken {
            return Fleet::taken(taken, &self.taken_skus, &self.offers.skus, seed);
        }
        let request = self::request(&self.books.setup);
        let first = request.start.start().as_second();
        Fleet::new(rows_per_hour(&request), &self.accounts, seed, first..first + YEAR_SECONDS)
    }

    /// The same organization with this fleet.
    pub(super) fn world_of(&self, request: &BillRequest, mut fleet: Fleet) -> World {
        let month = request.start.start().as_second()..request.start.end().as_second();
        let sharing = self.sharing_before(month.end);
        let commitments = self.commitments(month, &mut fleet.skus);
        World::holding(request, self.accounts.to_vec(), fleet, commitments, sharing)
    }

    /// The reservations and plans that are on the bill of a month, from its first second to the first one after, each in the order of end and ARN.
    pub(super) fn commitments(&self, month: Range<i64>, skus: &mut Vec<Sku>) -> (Vec<Reservation>, Vec<Plan>) {
        let held = |span: Span| span.start < month.end && span.end() > month.start && span.end() > span.start;
        let reserved = self.books.reserved.iter().filter(|held| has_run(held.standing));
        let reserved = reserved.filter_map(|held| self.billed(held, skus));
        // What ends it before its time only after the month is on no bill of the month.
        let reserved = reserved.map(|found| Reservation { span: found.span.known_before(month.end), ..found });
        // What was modified in the hour it was bought in never ran, and was paid for all the same.
        let is_paid = |reservation: &Reservation| month.contains(&reservation.span.start) && !reservation.paid.is_zero();
        let mut reservations: Vec<Reservation> = reserved.filter(|found| held(found.span) || is_paid(found)).collect();
        reservations.sort_by(|a, b| a.span.end().cmp(&b.span.end()).then_with(|| a.arn.cmp(&b.arn)));
        let bought = self.books.plans.iter().filter(|plan| has_run(plan.standing));
        let mut plans: Vec<Plan> = bought.map(|held| self.plan(held)).filter(|plan| held(plan.span)).collect();
        plans.sort_by(by_end);
        (reservations, plans)
    }

    fn plan(&self, held: &HeldPlan) -> Plan {
        let span = Span::new(held.start.0, held.term);
        Plan {
            arn: self.plan_arn(held),
            owner: held.account,
            span: held.returned.map_or(span, |at| span.cut_at(at.0)),
            payment: held.payment,
            kind: held.kind.clone(),
            upfront: held.upfront,
            recurring: held.recurring,
            refunded: held.returned.map(|at| at.0),
        }
    }

    /// A reservation as the engine takes it: its upfront money is amortized over its term, and what is left when it was exchanged (less than an
    /// hour's) or sold goes with it. Its SKU joins `skus` where nothing of it runs. None for what is no SKU.
    pub(super) fn billed(&self, held: &HeldReservation, skus: &mut Vec<Sku>) -> Option<Reservation> {
        let is_it =
            |sku: &Sku| sku.product_code == held.product_code && sku.usage_type == held.usage_type && sku.operation == held.operation;
        let index = match skus.iter().position(is_it) {
            Some(index) => index,
            None => {
                skus.push(self.offers.skus.iter().find(|sku| is_it(sku))?.clone());
                skus.len() - 1
            }
        };
        let sku = &skus[index];
        let account = self.account_id(held.account);
        let name = if held.product_code == "AmazonES" && !held.aws_id.is_empty() { &held.aws_id } else { &held.id };
        Some(Reservation {
            arn: if held.usage_type.ends_with(SERVERLESS) {
                serverless_arn(REGIONS[held.region as usize].code, account, name)
            } else {
                reservation_arn(sku, REGIONS[held.region as usize].code, account, name)
            },
            subscription: (1_088_000_000 + crate::sku::text_key(name) % 90_000_000).to_string(),
            owner: held.account,
            span: Span::rest(held.start.0, held.term_end().0, held.term).cut_at(held.end.0),
            class: held.class,
            payment: held.payment,
            sku: index as u32,
            count: held.count,
            zone: held.zone,
            flexible: is_size_flexible(sku, held.zone.is_some()),
            factor: sku.factor,
            price: ReservedPrice { upfront: held.upfront, hourly: held.hourly },
            // Bills have floating-point columns: more digits than these would not survive in them (rounding rule 1.5).
            carried: held.life.carried.round_to(6, Rounding::HalfEven),
            paid: match held.life.origin {
                Origin::Exchanged { due } => due.round_to(6, Rounding::HalfEven),
                _ => Money::from_units(held.upfront.units() * i128::from(held.count)),
            },
        })
    }
}

/// Whether it ever ran: what failed or was deleted in the queue is on no bill.
pub(super) fn has_run(standing: Standing) -> bool {
    matches!(standing, Standing::Active | Standing::Retired | Standing::PendingReturn | Standing::Returned)
}

#[cfg(test)]
mod tests {
    use crate::Format;
    use crate::cloud::ec2::{Modification, ModificationState, Target};
    use crate::cloud::{Cloud, HeldPlan, Setup};
    use std::fs;
    use std::path::Path;

    /// Every file of a bill with its content.
    fn bill(cloud: &Cloud) -> Vec<(String, Vec<u8>)> {
        fn gather(folder: &Path, found: &mut Vec<(String, Vec<u8>)>) {
            for path in fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
                if path.is_dir() {
                    gather(&path, found);
                } else {
                    found.push((path.file_name().unwrap().to_string_lossy().into_owned(), fs::read(path).unwrap()));
                }
            }
        }
        let (dir, mut found) = (tempfile::tempdir().unwrap(), Vec::new());
        cloud.write_bill("2025-01".parse().unwrap(), Format::LegacyCsv, dir.path(), 2).unwrap();
        gather(dir.path(), &mut found);
        found.sort();
        found
    }

    #[test]
    fn what_happens_after_a_month_changes_nothing_in_its_bill() {
        let mut cloud = Cloud::new(Setup { seed: 1, secret: 1, accounts: 2, start: "2025-01".parse().unwrap(), rows_per_month: 1_000 });
        cloud.hold_one_of_each();
        // Two alike, of which the first ends first; the other is modified, which ends it before that one.
        let mut later = cloud.books.reserved[0].clone();
        (later.id, later.start, later.end) = ("b-reservation".to_owned(), later.start.later(3600), later.end.later(3600));
        cloud.books.reserved.push(later);
        cloud.advance(31 * 86_400 + 60);
        let month = 1_735_689_600..1_738_368_000;
        let told = |cloud: &Cloud| format!("{:?}", cloud.commitments(month.clone(), &mut Vec::new()));
        let (before, written) = (told(&cloud), bill(&cloud));
        let held = cloud.books.reserved[1].clone();
        let target = Target { count: 1, usage_type: held.usage_type.clone(), zone: None, made: None };
        let now = cloud.books.now;
        cloud.books.ec2.modifications.push(Modification {
            id: "rimod-1".to_owned(),
            account: held.account,
            region: held.region,
            token: String::new(),
            inputs: vec![held.id.clone()],
            targets: vec![target],
            created: now,
            effective: crate::cloud::Moment(month.end),
            updated: now,
            state: ModificationState::Processing,
            message: String::new(),
        });
        cloud.books.plans.push(HeldPlan::compute("bought-later", 1, now));
        cloud.advance(86_400);
        assert_eq!(cloud.books.reserved[1].end.0, month.end, "it is modified");
        assert_eq!(told(&cloud), before);
        assert!(bill(&cloud) == written);
    }
}
