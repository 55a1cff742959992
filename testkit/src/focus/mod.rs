//! Checks a dataset against the machine-readable conformance model of FOCUS 1.2.
//!
//! Every rule of the model gets an [`Outcome`]: passed, failed with the first offending rows, inapplicable, or not checkable, the
//! last two with the reason. How the model is read where it does not read itself is data: `focus-readings.json`; what does not
//! apply to AWS is data too: `focus-inapplicable.json`. An entry of either that the model does not know, a rule that is in neither
//! and not checkable, an unknown check function or argument: each is an error, so nothing is silently skipped.
//!
//! ```no_run
//! # fn main() -> anyhow::Result<()> {
//! use tenor_testkit::{focus, shared};
//! let model = focus::Model::read(shared::require("data/focus/model-1.2.json"))?;
//! let dataset = focus::Dataset::from_parquet(&["export.parquet"])?;
//! let report = model.check(&dataset, &focus::Applicability::aws())?;
//! assert!(report.conforms(), "{report}");
//! # Ok(())
//! # }
//! ```
//!
//! Values are compared in three-valued logic: a null neither equals nor violates anything but a check for null, as in SQL, except
//! that `CheckNotValue` with a value holds for null (a row without a class is not a correction).

mod applicability;
mod dataset;
mod eval;
mod expr;
mod format;
mod keys;
mod load;
mod model;
mod number;
mod readings;
mod report;
mod table;
mod walk;

pub use applicability::Applicability;
pub use dataset::Dataset;
pub use model::{Keyword, Model};
pub use report::{Failure, Offence, Outcome, Report, RuleResult};
