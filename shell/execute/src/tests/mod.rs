//! Orders run on an AWS that does as it is told.

mod approved;
mod beside;
mod clocked;
mod fake;
mod inventory;
mod journal;
mod last_moment;
mod quotas;
mod resolving;
mod running;
mod soak;

use tenor_ledger::{Moment, Text};

fn text(text: &str) -> Text {
    text.parse().unwrap()
}

fn moment(text: &str) -> Moment {
    Moment(text.parse().unwrap())
}
