//! A simulated AWS organization that writes bills as AWS does, with the ground truth beside them.
//!
//! For tests of what real data lacks, for benchmarks and for the demo. The arithmetic is `docs/spec/rounding.md`, exact to the last digit;
//! demand and prices are real extracts where such exist (`data/ATTRIBUTION.md`) and marked simulated where not. Commitments are applied by
//! an engine of its own: this crate never uses the product's. The same request gives the same bytes, on any number of threads.

mod account;
mod apply;
mod closing;
mod cloud;
mod columnar;
mod commitment;
mod csv;
mod cur2;
mod demand;
mod demo;
mod error;
mod exact;
mod fleet;
mod focus;
mod hour;
mod layout;
mod legacy;
mod line;
mod matching;
mod meters;
mod month;
mod node;
mod number;
mod part;
mod portfolio;
mod price;
mod price_list;
mod random;
mod region;
mod request;
mod schema;
mod server;
mod sharing;
mod sku;
mod taken;
mod time;
mod truth;
mod value;
mod world;
mod write;

pub use cloud::{Cloud, DeployError, FaultKind, Keys, PlannedFault, Setup, ShareError, Sold};
pub use demo::{demo_advice, demo_cloud};
pub use error::WriteError;
pub use line::LineItemType;
pub use request::{BillRequest, Format, Layout, SharingMode};
pub use server::{
    ADVANCE_SECONDS_MAX, Broken, CONTROL_KEY_HEADER, CONTROL_PATH, Control, Direct, Order, OrderError, Server, ServerError, Store,
    StoreError, interrupted,
};
pub use taken::{TakeError, TakenUsage, UsageTaker, UsedBy};
pub use truth::{CommitmentTotals, GroundTruth, PeriodTruth, Totals};
pub use write::{write_bill, write_settings};
