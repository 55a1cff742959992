//! Nodes of caches, search domains and warehouses: priced by the hour, covered by reservations of their own services.
//!
//! `ElastiCache` and Redshift have dated list prices; those of `OpenSearch` and `MemoryDB`, and of reservations for Valkey, are **simulated**.

use crate::exact::ratio;
use crate::price::{Payment, ReservedPrice, Term, amount};
use crate::sku::{PlanScope, Sku, base, size_factor};
use tenor_money::{Money, Quantity, UnitPrice};

/// The list prices of a node type.
#[derive(Debug, Clone)]
pub(crate) struct NodePrice {
    /// `AmazonElastiCache`.
    pub(crate) product_code: &'static str,
    /// `us-east-1`.
    pub(crate) region: &'static str,
    /// `Redis` or `Valkey`; empty where a service has one engine.
    pub(crate) engine: &'static str,
    /// `cache.r7g.large`.
    pub(crate) node_type: &'static str,
    /// Per hour.
    pub(crate) on_demand: UnitPrice,
    /// By payment option, then term.
    reserved: [[ReservedPrice; 2]; 3],
    /// AWS's SKU; empty for simulated ones.
    code: &'static str,
}

/// Service, Region, engine, node type, on-demand rate: simulated.
const SIMULATED: [(&str, &str, &str, &str, &str); 5] = [
    ("AmazonES", "us-east-1", "", "r6g.large.search", "0.167"),
    ("AmazonES", "eu-west-1", "", "m6g.large.search", "0.142"),
    ("AmazonMemoryDB", "us-east-1", "Redis", "db.r6g.large", "0.309"),
    ("AmazonMemoryDB", "us-east-1", "Redis", "db.r6g.xlarge", "0.617"),
    ("AmazonMemoryDB", "us-east-1", "Valkey", "db.r6g.large", "0.2163"),
];

impl NodePrice {
    /// What one node's reservation costs.
    pub(crate) fn reserved(&self, term: Term, payment: Payment) -> ReservedPrice {
        self.reserved[payment as usize][term as usize]
    }

    /// Whether its on-demand rate is listed rather than simulated.
    pub(crate) fn is_listed(&self) -> bool {
        !self.code.is_empty()
    }

    /// Whether reservations of the service cover every size of a family.
    pub(crate) fn is_size_flexible(&self) -> bool {
        matches!(self.product_code, "AmazonElastiCache" | "AmazonMemoryDB")
    }

    /// Whether a reservation for this engine covers nodes of another: one for Redis OSS covers Valkey too.
    pub(crate) fn covers_engine(&self, other: &str) -> bool {
        self.engine == other || (self.engine == "Redis" && other == "Valkey")
    }
}

/// All node types the organization may run.
pub(crate) fn nodes() -> Vec<NodePrice> {
    let mut found: Vec<NodePrice> = Vec::new();
    for cells in include_str!("../data/node_prices.csv").lines().skip(1).map(|line| line.split(',').collect::<Vec<_>>()) {
        // The price list has no reservations for Valkey: a fifth less than those for Redis OSS, which stand in the line before (simulated).
        let reserved = if cells[5].is_empty() {
            found.last().expect("Redis OSS comes first").reserved.map(|terms| terms.map(a_fifth_less))
        } else {
            listed(&cells)
        };
        let [product_code, region, engine, node_type] = [0, 1, 2, 3].map(|column| cells[column]);
        found.push(NodePrice { product_code, region, engine, node_type, on_demand: amount(cells[4]), reserved, code: cells[13] });
    }
    let simulated = SIMULATED.iter().map(|&(product_code, region, engine, node_type, rate)| {
        let on_demand = amount(rate);
        NodePrice { product_code, region, engine, node_type, on_demand, reserved: simulated(on_demand), code: "" }
    });
    found.extend(simulated);
    found
}

/// Redshift's dense compute nodes of the first generation and of the second at the same price, since one is exchanged for the other at no cost
/// (all simulated). The organization runs none.
pub(crate) fn dense_compute() -> Vec<NodePrice> {
    let node = |(region, rate): (&'static str, &str), node_type| {
        let on_demand = amount(rate);
        NodePrice { product_code: "AmazonRedshift", region, engine: "", node_type, on_demand, reserved: simulated(on_demand), code: "" }
    };
    let regions = [("us-east-1", "0.25"), ("eu-west-1", "0.3")];
    regions.into_iter().flat_map(|region| ["dc1.large", "dc2.large"].map(|node_type| node(region, node_type))).collect()
}

/// The usage type of Redshift Serverless, without its Region's prefix.
pub(crate) const SERVERLESS: &str = "Redshift:ServerlessUsage";

/// Processing units (RPU) of Redshift Serverless, by the hour. Their rates are simulated; the organization runs none.
pub(crate) fn serverless() -> Vec<Sku> {
    let unit = |(region, rate)| {
        let region = crate::region::index_of(region);
        let mut sku = base(region, "AmazonRedshift", SERVERLESS, "RedshiftServerless", "RPU-Hr", amount(rate));
        sku.product.push(("productFamily", "Serverless".to_owned()));
        sku
    };
    [("us-east-1", "0.375"), ("us-west-2", "0.375"), ("eu-west-1", "0.413")].map(unit).into()
}

/// What one processing unit's reservation for a year costs: 20 percent less with nothing upfront, 24 percent with everything (simulated).
pub(crate) fn serverless_reserved(on_demand: UnitPrice, everything_upfront: bool) -> ReservedPrice {
    if everything_upfront {
        let upfront = Money::from_units(ratio(on_demand.units(), 76 * 8_760, 100, 2));
        return ReservedPrice { upfront, hourly: UnitPrice::ZERO };
    }
    ReservedPrice { upfront: Money::ZERO, hourly: UnitPrice::from_units(ratio(on_demand.units(), 80, 100, 6)) }
}

/// A node on demand.
pub(crate) fn sku(price: &NodePrice) -> Sku {
    let (meter, operation, family) = match (price.product_code, price.engine) {
        ("AmazonES", _) => ("ESInstance", "ESDomain", "Amazon OpenSearch Service Instance"),
        ("AmazonRedshift", _) => ("Node", "RunComputeNode:0001", "Compute Instance"),
        ("AmazonMemoryDB", "Valkey") => ("NodeUsage", "CreateCluster:Valkey", "Amazon MemoryDB Instance"),
        ("AmazonMemoryDB", _) => ("NodeUsage", "CreateCluster:Redis", "Amazon MemoryDB Instance"),
        (_, "Valkey") => ("NodeUsage", "CreateCacheCluster:Valkey", "Cache Instance"),
        _ => ("NodeUsage", "CreateCacheCluster:0002", "Cache Instance"),
    };
    let region = crate::region::index_of(price.region);
    let mut sku = base(region, price.product_code, &format!("{meter}:{}", price.node_type), operation, "Hrs", price.on_demand);
    if !price.code.is_empty() {
        price.code.clone_into(&mut sku.code);
    }
    sku.decimals = 8;
    if price.is_size_flexible() {
        sku.factor = factor(price);
    }
    if price.product_code == "AmazonElastiCache" && price.engine == "Valkey" {
        // Database plans cover Valkey nodes of the latest generation (simulated rates).
        sku.plan = Some((PlanScope::Database, 20));
    }
    sku.product.extend([("instanceType", price.node_type.to_owned()), ("productFamily", family.to_owned())]);
    if !price.engine.is_empty() {
        sku.product.push(("cacheEngine", price.engine.to_owned()));
    }
    sku.kind = crate::sku::Kind::Node(Box::new(price.clone()));
    sku
}

/// The size's factor; a Valkey node has 0.8 times that of a Redis OSS one, in `MemoryDB` 0.7 times (rounding rule 2.1).
fn factor(price: &NodePrice) -> Quantity {
    let size = size_factor(price.node_type.split('.').nth(2).expect("a node type has a size"));
    let tenths = match (price.engine, price.product_code) {
        ("Valkey", "AmazonMemoryDB") => 7,
        ("Valkey", _) => 8,
        _ => 10,
    };
    Quantity::from_units(size.units() / 10 * tenths)
}

fn listed(cells: &[&str]) -> [[ReservedPrice; 2]; 3] {
    let price = |hourly: &str, upfront: &str| ReservedPrice { upfront: Money::from_units(amount(upfront).units()), hourly: amount(hourly) };
    [
        [price(cells[5], "0"), price(cells[6], "0")],
        [price(cells[7], cells[8]), price(cells[9], cells[10])],
        [price("0", cells[11]), price("0", cells[12])],
    ]
}

fn a_fifth_less(price: ReservedPrice) -> ReservedPrice {
    ReservedPrice {
        upfront: Money::from_units(ratio(price.upfront.units(), 80, 100, 2)),
        hourly: UnitPrice::from_units(ratio(price.hourly.units(), 80, 100, 6)),
    }
}

/// Of the on-demand cost: 69 and 52 percent with nothing upfront, 66 and 49 with half, 64 and 47 with everything.
fn simulated(on_demand: UnitPrice) -> [[ReservedPrice; 2]; 3] {
    let hours = [8_760, 26_280];
    let price = |term: usize, percent: i128, upfront_parts: i128| ReservedPrice {
        upfront: Money::from_units(ratio(on_demand.units(), percent * upfront_parts * hours[term], 200, 0)),
        hourly: UnitPrice::from_units(ratio(on_demand.units(), percent * (2 - upfront_parts), 200, 4)),
    };
    [[price(0, 69, 0), price(1, 52, 0)], [price(0, 66, 1), price(1, 49, 1)], [price(0, 64, 2), price(1, 47, 2)]]
}

#[cfg(test)]
mod tests {
    use super::{dense_compute, nodes, serverless, serverless_reserved, sku};
    use crate::price::{Payment, Term};

    #[test]
    fn the_embedded_prices_are_the_published_ones_and_the_simulated_ones_plausible() {
        let line = |node: &super::NodePrice| {
            let half = node.reserved(Term::OneYear, Payment::Half);
            let all = node.reserved(Term::ThreeYears, Payment::Everything);
            let sku = sku(node);
            format!(
                "{} {} {}: {}, {} + {}, {}",
                sku.usage_type, sku.operation, sku.factor, node.on_demand, half.upfront, half.hourly, all.upfront
            )
        };
        let lines: Vec<String> = nodes().iter().filter(|node| node.region == "us-east-1").map(line).collect();
        insta::assert_snapshot!(lines.join("\n"), @r"
        NodeUsage:cache.r7g.large CreateCacheCluster:0002 4: 0.219, 623.49 + 0.071, 2589.89
        NodeUsage:cache.r7g.large CreateCacheCluster:Valkey 3.2: 0.1752, 498.79 + 0.0568, 2071.91
        NodeUsage:cache.r7g.xlarge CreateCacheCluster:0002 8: 0.437, 1244.14 + 0.142, 5167.96
        NodeUsage:cache.r7g.xlarge CreateCacheCluster:Valkey 6.4: 0.3496, 995.31 + 0.1136, 4134.37
        Node:ra3.xlplus RunComputeNode:0001 0: 1.086, 3187 + 0.363813, 10703
        ESInstance:r6g.large.search ESDomain 0: 0.167, 483 + 0.0551, 2063
        NodeUsage:db.r6g.large CreateCluster:Redis 4: 0.309, 893 + 0.102, 3817
        NodeUsage:db.r6g.xlarge CreateCluster:Redis 8: 0.617, 1784 + 0.2036, 7621
        NodeUsage:db.r6g.large CreateCluster:Valkey 2.8: 0.2163, 625 + 0.0714, 2672
        ");
    }

    #[test]
    fn a_reservation_for_redis_covers_valkey_and_not_the_other_way() {
        let nodes = nodes();
        let of = |engine: &str| nodes.iter().find(|node| node.engine == engine).unwrap();
        let covers = |bought, used| of(bought).covers_engine(of(used).engine);
        assert_eq!([covers("Redis", "Redis"), covers("Redis", "Valkey"), covers("Valkey", "Redis")], [true, true, false]);
    }

    /// What one costs must not tell the generations apart, or exchanging one for the other would not be free.
    #[test]
    fn dense_compute_nodes_of_both_generations_cost_the_same() {
        let nodes = dense_compute();
        for pair in nodes.chunks(2) {
            assert_eq!((pair[0].region, pair[0].node_type, pair[1].node_type), (pair[1].region, "dc1.large", "dc2.large"));
            for (term, payment) in [(Term::OneYear, Payment::Half), (Term::ThreeYears, Payment::Nothing)] {
                assert_eq!(pair[0].reserved(term, payment), pair[1].reserved(term, payment));
            }
        }
    }

    #[test]
    fn processing_units_are_cheaper_by_the_year() {
        let told = serverless().into_iter().map(|unit| {
            let [by_the_hour, at_once] = [false, true].map(|everything| serverless_reserved(unit.rate, everything));
            format!("{} {}: {}, {}", unit.usage_type, unit.rate, by_the_hour.hourly, at_once.upfront)
        });
        insta::assert_snapshot!(told.collect::<Vec<_>>().join("\n"), @r"
        Redshift:ServerlessUsage 0.375: 0.3, 2496.6
        USW2-Redshift:ServerlessUsage 0.375: 0.3, 2496.6
        EU-Redshift:ServerlessUsage 0.413: 0.3304, 2749.59
        ");
    }
}
