//! From what AWS recommends to an offer of the inputs: by the rules that say what covers what, or not at all.

use super::recommended::{Recommended, RecommendedGoods, Reserved};
use crate::proposal::inputs::{Inputs, PlanOffer, ReservedOffer, UsedSku};
use tenor_cover::{Attributes, PlanKind, Reservable, Sizes, operation_of_engine, operation_of_platform};
use tenor_money::{Money, Rounding, SCALE, UnitPrice, div_round};
use tenor_price::{OfferingClass, Payment, TermLength};

/// Meters of what reservations cover, longer ones before what they end in.
const METERS: [&str; 8] =
    ["Multi-AZClusterUsage", "Multi-AZUsage", "InstanceUsage", "DedicatedUsage", "BoxUsage", "NodeUsage", "ESInstance", "Node"];
/// More reservations than this of one kind are not simulated.
const COUNT_MAX: u32 = 1_000_000;
/// Nor is a plan of more an hour.
const HOURLY_MAX: Money = Money::from_whole(1_000_000);

/// Why something recommended cannot be priced.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotMatched {
    /// Amounts of another currency.
    #[error("it is in {0}, and the prices are in {1}")]
    OtherCurrency(String, String),
    /// An account that no class of the inputs names.
    #[error("nothing tells which of the groups that share commitments account `{0}` is in")]
    UnknownAccount(String),
    /// No account.
    #[error("it names no account, and there are several groups that share commitments")]
    NoAccount,
    /// A platform without an operation.
    #[error("no list says which operation the platform `{0}` is")]
    UnknownPlatform(String),
    /// An engine without an operation.
    #[error("no list says which operation the engine `{0}` of edition `{1}` and licence `{2}` is")]
    UnknownEngine(String, String, String),
    /// A cache engine that no rule is known for.
    #[error("no rule is known for the cache engine `{0}`")]
    UnknownCache(String),
    /// Neither shared nor dedicated.
    #[error("reservations of the tenancy `{0}` are not simulated")]
    UnknownTenancy(String),
    /// No deployment that reservations are sold for.
    #[error("no rule is known for the deployment `{0}`")]
    UnknownDeployment(String),
    /// Standard or convertible: it does not say.
    #[error("it does not say whether the reservations are standard or convertible")]
    NoClass,
    /// Something that is not simulated.
    #[error("{0} is not simulated")]
    NotSimulated(&'static str),
    /// Nothing in the inputs is used of it.
    #[error("no usage in the inputs is what reservations of `{0}` in `{1}` cover")]
    NotUsed(String, String),
    /// Several things could be meant.
    #[error("it does not name the engine, and several engines of `{0}` are used in `{1}`")]
    Ambiguous(String, String),
    /// The prices do not have it.
    #[error("version {0} of the prices has no {1} {2} {3} reservation of it")]
    NotOnSale(String, &'static str, TermLength, Payment),
    /// The prices do not have such a plan.
    #[error("version {0} of the prices has no such plan for anything that is used")]
    NoSuchPlan(String),
    /// Nothing, or more than AWS sells.
    #[error("it is nothing, or more than is simulated: {COUNT_MAX} reservations, or {HOURLY_MAX} an hour")]
    OutOfBounds,
}

/// An offer of the inputs, and how much of it.
pub(super) struct Matched {
    /// Its index among the plans or the reservations on sale.
    pub(super) offer: usize,
    pub(super) class: usize,
    /// Reservations, or thousandths of an hourly commitment.
    pub(super) items: u32,
    /// The account that AWS names, where the policy does not let it buy.
    pub(super) forbidden_buyer: Option<String>,
    /// What was assumed.
    pub(super) assumed: Vec<String>,
}

/// Finds the offer. Where the very type is not used but another size of its family is, a SKU and an offer of the type are added to the inputs, at
/// the other size's price by normalized unit.
///
/// # Errors
/// When it is not known for sure what is meant, or the inputs do not have its price.
pub(super) fn matched(inputs: &mut Inputs, one: &Recommended, sizes: &Sizes) -> Result<Matched, NotMatched> {
    let currency = &inputs.prices.currency;
    if !one.currency.is_empty() && !one.currency.eq_ignore_ascii_case(currency) {
        return Err(NotMatched::OtherCurrency(one.currency.clone(), currency.clone()));
    }
    let class = class_of(inputs, &one.account)?;
    let buyers = &inputs.policy.buyers;
    let is_forbidden = !one.account.is_empty() && !buyers.is_empty() && !buyers.contains(&one.account);
    let forbidden_buyer = is_forbidden.then(|| one.account.clone());
    match &one.goods {
        RecommendedGoods::Plan { kind, family, region, hourly } => {
            let (items, assumed) = thousandths(*hourly)?;
            let (family, region) = if *kind == PlanKind::Ec2Instance { (family.as_str(), region.as_str()) } else { ("", "") };
            let is_it = |offer: &PlanOffer| {
                offer.kind() == Some(*kind)
                    && (offer.family.as_str(), offer.region.as_str()) == (family, region)
                    && (offer.term(), offer.payment()) == (Some(one.term), Some(one.payment))
            };
            let offer = inputs.plans.iter().position(is_it).ok_or_else(|| NotMatched::NoSuchPlan(inputs.prices.version.clone()))?;
            Ok(Matched { offer, class, items, forbidden_buyer, assumed })
        }
        RecommendedGoods::Reservation { of, region, instance_type, count } => {
            if *count == 0 || *count > COUNT_MAX {
                return Err(NotMatched::OutOfBounds);
            }
            let mut assumed = Vec::new();
            if let Reserved::Ec2 { zone, .. } = of
                && zone.starts_with(region.as_str())
                && !region.is_empty()
            {
                assumed.push(format!("AWS names the zone {zone}; it is priced as a reservation of the Region, which covers as much"));
            }
            let wanted = Wanted { of, region, instance_type, term: one.term, payment: one.payment };
            let offer = wanted.offer(inputs, sizes, &mut assumed)?;
            Ok(Matched { offer, class, items: *count, forbidden_buyer, assumed })
        }
    }
}

/// The class that an account shares with.
fn class_of(inputs: &Inputs, account: &str) -> Result<usize, NotMatched> {
    if inputs.classes.len() == 1 {
        return Ok(0);
    }
    if account.is_empty() {
        return Err(NotMatched::NoAccount);
    }
    let alone = format!("account {account}");
    let known = inputs.classes.iter().position(|class| class.name == alone || class.buyer == account);
    known.ok_or_else(|| NotMatched::UnknownAccount(account.to_owned()))
}

/// A commitment in thousandths, which is what a simulation counts.
fn thousandths(hourly: Money) -> Result<(u32, Vec<String>), NotMatched> {
    let rounded = div_round(hourly.units(), SCALE / 1_000, Rounding::HalfEven);
    let items = u32::try_from(rounded).ok().filter(|items| *items > 0 && hourly <= HOURLY_MAX).ok_or(NotMatched::OutOfBounds)?;
    let counted = Money::from_units(rounded * (SCALE / 1_000));
    let assumed = (counted != hourly).then(|| format!("{hourly} an hour is counted as {counted}"));
    Ok((items, assumed.into_iter().collect()))
}

/// Reservations that are looked for.
struct Wanted<'a> {
    of: &'a Reserved,
    region: &'a str,
    instance_type: &'a str,
    term: TermLength,
    payment: Payment,
}

impl Wanted<'_> {
    fn offer(&self, inputs: &mut Inputs, sizes: &Sizes, assumed: &mut Vec<String>) -> Result<usize, NotMatched> {
        let class = self.class()?;
        let (meter, keys) = self.keys(sizes)?;
        let near: Vec<usize> = (0..inputs.skus.len()).filter(|sku| self.is_near(&inputs.skus[*sku])).collect();
        // Sizes of a family cover each other whatever their meter: databases in one zone and in several (`aws-rules` §1.11).
        let is_type = |sku: usize, key: &Reservable| is_exact(&inputs.skus[sku], key) && has_meter(&inputs.skus[sku], meter);
        let of_type = |key: &Reservable| near.iter().copied().filter(|sku| is_type(*sku, key)).collect::<Vec<_>>();
        let of_family = |key: &Reservable| near.iter().copied().filter(|sku| is_family(&inputs.skus[*sku], key)).collect::<Vec<_>>();
        let used: Vec<&Reservable> = keys.iter().filter(|key| !of_type(key).is_empty() || !of_family(key).is_empty()).collect();
        let named = || (self.instance_type.to_owned(), self.region.to_owned());
        let key = match used[..] {
            [] => return Err(NotMatched::NotUsed(named().0, named().1)),
            [key] => key,
            _ => return Err(NotMatched::Ambiguous(named().0, named().1)),
        };
        let on_sale = |sku: usize| {
            let offers = inputs.reserved.iter().enumerate().filter(move |(_, offer)| {
                offer.sku == sku && (offer.class(), offer.term(), offer.payment()) == (class, Some(self.term), Some(self.payment))
            });
            offers.map(|(place, _)| place)
        };
        if let Some(offer) = of_type(key).into_iter().flat_map(on_sale).next() {
            return Ok(offer);
        }
        let not_on_sale = || NotMatched::NotOnSale(inputs.prices.version.clone(), class.as_str(), self.term, self.payment);
        // What is used has the prices that there are: one that is missing is not made up from another size's.
        if of_type(key).into_iter().any(|sku| inputs.lines.iter().any(|line| line.sku == sku)) {
            return Err(not_on_sale());
        }
        // Of several sizes the one that is cheapest by unit: cross-multiplied, so that nothing is rounded.
        let by_unit = |one: &usize, other: &usize| {
            let of = |offer: usize| (inputs.reserved[offer].total(), i128::from(inputs.skus[inputs.reserved[offer].sku].factor));
            let ((one, units), (other, of)) = (of(*one), of(*other));
            (one * of).cmp(&(other * units))
        };
        let model = of_family(key).into_iter().flat_map(on_sale).min_by(by_unit);
        let model = model.ok_or_else(not_on_sale)?;
        let like = &inputs.skus[inputs.reserved[model].sku];
        // The same type of another meter: in several zones, and not in one.
        let wanted = if like.instance_type == self.instance_type { format!("{meter}:") } else { String::new() } + self.instance_type;
        assumed
            .push(format!("the inputs have no price of {wanted}, which is not used; it is priced as {} is by normalized unit", like.name));
        Ok(self.added(inputs, model, meter, key))
    }

    /// Adds the type as a SKU of which nothing is used, with an offer like that of another size.
    fn added(&self, inputs: &mut Inputs, model: usize, meter: &str, key: &Reservable) -> usize {
        let offer = inputs.reserved[model].clone();
        let like = inputs.skus[offer.sku].clone();
        let usage_type = format!("{}{meter}:{}", prefix(&like), self.instance_type);
        let name = format!("{} as {usage_type}", like.name);
        let (part, whole) = (i128::from(key.factor.thousandths()), i128::from(like.factor));
        let share = |amount: Money| amount.share(part, whole, Rounding::HalfEven).round_to(10, Rounding::HalfEven);
        let sku = inputs.skus.iter().position(|sku| sku.name == name).unwrap_or_else(|| {
            inputs.skus.push(UsedSku {
                name,
                usage_type,
                instance_type: self.instance_type.to_owned(),
                exact: Some(key.exact.0.clone()),
                factor: key.factor.thousandths(),
                ..like
            });
            inputs.skus.len() - 1
        });
        let hourly = UnitPrice::from_units(share(Money::from_units(offer.hourly.units())).units());
        inputs.reserved.push(ReservedOffer { sku, hourly, upfront: share(offer.upfront), ..offer });
        inputs.reserved.len() - 1
    }

    fn class(&self) -> Result<OfferingClass, NotMatched> {
        match self.of {
            Reserved::Ec2 { class, .. } => class.ok_or(NotMatched::NoClass),
            // Other services have one class alone.
            _ => Ok(OfferingClass::Standard),
        }
    }

    /// Whether a SKU is of the service and Region.
    fn is_near(&self, sku: &UsedSku) -> bool {
        sku.service == self.of.service() && sku.region == self.region && !sku.is_idle
    }

    /// The meter of the usage, and what it is by the rules: one thing, or several where AWS does not name the engine.
    fn keys(&self, sizes: &Sizes) -> Result<(&'static str, Vec<Reservable>), NotMatched> {
        let single = |meter| (meter, vec![self.attributes(meter)]);
        let operation;
        let (meter, attributes) = match self.of {
            Reserved::Ec2 { platform, tenancy, .. } => {
                let found = operation_of_platform(platform).ok_or_else(|| NotMatched::UnknownPlatform(platform.clone()))?;
                let meter = match tenancy.to_ascii_lowercase().as_str() {
                    "" | "shared" | "default" => "BoxUsage",
                    "dedicated" => "DedicatedUsage",
                    _ => return Err(NotMatched::UnknownTenancy(tenancy.clone())),
                };
                (meter, vec![Attributes { operation: found, ..self.attributes(meter) }])
            }
            Reserved::Rds { engine, edition, license_model, deployment, deployment_model } => {
                if deployment_model.to_ascii_lowercase().contains("custom") {
                    return Err(NotMatched::NotSimulated("RDS Custom"));
                }
                let unknown = || NotMatched::UnknownEngine(engine.clone(), edition.clone(), license_model.clone());
                operation = operation_of_engine(engine, edition, license_model).ok_or_else(unknown)?;
                let meter = match deployment.as_str() {
                    "Single-AZ" => "InstanceUsage",
                    "Multi-AZ" => "Multi-AZUsage",
                    "Multi-AZ (readable standbys)" => "Multi-AZClusterUsage",
                    _ => return Err(NotMatched::UnknownDeployment(deployment.clone())),
                };
                (meter, vec![Attributes { operation: &operation, ..self.attributes(meter) }])
            }
            Reserved::ElastiCache { engine } => {
                let cache_engine = match engine.to_ascii_lowercase().as_str() {
                    "redis" | "redis oss" => "Redis",
                    "memcached" => "Memcached",
                    "valkey" => "Valkey",
                    _ => return Err(NotMatched::UnknownCache(engine.clone())),
                };
                ("NodeUsage", vec![Attributes { cache_engine, ..self.attributes("NodeUsage") }])
            }
            Reserved::MemoryDb => {
                let of = |cache_engine| Attributes { cache_engine, ..self.attributes("NodeUsage") };
                ("NodeUsage", ["Redis", "Valkey"].map(of).to_vec())
            }
            Reserved::OpenSearch => single("ESInstance"),
            Reserved::Redshift => single("Node"),
            Reserved::DynamoDb => return Err(NotMatched::NotSimulated("reserved capacity of DynamoDB")),
        };
        let keys = attributes.iter().filter_map(|attributes| attributes.reservable(None, sizes).ok().flatten());
        Ok((meter, keys.collect()))
    }

    fn attributes(&self, meter: &'static str) -> Attributes<'_> {
        // Rules read the type where it is given, and the meter alone of the usage type.
        Attributes {
            service: self.of.service(),
            region: self.region,
            usage_type: meter,
            instance_type: self.instance_type,
            ..Attributes::default()
        }
    }
}

impl ReservedOffer {
    /// All that one costs over its term.
    fn total(&self) -> i128 {
        let hours = self.term().map_or(0, TermLength::hours);
        self.hourly.units() * i128::from(hours) + self.upfront.units()
    }
}

/// Whether usage is counted by a meter.
fn has_meter(sku: &UsedSku, meter: &str) -> bool {
    let used = sku.usage_type.split(':').next().unwrap_or_default();
    used == meter || used.strip_suffix(meter).is_some_and(|prefix| prefix.ends_with('-'))
}

/// What stands before the meter of a usage type: `EU-`, or nothing.
fn prefix(sku: &UsedSku) -> &str {
    let used = sku.usage_type.split(':').next().unwrap_or_default();
    METERS.iter().find_map(|meter| used.strip_suffix(meter).filter(|prefix| prefix.is_empty() || prefix.ends_with('-'))).unwrap_or_default()
}

fn is_exact(sku: &UsedSku, key: &Reservable) -> bool {
    sku.exact.as_ref() == Some(&key.exact.0)
}

fn is_family(sku: &UsedSku, key: &Reservable) -> bool {
    key.families.first().is_some_and(|family| sku.families.first() == Some(&family.0))
}
