//! Private pricing: what an agreement with AWS makes of list prices, from which day, and whether the bill agrees.
//!
//! It is an input, written by its owner: nothing here is derived from a bill. The file is in `docs/spec/prices.md` 5.

use crate::book::{Basis, PriceBook, Version};
use crate::key::SkuKey;
use crate::rate::{Rate, Source};
use jiff::civil::Date;
use std::collections::BTreeSet;
use std::fmt;
use tenor_cover::PlanKind;
use tenor_money::{Decimal, Money, Quantity, Rounding, SCALE, UnitPrice};

/// Units of the tenth decimal, the last that a rate may have.
const STEP: i128 = 100;

/// A share of one, exact to 10⁻¹²; at least 0, at most 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Share(i128);

/// Text that is no percentage between 0 and 100 with at most 10 decimals.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a percentage between 0 and 100")]
pub struct NotAShare(pub String);

/// What a discount applies to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Charged {
    /// Usage on demand.
    OnDemand,
    /// Fees of reservations, upfront and recurring.
    Reservation,
    /// Fees of Savings Plans.
    Plan,
}

/// A percentage off, across services or for one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discount {
    /// Its first day.
    pub from: Date,
    /// The first day without it; open where none is said.
    pub until: Option<Date>,
    /// The product code it is for; every service where none is said. One that names the service stands above one that does not.
    pub service: Option<String>,
    /// What it applies to.
    pub applies_to: BTreeSet<Charged>,
    /// What it takes off.
    pub share: Share,
}

/// A rate of one SKU on demand. It is final: no discount is taken off it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PrivateRate {
    /// Its first day.
    pub from: Date,
    /// The first day without it; open where none is said.
    pub until: Option<Date>,
    /// Of what.
    pub sku: SkuKey,
    /// Of one unit.
    pub rate: UnitPrice,
}

/// What was promised to be spent in a time, which commitments must not make impossible.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SpendCommitment {
    /// Its first day.
    pub from: Date,
    /// The first day after it.
    pub until: Date,
    /// How much.
    pub amount: Money,
}

/// All that was agreed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PrivatePricing {
    discounts: Vec<Discount>,
    rates: Vec<PrivateRate>,
    commitments: Vec<SpendCommitment>,
}

/// Two agreements about one thing on one day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("two {what} hold on {on}: say when the first ends")]
pub struct Overlap {
    /// Of what.
    pub what: String,
    /// On which day first.
    pub on: Date,
}

/// What a bill says of one charge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Billed {
    /// What it is, for people.
    pub name: String,
    /// When.
    pub on: Date,
    /// The product code.
    pub service: String,
    /// The SKU, if it is usage.
    pub sku: Option<SkuKey>,
    /// What kind of charge it is.
    pub charged: Charged,
    /// How much was used.
    pub quantity: Quantity,
    /// What it costs by list.
    pub list: Money,
    /// What the bill's net column says.
    pub net: Money,
}

/// A charge whose net cost is not what was agreed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NetDifference {
    /// What it is.
    pub name: String,
    /// What the agreement makes of it.
    pub agreed: Money,
    /// What the bill says.
    pub billed: Money,
}

impl Share {
    /// From a percentage: `7.5`.
    ///
    /// # Errors
    /// When it is none between 0 and 100, or has more than 10 decimals.
    pub fn from_percent(text: &str) -> Result<Self, NotAShare> {
        let refused = || NotAShare(text.to_owned());
        let percent = Decimal::parse(text.as_bytes()).map_err(|_| refused())?;
        let is_share = percent.residue == 0 && (0..=100 * SCALE).contains(&percent.units) && percent.units % 100 == 0;
        if is_share { Ok(Self(percent.units / 100)) } else { Err(refused()) }
    }

    /// What is left of one.
    #[must_use]
    pub const fn rest(self) -> i128 {
        SCALE - self.0
    }

    /// What is left of an amount.
    #[must_use]
    pub fn off(self, amount: Money, rounding: Rounding) -> Money {
        amount.share(self.rest(), SCALE, rounding)
    }
}

impl fmt::Display for Share {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&format!("{}%", Money::from_units(self.0 * 100)))
    }
}

impl Charged {
    /// All kinds of charges.
    pub const ALL: [Self; 3] = [Self::OnDemand, Self::Reservation, Self::Plan];

    /// As a file writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::OnDemand => "on-demand",
            Self::Reservation => "reservations",
            Self::Plan => "plans",
        }
    }
}

impl SpendCommitment {
    /// Whether a day is in its time.
    #[must_use]
    pub fn holds(&self, on: Date) -> bool {
        (self.from..self.until).contains(&on)
    }

    /// What would be missing if so much were spent in its time: nothing when it is kept.
    #[must_use]
    pub fn shortfall(&self, spent: Money) -> Option<Money> {
        (spent < self.amount).then(|| self.amount - spent)
    }
}

impl PrivatePricing {
    /// From what was agreed, in any order.
    ///
    /// # Errors
    /// When two discounts for the same, or two rates of one SKU, hold on one day.
    pub fn new(mut discounts: Vec<Discount>, mut rates: Vec<PrivateRate>, mut commitments: Vec<SpendCommitment>) -> Result<Self, Overlap> {
        discounts.sort_by(|one, other| (&one.service, one.from, &one.applies_to).cmp(&(&other.service, other.from, &other.applies_to)));
        rates.sort_by(|one, other| (&one.sku, one.from).cmp(&(&other.sku, other.from)));
        commitments.sort_by_key(|commitment| (commitment.from, commitment.until, commitment.amount));
        for (at, later) in discounts.iter().enumerate() {
            let clashes = |one: &&Discount| one.service == later.service && !one.applies_to.is_disjoint(&later.applies_to);
            if discounts[..at].iter().filter(clashes).any(|one| one.until.is_none_or(|until| until > later.from)) {
                let what = format!("discounts for {}", later.service.as_deref().unwrap_or("every service"));
                return Err(Overlap { what, on: later.from });
            }
        }
        for pair in rates.windows(2) {
            if pair[0].sku == pair[1].sku && pair[0].until.is_none_or(|until| until > pair[1].from) {
                return Err(Overlap { what: format!("rates of {}", pair[1].sku), on: pair[1].from });
            }
        }
        Ok(Self { discounts, rates, commitments })
    }

    /// What was promised to be spent.
    #[must_use]
    pub fn commitments(&self) -> &[SpendCommitment] {
        &self.commitments
    }

    /// What is taken off a charge on a day; nothing where no discount holds.
    #[must_use]
    pub fn discount(&self, on: Date, service: &str, charged: Charged) -> Share {
        let holds = |discount: &&Discount| holds(discount.from, discount.until, on) && discount.applies_to.contains(&charged);
        let found = |wanted: Option<&str>| self.discounts.iter().filter(holds).find(|discount| discount.service.as_deref() == wanted);
        found(Some(service)).or_else(|| found(None)).map_or(Share(0), |discount| discount.share)
    }

    /// The rate agreed for a SKU on a day.
    #[must_use]
    pub fn rate(&self, on: Date, sku: &SkuKey) -> Option<UnitPrice> {
        self.rates.iter().find(|rate| rate.sku == *sku && holds(rate.from, rate.until, on)).map(|rate| rate.rate)
    }

    /// The book with net prices of on-demand usage and of reservations, as of a day.
    ///
    /// Rates of plans stay as they are, since a plan's commitment is counted in them: what is left of its fee is [`PriceBook::plan_fee`].
    /// What was simulated stays marked so.
    #[must_use]
    pub fn apply(&self, book: &PriceBook, on: Date, rounding: Rounding) -> PriceBook {
        let mut net = book.clone();
        let price = |price: UnitPrice, share: Share| {
            // A rate has at most 10 decimals (`docs/spec/sharing.md` 2), so it is rounded there, once.
            UnitPrice::from_units(price.share(share.rest(), SCALE * STEP, rounding).units() * STEP)
        };
        for sku in &mut net.listed.skus {
            let share = self.discount(on, sku.key.service(), Charged::OnDemand);
            if let Some(agreed) = self.rate(on, &sku.key) {
                sku.on_demand = Some(Rate { price: agreed, source: Source::Private });
            } else if let Some(rate) = &mut sku.on_demand
                && share != Share(0)
            {
                *rate = Rate { price: price(rate.price, share), source: discounted(rate.source) };
            }
            let share = self.discount(on, sku.key.service(), Charged::Reservation);
            for (_, reserved) in sku.reserved.iter_mut().filter(|_| share != Share(0)) {
                reserved.hourly = price(reserved.hourly, share);
                reserved.upfront = share.off(reserved.upfront, rounding);
                reserved.source = discounted(reserved.source);
            }
        }
        for kind in PlanKind::ALL {
            let share = self.discount(on, plan_service(kind), Charged::Plan);
            net.plan_fees.insert(kind, Quantity::from_units(share.rest()));
        }
        net.basis = Basis::Net { private: self.version(), on };
        net
    }

    /// What tells these agreements from others.
    #[must_use]
    pub fn version(&self) -> Version {
        let mut text = String::from("# tenor private 1\n");
        let until = |until: Option<Date>| until.map(|date| date.to_string()).unwrap_or_default();
        for Discount { from, until: end, service, applies_to, share } in &self.discounts {
            let applies_to: Vec<_> = applies_to.iter().map(|charged| charged.as_str()).collect();
            text += &format!("discount\t{from}\t{}\t{service:?}\t{}\t{share}\n", until(*end), applies_to.join(" "));
        }
        for PrivateRate { from, until: end, sku, rate } in &self.rates {
            let name = [sku.service(), sku.region(), sku.usage_type(), sku.operation()];
            text += &format!("rate\t{from}\t{}\t{name:?}\t{rate}\n", until(*end));
        }
        for SpendCommitment { from, until, amount } in &self.commitments {
            text += &format!("spend\t{from}\t{until}\t{amount}\n");
        }
        Version(*blake3::hash(text.as_bytes()).as_bytes())
    }
}

/// The charges whose net cost differs from what was agreed by more than `tolerance`, which rounding takes.
#[must_use]
pub fn check_net(
    private: &PrivatePricing,
    billed: impl IntoIterator<Item = Billed>,
    tolerance: Money,
    rounding: Rounding,
) -> Vec<NetDifference> {
    let differs = |charge: Billed| {
        let rate = charge.sku.as_ref().filter(|_| charge.charged == Charged::OnDemand).and_then(|sku| private.rate(charge.on, sku));
        let agreed = match rate {
            Some(rate) => rate.charge(charge.quantity, rounding),
            None => private.discount(charge.on, &charge.service, charge.charged).off(charge.list, rounding),
        };
        let difference = NetDifference { name: charge.name, agreed, billed: charge.net };
        ((agreed - charge.net).abs() > tolerance).then_some(difference)
    };
    billed.into_iter().filter_map(differs).collect()
}

fn holds(from: Date, until: Option<Date>, on: Date) -> bool {
    from <= on && until.is_none_or(|until| on < until)
}

/// The product code that a bill gives the fees of a kind of plan.
const fn plan_service(kind: PlanKind) -> &'static str {
    match kind {
        PlanKind::Ec2Instance | PlanKind::Compute => "ComputeSavingsPlans",
        PlanKind::SageMaker => "MachineLearningSavingsPlans",
        PlanKind::Database => "DatabaseSavingsPlans",
    }
}

/// A discount on what is simulated is simulated.
fn discounted(source: Source) -> Source {
    if source == Source::Simulated { source } else { Source::Private }
}

#[cfg(test)]
mod tests {
    use super::{Billed, Charged, Discount, PrivatePricing, PrivateRate, Share, SpendCommitment, check_net};
    use crate::book::PriceBook;
    use crate::tests::{book, rows, sku};
    use jiff::civil::{Date, date};
    use tenor_money::{Money, Rounding};

    const M5: &str = "us-east-1 BoxUsage:m5.large RunInstances";

    fn discount(from: Date, until: Option<Date>, service: Option<&str>, charged: &[Charged], percent: &str) -> Discount {
        let share = Share::from_percent(percent).unwrap();
        Discount { from, until, service: service.map(str::to_owned), applies_to: charged.iter().copied().collect(), share }
    }

    fn rate(from: Date, until: Option<Date>, name: &str, rate: &str) -> PrivateRate {
        PrivateRate { from, until, sku: sku(name), rate: rate.parse().unwrap() }
    }

    fn pricing() -> PrivatePricing {
        let discounts = vec![
            discount(date(2025, 1, 1), Some(date(2026, 1, 1)), None, &[Charged::OnDemand, Charged::Reservation], "5"),
            discount(date(2026, 1, 1), None, None, &Charged::ALL, "7.5"),
            discount(date(2025, 7, 1), None, Some("AmazonEC2"), &[Charged::OnDemand], "10"),
        ];
        let rates = vec![rate(date(2025, 9, 1), None, "us-east-1 BoxUsage:m5.xlarge RunInstances", "0.15")];
        PrivatePricing::new(discounts, rates, Vec::new()).unwrap()
    }

    fn list() -> PriceBook {
        book(
            "us-east-1 BoxUsage:m5.large RunInstances: od 0.096
             us-east-1 BoxUsage:m5.large RunInstances: ri standard 1yr AllUpfront 0 501
             us-east-1 BoxUsage:m5.large RunInstances: sp ComputeSavingsPlans 1yr NoUpfront 0.07 simulated
             us-east-1 BoxUsage:m5.xlarge RunInstances: od 0.192",
        )
    }

    #[test]
    fn agreements_hold_from_their_day_to_their_end() {
        let (pricing, list) = (pricing(), list());
        let told = [date(2024, 12, 31), date(2025, 1, 1), date(2025, 7, 1), date(2025, 9, 1), date(2026, 1, 1)].map(|on| {
            let net = pricing.apply(&list, on, Rounding::HalfEven);
            format!("{on}: plans' fees {}\n{}", pricing.discount(on, "ComputeSavingsPlans", Charged::Plan), rows(&net))
        });
        insta::assert_snapshot!(told.join("\n"), @"
        2024-12-31: plans' fees 0%
        OnDemand,,,,us-east-1,AmazonEC2,BoxUsage:m5.large,RunInstances,0.096,,,,list,
        StandardReservation,1yr,All Upfront,,us-east-1,AmazonEC2,BoxUsage:m5.large,RunInstances,0,501,,,list,
        OnDemand,,,,us-east-1,AmazonEC2,BoxUsage:m5.xlarge,RunInstances,0.192,,,,list,
        ComputeSavingsPlans,1yr,No Upfront,,,AmazonEC2,BoxUsage:m5.large,RunInstances,0.07,,,us-east-1,simulated,
        2025-01-01: plans' fees 0%
        OnDemand,,,,us-east-1,AmazonEC2,BoxUsage:m5.large,RunInstances,0.0912,,,,private,
        StandardReservation,1yr,All Upfront,,us-east-1,AmazonEC2,BoxUsage:m5.large,RunInstances,0,475.95,,,private,
        OnDemand,,,,us-east-1,AmazonEC2,BoxUsage:m5.xlarge,RunInstances,0.1824,,,,private,
        ComputeSavingsPlans,1yr,No Upfront,,,AmazonEC2,BoxUsage:m5.large,RunInstances,0.07,,,us-east-1,simulated,
        2025-07-01: plans' fees 0%
        OnDemand,,,,us-east-1,AmazonEC2,BoxUsage:m5.large,RunInstances,0.0864,,,,private,
        StandardReservation,1yr,All Upfront,,us-east-1,AmazonEC2,BoxUsage:m5.large,RunInstances,0,475.95,,,private,
        OnDemand,,,,us-east-1,AmazonEC2,BoxUsage:m5.xlarge,RunInstances,0.1728,,,,private,
        ComputeSavingsPlans,1yr,No Upfront,,,AmazonEC2,BoxUsage:m5.large,RunInstances,0.07,,,us-east-1,simulated,
        2025-09-01: plans' fees 0%
        OnDemand,,,,us-east-1,AmazonEC2,BoxUsage:m5.large,RunInstances,0.0864,,,,private,
        StandardReservation,1yr,All Upfront,,us-east-1,AmazonEC2,BoxUsage:m5.large,RunInstances,0,475.95,,,private,
        OnDemand,,,,us-east-1,AmazonEC2,BoxUsage:m5.xlarge,RunInstances,0.15,,,,private,
        ComputeSavingsPlans,1yr,No Upfront,,,AmazonEC2,BoxUsage:m5.large,RunInstances,0.07,,,us-east-1,simulated,
        2026-01-01: plans' fees 7.5%
        OnDemand,,,,us-east-1,AmazonEC2,BoxUsage:m5.large,RunInstances,0.0864,,,,private,
        StandardReservation,1yr,All Upfront,,us-east-1,AmazonEC2,BoxUsage:m5.large,RunInstances,0,463.425,,,private,
        OnDemand,,,,us-east-1,AmazonEC2,BoxUsage:m5.xlarge,RunInstances,0.15,,,,private,
        ComputeSavingsPlans,1yr,No Upfront,,,AmazonEC2,BoxUsage:m5.large,RunInstances,0.07,,,us-east-1,simulated,
        ");
        let net = pricing.apply(&list, date(2025, 1, 1), Rounding::HalfEven);
        assert_eq!(net.version(), list.version());
        insta::assert_snapshot!(format!("{list}\n{net}"), @"
        the list prices 5ab51dcd564e of 2025-04-04
        the list prices 5ab51dcd564e of 2025-04-04 with private pricing c30734a0fb61 on 2025-01-01
        ");
    }

    #[test]
    fn what_holds_twice_is_refused() {
        let (from, later) = (date(2025, 1, 1), date(2025, 6, 1));
        let twice = |until| {
            let discounts = vec![
                discount(from, until, None, &[Charged::OnDemand], "5"),
                discount(later, None, None, &[Charged::OnDemand, Charged::Plan], "6"),
            ];
            PrivatePricing::new(discounts, Vec::new(), Vec::new()).map(|_| ()).map_err(|error| error.to_string())
        };
        assert_eq!(twice(Some(later)), Ok(()));
        insta::assert_snapshot!(twice(None).unwrap_err(), @"two discounts for every service hold on 2025-06-01: say when the first ends");
        let rates = vec![rate(from, None, M5, "0.09"), rate(later, None, M5, "0.08")];
        insta::assert_snapshot!(PrivatePricing::new(Vec::new(), rates, Vec::new()).unwrap_err(), @"two rates of AmazonEC2 us-east-1 BoxUsage:m5.large RunInstances hold on 2025-06-01: say when the first ends");
    }

    #[test]
    fn the_bill_is_checked_against_what_was_agreed() {
        let billed = |name: &str, on, sku_name: Option<&str>, list: &str, net: &str| Billed {
            name: name.to_owned(),
            on,
            service: "AmazonEC2".to_owned(),
            sku: sku_name.map(sku),
            charged: Charged::OnDemand,
            quantity: "10".parse().unwrap(),
            list: list.parse().unwrap(),
            net: net.parse().unwrap(),
        };
        let large = Some("us-east-1 BoxUsage:m5.xlarge RunInstances");
        let bill = [
            billed("as agreed", date(2025, 1, 5), Some(M5), "0.96", "0.912"),
            billed("rounded", date(2025, 1, 5), Some(M5), "0.96", "0.9120000001"),
            billed("no discount", date(2025, 1, 5), Some(M5), "0.96", "0.96"),
            billed("own rate", date(2025, 9, 5), large, "1.92", "1.5"),
            billed("own rate forgotten", date(2025, 9, 5), large, "1.92", "1.728"),
        ];
        let tolerance = Money::from_units(1_000);
        let found = check_net(&pricing(), bill, tolerance, Rounding::HalfEven);
        let told: Vec<String> = found.iter().map(|one| format!("{}: agreed {}, billed {}", one.name, one.agreed, one.billed)).collect();
        insta::assert_snapshot!(told.join("\n"), @"
        no discount: agreed 0.912, billed 0.96
        own rate forgotten: agreed 1.5, billed 1.728
        ");
    }

    #[test]
    fn a_share_is_an_exact_percentage() {
        assert_eq!(Share::from_percent("7.25").unwrap().to_string(), "7.25%");
        for text in ["", "-1", "100.1", "7%", "0.00000000001", "seven"] {
            assert_eq!(Share::from_percent(text).unwrap_err().to_string(), format!("`{text}` is not a percentage between 0 and 100"));
        }
    }

    #[test]
    fn a_spend_commitment_says_what_would_be_missing() {
        let commitment = SpendCommitment { from: date(2025, 1, 1), until: date(2026, 1, 1), amount: Money::from_whole(1_000_000) };
        assert!(commitment.holds(date(2025, 12, 31)) && !commitment.holds(date(2026, 1, 1)));
        assert_eq!(commitment.shortfall(Money::from_whole(990_000)), Some(Money::from_whole(10_000)));
        assert_eq!(commitment.shortfall(Money::from_whole(1_000_000)), None);
        let with = PrivatePricing::new(Vec::new(), Vec::new(), vec![commitment]).unwrap();
        assert_ne!(with.version(), PrivatePricing::default().version());
        assert_eq!(with.commitments().len(), 1);
    }
}
