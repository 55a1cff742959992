//! `tenor prices check`: whether the bill's net columns are what private pricing says.

use crate::context::Context;
use crate::lake;
use crate::output::{Cell, Column, Format, Table};
use crate::report::Refused;
use anyhow::Context as _;
use std::fs;
use std::path::{Path, PathBuf};
use tenor_money::{Money, Rounding};
use tenor_price::{Billed, Charged, NetDifference, PrivatePricing, SkuKey, check_net};
use tenor_price_list::read_private;
use tenor_query::replay::NetCharge;

/// What rounding takes of a row at most: AWS's costs have ten decimals.
const ROUNDING_OF_A_ROW: Money = Money::from_units(100);

/// Arguments of `tenor prices check`.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Private pricing, as a file (docs/spec/prices.md).
    #[arg(long, value_name = "FILE")]
    private: PathBuf,
}

/// Prints what differs; exit status 1 when anything does.
pub(crate) fn run(context: &Context, args: &Args) -> anyhow::Result<()> {
    let private = read(&args.private)?;
    let charges = charges(context)?;
    if charges.is_empty() {
        let none = "no bill in the lake says net costs";
        return Err(Refused::new(none).hint("import a CUR with net columns: they are there where AWS applies private discounts").into());
    }
    let different = differences(&private, &charges);
    let mut table = Table::new([
        Column::text("charge", "Charge"),
        Column::number("agreed", "Agreed"),
        Column::number("billed", "Billed"),
        Column::number("difference", "Difference"),
    ]);
    for one in &different {
        let cells = [one.agreed, one.billed, one.billed - one.agreed].map(Cell::Amount);
        table.row(std::iter::once(Cell::from(one.name.as_str())).chain(cells));
    }
    context.note(format_args!("{} sums by SKU and day compared, {} differ by more than rounding", charges.len(), different.len()));
    if different.is_empty() {
        // A program reads that nothing differs; a person has just been told.
        if context.format != Format::Table {
            context.print(&table)?;
        }
        return Ok(());
    }
    context.print(&table)?;
    let told = format!("`{}` is not what the bill charged", args.private.display());
    Err(Refused::new(told).hint("correct the file, or ask AWS; net proposals are as wrong as the file is").into())
}

/// Reads private pricing.
pub(crate) fn read(path: &Path) -> anyhow::Result<PrivatePricing> {
    let text = fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    read_private(&text).with_context(|| format!("`{}` is not private pricing", path.display()))
}

/// What the lake's bills say of net costs.
pub(crate) fn charges(context: &Context) -> anyhow::Result<Vec<NetCharge>> {
    context.block_on(lake::ask(context, None, async |engine| engine.net_charges().await))
}

/// What differs by more than the rounding of its rows.
pub(crate) fn differences(private: &PrivatePricing, charges: &[NetCharge]) -> Vec<NetDifference> {
    let of_charge = |charge: &NetCharge| {
        let charged = match charge.line_item_type.as_str() {
            "RIFee" | "Fee" => Charged::Reservation,
            "SavingsPlanRecurringFee" | "SavingsPlanUpfrontFee" => Charged::Plan,
            _ => Charged::OnDemand,
        };
        let billed = Billed {
            name: format!("{} {} on {}", charge.line_item_type, charge.sku, charge.on),
            on: charge.on,
            service: charge.sku.service.clone(),
            sku: Some(SkuKey::from(&charge.sku)),
            charged,
            quantity: charge.quantity,
            list: charge.list,
            net: charge.net,
        };
        let tolerance = Money::from_units(ROUNDING_OF_A_ROW.units() * i128::from(charge.rows + 1));
        check_net(private, [billed], tolerance, Rounding::HalfEven)
    };
    charges.iter().flat_map(of_charge).collect()
}
