//! Makes a case that fails a test as small as it can be.

use super::Case;
use tenor_cover::Organization;

/// The smallest case found that still fails: nothing can be left out of it and no number simplified.
pub(crate) fn shrink(mut case: Case, fails: impl Fn(&Case) -> bool) -> Case {
    while let Some(smaller) = candidates(&case).into_iter().filter(fits_together).find(&fails) {
        case = smaller;
    }
    case
}

fn fits_together(case: &Case) -> bool {
    Organization::new(case.parts.clone()).is_ok()
}

/// Cases with one thing less, the largest things first.
fn candidates(case: &Case) -> Vec<Case> {
    let parts = &case.parts;
    let mut all = Vec::new();
    let mut with = |change: &dyn Fn(&mut Case)| {
        let mut changed = case.clone();
        change(&mut changed);
        if changed != *case {
            all.push(changed);
        }
    };
    for at in 0..case.hours.len() {
        if case.hours.len() > 1 {
            with(&|case| drop(case.hours.remove(at)));
        }
    }
    for at in 0..parts.reservations.len() {
        with(&|case| drop(case.parts.reservations.remove(at)));
    }
    for at in 0..parts.plans.len() {
        with(&|case| drop(case.parts.plans.remove(at)));
    }
    for at in 0..parts.series.len() {
        with(&|case| drop_series(case, at));
    }
    for at in 0..parts.skus.len() {
        if parts.series.iter().all(|series| series.sku != at) {
            with(&|case| drop_sku(case, at));
        }
    }
    for at in 0..parts.rate_tables.len() {
        if parts.plans.iter().all(|plan| plan.rate_table != at) {
            with(&|case| drop_rate_table(case, at));
        }
    }
    with(&|case| case.settings = Default::default());
    with(&|case| case.parts.sharing.mode = Default::default());
    with(&|case| case.parts.sharing.groups.clear());
    with(&|case| case.parts.sharing.off.clear());
    with(&|case| case.parts.sharing.by_commitment.clear());
    simplify_numbers(case, &mut with);
    all
}

/// Fees, terms, zones and usage made plain.
fn simplify_numbers(case: &Case, with: &mut impl FnMut(&dyn Fn(&mut Case))) {
    let parts = &case.parts;
    for at in 0..parts.reservations.len() {
        with(&|case| case.parts.reservations[at].hourly = Default::default());
        with(&|case| case.parts.reservations[at].upfront = Default::default());
        with(&|case| case.parts.reservations[at].term.retired = None);
        with(&|case| case.parts.reservations[at].zone = None);
        with(&|case| case.parts.reservations[at].count = 1);
    }
    for at in 0..parts.plans.len() {
        with(&|case| case.parts.plans[at].upfront = Default::default());
        with(&|case| case.parts.plans[at].term.retired = None);
    }
    for (at, series) in parts.series.iter().enumerate() {
        with(&|case| case.parts.series[at].zone = None);
        for hour in 0..case.hours.len() {
            with(&|case| case.hours[hour][at] = 0);
            let whole = 10_u64.pow(parts.skus[series.sku].decimals);
            if case.hours[hour][at] > whole {
                with(&|case| case.hours[hour][at] = whole);
            }
        }
    }
}

fn drop_series(case: &mut Case, at: usize) {
    case.parts.series.remove(at);
    for cells in &mut case.hours {
        cells.remove(at);
    }
}

fn drop_sku(case: &mut Case, at: usize) {
    case.parts.skus.remove(at);
    for table in &mut case.parts.rate_tables {
        table.rates.remove(at);
    }
    for series in case.parts.series.iter_mut().filter(|series| series.sku > at) {
        series.sku -= 1;
    }
}

fn drop_rate_table(case: &mut Case, at: usize) {
    case.parts.rate_tables.remove(at);
    for plan in case.parts.plans.iter_mut().filter(|plan| plan.rate_table > at) {
        plan.rate_table -= 1;
    }
}
