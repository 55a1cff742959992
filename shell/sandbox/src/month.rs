//! One month's kinds of rows: each is written once here and referred to by number from its rows.

use crate::exact;
use crate::line::LineItemType;
use crate::world::World;
use std::collections::BTreeMap;
use tenor_bill::BillingPeriod;
use tenor_money::Money;

/// What rows of one kind share.
#[derive(Debug, Clone)]
pub(crate) struct RowKind {
    pub(crate) line_type: LineItemType,
    pub(crate) product_code: &'static str,
    /// The SKU used or reserved.
    pub(crate) sku: Option<u32>,
    pub(crate) reservation: Option<u32>,
    pub(crate) plan: Option<u32>,
    /// The description, where it does not follow from the rest.
    pub(crate) note: &'static str,
    pub(crate) split: bool,
    /// Whether it stands for the unused part of a commitment, as FOCUS has it.
    pub(crate) unused: bool,
}

/// A month of a world.
pub(crate) struct Month<'a> {
    pub(crate) world: &'a World,
    pub(crate) period: BillingPeriod,
    /// First second and first second after.
    pub(crate) start: i64,
    pub(crate) end: i64,
    pub(crate) kinds: Vec<RowKind>,
    by_key: BTreeMap<Key, u32>,
    /// Kinds of covered usage, by commitment and SKU; `u32::MAX` where the commitment does not cover the SKU.
    reserved: Vec<Vec<u32>>,
    planned: Vec<Vec<u32>>,
    negated: Vec<Vec<u32>>,
    /// The kinds of unused parts, by the kind of the fee.
    unused: BTreeMap<u32, u32>,
}

/// What tells the kinds that are looked up by name apart.
type Key = (LineItemType, &'static str, Option<u32>, Option<u32>);

/// Product codes that taxes and discounts are summed by.
pub(crate) const PRODUCTS: [&str; 21] = [
    "AmazonEC2",
    "AmazonRDS",
    "AmazonS3",
    "AWSLambda",
    "AmazonECS",
    "AWSDataTransfer",
    "AmazonCloudWatch",
    "AmazonDynamoDB",
    "AWSQueueService",
    "awskms",
    "AWSELB",
    "AmazonElastiCache",
    "AmazonVPC",
    "AmazonES",
    "AmazonMemoryDB",
    "AmazonRedshift",
    "AmazonSageMaker",
    "ComputeSavingsPlans",
    "DatabaseSavingsPlans",
    "MachineLearningSavingsPlans",
    "AWSSupportBusiness",
];

impl<'a> Month<'a> {
    /// The kinds of rows a period may have.
    pub(crate) fn new(world: &'a World, period: BillingPeriod) -> Self {
        let (start, end) = (period.start().as_second(), period.end().as_second());
        let mut month = Self {
            world,
            period,
            start,
            end,
            kinds: Vec::new(),
            by_key: BTreeMap::new(),
            reserved: Vec::new(),
            planned: Vec::new(),
            negated: Vec::new(),
            unused: BTreeMap::new(),
        };
        month.add_usage();
        month.add_commitments();
        for product in PRODUCTS {
            month.add_named(LineItemType::EdpDiscount, product, None, None);
            month.add_named(LineItemType::Tax, product, None, None);
        }
        month.add_named(LineItemType::Credit, "AmazonEC2", None, None);
        month.add_named(LineItemType::Refund, "AmazonS3", None, None);
        month.add_named(LineItemType::Fee, "AWSSupportBusiness", None, None);
        month
    }

    /// The kind of plain usage of a SKU.
    pub(crate) fn usage(&self, sku: u32) -> u32 {
        sku
    }

    /// The kind of a container's part of an instance's usage.
    pub(crate) fn split(&self, sku: u32) -> u32 {
        self.world.fleet.skus.len() as u32 + sku
    }

    pub(crate) fn reserved(&self, reservation: u32, sku: u32) -> u32 {
        self.reserved[reservation as usize][sku as usize]
    }

    pub(crate) fn planned(&self, plan: u32, sku: u32) -> u32 {
        self.planned[plan as usize][sku as usize]
    }

    pub(crate) fn negated(&self, plan: u32, sku: u32) -> u32 {
        self.negated[plan as usize][sku as usize]
    }

    /// The kind of a row that is no usage.
    pub(crate) fn named(&self, line_type: LineItemType, product: &'static str, reservation: Option<u32>, plan: Option<u32>) -> u32 {
        self.by_key[&(line_type, product, reservation, plan)]
    }

    /// The kind of the unused part of a commitment's fee.
    pub(crate) fn unused(&self, fee: u32) -> Option<u32> {
        self.unused.get(&fee).copied()
    }

    fn add(&mut self, kind: RowKind) -> u32 {
        self.kinds.push(kind);
        self.kinds.len() as u32 - 1
    }

    fn add_usage(&mut self) {
        for split in [false, true] {
            for sku in 0..self.world.fleet.skus.len() as u32 {
                self.add_sku(LineItemType::Usage, sku, None, None, split);
            }
        }
    }

    fn add_sku(&mut self, line_type: LineItemType, sku: u32, reservation: Option<u32>, plan: Option<u32>, split: bool) -> u32 {
        let product_code = self.world.fleet.skus[sku as usize].product_code;
        self.add(RowKind { line_type, product_code, sku: Some(sku), reservation, plan, note: "", split, unused: false })
    }

    fn add_commitments(&mut self) {
        let world = self.world;
        let skus = &world.fleet.skus;
        for (index, reservation) in world.reservations.iter().enumerate() {
            let number = index as u32;
            let bought = &skus[reservation.sku as usize];
            let covers = |sku: &u32| crate::matching::reserves(reservation, bought, &skus[*sku as usize]);
            let mut kinds = vec![u32::MAX; skus.len()];
            for sku in (0..skus.len() as u32).filter(covers) {
                kinds[sku as usize] = self.add_sku(LineItemType::DiscountedUsage, sku, Some(number), None, false);
            }
            self.reserved.push(kinds);
            for line_type in [LineItemType::RiFee, LineItemType::Fee] {
                self.add_named(line_type, bought.product_code, Some(number), None);
            }
        }
        for (index, plan) in world.plans.iter().enumerate() {
            let number = index as u32;
            let covers = |sku: &u32| crate::matching::plan_rate(plan, &skus[*sku as usize]).is_some();
            let covered: Vec<u32> = (0..skus.len() as u32).filter(covers).collect();
            let (mut planned, mut negated) = (vec![u32::MAX; skus.len()], vec![u32::MAX; skus.len()]);
            for sku in covered {
                planned[sku as usize] = self.add_sku(LineItemType::SavingsPlanCoveredUsage, sku, None, Some(number), false);
                negated[sku as usize] = self.add_sku(LineItemType::SavingsPlanNegation, sku, None, Some(number), false);
            }
            self.planned.push(planned);
            self.negated.push(negated);
            for line_type in [LineItemType::SavingsPlanRecurringFee, LineItemType::SavingsPlanUpfrontFee, LineItemType::Refund] {
                self.add_named(line_type, plan.kind.product_code(), None, Some(number));
            }
        }
    }

    fn add_named(&mut self, line_type: LineItemType, product_code: &'static str, reservation: Option<u32>, plan: Option<u32>) {
        let note = match line_type {
            LineItemType::Credit => "Promotional credit",
            LineItemType::Refund if plan.is_some() => "Refund for one-time fee for Savings Plan ID",
            LineItemType::Refund => "Refund for a billing error in an earlier period",
            LineItemType::EdpDiscount => "Enterprise discount program discount",
            LineItemType::Fee if reservation.is_none() => "AWS Support (Business) monthly fee",
            _ => "",
        };
        let sku = reservation.map(|index| self.world.reservations[index as usize].sku);
        let kind = self.add(RowKind { line_type, product_code, sku, reservation, plan, note, split: false, unused: false });
        self.by_key.insert((line_type, product_code, reservation, plan), kind);
        if matches!(line_type, LineItemType::RiFee | LineItemType::SavingsPlanRecurringFee) {
            let unused = RowKind { unused: true, ..self.kinds[kind as usize].clone() };
            let unused = self.add(unused);
            self.unused.insert(kind, unused);
        }
    }
}

impl Month<'_> {
    /// An amount of a kind of row after the private discount; the amount itself where there is none (rounding rule 6).
    pub(crate) fn net(&self, kind: &RowKind, gross: Money) -> Money {
        if kind.line_type == LineItemType::EdpDiscount {
            return Money::ZERO;
        }
        let discounted = kind.line_type.discounted(kind.reservation.or(kind.plan).is_some());
        match self.world.discount_percent {
            Some(percent) if discounted => Money::from_units(exact::net(gross.units(), percent)),
            _ => gross,
        }
    }
}

impl RowKind {
    /// The product code its rows show: containers belong to their cluster's service.
    pub(crate) fn shown_product_code(&self) -> &'static str {
        if self.split { "AmazonEKS" } else { self.product_code }
    }
}
