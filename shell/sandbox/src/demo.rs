//! The organization that `tenor demo` shows: a modest one in the sandbox, which has bought by hand, some of it well.

use crate::cloud::operate::Outcome;
use crate::cloud::{Cloud, SETTLE_SECONDS, Setup};
use tenor_bill::BillingPeriod;
use tenor_wire::{Answer, Call, Model, Value};

/// Accounts of the demo's organization.
const ACCOUNTS: u32 = 8;
/// About how many rows a month's bill has.
const ROWS_PER_MONTH: u64 = 60_000;
/// So many months are behind it.
const MONTHS: usize = 12;
const DAY: i64 = 86_400;
/// The seconds of a year, as AWS counts terms.
const YEAR: i64 = 365 * DAY;

/// A sandbox with a year behind it from `start` on: 8 accounts, about 60,000 rows a month, and what its payer bought meanwhile: plans and
/// reservations that fit, a database's that is too large, and a plan that was returned. `secret` is all that its keys need to be nobody's guess.
///
/// # Panics
/// When what it buys is not on sale, which the embedded prices decide.
#[must_use]
pub fn demo_cloud(start: BillingPeriod, seed: u64, secret: u64) -> Cloud {
    let mut cloud = Cloud::new(Setup { seed, accounts: ACCOUNTS, secret, start, rows_per_month: ROWS_PER_MONTH });
    let end = (1..MONTHS).fold(start, |month, _| month.next()).end().as_second();
    let mut shop = Shop { cloud: &mut cloud };
    shop.wait(3 * DAY);
    shop.plan("Compute", "No Upfront", YEAR, "0.6");
    shop.instances("m5.large", "standard", "Partial Upfront", 4);
    shop.instances("r5.xlarge", "convertible", "No Upfront", 1);
    shop.wait(20 * DAY);
    shop.database("db.r5.large", "mysql", 3, "orders");
    shop.cache("cache.r7g.large", "redis", 1, "sessions");
    shop.wait(15 * DAY);
    let mistaken = shop.plan("Compute", "Partial Upfront", 3 * YEAR, "0.5");
    shop.wait(2 * DAY);
    shop.call("savingsplans:ReturnSavingsPlan", &Value::of([("savingsPlanId", mistaken.into()), ("clientToken", "return-1".into())]));
    shop.plan("SageMaker", "No Upfront", YEAR, "0.2");
    let left = end - cloud.now().as_second();
    // With it the last bill is final.
    cloud.advance(left + SETTLE_SECONDS);
    cloud
}

/// What Cost Explorer answers the payer who asks what to buy for a year without paying ahead, from sixty days: plans for all compute, reservations of EC2
/// and of databases. The answers stand one after the other, as AWS writes them; what is refused is left out.
///
/// # Panics
/// When the catalogue lacks what is asked, which is embedded.
#[must_use]
pub fn demo_advice(cloud: &mut Cloud) -> Vec<u8> {
    let of = |member: &'static str, word: &str| {
        let all = [(member, word), ("TermInYears", "ONE_YEAR"), ("PaymentOption", "NO_UPFRONT"), ("LookbackPeriodInDays", "SIXTY_DAYS")];
        Value::of(all.map(|(member, word)| (member, word.into())))
    };
    let asked = [
        ("ce:GetSavingsPlansPurchaseRecommendation", of("SavingsPlansType", "COMPUTE_SP")),
        ("ce:GetReservationPurchaseRecommendation", of("Service", "Amazon Elastic Compute Cloud - Compute")),
        ("ce:GetReservationPurchaseRecommendation", of("Service", "Amazon Relational Database Service")),
    ];
    let (mut shop, mut answers) = (Shop { cloud }, Vec::new());
    for (name, input) in asked {
        if let Some((_, body)) = shop.answer(name, &input) {
            answers.extend(body);
            answers.push(b'\n');
        }
    }
    answers
}

/// The payer's administrator, who buys.
struct Shop<'c> {
    cloud: &'c mut Cloud,
}

impl Shop<'_> {
    fn wait(&mut self, seconds: i64) {
        self.cloud.advance(seconds);
    }

    /// One call, past the network, that has to succeed.
    fn call(&mut self, name: &str, input: &Value) -> Value {
        self.answer(name, input).unwrap_or_else(|| panic!("{name} is refused: {input:?}")).0
    }

    /// One call, past the network: what it answers, as it is read and as it is written; none where it is refused.
    fn answer(&mut self, name: &str, input: &Value) -> Option<(Value, Vec<u8>)> {
        let (service, operation) = name.split_once(':').expect("a call names its service");
        let service = Model::catalogued().service(service).expect("the demo calls what is catalogued");
        let call = Call { service, operation: service.operation(operation).expect("the demo calls what is catalogued") };
        let request = call.encode_request(input).expect("the demo's requests are of the operation's shape");
        let wall = self.cloud.now();
        let key = self.cloud.keys()[0].access_key.clone();
        let signer = self.cloud.signer(&key, wall).expect("the payer has an administrator");
        let Outcome::Answered(response) = self.cloud.operate(call, &signer.caller, "us-east-1", &request, wall).outcome else {
            return None;
        };
        match call.decode_response(&response) {
            Ok(Answer::Good { value, .. }) => Some((value, response.body)),
            _ => None,
        }
    }

    /// The id that the first of a list of offers has.
    fn first(&mut self, name: &str, input: &Value, list: &str, id: &str) -> String {
        let answer = self.call(name, input);
        let offers = answer.list(list).unwrap_or_default();
        offers.iter().find_map(|offer| offer.text(id)).unwrap_or_else(|| panic!("{name} has nothing on sale: {input:?}")).to_owned()
    }

    fn plan(&mut self, kind: &str, payment: &str, seconds: i64, commitment: &str) -> String {
        let texts = |text: &str| Value::List(vec![text.into()]);
        let durations = Value::List(vec![Value::Integer(seconds)]);
        let wanted = Value::of([("planTypes", texts(kind)), ("paymentOptions", texts(payment)), ("durations", durations)]);
        let offering = self.first("savingsplans:DescribeSavingsPlansOfferings", &wanted, "searchResults", "offeringId");
        let bought = self.call(
            "savingsplans:CreateSavingsPlan",
            &Value::of([("savingsPlanOfferingId", offering.into()), ("commitment", commitment.into())]),
        );
        bought.text("savingsPlanId").unwrap_or_default().to_owned()
    }

    fn instances(&mut self, instance_type: &str, class: &str, payment: &str, count: i64) {
        let filter = |name: &str, value: &str| Value::of([("Name", name.into()), ("Values", Value::List(vec![value.into()]))]);
        let wanted = Value::of([
            ("InstanceType", instance_type.into()),
            ("ProductDescription", "Linux/UNIX".into()),
            ("OfferingClass", class.into()),
            ("OfferingType", payment.into()),
            ("IncludeMarketplace", false.into()),
            ("Filters", Value::List(vec![filter("scope", "Region"), filter("duration", &YEAR.to_string())])),
        ]);
        let name = "ec2:DescribeReservedInstancesOfferings";
        let offering = self.first(name, &wanted, "ReservedInstancesOfferings", "ReservedInstancesOfferingId");
        self.call(
            "ec2:PurchaseReservedInstancesOffering",
            &Value::of([("ReservedInstancesOfferingId", offering.into()), ("InstanceCount", Value::Integer(count))]),
        );
    }

    fn database(&mut self, class: &str, product: &str, count: i64, name: &str) {
        let wanted = Value::of([
            ("DBInstanceClass", class.into()),
            ("ProductDescription", product.into()),
            ("Duration", YEAR.to_string().into()),
            ("OfferingType", "No Upfront".into()),
            ("MultiAZ", false.into()),
        ]);
        let operation = "rds:DescribeReservedDBInstancesOfferings";
        let offering = self.first(operation, &wanted, "ReservedDBInstancesOfferings", "ReservedDBInstancesOfferingId");
        let order = [
            ("ReservedDBInstancesOfferingId", offering.into()),
            ("ReservedDBInstanceId", name.into()),
            ("DBInstanceCount", Value::Integer(count)),
        ];
        self.call("rds:PurchaseReservedDBInstancesOffering", &Value::of(order));
    }

    fn cache(&mut self, node_type: &str, product: &str, count: i64, name: &str) {
        let wanted = Value::of([
            ("CacheNodeType", node_type.into()),
            ("ProductDescription", product.into()),
            ("Duration", YEAR.to_string().into()),
            ("OfferingType", "No Upfront".into()),
        ]);
        let operation = "elasticache:DescribeReservedCacheNodesOfferings";
        let offering = self.first(operation, &wanted, "ReservedCacheNodesOfferings", "ReservedCacheNodesOfferingId");
        let order = [
            ("ReservedCacheNodesOfferingId", offering.into()),
            ("ReservedCacheNodeId", name.into()),
            ("CacheNodeCount", Value::Integer(count)),
        ];
        self.call("elasticache:PurchaseReservedCacheNodesOffering", &Value::of(order));
    }
}

#[cfg(test)]
mod tests {
    use super::{demo_advice, demo_cloud};

    #[test]
    fn the_demo_has_a_year_and_what_was_bought_in_it() {
        let cloud = demo_cloud("2025-01".parse().unwrap(), 1, 1);
        let months: Vec<String> = cloud.closed_months().map(|month| month.to_string()).collect();
        assert_eq!((months.len(), months[0].as_str(), months[11].as_str()), (12, "2025-01", "2025-12"));
        assert_eq!((cloud.books.plans.len(), cloud.books.reserved.len()), (3, 4));
        let mut cloud = cloud;
        let advice = String::from_utf8(demo_advice(&mut cloud)).unwrap();
        let of = ["\"SavingsPlansPurchaseRecommendation\"", "\"Recommendations\""].map(|member| advice.matches(member).count());
        assert_eq!(of, [1, 2], "{advice}");
    }
}
