//! Why a question cannot be answered, and what to do about it.

use datafusion::common::{DataFusionError, SchemaError};
use datafusion::sql::sqlparser::parser::ParserError;
use std::error::Error as _;
use std::io;
use std::path::PathBuf;

/// Why a question cannot be answered.
#[derive(Debug, thiserror::Error)]
pub enum QueryError {
    /// Not SQL.
    #[error("the statement cannot be parsed")]
    Syntax {
        /// Where it stops making sense.
        source: ParserError,
    },
    /// None, or more than one.
    #[error("{count} statements where one is wanted")]
    NotOneStatement {
        /// How many there are.
        count: usize,
    },
    /// Something that would change data, read outside the lake, or set up the session.
    #[error("{what} is refused: SQL can only ask questions of the lake")]
    NotAQuestion {
        /// The construct.
        what: String,
    },
    /// Longer, deeper or of more tables than any question a person or program asks.
    #[error("the statement is too {how}")]
    TooComplex {
        /// `long`, `deep` or `wide`.
        how: &'static str,
    },
    /// A table that the lake does not have.
    #[error("there is no table `{name}`{}", or_near(near))]
    UnknownTable {
        /// As it was written.
        name: String,
        /// Names that look like it.
        near: Vec<String>,
    },
    /// The system granted no thread to plan on.
    #[error("cannot begin to plan the question")]
    NoThread {
        /// Why.
        source: io::Error,
    },
    /// Planning stopped at a bug.
    #[error("planning the question came to a bug in Tenor")]
    PlannerPanicked,
    /// Charges whose report does not say the cost that is asked for.
    #[error("{charges} of the charges asked for have no {column}: their report does not give it")]
    NoSuchCost {
        /// The cost's column.
        column: &'static str,
        /// How many charges lack it.
        charges: u64,
    },
    /// A value of an answer that is none of what its column holds.
    #[error("`{value}` in {column} is not what that column holds")]
    Unreadable {
        /// The column.
        column: String,
        /// What stands there.
        value: String,
    },
    /// A time that cuts through billing periods, where only whole ones will do.
    #[error("{range} is not made of whole billing periods")]
    NotOfPeriods {
        /// The time asked for.
        range: String,
    },
    /// A column that no table in reach has.
    #[error("there is no column `{name}`{}", or_near(near))]
    UnknownColumn {
        /// As it was written.
        name: String,
        /// Names that look like it.
        near: Vec<String>,
    },
    /// Something else about the statement makes no sense: types, functions, tables.
    #[error("the statement makes no sense to the lake")]
    Plan {
        /// What.
        source: Box<DataFusionError>,
    },
    /// The answer needs more memory than allowed, even with spilling.
    #[error("the answer needs more than {megabytes} MiB of memory")]
    Memory {
        /// The limit.
        megabytes: usize,
        /// Who asked for more.
        source: Box<DataFusionError>,
    },
    /// The question failed on its way.
    #[error("the answer could not be worked out")]
    Run {
        /// How.
        source: Box<DataFusionError>,
    },
    /// A file of the lake is gone or cannot be opened.
    #[error("cannot read `{}`", path.display())]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A Parquet file of the lake is damaged.
    #[error("a file of the lake is damaged")]
    Damaged {
        /// Which, and how.
        source: Box<DataFusionError>,
    },
    /// The lake is empty.
    #[error("the lake holds no bill yet")]
    NothingHeld,
    /// No period lies in the time asked for.
    #[error("the lake holds no bill from {range}; it holds {held}")]
    NothingInRange {
        /// The time asked for.
        range: String,
        /// First and last period held.
        held: String,
    },
    /// No month is held at all, or none of the payer asked for.
    #[error("the lake holds no bill{}", payer.as_ref().map(|payer| format!(" of payer {payer}")).unwrap_or_default())]
    NoBill {
        /// The payer, if one was asked for.
        payer: Option<String>,
    },
    /// The reports' rows are longer than what was asked for.
    #[error("the bill of {period} for payer {payer} has rows of a {unit}, so nothing can be said by {asked}")]
    TooCoarse {
        /// The period.
        period: String,
        /// The payer.
        payer: String,
        /// How long its rows are.
        unit: &'static str,
        /// What was asked for.
        asked: &'static str,
    },
    /// More than is held in memory and looked at.
    #[error("the answer has more than {groups_max} groups")]
    TooManyGroups {
        /// The limit.
        groups_max: usize,
    },
    /// Amounts of different currencies cannot be added.
    #[error("the charges asked for are in more than one currency: {}", currencies.join(", "))]
    MixedCurrencies {
        /// Which.
        currencies: Vec<String>,
    },
    /// No charge in the time asked for carries that tag or cost category.
    #[error("none of the charges asked for has the {what} `{key}`{}", or_near(near))]
    UnknownKey {
        /// `tag` or `cost category`.
        what: &'static str,
        /// As it was written.
        key: String,
        /// Keys that look like it.
        near: Vec<String>,
    },
    /// A month held for several payers, where one is wanted.
    #[error("the lake holds {period} of several payers: {}", payers.join(", "))]
    SeveralPayers {
        /// The month.
        period: String,
        /// Whose.
        payers: Vec<String>,
    },
    /// Months that are to be counted together in different currencies.
    #[error("the bills of payer {payer} are in several currencies: {}", currencies.join(", "))]
    SeveralCurrencies {
        /// Whose.
        payer: String,
        /// Which.
        currencies: Vec<String>,
    },
    /// A report that does not say what commitments covered, unit by unit.
    #[error("the bill of {period} is a FOCUS report, which does not say how many units of what a reservation covered")]
    NotAwsOwn {
        /// The month.
        period: String,
    },
    /// A commitment whose fee row does not say enough of it.
    #[error("the fee of {commitment} has no usable {column}")]
    FeeLacks {
        /// Which.
        commitment: String,
        /// What it lacks.
        column: &'static str,
    },
    /// Usage of nobody.
    #[error("usage that commitments may cover names no account")]
    NoAccount {
        /// What it says instead.
        source: tenor_bill::IdError,
    },
    /// A period that cannot be simulated again.
    #[error("the period cannot be simulated again")]
    Replay {
        /// Why.
        #[from]
        source: tenor_cover::replay::ReplayInputError,
    },
    /// An export could not be written.
    #[error("cannot write `{}`", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// An export could not be encoded.
    #[error("cannot write Parquet to `{}`", path.display())]
    Encode {
        /// The file.
        path: PathBuf,
        /// Why.
        source: datafusion::parquet::errors::ParquetError,
    },
}

impl QueryError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> &'static str {
        match self {
            Self::Syntax { .. } => "names with spaces or capitals of their own go in \"double quotes\", text in 'single quotes'",
            Self::NotOneStatement { count: 0 } => "write one, for example: SELECT ServiceName, sum(BilledCost) FROM charges GROUP BY 1",
            Self::NotOneStatement { .. } => "ask one question at a time",
            Self::NotAQuestion { what } if what.ends_with(" in a condition") => {
                "a condition compares columns; what takes more goes to `tenor sql`, on the machine of the home"
            }
            Self::NotAQuestion { .. } => {
                "use SELECT, WITH, VALUES, EXPLAIN, SHOW TABLES or DESCRIBE; `tenor import` and `tenor export` read and write"
            }
            Self::TooComplex { how: "wide" } => "name fewer tables; what WITH defines counts as all of its tables each time it is named",
            Self::TooComplex { .. } => "write long lists as IN (…), and put parts into WITH",
            Self::UnknownTable { .. } => "SHOW TABLES lists what there is",
            Self::NoThread { .. } => "close other programs and ask again",
            Self::UnknownColumn { .. } => "DESCRIBE charges lists all columns",
            Self::Plan { .. } => "SHOW TABLES and DESCRIBE charges say what there is to ask for",
            Self::Memory { .. } => "narrow it with WHERE, or group by columns with fewer values",
            Self::Run { .. } => "if this persists, run `tenor doctor`",
            Self::File { .. } => "run the question again; if this persists, run `tenor doctor`",
            Self::Damaged { .. } => "import that period again with --replace",
            Self::NothingHeld => "import one first: tenor import SOURCE",
            Self::NothingInRange { .. } => "change --from and --to; both ends are included",
            Self::NoBill { .. } => "bring one in with `tenor import SOURCE`; `tenor doctor` lists what is held",
            Self::TooCoarse { .. } => {
                "ask by a longer time, leave that period out with --from and --to, or import a report with hourly rows"
            }
            Self::TooManyGroups { .. } => {
                "show the dearest with --top, tell less apart, or ask in SQL: `tenor sql` prints rows as they come"
            }
            Self::MixedCurrencies { .. } => "choose one with --where \"BillingCurrency = 'USD'\"",
            Self::UnknownKey { .. } => "keys are spelled exactly as they are in the bill, capitals included",
            Self::SeveralPayers { .. } => "name one with --payer",
            Self::SeveralCurrencies { .. } => "ask for fewer months with --months, so that all of them are in the last one's currency",
            Self::NotAwsOwn { .. } => "import a legacy CUR or CUR 2.0 report of that month, with --replace",
            Self::FeeLacks { .. } | Self::NoAccount { .. } | Self::Replay { .. } | Self::Unreadable { .. } => {
                "import the report again with all its columns; `tenor doctor` tells what else is odd about it"
            }
            Self::Write { .. } | Self::Encode { .. } => "check that the folder is there, is writable and has room",
            Self::PlannerPanicked => "put the question another way, and report the message above with the question",
            Self::NoSuchCost { .. } => {
                "ask for another cost (--metric, --discounts include), or leave those charges out with --from, --to or --where"
            }
            Self::NotOfPeriods { .. } => "name months, as 2018-10; `tenor sql --format csv` gives any other time",
        }
    }

    /// Whether a file of the lake is no longer where it was: another version has taken its place meanwhile.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        matches!(self, Self::File { source, .. } if source.kind() == io::ErrorKind::NotFound)
    }

    /// The same error once more, when it is of a file.
    pub(crate) fn copy_of_file(&self) -> Option<Self> {
        let Self::File { path, source } = self else { return None };
        let words = || io::Error::new(source.kind(), source.to_string());
        let source = source.raw_os_error().map_or_else(words, io::Error::from_raw_os_error);
        Some(Self::File { path: path.clone(), source })
    }

    /// Sorts what DataFusion says while a statement is planned.
    pub(crate) fn planning(error: DataFusionError) -> Self {
        let error = match own(error) {
            Ok(own) => return own,
            Err(error) => error,
        };
        if let Some(SchemaError::FieldNotFound { field, valid_fields }) = schema_error(&error) {
            let valid = valid_fields.iter().map(|column| column.name.as_str());
            return Self::UnknownColumn { name: field.name.clone(), near: crate::nearest::nearest(&field.name, valid) };
        }
        Self::Plan { source: Box::new(error) }
    }

    /// Sorts what DataFusion says while a statement runs.
    pub(crate) fn running(error: DataFusionError, memory_bytes_max: usize) -> Self {
        let error = match own(error) {
            Ok(own) => return own,
            Err(error) => error,
        };
        let refusal = match refusal_below(&error) {
            Some(Refusal::OfFile(refused)) => return refused,
            refusal => refusal,
        };
        let source = Box::new(error);
        match source.find_root() {
            DataFusionError::ResourcesExhausted(_) => Self::Memory { megabytes: memory_bytes_max >> 20, source },
            DataFusionError::ParquetError(_) if refusal.is_none() => Self::Damaged { source },
            _ => Self::Run { source },
        }
    }
}

/// Our own error, handed through DataFusion by a table or a file.
fn own(error: DataFusionError) -> Result<QueryError, DataFusionError> {
    match error {
        DataFusionError::External(inner) => match inner.downcast::<QueryError>() {
            Ok(own) => Ok(*own),
            Err(inner) => Err(DataFusionError::External(inner)),
        },
        DataFusionError::Context(context, inner) => own(*inner).map_err(|inner| DataFusionError::Context(context, Box::new(inner))),
        error => Err(error),
    }
}

/// Something that the system refused, below the errors of who asked it.
enum Refusal {
    /// A file of the lake.
    OfFile(QueryError),
    /// Something else.
    Other,
}

/// What the system refused, if that is what an error comes from: a file that is lost is not damaged.
fn refusal_below(error: &DataFusionError) -> Option<Refusal> {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(inner) = cause {
        if let Some(refused) = inner.downcast_ref().and_then(QueryError::copy_of_file) {
            return Some(Refusal::OfFile(refused));
        }
        // Decoders tell of what they cannot decode as an I/O error too, but that is not one of the system's.
        if inner.downcast_ref::<io::Error>().is_some_and(|error| error.raw_os_error().is_some()) {
            return Some(Refusal::Other);
        }
        cause = inner.source();
    }
    None
}

fn schema_error(error: &DataFusionError) -> Option<&SchemaError> {
    if let DataFusionError::SchemaError(schema, _) = error {
        return Some(schema);
    }
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(schema) = inner.downcast_ref::<SchemaError>() {
            return Some(schema);
        }
        cause = inner.source();
    }
    None
}

fn or_near(near: &[String]) -> String {
    if near.is_empty() { String::new() } else { format!("; did you mean `{}`?", near.join("` or `")) }
}
