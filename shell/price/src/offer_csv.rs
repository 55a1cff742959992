//! AWS's price lists as CSV: five lines of facts, a header, and one price dimension in a line; or one rate of a Savings Plan.

use crate::collect::{A_PRICE, Collector, Dimension, Product, Terms, is_currency, price, reserved_offer};
use crate::error::ReadError;
use crate::json::{Head, PlanProduct};
use crate::location::region;
use crate::recognize::Beginning;
use csv::{ByteRecord, StringRecord};
use std::collections::BTreeSet;
use std::io::Read;

/// Lines of facts, of which the first is read already.
const FACTS: u64 = 5;

/// Columns of a list of a service.
struct Columns {
    code: usize,
    term: usize,
    kind: usize,
    begin: Option<usize>,
    unit: usize,
    price: usize,
    currency: usize,
    length: Option<usize>,
    payment: Option<usize>,
    class: Option<usize>,
    service: Option<usize>,
    location: Option<usize>,
    region: Option<usize>,
    usage_type: usize,
    operation: usize,
}

/// Columns of a list of plans.
struct PlanColumns {
    code: usize,
    unit: usize,
    rate: usize,
    currency: usize,
    used_code: usize,
    service: usize,
    usage_type: usize,
    operation: usize,
    region: usize,
    payment: usize,
    length: usize,
    family: usize,
    location: usize,
    plan_usage: usize,
    kind: usize,
}

/// A file while it is read.
struct Lines<'a> {
    file: &'a str,
    header: StringRecord,
    records: csv::Reader<Box<dyn Read + 'a>>,
    head: Head,
}

/// Reads a list into a collector; the first line was read already.
pub(crate) fn read<'a>(file: &'a str, input: impl Read + 'a, first: &Beginning, collector: &mut Collector<'_>) -> Result<Head, ReadError> {
    let boxed: Box<dyn Read + 'a> = Box::new(input);
    let mut records = csv::ReaderBuilder::new().has_headers(false).flexible(true).from_reader(boxed);
    let csv = |source| ReadError::Csv { file: file.to_owned(), source };
    let mut head = Head::default();
    let mut record = StringRecord::new();
    for _ in first.lines..FACTS {
        records.read_record(&mut record).map_err(csv)?;
        let value = record.get(1).unwrap_or_default().to_owned();
        match record.get(0).unwrap_or_default() {
            "Publication Date" => head.published = value,
            "Version" => head.version = value,
            "OfferCode" => head.offer = value,
            _ => {}
        }
    }
    let mut header = StringRecord::new();
    records.read_record(&mut header).map_err(csv)?;
    let mut lines = Lines { file, header, records, head };
    if lines.find("DiscountedSKU").is_some() {
        lines.plans(collector)?
    } else {
        lines.products(collector)?
    }
    Ok(lines.head)
}

impl Lines<'_> {
    /// The place of a column, whatever its case and spaces.
    fn find(&self, name: &str) -> Option<usize> {
        let letters = |text: &str| text.chars().filter(char::is_ascii_alphanumeric).map(|c| c.to_ascii_lowercase()).collect::<String>();
        self.header.iter().position(|held| letters(held) == letters(name))
    }

    fn need(&self, column: &'static str) -> Result<usize, ReadError> {
        self.find(column).ok_or_else(|| ReadError::NoColumn { file: self.file.to_owned(), column })
    }

    fn next(&mut self, record: &mut ByteRecord) -> Result<bool, ReadError> {
        self.records.read_byte_record(record).map_err(|source| ReadError::Csv { file: self.file.to_owned(), source })
    }

    fn bad(&self, record: &ByteRecord, column: &'static str, value: &str, what: &'static str) -> ReadError {
        // The first line was read before the reader began to count.
        let line = record.position().map_or(0, csv::Position::line) + 1;
        ReadError::Value { file: self.file.to_owned(), line, column, value: value.to_owned(), what }
    }

    fn currency(&mut self, record: &ByteRecord, currency: &str) -> Result<(), ReadError> {
        match &self.head.currency {
            None if !is_currency(currency) => return Err(self.bad(record, "Currency", currency, "a currency")),
            None => self.head.currency = Some(currency.to_owned()),
            Some(held) if held == currency => {}
            Some(_) => return Err(self.bad(record, "Currency", currency, "the currency of the lines before it")),
        }
        Ok(())
    }

    fn products(&mut self, collector: &mut Collector<'_>) -> Result<(), ReadError> {
        let columns = Columns {
            code: self.need("SKU")?,
            term: self.need("OfferTermCode")?,
            kind: self.need("TermType")?,
            begin: self.find("StartingRange"),
            unit: self.need("Unit")?,
            price: self.need("PricePerUnit")?,
            currency: self.need("Currency")?,
            length: self.find("LeaseContractLength"),
            payment: self.find("PurchaseOption"),
            class: self.find("OfferingClass"),
            service: self.find("serviceCode"),
            location: self.find("Location"),
            region: self.find("Region Code"),
            usage_type: self.need("usageType")?,
            operation: self.need("operation")?,
        };
        let mut record = ByteRecord::new();
        let mut left_out = BTreeSet::new();
        while self.next(&mut record)? {
            self.product(&columns, &record, &mut left_out, collector)?;
        }
        collector.close();
        Ok(())
    }

    /// One price dimension. `left_out` are the codes of products that are not wanted, each noted once.
    fn product(
        &mut self,
        columns: &Columns,
        record: &ByteRecord,
        left_out: &mut BTreeSet<Box<str>>,
        collector: &mut Collector<'_>,
    ) -> Result<(), ReadError> {
        let text = |column: usize| record.get(column).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
        let maybe = |column: Option<usize>| column.map_or("", text);
        let code = text(columns.code);
        if !collector.has(code) {
            if left_out.contains(code) {
                return Ok(());
            }
            let service = Some(maybe(columns.service)).filter(|service| !service.is_empty()).unwrap_or(&self.head.offer);
            let (region, location) = (maybe(columns.region), maybe(columns.location));
            let (usage_type, operation) = (text(columns.usage_type), text(columns.operation));
            collector.product(&Product { code, service, region, location, usage_type, operation });
            if !collector.has(code) {
                left_out.insert(code.into());
                return Ok(());
            }
        }
        let terms = match text(columns.kind) {
            "OnDemand" => Terms::OnDemand,
            "Reserved" => {
                let (class, length, payment) = (maybe(columns.class), maybe(columns.length), maybe(columns.payment));
                let Some(offer) = reserved_offer(class, length, payment) else {
                    collector.unknown_offer(code, &format!("{class} {length} {payment}"));
                    return Ok(());
                };
                Terms::Reserved(offer)
            }
            kind => return Err(self.bad(record, "TermType", kind, "`OnDemand` or `Reserved`")),
        };
        let amount = text(columns.price);
        let price = price(amount).ok_or_else(|| self.bad(record, "PricePerUnit", amount, A_PRICE))?;
        self.currency(record, text(columns.currency))?;
        collector.dimension(code, text(columns.term), terms, Dimension { unit: text(columns.unit), begin: maybe(columns.begin), price });
        Ok(())
    }

    fn plans(&mut self, collector: &mut Collector<'_>) -> Result<(), ReadError> {
        self.head.has_plans = true;
        let columns = PlanColumns {
            code: self.need("SKU")?,
            unit: self.need("Unit")?,
            rate: self.need("DiscountedRate")?,
            currency: self.need("Currency")?,
            used_code: self.need("DiscountedSKU")?,
            service: self.need("DiscountedServiceCode")?,
            usage_type: self.need("DiscountedUsageType")?,
            operation: self.need("DiscountedOperation")?,
            region: self.need("DiscountedRegionCode")?,
            payment: self.need("PurchaseOption")?,
            length: self.need("LeaseContractLength")?,
            family: self.need("Instance Family")?,
            location: self.need("Location")?,
            plan_usage: self.need("UsageType")?,
            kind: self.need("Product Family")?,
        };
        let mut record = ByteRecord::new();
        while self.next(&mut record)? {
            self.plan(&columns, &record, collector)?;
        }
        Ok(())
    }

    fn plan(&mut self, columns: &PlanColumns, record: &ByteRecord, collector: &mut Collector<'_>) -> Result<(), ReadError> {
        let text = |column: usize| record.get(column).and_then(|bytes| std::str::from_utf8(bytes).ok()).unwrap_or_default();
        let plan = PlanProduct {
            kind: text(columns.kind).to_owned(),
            payment: text(columns.payment).to_owned(),
            family: text(columns.family).to_owned(),
            region: region(text(columns.location), "").unwrap_or_default().to_owned(),
            usage_type: text(columns.plan_usage).to_owned(),
        };
        let Some(offer) = plan.offer(text(columns.length), text(columns.region)) else {
            collector.unknown_offer(text(columns.code), &format!("{} {} {}", plan.kind, text(columns.length), plan.payment));
            return Ok(());
        };
        let amount = text(columns.rate);
        let price = price(amount).ok_or_else(|| self.bad(record, "DiscountedRate", amount, A_PRICE))?;
        self.currency(record, text(columns.currency))?;
        let used = Product {
            code: text(columns.used_code),
            service: text(columns.service),
            region: text(columns.region),
            location: "",
            usage_type: text(columns.usage_type),
            operation: text(columns.operation),
        };
        collector.plan_rate(&offer, &used, text(columns.unit), price);
        Ok(())
    }
}
