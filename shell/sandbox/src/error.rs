//! What can go wrong while a bill is written.

use std::path::PathBuf;

/// Why a bill was not written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The request contradicts itself.
    #[error("cannot write such a bill: {0}")]
    Request(&'static str),
    /// A file or folder.
    #[error("cannot write `{path}`")]
    File {
        /// Which.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// A Parquet file.
    #[error("cannot write Parquet file `{path}`")]
    Parquet {
        /// Which.
        path: PathBuf,
        /// What the encoder said.
        source: parquet::errors::ParquetError,
    },
}
