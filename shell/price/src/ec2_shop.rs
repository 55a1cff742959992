//! AWS's public prices as ec2.shop collects them: CSV with the attributes of AWS's price pages, without usage types and operations.
//!
//! Those are put together here from what the rows say: the type, the engine, the deployment. A row that does not say what it prices is left out.

use crate::collect::{A_PRICE, price, reserved_offer};
use crate::error::ReadError;
use crate::location::region;
use crate::recognize::Beginning;
use crate::tally::{Reason, Tally};
use csv::StringRecord;
use std::collections::BTreeSet;
use std::io::Read;
use tenor_money::{Money, UnitPrice};
use tenor_price::{Draft, Rate, ReservedPrice, SkuKey, Source};

/// The platforms and their operations. Source: EC2 user guide, AMI billing information fields.
const PLATFORMS: [(&str, &str); 4] =
    [("Linux", "RunInstances"), ("Windows", "RunInstances:0002"), ("RHEL", "RunInstances:0010"), ("SUSE", "RunInstances:000g")];
/// The engines of databases and their operations. Source: RDS user guide, product codes of `CreateDBInstance`.
const ENGINES: [(&str, &str); 3] =
    [("MySQL", "CreateDBInstance:0002"), ("PostgreSQL", "CreateDBInstance:0014"), ("MariaDB", "CreateDBInstance:0018")];

/// A file while it is read.
struct Rows<'a, 'b> {
    file: &'a str,
    header: Vec<String>,
    lines_before: u64,
    regions: &'b BTreeSet<String>,
    draft: &'b mut Draft,
    tally: Tally,
}

/// A row and where it is.
struct Row<'r> {
    record: &'r StringRecord,
    line: u64,
}

/// Reads instance prices into a draft.
pub(crate) fn read_instances(
    file: &str,
    input: impl Read,
    beginning: &Beginning,
    regions: &BTreeSet<String>,
    draft: &mut Draft,
) -> Result<Tally, ReadError> {
    Rows::each(file, input, beginning, (regions, draft), Rows::instance)
}

/// Reads prices of databases, cache nodes or warehouse nodes into a draft.
pub(crate) fn read_nodes(
    file: &str,
    input: impl Read,
    beginning: &Beginning,
    regions: &BTreeSet<String>,
    draft: &mut Draft,
) -> Result<Tally, ReadError> {
    Rows::each(file, input, beginning, (regions, draft), Rows::node)
}

impl<'a, 'b> Rows<'a, 'b> {
    fn each(
        file: &'a str,
        input: impl Read,
        beginning: &Beginning,
        into: (&'b BTreeSet<String>, &'b mut Draft),
        row: impl Fn(&mut Self, &Row<'_>) -> Result<(), ReadError>,
    ) -> Result<Tally, ReadError> {
        let header = beginning.header.split(',').map(|name| name.trim_matches('"').to_owned()).collect();
        let (regions, draft) = into;
        let mut rows = Self { file, header, lines_before: beginning.lines, regions, draft, tally: Tally::default() };
        let mut records = csv::ReaderBuilder::new().has_headers(false).from_reader(input);
        let mut record = StringRecord::new();
        while records.read_record(&mut record).map_err(|source| ReadError::Csv { file: file.to_owned(), source })? {
            let line = record.position().map_or(0, csv::Position::line) + rows.lines_before;
            row(&mut rows, &Row { record: &record, line })?;
        }
        Ok(rows.tally)
    }

    fn text<'r>(&self, row: &Row<'r>, column: &str) -> &'r str {
        let place = self.header.iter().position(|name| name == column);
        place.and_then(|place| row.record.get(place)).unwrap_or_default()
    }

    fn bad(&self, row: &Row<'_>, column: &'static str, what: &'static str) -> ReadError {
        let (file, value) = (self.file.to_owned(), self.text(row, column).to_owned());
        ReadError::Value { file, line: row.line, column, value, what }
    }

    fn amount(&self, row: &Row<'_>, column: &'static str) -> Result<UnitPrice, ReadError> {
        price(self.text(row, column)).ok_or_else(|| self.bad(row, column, A_PRICE))
    }

    fn upfront(&self, row: &Row<'_>, column: &'static str) -> Result<Money, ReadError> {
        if self.text(row, column).is_empty() {
            return Ok(Money::ZERO);
        }
        self.amount(row, column).map(|amount| Money::from_units(amount.units()))
    }

    fn instance(&mut self, row: &Row<'_>) -> Result<(), ReadError> {
        let platform = PLATFORMS.iter().find(|(name, _)| *name == self.text(row, "os"));
        let (_, operation) = platform.ok_or_else(|| self.bad(row, "os", "a platform: Linux, Windows, RHEL or SUSE"))?;
        let meter = match self.text(row, "tenancy") {
            "" | "Shared" => "BoxUsage",
            "Dedicated" => "DedicatedUsage",
            _ => return Err(self.bad(row, "tenancy", "`Shared` or `Dedicated`")),
        };
        let usage_type = format!("{meter}:{}", self.text(row, "instance_type"));
        let key = SkuKey::new("AmazonEC2", self.text(row, "region"), &usage_type, operation);
        if self.is_elsewhere(&key) {
            return Ok(());
        }
        self.describe(row, &key, "rate_code");
        match self.text(row, "term_type") {
            "OnDemand" => {
                let rate = Rate::list(self.amount(row, "hourly")?);
                self.on_demand(row, &key, rate)
            }
            "Reserved" => {
                let bought = self.text(row, "lease_purchase");
                let (length, payment) = bought.split_once(' ').unwrap_or_default();
                let offer = reserved_offer(self.text(row, "offering_class"), length, payment);
                let offer = offer.ok_or_else(|| self.bad(row, "lease_purchase", "a term and a payment option"))?;
                let (hourly, upfront) = (self.amount(row, "hourly")?, self.upfront(row, "upfront")?);
                let put = self.draft.reserved(&key, offer, ReservedPrice { hourly, upfront, source: Source::List });
                put.map_err(|source| ReadError::Clash { file: self.file.to_owned(), line: row.line, source })?;
                self.tally.counts.reserved += 1;
                Ok(())
            }
            _ => Err(self.bad(row, "term_type", "`OnDemand` or `Reserved`")),
        }
    }

    fn node(&mut self, row: &Row<'_>) -> Result<(), ReadError> {
        let (kind, place) = (self.text(row, "Instance Type"), self.text(row, "location"));
        // Rows without a payment option are on-demand rates by a code of the price page, which says no engine.
        if kind.is_empty() || self.text(row, "PurchaseOption").is_empty() {
            self.tally.leave_out(Reason::Opaque, format_args!("{place} {kind} {}", self.text(row, "item")));
            return Ok(());
        }
        let Some(region) = region(place, "") else {
            self.tally.leave_out(Reason::UnknownPlace, place);
            return Ok(());
        };
        let (service, meter, operation) = self.service(row)?;
        let key = SkuKey::new(service, region, &format!("{meter}:{kind}"), operation);
        if self.is_elsewhere(&key) {
            return Ok(());
        }
        self.describe(row, &key, "OnDemand:RateCode");
        let offer = reserved_offer("", self.text(row, "LeaseContractLength"), self.text(row, "PurchaseOption"));
        let offer = offer.ok_or_else(|| self.bad(row, "PurchaseOption", "a payment option of a term of one or three years"))?;
        let (hourly, upfront) = (self.amount(row, "price")?, self.upfront(row, "riupfront:PricePerUnit")?);
        let clash = |source| ReadError::Clash { file: self.file.to_owned(), line: row.line, source };
        self.draft.reserved(&key, offer, ReservedPrice { hourly, upfront, source: Source::List }).map_err(clash)?;
        self.tally.counts.reserved += 1;
        let rate = Rate::list(self.amount(row, "OnDemand:PricePerUnit")?);
        self.on_demand(row, &key, rate)
    }

    /// Service, meter and operation, by the columns that only that service's files have.
    fn service(&self, row: &Row<'_>) -> Result<(&'static str, &'static str, &'static str), ReadError> {
        let has = |column: &str| self.header.iter().any(|name| name == column);
        if has("Database Engine") {
            let meter = match self.text(row, "Deployment Option") {
                "Single-AZ" => "InstanceUsage",
                "Multi-AZ" => "Multi-AZUsage",
                _ => return Err(self.bad(row, "Deployment Option", "`Single-AZ` or `Multi-AZ`")),
            };
            let engine = ENGINES.iter().find(|(name, _)| *name == self.text(row, "Database Engine"));
            let (_, operation) = engine.ok_or_else(|| self.bad(row, "Database Engine", "MySQL, PostgreSQL or MariaDB"))?;
            return Ok(("AmazonRDS", meter, operation));
        }
        if has("Usage Family") {
            return Ok(("AmazonRedshift", "Node", "RunComputeNode:0001"));
        }
        // The price page of cache nodes is that of Redis OSS.
        Ok(("AmazonElastiCache", "NodeUsage", "CreateCacheCluster:0002"))
    }

    /// Takes the same rate in however often it is repeated, and counts it once.
    fn on_demand(&mut self, row: &Row<'_>, key: &SkuKey, rate: Rate) -> Result<(), ReadError> {
        let is_new = !self.draft.has_on_demand(key);
        let put = self.draft.on_demand(key, rate);
        put.map_err(|source| ReadError::Clash { file: self.file.to_owned(), line: row.line, source })?;
        self.tally.counts.on_demand += u64::from(is_new);
        Ok(())
    }

    fn describe(&mut self, row: &Row<'_>, key: &SkuKey, rate_code: &str) {
        let code = self.text(row, rate_code).split('.').next().unwrap_or_default();
        self.draft.describe(key, "Hrs", code);
    }

    fn is_elsewhere(&mut self, key: &SkuKey) -> bool {
        let elsewhere = !self.regions.is_empty() && !self.regions.contains(key.region());
        if elsewhere {
            self.tally.leave_out(Reason::OtherRegion, key);
        }
        elsewhere
    }
}
