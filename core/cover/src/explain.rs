//! Why an account paid what it paid in one hour: which commitment covered what, how it reached it, and what nothing covered.
//!
//! The hour is simulated again with a sink that keeps the account's pieces; reasons are data, and read as sentences when displayed.

use crate::commitment::{CommitmentId, Plan, PlanKind, Reservation};
use crate::organization::{Parts, Series};
use crate::settings::Settings;
use crate::sharing::Reach;
use crate::simulator::Simulator;
use crate::sink::{Held, HeldHour, OnDemand, Piece, Sink, Takes};
use crate::usage::Usage;
use std::collections::BTreeMap;
use std::fmt;
use tenor_bill::{AccountId, Hour};
use tenor_money::{Money, Quantity, UnitPrice};

/// An account's hour.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The hour.
    pub hour: Hour,
    /// The account.
    pub account: AccountId,
    /// What it used, in the order of [`Parts::series`]; nothing that it did not use.
    pub usages: Vec<ExplainedUsage>,
}

/// What became of one usage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedUsage {
    /// A place in [`Parts::series`].
    pub series: usize,
    /// The resource.
    pub resource: String,
    /// The SKU's name.
    pub sku: String,
    /// Its public on-demand rate.
    pub on_demand_rate: UnitPrice,
    /// What was used.
    pub quantity: Quantity,
    /// What covered it, in the order of application.
    pub covered: Vec<ExplainedPiece>,
    /// What stayed on demand, if anything.
    pub on_demand: Option<ExplainedRest>,
}

/// What one commitment covered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedPiece {
    /// Its id.
    pub commitment: CommitmentId,
    /// Who owns it.
    pub owner: AccountId,
    /// What it is.
    pub kind: ExplainedKind,
    /// How much, how it reached it and what it took.
    pub piece: Piece,
}

/// What a commitment is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExplainedKind {
    /// A reservation in one zone: applied first.
    ZonalReservation,
    /// Any other reservation: applied after zonal ones.
    RegionalReservation,
    /// A plan: applied to what reservations leave, highest saving first.
    Plan(PlanKind),
}

/// What stayed on demand, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExplainedRest {
    /// How much.
    pub quantity: Quantity,
    /// What it costs.
    pub cost: Money,
    /// Each commitment with a fee in the hour that might have covered it, and why it did not; none is the most frequent reason.
    pub not_covered_by: Vec<(CommitmentId, NotCovered)>,
}

/// Why a commitment that matches a usage did not cover it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum NotCovered {
    /// It was used up by what comes before.
    UsedUp,
    /// Too little of it was left to cover a part of this (`docs/spec/rounding.md` 2.3 and 5.2).
    TooLittleLeft,
    /// It has a fee in this hour, but covers nothing in it: its term ends in it, or by the settings it counts whole hours only.
    NotInThisHour,
    /// It is not shared with the account.
    NotShared,
    /// Its rate is above the on-demand rate.
    Dearer,
}

impl Simulator<'_> {
    /// Explains an account's hour.
    ///
    /// # Panics
    /// As [`Simulator::run`]: ask [`Usage::holds`] before.
    #[must_use]
    pub fn explain<U: Usage + ?Sized>(&self, usage: &U, hour: Hour, account: &AccountId) -> Explanation {
        let parts = self.organization.parts();
        let mut collected = Collected { parts, account, pieces: Vec::new(), rests: Vec::new(), held: BTreeMap::new() };
        let _ = self.run(usage, hour..hour.next(), &mut collected);
        let mut usages = Vec::new();
        for (index, series) in parts.series.iter().enumerate().filter(|(_, series)| series.account == *account) {
            let covered: Vec<ExplainedPiece> =
                collected.pieces.iter().filter(|piece| piece.series == index).map(|piece| explain_piece(parts, *piece)).collect();
            let rest = collected.rests.iter().find(|rest| rest.series == index);
            let on_demand = rest.map(|rest| ExplainedRest {
                quantity: rest.quantity,
                cost: rest.cost,
                not_covered_by: not_covered_by(parts, self.settings, series, hour, &collected.held),
            });
            let quantity = covered.iter().map(|covered| covered.piece.covered).chain(rest.map(|rest| rest.quantity)).sum();
            if quantity > Quantity::ZERO {
                let sku = &parts.skus[series.sku];
                let (resource, on_demand_rate) = (series.resource.clone(), sku.on_demand);
                usages.push(ExplainedUsage {
                    series: index,
                    resource,
                    sku: sku.name.clone(),
                    on_demand_rate,
                    quantity,
                    covered,
                    on_demand,
                });
            }
        }
        Explanation { hour, account: account.clone(), usages }
    }
}

/// The pieces and remainders of one account.
struct Collected<'a> {
    parts: &'a Parts,
    account: &'a AccountId,
    pieces: Vec<Piece>,
    rests: Vec<OnDemand>,
    /// All commitments with a fee in the hour.
    held: BTreeMap<Held, HeldHour>,
}

impl Sink for Collected<'_> {
    fn piece(&mut self, _: Hour, piece: &Piece) {
        if self.parts.series[piece.series].account == *self.account {
            self.pieces.push(*piece);
        }
    }

    fn on_demand(&mut self, _: Hour, rest: &OnDemand) {
        if self.parts.series[rest.series].account == *self.account {
            self.rests.push(*rest);
        }
    }

    fn held(&mut self, _: Hour, held: &HeldHour) {
        self.held.insert(held.held, *held);
    }
}

fn explain_piece(parts: &Parts, piece: Piece) -> ExplainedPiece {
    let (commitment, owner, kind) = match piece.by {
        Held::Reservation(index) => {
            let reservation = &parts.reservations[index];
            let zonal = reservation.zone.is_some();
            let kind = if zonal { ExplainedKind::ZonalReservation } else { ExplainedKind::RegionalReservation };
            (&reservation.id, &reservation.owner, kind)
        }
        Held::Plan(index) => {
            let plan = &parts.plans[index];
            (&plan.id, &plan.owner, ExplainedKind::Plan(plan.kind))
        }
    };
    ExplainedPiece { commitment: commitment.clone(), owner: owner.clone(), kind, piece }
}

/// Commitments with a fee in an hour that match a usage, in the order of their ids, and why they left some of it.
fn not_covered_by(
    parts: &Parts,
    settings: Settings,
    series: &Series,
    hour: Hour,
    held: &BTreeMap<Held, HeldHour>,
) -> Vec<(CommitmentId, NotCovered)> {
    let reason = |(held, now): (&Held, &HeldHour)| match held {
        Held::Reservation(index) => {
            let reservation = &parts.reservations[*index];
            Some((reservation.id.clone(), not_reserved(parts, reservation, series, hour, now)?))
        }
        Held::Plan(index) => {
            let plan = &parts.plans[*index];
            let counts = settings.plan_partial_hours.counts(plan.term, hour);
            Some((plan.id.clone(), not_planned(parts, plan, series, counts, now)?))
        }
    };
    let mut reasons: Vec<_> = held.iter().filter_map(reason).collect();
    reasons.sort();
    reasons
}

/// Why a reservation left some of a usage; none where it does not match.
fn not_reserved(parts: &Parts, reservation: &Reservation, series: &Series, hour: Hour, now: &HeldHour) -> Option<NotCovered> {
    if !reservation.matches(&parts.skus[series.sku], series.zone.as_deref()) {
        return None;
    }
    Some(if parts.sharing.reach(&reservation.id, &reservation.owner, &series.account).is_none() {
        NotCovered::NotShared
    } else if !reservation.term.covers_hour(hour) {
        NotCovered::NotInThisHour
    } else if now.units.1 < now.units.0 {
        NotCovered::TooLittleLeft
    } else {
        NotCovered::UsedUp
    })
}

/// Why a plan, which counts in the hour or not, left some of a usage; none where it has no rate for it.
fn not_planned(parts: &Parts, plan: &Plan, series: &Series, counts: bool, now: &HeldHour) -> Option<NotCovered> {
    let rate = parts.rate_tables[plan.rate_table].rates[series.sku]?;
    Some(if rate > parts.skus[series.sku].on_demand {
        NotCovered::Dearer
    } else if parts.sharing.reach(&plan.id, &plan.owner, &series.account).is_none() {
        NotCovered::NotShared
    } else if !counts {
        NotCovered::NotInThisHour
    } else if now.recurring.1 < now.cost() {
        NotCovered::TooLittleLeft
    } else {
        NotCovered::UsedUp
    })
}

impl fmt::Display for Explanation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Account {}, hour {}:", self.account, self.hour)?;
        if self.usages.is_empty() {
            writeln!(f, "Nothing was used.")?;
        }
        for usage in &self.usages {
            let resource = if usage.resource.is_empty() { String::new() } else { format!(" by {}", usage.resource) };
            writeln!(f, "{} of {}{resource}, {} each on demand.", usage.quantity, usage.sku, usage.on_demand_rate)?;
            for covered in &usage.covered {
                write_piece(f, covered, usage, &self.account)?;
            }
            if let Some(rest) = &usage.on_demand {
                writeln!(f, "  {} stayed on demand for {}: {}.", rest.quantity, rest.cost, why(&rest.not_covered_by))?;
            }
        }
        Ok(())
    }
}

fn write_piece(f: &mut fmt::Formatter<'_>, covered: &ExplainedPiece, usage: &ExplainedUsage, account: &AccountId) -> fmt::Result {
    let ExplainedPiece { commitment, owner, kind, piece } = covered;
    let kind = match kind {
        ExplainedKind::ZonalReservation => "the zonal reservation".to_owned(),
        ExplainedKind::RegionalReservation => "the reservation".to_owned(),
        ExplainedKind::Plan(kind) => format!("the {} plan", kind.as_str()),
    };
    let reach = match piece.reach {
        Reach::Own => format!("which {account} owns"),
        Reach::Group => format!("which {owner} owns and shares with its group first"),
        Reach::Rest => format!("which {owner} owns and had left for others"),
    };
    write!(f, "  {} covered by {kind} {commitment}, {reach}", piece.covered)?;
    match piece.takes {
        Takes::Units { units, .. } => write!(f, ", with {units} of its units")?,
        Takes::Commitment { rate, .. } => write!(f, ", at {rate} each, a saving of {}", percent(rate, usage.on_demand_rate))?,
    }
    writeln!(f, "; it costs {} instead of {}.", piece.effective_cost(), piece.list_cost)
}

/// A saving in percent, cut to one decimal.
fn percent(rate: UnitPrice, on_demand: UnitPrice) -> String {
    let saved = (on_demand.units() - rate.units()) * 1_000;
    let tenths = saved.checked_div(on_demand.units()).unwrap_or(0);
    format!("{}.{} %", tenths / 10, tenths % 10)
}

fn why(not_covered_by: &[(CommitmentId, NotCovered)]) -> String {
    if not_covered_by.is_empty() {
        return "no commitment held in this hour matches it".to_owned();
    }
    let reason = |(id, reason): &(CommitmentId, NotCovered)| match reason {
        NotCovered::UsedUp => format!("{id} was used up"),
        NotCovered::TooLittleLeft => format!("{id} had too little left to cover any of it"),
        NotCovered::NotInThisHour => format!("{id} covers nothing in this hour, which it holds in part"),
        NotCovered::NotShared => format!("{id} is not shared with the account"),
        NotCovered::Dearer => format!("{id} charges more than the on-demand rate"),
    };
    not_covered_by.iter().map(reason).collect::<Vec<_>>().join(", ")
}
