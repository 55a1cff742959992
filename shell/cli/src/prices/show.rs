//! `tenor prices show`: the versions held, or the prices of one to their last digit.

use super::check;
use crate::context::Context;
use crate::output::{self, Cell, Column, Printer, Table};
use crate::report::Refused;
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use std::io;
use std::path::{Path, PathBuf};
use tenor_cover::region_of_usage;
use tenor_money::Rounding;
use tenor_price::{ListedSku, ON_DEMAND, PlanOffer, PriceBook, Rate, SkuKey, Source, offering_of_class, offering_of_plan};
use tenor_price_list::Store;

/// Arguments of `tenor prices show`.
#[derive(Debug, clap::Args)]
#[command(disable_version_flag = true)]
pub(crate) struct Args {
    /// The version, or its first digits; the youngest prices when a filter is given without it.
    #[arg(long, value_name = "VERSION")]
    version: Option<String>,
    /// Prices of one service, by its product code: AmazonEC2.
    #[arg(long, value_name = "CODE")]
    service: Option<String>,
    /// Prices in one Region.
    #[arg(long, value_name = "REGION")]
    region: Option<String>,
    /// Prices of what is used, by its usage type, its type or AWS's code: m5.large, EU-BoxUsage:m5.large.
    #[arg(long, value_name = "SKU")]
    sku: Option<String>,
    /// Show net prices by this file of private pricing.
    #[arg(long, value_name = "FILE")]
    private: Option<PathBuf>,
    /// The day whose private pricing counts; today when not said.
    #[arg(long, value_name = "DAY", requires = "private")]
    on: Option<Date>,
}

impl Args {
    /// Whether a SKU was asked for.
    fn wants(&self, sku: &ListedSku) -> bool {
        let key = &sku.key;
        let is = |wanted: &Option<String>, held: &str| wanted.as_ref().is_none_or(|wanted| wanted == held);
        let named = self.sku.as_ref().is_none_or(|wanted| {
            let kind = key.usage_type().rsplit_once(':').map_or("", |(_, kind)| kind);
            // With a Region's prefix it is of that Region.
            let same = SkuKey::new(key.service(), region_of_usage(wanted).unwrap_or(key.region()), wanted, key.operation());
            same == *key || [kind, &sku.code].contains(&wanted.as_str())
        });
        is(&self.service, key.service()) && is(&self.region, key.region()) && named
    }

    fn asks_for_prices(&self) -> bool {
        [&self.version, &self.service, &self.region, &self.sku].iter().any(|filter| filter.is_some()) || self.private.is_some()
    }

    /// What was asked for, in words.
    fn words(&self) -> String {
        let of = self.sku.as_deref().or(self.service.as_deref()).unwrap_or("anything");
        let service = self.service.as_deref().filter(|_| self.sku.is_some()).map_or(String::new(), |service| format!(" of {service}"));
        let region = self.region.as_deref().map_or(String::new(), |region| format!(" in {region}"));
        format!("{of}{service}{region}")
    }
}

/// Prints versions, or prices.
pub(crate) fn run(context: &Context, args: Args) -> anyhow::Result<()> {
    let store = Store::new(context.prices());
    if !args.asks_for_prices() {
        return Ok(context.print(&versions(&store)?)?);
    }
    let mut book = store.read(store.find(args.version.as_deref())?)?;
    if let Some(path) = &args.private {
        let on = args.on.unwrap_or_else(|| Timestamp::now().to_zoned(TimeZone::UTC).date());
        book = net(&book, path, on)?;
    }
    let listed = book.listed();
    let wanted: Vec<bool> = listed.skus.iter().map(|sku| args.wants(sku)).collect();
    if !wanted.contains(&true) {
        let missing = format!("{book} have no price of {}", args.words());
        return Err(Refused::new(missing).hint("import a price list that has it: tenor prices import FILE...").into());
    }
    context.note(format_args!("{book}, in {}", listed.currency));
    let mut printer = Printer::new(output::stdout(), context.format, columns())?;
    let mut simulated = 0_u64;
    each(&book, &wanted, |cells, source| {
        simulated += u64::from(source == Source::Simulated);
        printer.row(cells)
    })?;
    printer.finish()?;
    if simulated > 0 {
        context.note(format_args!("{simulated} of these rates are simulated: derived from reservations, not AWS's, for simulation only"));
    }
    Ok(())
}

fn versions(store: &Store) -> anyhow::Result<Table> {
    let mut table = Table::new([
        Column::text("version", "Version"),
        Column::text("date", "Date"),
        Column::text("currency", "Currency"),
        Column::text("from", "From"),
    ]);
    for held in store.list()? {
        table.row([held.version.to_string().into(), held.date.to_string().into(), held.currency.into(), held.origins.join(", ").into()]);
    }
    Ok(table)
}

fn net(book: &PriceBook, path: &Path, on: Date) -> anyhow::Result<PriceBook> {
    let private = check::read(path)?;
    Ok(private.apply(book, on, Rounding::HalfEven))
}

fn columns() -> Vec<Column> {
    vec![
        Column::text("service", "Service"),
        Column::text("region", "Region"),
        Column::text("usage_type", "Usage type"),
        Column::text("operation", "Operation"),
        Column::text("offering", "Offering"),
        Column::text("term", "Term"),
        Column::text("payment_option", "Payment option"),
        Column::number("rate", "Rate"),
        Column::number("upfront", "Upfront"),
        Column::text("unit", "Unit"),
        Column::text("source", "Source"),
        Column::text("sku", "SKU"),
    ]
}

/// Gives the cells of each price that is wanted: what is sold for SKUs first, then plans.
fn each(book: &PriceBook, wanted: &[bool], mut row: impl FnMut(Vec<Cell>, Source) -> io::Result<()>) -> io::Result<()> {
    let listed = book.listed();
    for sku in listed.skus.iter().zip(wanted).filter(|(_, wanted)| **wanted).map(|(sku, _)| sku) {
        if let Some(Rate { price, source }) = sku.on_demand {
            row(cells(sku, ON_DEMAND, ["", ""], [Cell::Exact(price.to_string()), Cell::Null], source), source)?;
        }
        for (offer, price) in &sku.reserved {
            let paid = [offer.term.as_str(), offer.payment.as_str()];
            let amounts = [Cell::Exact(price.hourly.to_string()), Cell::Exact(price.upfront.to_string())];
            row(cells(sku, offering_of_class(offer.class), paid, amounts, price.source), price.source)?;
        }
    }
    for (offer, rates) in &listed.plans {
        for (place, rate) in rates.iter().filter(|(place, _)| wanted[*place as usize]) {
            row(of_plan(&listed.skus[*place as usize], offer, *rate), rate.source)?;
        }
    }
    Ok(())
}

fn of_plan(sku: &ListedSku, offer: &PlanOffer, rate: Rate) -> Vec<Cell> {
    let paid = [offer.term.as_str(), offer.payment.as_str()];
    cells(sku, offering_of_plan(offer.kind), paid, [Cell::Exact(rate.price.to_string()), Cell::Null], rate.source)
}

fn cells(sku: &ListedSku, offering: &str, paid: [&str; 2], amounts: [Cell; 2], source: Source) -> Vec<Cell> {
    let text = |text: &str| Some(text).filter(|text| !text.is_empty()).into();
    let key = &sku.key;
    let [rate, upfront] = amounts;
    vec![
        key.service().into(),
        text(key.region()),
        key.usage_type().into(),
        text(key.operation()),
        offering.into(),
        text(paid[0]),
        text(paid[1]),
        rate,
        upfront,
        text(&sku.unit),
        source.as_str().into(),
        text(&sku.code),
    ]
}
