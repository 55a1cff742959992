//! A row for each commitment: where it is known from, how it stands, what differs; and before them a row for each part that could not be read.

use super::periods;
use super::read::{Gap, Read};
use crate::context::Context;
use crate::output::{self, Cell, Column, Format, Part, Table};
use jiff::Timestamp;
use tenor_cover::inventory::{Difference, Kind, ListedState, Sight, Verdict};
use tenor_query::commitments::Inventory;

/// What is known, and of what.
pub(super) struct Answer<'a> {
    pub(super) sights: &'a [Sight<'a>],
    pub(super) live: &'a Read,
    pub(super) inventory: Option<&'a Inventory>,
    pub(super) as_of: Timestamp,
}

impl Answer<'_> {
    pub(super) fn print(&self, context: &Context) -> anyhow::Result<()> {
        match context.format {
            Format::Table => {
                context.print(&self.overview())?;
                output::print_line(&self.footer())?;
            }
            // A gap has a row there too: CSV has nothing else to say it with.
            Format::Csv => context.print(&self.list(true))?,
            Format::Json => self.print_object()?,
        }
        Ok(())
    }

    fn print_object(&self) -> anyhow::Result<()> {
        let (list, mut gaps) = (self.list(false), Table::new(["account", "kind", "region", "why"].map(|key| Column::text(key, key))));
        for gap in &self.live.gaps {
            gaps.row([gap.account.clone().into(), gap.kind.clone().into(), gap.region.clone().into(), gap.why.clone().into()]);
        }
        let period = |at: fn(&Inventory) -> String| Part::Value(self.inventory.map(at).into());
        output::print_object(&[
            ("from", period(|inventory| inventory.periods.0.to_string())),
            ("to", period(|inventory| inventory.periods.1.to_string())),
            ("as_of", Part::Value(self.as_of.to_string().into())),
            ("accounts", Part::Value(joined(&self.live.accounts).into())),
            ("regions", Part::Value(joined(&self.live.regions).into())),
            ("is_whole", Part::Value(self.live.gaps.is_empty().into())),
            ("unreadable", Part::Rows(&gaps)),
            ("commitments", Part::Rows(&list)),
        ])?;
        Ok(())
    }

    /// What people look at.
    fn overview(&self) -> Table {
        let mut table = Table::new([
            Column::text("known_from", "Known from"),
            Column::text("id", "Commitment"),
            Column::text("kind", "Kind"),
            Column::text("owner", "Owner"),
            Column::text("type", "Type"),
            Column::text("region", "Region"),
            Column::text("live_state", "State at AWS"),
            Column::text("ends", "Ends"),
            Column::text("verdict", "Together"),
            Column::text("differences", "In the bills / at AWS"),
        ]);
        for gap in &self.live.gaps {
            let (kind, place) = (gap.kind.clone(), gap.place().to_owned());
            let mark = Cell::from("! unreadable");
            let row = [mark, Cell::Null, kind.into(), gap.account.clone().into(), Cell::Null, place.into()];
            table.row(row.into_iter().chain([Cell::Null, Cell::Null, "not known".into(), Cell::Null]));
        }
        for sight in self.sights {
            let id = sight.id().rsplit(['/', ':']).next().unwrap_or_default().to_owned();
            let mark = if sight.verdict <= Verdict::NotBilled { "! " } else { "" };
            table.row([
                known_from(sight).into(),
                id.into(),
                kind(sight).name().into(),
                owner(sight).into(),
                what(sight).into(),
                region(sight).into(),
                state(sight).into(),
                end(sight).map(day).into(),
                format!("{mark}{}", sight.verdict.name()).into(),
                differences(sight).into(),
            ]);
        }
        table
    }

    /// Everything, for programs.
    fn list(&self, with_gaps: bool) -> Table {
        let text = |key: &str| Column::text(key, key);
        let number = |key: &str| Column::number(key, key);
        let mut table = Table::new([
            text("known_from"),
            text("id"),
            text("kind"),
            text("owner"),
            text("type"),
            text("region"),
            text("live_state"),
            text("verdict"),
            text("differences"),
            text("billed_end"),
            text("live_start"),
            text("live_end"),
            number("billed_count"),
            number("live_count"),
            number("billed_hourly_commitment"),
            number("live_hourly_commitment"),
            text("note"),
        ]);
        for Gap { account, kind, region, why } in self.live.gaps.iter().filter(|_| with_gaps) {
            let head = ["unreadable".into(), Cell::Null, kind.clone().into(), account.clone().into(), Cell::Null, region.clone().into()];
            table.row(head.into_iter().chain((6..16).map(|_| Cell::Null)).chain([why.clone().into()]));
        }
        for sight in self.sights {
            table.row(cells(sight));
        }
        table
    }

    /// What stands below: of what it is, and whether that is all.
    fn footer(&self) -> String {
        let Self { live, inventory, as_of, .. } = self;
        let bills = inventory.map_or_else(|| "no bill".to_owned(), |inventory| format!("the bills of {}", periods(inventory)));
        let (accounts, regions) = (joined(&live.accounts), joined(&live.regions));
        let scope = format!("\nOf {bills} and of what AWS lists of {accounts} in {regions}; as of {as_of}.");
        match live.gaps.len() {
            0 => scope,
            gaps => format!(
                "{scope}\nNOT ALL: what is marked unreadable ({gaps}) could hold more. Of nothing in it is said that it is not there."
            ),
        }
    }
}

fn cells(sight: &Sight<'_>) -> Vec<Cell> {
    let moment = |second: Option<i64>| Cell::from(second.and_then(|second| Timestamp::from_second(second).ok()).map(|at| at.to_string()));
    let (billed, listed) = (sight.billed, sight.listed);
    let count = |quantity: Option<tenor_money::Quantity>| Cell::from(quantity.map(|quantity| Cell::Exact(quantity.to_string())));
    vec![
        known_from(sight).into(),
        sight.id().into(),
        kind(sight).name().into(),
        owner(sight).into(),
        listed.and_then(|listed| listed.of.clone()).or_else(|| billed.and_then(type_of)).into(),
        region(sight).into(),
        state(sight).into(),
        sight.verdict.name().into(),
        differences(sight).into(),
        moment(billed.and_then(|billed| billed.facts.term).map(tenor_cover::Term::end)),
        moment(listed.and_then(|listed| listed.start)),
        moment(listed.and_then(|listed| listed.end)),
        count(billed.and_then(|billed| billed.facts.count)),
        count(listed.and_then(|listed| listed.count)),
        billed.and_then(|billed| billed.hourly_commitment).into(),
        listed.and_then(|listed| listed.hourly_commitment).into(),
        Cell::Null,
    ]
}

fn known_from(sight: &Sight<'_>) -> &'static str {
    match (sight.billed, sight.listed) {
        (Some(_), Some(_)) => "both",
        (Some(_), None) => "bill",
        _ => "live",
    }
}

/// The bill's, unless AWS names it where the bill does not.
fn kind(sight: &Sight<'_>) -> Kind {
    let billed = sight.billed.map(|billed| billed.facts.kind).filter(|kind| !matches!(kind, Kind::Plan(None) | Kind::Reservation(None)));
    billed.or_else(|| sight.listed.map(|listed| listed.kind)).or_else(|| Some(sight.billed?.facts.kind)).unwrap_or(Kind::Reservation(None))
}

fn owner(sight: &Sight<'_>) -> Option<String> {
    let billed = sight.billed.and_then(|billed| billed.facts.owner.as_ref());
    sight.listed.map(|listed| &listed.owner).or(billed).map(ToString::to_string)
}

fn region(sight: &Sight<'_>) -> Option<String> {
    sight.listed.and_then(|listed| listed.region.clone()).or_else(|| sight.billed.and_then(|billed| billed.facts.region.clone()))
}

fn type_of(billed: &tenor_cover::inventory::Commitment) -> Option<String> {
    billed.facts.instance_type.clone().or_else(|| billed.facts.family.clone())
}

/// How many of what, or what is committed to for an hour.
fn what(sight: &Sight<'_>) -> Option<String> {
    let of = sight.listed.and_then(|listed| listed.of.clone()).or_else(|| sight.billed.and_then(type_of));
    let count = sight.listed.and_then(|listed| listed.count).or_else(|| sight.billed.and_then(|billed| billed.facts.count));
    let hourly =
        sight.listed.and_then(|listed| listed.hourly_commitment).or_else(|| sight.billed.and_then(|billed| billed.hourly_commitment));
    match (count, of, hourly) {
        (Some(count), Some(of), _) => Some(format!("{count} x {of}")),
        (Some(count), None, _) => Some(count.to_string()),
        (None, Some(of), Some(hourly)) => Some(format!("{of}, {hourly}/h")),
        (None, None, Some(hourly)) => Some(format!("{hourly}/h")),
        (None, of, None) => of,
    }
}

fn state(sight: &Sight<'_>) -> Option<String> {
    let listed = sight.listed?;
    Some(match &listed.state {
        ListedState::Queued => "queued".to_owned(),
        ListedState::Pending => "payment pending".to_owned(),
        ListedState::Active => "active".to_owned(),
        // AWS tells no end of a plan that was returned.
        ListedState::Ended if listed.end.is_none() && matches!(listed.kind, Kind::Plan(_)) => "returned".to_owned(),
        ListedState::Ended => "ended".to_owned(),
        ListedState::NeverRan => "never ran".to_owned(),
        ListedState::Unknown(word) => format!("`{word}`"),
    })
}

fn end(sight: &Sight<'_>) -> Option<i64> {
    sight.listed.and_then(|listed| listed.end).or_else(|| Some(sight.billed?.facts.term?.end()))
}

fn day(second: i64) -> String {
    Timestamp::from_second(second).map(|moment| moment.to_string()[..10].to_owned()).unwrap_or_default()
}

fn differences(sight: &Sight<'_>) -> Option<String> {
    let one = |difference: &Difference| match difference {
        Difference::End { billed, listed } => format!("ends {} / {}", day(*billed), day(*listed)),
        Difference::Count { billed, listed } => format!("count {billed} / {listed}"),
        Difference::Commitment { billed, listed } => format!("commits {billed} / {listed} an hour"),
    };
    let all: Vec<_> = sight.differences.iter().map(one).collect();
    (!all.is_empty()).then(|| all.join("; "))
}

fn joined(texts: &std::collections::BTreeSet<String>) -> String {
    texts.iter().map(String::as_str).collect::<Vec<_>>().join(", ")
}
