//! Bills in, exactly: finds reports, reads each format, writes FOCUS charges as Parquet, and replaces a period in one atomic step.
//!
//! What it never does: ask AWS for credentials (it is handed an object store), answer questions (`tenor-query` does), or let a number
//! lose a digit without saying so.

pub mod detail;
pub mod doctor;
pub mod import;
pub mod read;
pub mod schema;
pub mod source;
pub mod store;
mod write;

pub use write::WriteError;
