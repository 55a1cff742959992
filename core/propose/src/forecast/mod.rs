//! What demand may become: scenarios, how long lives last, changes the owner knows of, and how well calibrated it all is.
//!
//! Everything follows from a [`crate::Past`] and a seed; the same two give the same bytes.

mod calibration;
mod ensemble;
mod lives;
mod overlay;
mod random;
mod scenario;

pub use calibration::{Coverage, calibrate};
pub use ensemble::{Ensemble, Pattern};
pub(crate) use lives::totals;
pub use lives::{Life, Mortality, Wear, lives};
pub(crate) use overlay::Span;
pub use overlay::{Change, Effect, Overlay};
pub use scenario::{Forecast, Scenario};
