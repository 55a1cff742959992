//! What a delivery is made of, as a hash: as long as that is the same, so are its files.
//!
//! What is hashed is the JSON of [`MadeOf`], its members in their order: moments as seconds, amounts and months as text. All that decides a byte of
//! a bill is in it, or in the digests and the version that it names.

use super::deliveries::Due;
use crate::cloud::Cloud;
use crate::commitment::{Plan, Reservation};
use crate::layout::Address;
use crate::request::BillRequest;
use crate::sharing::Sharing;
use serde::Serialize;

/// Goes up whenever [`MadeOf`] has another form.
const FORM: &str = "tenor-sandbox-delivery-1";

#[derive(Serialize)]
struct MadeOf<'a> {
    form: &'static str,
    /// The version of the program: demand, attributes and whatever is computed come with it.
    program: &'a str,
    /// The digest of all prices.
    prices: &'a str,
    /// The digest of the usage that was taken from bills, with the accounts that are in it.
    taken: Option<&'a str>,
    request: BillRequest,
    address: Address,
    /// Each with its SKU's usage type and operation: the index counts what was bought later too.
    reservations: Vec<(Reservation, String, &'static str)>,
    plans: Vec<Plan>,
    sharing: Sharing,
}

impl Cloud {
    /// Tells what a delivery is made of.
    pub(crate) fn print_of(&self, due: &Due) -> String {
        self.print_by(env!("CARGO_PKG_VERSION"), due)
    }

    /// The same by this version of the program.
    fn print_by(&self, program: &str, due: &Due) -> String {
        let month = due.delivery.period.start().as_second()..due.delivery.period.end().as_second();
        let sharing = self.sharing_before(month.end);
        let mut skus = Vec::new();
        let (reservations, plans) = self.commitments(month, &mut skus);
        let named = |found: Reservation| {
            let sku = &skus[found.sku as usize];
            (Reservation { sku: 0, ..found }, sku.usage_type.clone(), sku.operation)
        };
        let made = MadeOf {
            form: FORM,
            program,
            prices: self.offers.prices(),
            taken: self.books.taken.as_deref(),
            // Threads change nothing but the time.
            request: self.request_of(due, 1),
            address: self.address_of(due),
            reservations: reservations.into_iter().map(named).collect(),
            plans,
            sharing,
        };
        let text = serde_json::to_vec(&made).expect("texts, numbers and lists of them have JSON");
        blake3::hash(&text).to_hex().to_string()
    }
}

#[cfg(test)]
mod tests {
    use crate::cloud::offers::Offers;
    use crate::cloud::{Cloud, HeldPlan, Paper, Setup};
    use crate::fleet::Fleet;
    use crate::taken::{UsageTaker, UsedBy};
    use std::collections::{BTreeMap, BTreeSet};
    use std::sync::Arc;
    use tenor_bill::{BillingPeriod, Hour};
    use tenor_money::{Quantity, UnitPrice};

    /// The same with a report, and its first month over.
    fn delivered(mut cloud: Cloud) -> Cloud {
        let definition = serde_json::json!({"TimeUnit": "HOURLY", "Format": "textORcsv", "Compression": "GZIP",
            "AdditionalSchemaElements": ["RESOURCES"], "S3Bucket": "bills", "S3Prefix": "a", "S3Region": "us-east-1"});
        let (name, made, tags) = ("hourly".to_owned(), cloud.books.now, BTreeMap::new());
        cloud.books.papers.push(Paper { account: 0, name, arn: String::new(), definition, made, tags });
        cloud.advance(31 * 86_400 + 60);
        cloud
    }

    fn setup() -> Setup {
        Setup { seed: 1, secret: 1, accounts: 1, start: "2025-01".parse().unwrap(), rows_per_month: 1_000 }
    }

    /// A sandbox that uses so much in one hour.
    fn rehearsing(hours: i64) -> Cloud {
        let first = Hour::containing(BillingPeriod::new(2025, 1).unwrap().start());
        let mut taker = UsageTaker::new(first..Hour::from_epoch_hours(first.epoch_hours() + 744), first).unwrap();
        let (service, usage_type, operation) = ("AmazonEC2", "BoxUsage:m5.large", "RunInstances");
        let by = UsedBy { account: "111111111111", service, region: "us-east-1", usage_type, operation, zone: "us-east-1b" };
        taker.take(&by, first, Quantity::from_whole(hours));
        Cloud::rehearsing(taker.finish("111111111111", &BTreeMap::new()).unwrap(), 1, 1)
    }

    fn print(cloud: &Cloud) -> String {
        cloud.print_of(&cloud.due("bills")[0])
    }

    #[test]
    fn whatever_decides_a_bill_is_in_its_print() {
        let cloud = delivered(Cloud::new(setup()));
        let mut dearer = delivered(Cloud::new(setup()));
        let mut sku = dearer.offers.skus[0].clone();
        sku.rate += UnitPrice::from_units(1);
        let mut fleet = Fleet::none();
        fleet.skus.push(sku);
        dearer.offers = Arc::new(Offers::new(&fleet));
        let mut holding = Cloud::new(setup());
        holding.books.plans.push(HeldPlan::compute("a-plan", 1, holding.books.now));
        let mut sharing = Cloud::new(setup());
        sharing.share(crate::SharingMode::Restricted, &[]).unwrap();
        let prints = BTreeSet::from([
            print(&cloud),
            cloud.print_by("another version", &cloud.due("bills")[0]),
            print(&dearer),
            print(&delivered(rehearsing(1))),
            print(&delivered(rehearsing(2))),
            print(&delivered(Cloud::new(Setup { seed: 2, ..setup() }))),
            print(&delivered(Cloud::new(Setup { rows_per_month: 100_000, ..setup() }))),
            print(&delivered(holding)),
            print(&delivered(sharing)),
        ]);
        assert_eq!(prints.len(), 9);
    }

    #[test]
    fn what_decides_no_bill_is_in_no_print() {
        let cloud = delivered(Cloud::new(setup()));
        let mut later = delivered(Cloud::new(Setup { secret: 2, ..setup() }));
        later.books.plans.push(HeldPlan::compute("a-plan", 1, later.books.now));
        later.advance(86_400);
        assert_eq!(print(&later), print(&cloud));
    }
}
