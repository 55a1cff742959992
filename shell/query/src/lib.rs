//! Questions to the lake: SQL, costs by anything, FOCUS exports. The only crate with DataFusion in it.
//!
//! ```text
//! Snapshot -> Engine -> sql    -> rows, streamed
//!                    -> cost   -> a table with its total
//!                    -> commitments, coverage -> what is held, what it covers, what it saves
//!                    -> export -> FOCUS files
//!                    -> replay -> billed periods, for simulating them or using them again
//! ```
//! What it never does: write to the lake, read a file that is not part of it, or let an amount become a float.
//!
//! **Invariant:** an [`Engine`] sees one version of each period, that of its snapshot, whatever imports do meanwhile.

pub mod commitments;
pub mod cost;
pub mod demand;
mod engine;
mod error;
pub mod export;
mod functions;
mod nearest;
pub mod replay;
mod rows;
mod sql;
mod tables;
mod workers;

pub use engine::{Engine, Options, Resolve};
pub use error::QueryError;
pub use rows::{ColumnHead, Rows, Value};
