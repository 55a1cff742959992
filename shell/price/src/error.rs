//! Why a price list cannot be read, where in it, and what to do.

use std::io;
use std::path::PathBuf;
use tenor_price::Clash;

/// Why prices were not imported. Nothing of the import is kept.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The file system refused.
    #[error("cannot read `{}`", file.display())]
    Io {
        /// The file.
        file: PathBuf,
        /// The refusal.
        source: io::Error,
    },
    /// No format that is known.
    #[error("`{file}` is no price list that is known: it begins with `{begins}`")]
    Unknown {
        /// The file.
        file: String,
        /// Its first line, or the beginning of it.
        begins: String,
    },
    /// JSON that is broken or no price list.
    #[error("`{file}` is not a price list of AWS")]
    Json {
        /// The file.
        file: String,
        /// What and where.
        source: serde_json::Error,
    },
    /// CSV that is broken.
    #[error("`{file}` is not CSV")]
    Csv {
        /// The file.
        file: String,
        /// What and where.
        source: csv::Error,
    },
    /// A column that the format has.
    #[error("`{file}` has no column `{column}`")]
    NoColumn {
        /// The file.
        file: String,
        /// Its name.
        column: &'static str,
    },
    /// A value that is none.
    #[error("line {line} of `{file}`: {column} `{value}` is not {what}")]
    Value {
        /// The file.
        file: String,
        /// Counted from 1.
        line: u64,
        /// Whose value.
        column: &'static str,
        /// As it is.
        value: String,
        /// What it should be.
        what: &'static str,
    },
    /// Two prices in a file that a person keeps.
    #[error("line {line} of `{file}`: another price of the same")]
    Clash {
        /// The file.
        file: String,
        /// Counted from 1.
        line: u64,
        /// Which.
        source: Box<Clash>,
    },
    /// Usage whose Region nothing says.
    #[error("line {line} of `{file}`: nothing says in which Region `{usage_type}` is used")]
    NoRegion {
        /// The file.
        file: String,
        /// Counted from 1.
        line: u64,
        /// Which.
        usage_type: String,
    },
    /// Written by a later program.
    #[error("`{file}` begins with `{line}`, which a later version of Tenor writes")]
    Newer {
        /// The file.
        file: String,
        /// Its first line.
        line: String,
    },
    /// Two files in two currencies.
    #[error("`{file}` is in {other}, and the files before it are in {held}")]
    Currency {
        /// The file.
        file: String,
        /// Its currency.
        other: String,
        /// Theirs.
        held: String,
    },
    /// Nothing says of which day the prices are.
    #[error("none of the files says of which day its prices are")]
    NoDate,
    /// Files without any price.
    #[error("there is no price in {0}")]
    Empty(String),
}

impl ReadError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Io { .. } => "check the name and whether it may be read",
            Self::Unknown { .. } => {
                "prices come from AWS's bulk files (JSON or CSV, also gzip), Savings Plan rate files, or the simple CSV of docs/spec/prices.md"
            }
            Self::Json { source, .. } if source.is_eof() => "the file is cut off: download it again",
            Self::Json { .. } => "check that it is a price list as AWS publishes it (index.json), and download it again",
            Self::Csv { .. } => "correct the line, or download the file again",
            Self::NoColumn { .. } | Self::Value { .. } | Self::NoRegion { .. } => "correct the file: docs/spec/prices.md shows the columns",
            Self::Clash { .. } => "keep one of the two lines",
            Self::Newer { .. } => "update Tenor",
            Self::Currency { .. } => "import the files of each currency by themselves, into homes of their own",
            Self::NoDate => "say the day: --date 2025-04-04",
            Self::Empty(_) => {
                "check the Regions asked for, and whether the list has what commitments cover: instances, nodes, functions, containers"
            }
        }
    }
}
