//! What a delivery is made of, as a hash: as long as that is the same, so are its files.
//!
//! What is hashed is the JSON of [`MadeOf`], its members in their order: moments as seconds, amounts and months as text. All that decides a byte of
//! a bill is in it, or in the digests, the version and the writer that it names.

use super::deliveries::Due;
use crate::cloud::Cloud;
use crate::commitment::{Plan, Reservation};
use crate::layout::Address;
use crate::request::BillRequest;
use crate::sharing::Sharing;
use serde::Serialize;

/// Goes up whenever [`MadeOf`] has another form.
const FORM: &str = "tenor-sandbox-delivery-2";
/// Goes up whenever the same bill has other bytes: one version of the program lasts for many changes.
const WRITER: u32 = 1;

#[derive(Serialize)]
struct MadeOf<'a> {
    form: &'static str,
    /// The version of the program: demand, attributes and whatever is computed come with it.
    program: &'a str,
    writer: u32,
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
        self.print_by(env!("CARGO_PKG_VERSION"), WRITER, due)
    }

    /// The same by this version of the program and this writer.
    fn print_by(&self, program: &str, writer: u32, due: &Due) -> String {
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
            writer,
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
    use super::WRITER;
    use crate::cloud::offers::Offers;
    use crate::cloud::{Cloud, HeldPlan, Paper, Setup};
    use crate::fleet::Fleet;
    use crate::taken::{UsageTaker, UsedBy};
    use crate::{BillRequest, Format, write_bill};
    use flate2::read::MultiGzDecoder;
    use serde_json::{Value, json};
    use std::collections::{BTreeMap, BTreeSet};
    use std::fs;
    use std::io::Read as _;
    use std::path::Path;
    use std::sync::Arc;
    use tenor_bill::{BillingPeriod, Hour};
    use tenor_money::{Quantity, UnitPrice};

    /// The same with a report, or an export where it has an ARN, and its first month over.
    fn delivering(mut cloud: Cloud, arn: &str, definition: Value) -> Cloud {
        let (name, arn, made, tags) = ("hourly".to_owned(), arn.to_owned(), cloud.books.now, BTreeMap::new());
        cloud.books.papers.push(Paper { account: 0, name, arn, definition, made, tags });
        cloud.advance(31 * 86_400 + 60);
        cloud
    }

    fn delivered(cloud: Cloud) -> Cloud {
        delivering(cloud, "", report(json!({})))
    }

    /// A report with these members in place of its own.
    fn report(other: Value) -> Value {
        let mut definition = json!({"TimeUnit": "HOURLY", "Format": "textORcsv", "Compression": "GZIP",
            "AdditionalSchemaElements": ["RESOURCES"], "S3Bucket": "bills", "S3Prefix": "a", "S3Region": "us-east-1"});
        let Value::Object(other) = other else { panic!("members are in an object") };
        definition.as_object_mut().unwrap().extend(other);
        definition
    }

    /// An export of these columns.
    fn export(columns: &str) -> Value {
        let output = json!({"OutputType": "CUSTOM", "Format": "PARQUET", "Compression": "PARQUET"});
        let place = json!({"S3Bucket": "bills", "S3Prefix": "a", "S3Region": "us-east-1", "S3OutputConfigurations": output});
        let query = format!("SELECT {columns} FROM COST_AND_USAGE_REPORT");
        let settings = json!({"COST_AND_USAGE_REPORT": {"INCLUDE_RESOURCES": "TRUE"}});
        json!({"DataQuery": {"QueryStatement": query, "TableConfigurations": settings}, "DestinationConfigurations": {"S3Destination": place}})
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

    /// A sandbox whose first price is dearer by so much.
    fn dearer(by: UnitPrice) -> Cloud {
        let mut cloud = Cloud::new(setup());
        let mut fleet = Fleet::none();
        fleet.skus.clone_from(&cloud.offers.skus);
        fleet.skus[0].rate += by;
        cloud.offers = Arc::new(Offers::new(&fleet));
        cloud
    }

    /// A sandbox that holds a plan and a reservation of this instance type.
    fn reserving(instance_type: &str) -> Cloud {
        let mut cloud = Cloud::new(setup());
        cloud.hold_one_of_each();
        let held = &mut cloud.books.reserved[0];
        held.usage_type = held.usage_type.replace("m5.large", instance_type);
        cloud
    }

    fn print(cloud: &Cloud) -> String {
        cloud.print_of(&cloud.due("bills")[0])
    }

    #[test]
    fn whatever_decides_a_bill_is_in_its_print() {
        let cloud = delivered(Cloud::new(setup()));
        let due = &cloud.due("bills")[0];
        let mut holding = Cloud::new(setup());
        holding.books.plans.push(HeldPlan::compute("a-plan", 1, holding.books.now));
        let mut unreserved = reserving("m5.large");
        unreserved.books.reserved.clear();
        let mut sharing = Cloud::new(setup());
        sharing.share(crate::SharingMode::Restricted, &[]).unwrap();
        let of_report = |other| print(&delivering(Cloud::new(setup()), "", report(other)));
        let of_export = |columns| print(&delivering(Cloud::new(setup()), "an-arn", export(columns)));
        let prints = [
            print(&cloud),
            cloud.print_by("another version", WRITER, due),
            cloud.print_by(env!("CARGO_PKG_VERSION"), WRITER + 1, due),
            print(&delivered(dearer(UnitPrice::from_units(1)))),
            print(&delivered(rehearsing(1))),
            print(&delivered(rehearsing(2))),
            print(&delivered(Cloud::new(Setup { seed: 2, ..setup() }))),
            print(&delivered(Cloud::new(Setup { rows_per_month: 100_000, ..setup() }))),
            print(&delivered(holding)),
            // The same but for what is reserved, and nothing.
            print(&delivered(reserving("m5.large"))),
            print(&delivered(reserving("c5.large"))),
            print(&delivered(unreserved)),
            print(&delivered(sharing)),
            of_report(json!({"Format": "Parquet", "Compression": "Parquet"})),
            of_report(json!({"AdditionalSchemaElements": ["RESOURCES", "SPLIT_COST_ALLOCATION_DATA"]})),
            of_report(json!({"S3Prefix": "b"})),
            of_export("line_item_usage_type"),
            of_export("bill_payer_account_id"),
        ];
        assert_eq!(prints.iter().collect::<BTreeSet<_>>().len(), prints.len(), "{prints:#?}");
    }

    #[test]
    fn what_decides_no_bill_is_in_no_print() {
        let cloud = delivered(Cloud::new(setup()));
        let mut later = delivered(Cloud::new(Setup { secret: 2, ..setup() }));
        later.books.plans.push(HeldPlan::compute("a-plan", 1, later.books.now));
        later.advance(86_400);
        assert_eq!(print(&later), print(&cloud));
        assert_eq!(print(&delivered(dearer(UnitPrice::ZERO))), print(&cloud), "the same prices");
    }

    /// A hash of a bill's files and their names, of what is packed unpacked: that may be packed otherwise elsewhere.
    fn hash_of(folder: &Path) -> String {
        let (mut folders, mut files) = (vec![folder.to_owned()], BTreeMap::new());
        while let Some(at) = folders.pop() {
            for path in fs::read_dir(at).unwrap().map(|entry| entry.unwrap().path()) {
                if path.is_dir() {
                    folders.push(path);
                    continue;
                }
                let mut content = fs::read(&path).unwrap();
                if path.extension().is_some_and(|end| end == "gz") {
                    let packed = std::mem::take(&mut content);
                    MultiGzDecoder::new(&packed[..]).read_to_end(&mut content).unwrap();
                }
                files.insert(path.strip_prefix(folder).unwrap().to_owned(), content);
            }
        }
        let mut hasher = blake3::Hasher::new();
        for (name, content) in files {
            hasher.update(name.as_os_str().as_encoded_bytes());
            hasher.update(&content);
        }
        hasher.finalize().to_hex()[..16].to_owned()
    }

    /// Where a hash changes the number of the writer goes up with it: else what was delivered before would be taken for the same.
    #[test]
    fn a_bill_of_other_bytes_has_another_writer() {
        use Format::{Cur2Csv, Cur2Parquet, FocusCsv, FocusParquet, LegacyCsv, LegacyParquet};
        let told = [LegacyCsv, LegacyParquet, Cur2Parquet, Cur2Csv, FocusParquet, FocusCsv].map(|format| {
            let dir = tempfile::tempdir().unwrap();
            write_bill(&BillRequest { accounts: 4, ..BillRequest::small(format) }, dir.path()).unwrap();
            format!("{format:?} {}\n", hash_of(dir.path()))
        });
        insta::assert_snapshot!(format!("writer {WRITER}\n{}", told.concat()), @"");
    }
}
