//! The bill of what was used, with some commitments: the billing simulator over the known hours of a history.

use crate::past::known_within;
use crate::proposal::inputs::{HeldPlan, HeldReservation, Inputs, InputsError};
use crate::proposal::price::sharing;
use crate::solve::Workers;
use std::ops::Range;
use std::sync::Mutex;
use tenor_bill::Hour;
use tenor_cover::{Commitment, Organization, Parts, Series, Simulator, Sink, Totals, Usage};

/// All lines as series, with some commitments and nothing else held.
///
/// # Errors
/// When that is more than a simulation can count.
pub(super) fn organization(inputs: &Inputs, reservations: &[HeldReservation], plans: &[HeldPlan]) -> Result<Organization, InputsError> {
    let mut parts = Parts { skus: inputs.cover_skus(), sharing: sharing(inputs), ..Parts::default() };
    for line in &inputs.lines {
        let (account, resource) = (inputs.account(line.class), line.account.clone());
        parts.series.push(Series { account, resource, sku: line.sku, zone: line.zone.clone() });
    }
    for held in reservations {
        if let Commitment::Reservation(reservation) = held.to_cover(inputs) {
            parts.reservations.push(reservation);
        }
    }
    for (place, held) in plans.iter().enumerate() {
        parts.rate_tables.push(inputs.rate_table(format!("bought {place}"), &held.rates));
        parts.plans.push(held.to_cover(inputs, place));
    }
    Ok(Organization::new(parts)?)
}

/// Refuses usage that a simulation cannot count: all that is ever used, in one hour.
///
/// # Errors
/// When that is too much.
pub(super) fn check(inputs: &Inputs, organization: &Organization) -> Result<(), InputsError> {
    let most: Vec<u64> = inputs.lines.iter().map(|line| line.cells.iter().copied().max().unwrap_or(0)).collect();
    Ok(organization.check_cells(Hour::from_epoch_hours(inputs.first), &most)?)
}

/// The known hours of spans of a history, each span by itself. Hours of which nothing is known cost nothing, commitments included.
pub(super) fn paid(inputs: &Inputs, organization: &Organization, spans: &[Range<usize>], workers: &dyn Workers) -> Vec<Totals> {
    let simulator = Simulator::new(organization);
    let places: Vec<Mutex<Option<Totals>>> = spans.iter().map(|_| Mutex::new(None)).collect();
    workers.each(spans.len(), &|place| {
        let totals = told(inputs, &simulator, spans[place].clone(), &mut ());
        *places[place].lock().expect("nothing panics while it holds a place") = Some(totals);
    });
    places.into_iter().map(|place| place.into_inner().expect("as above").expect("every span is paid")).collect()
}

/// The same for one span, told to a sink.
pub(super) fn told<S: Sink>(inputs: &Inputs, simulator: &Simulator<'_>, span: Range<usize>, sink: &mut S) -> Totals {
    let hour = |offset: usize| Hour::from_epoch_hours(inputs.first + offset as i64);
    let usage = Used { inputs };
    let mut totals = simulator.run(&usage, hour(span.start)..hour(span.start), sink);
    for known in known_within(&unknown(inputs), span) {
        totals.merge(&simulator.run(&usage, hour(known.start)..hour(known.end), sink));
    }
    totals
}

/// The spans of which nothing is known.
pub(super) fn unknown(inputs: &Inputs) -> Vec<Range<usize>> {
    inputs.unknown.iter().map(|(start, end)| *start..*end).collect()
}

/// What was used.
struct Used<'a> {
    inputs: &'a Inputs,
}

impl Used<'_> {
    fn offset(&self, hour: Hour) -> Option<usize> {
        usize::try_from(hour.epoch_hours() - self.inputs.first).ok().filter(|offset| *offset < self.inputs.hours)
    }
}

impl Usage for Used<'_> {
    fn read(&self, hour: Hour, into: &mut [u64]) {
        let offset = self.offset(hour).expect("only hours of the history are paid");
        into.iter_mut().zip(&self.inputs.lines).for_each(|(cell, line)| *cell = line.cells[offset]);
    }

    fn holds(&self, hour: Hour) -> bool {
        self.offset(hour).is_some()
    }
}
