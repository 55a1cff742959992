//! What is held, what it covers and what it saves: `tenor commitments`, `tenor coverage`, and the views behind them.
//!
//! SQL adds up, the core decides: figures, order and shares come from `tenor_cover::inventory`.

mod coverage;
mod fees;
mod gather;
mod inventory;
mod one;
mod shares;
mod shown;
mod views;

pub use coverage::{Answer, CoverageQuestion, Included, Row};
pub use fees::{CommitmentFee, CommitmentFees};
pub use inventory::{EndsEarly, Inventory};
pub use one::{Covered, Did, Hours, Use};
pub use shares::{Charged, UnusedTo};
pub use shown::Shown;
pub(crate) use views::view;
