//! What can be wrong with a source, and what to do about each.

use super::bytes::Changed;
use std::io;
use tenor_bill::BillingPeriod;

/// Why a source is not read.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// The location is empty or does not exist.
    #[error("there is no file at or below `{location}`")]
    Nothing {
        /// Where was looked.
        location: String,
    },
    /// The location cannot be looked through.
    #[error("cannot list `{location}`")]
    List {
        /// Where was looked.
        location: String,
        /// What the file system or the store said.
        source: io::Error,
    },
    /// A file cannot be read.
    #[error("cannot read `{part}`")]
    Read {
        /// The file.
        part: String,
        /// What the file system or the store said, or what is wrong inside.
        source: io::Error,
    },
    /// Nothing there is a bill.
    #[error("no cost report was recognised in `{location}`: {seen}")]
    NotRecognised {
        /// Where was looked.
        location: String,
        /// What is there instead.
        seen: String,
    },
    /// A folder with files of a bill and others.
    #[error("`{first}` is {first_kind}, but `{second}` is {second_kind}")]
    MixedKinds {
        /// A file.
        first: String,
        /// What it is.
        first_kind: &'static str,
        /// A file that does not go with it.
        second: String,
        /// What that is.
        second_kind: &'static str,
    },
    /// The kind asked for is not the one that is there.
    #[error("`{report}` is {is} by its {by}, not {asked}")]
    AnotherKind {
        /// The report.
        report: String,
        /// What it is.
        is: &'static str,
        /// What says so.
        by: &'static str,
        /// What it was said to be.
        asked: &'static str,
    },
    /// The manifest lists a file that is not there.
    #[error("`{key}` is listed in `{manifest}` and is not there")]
    MissingChunk {
        /// The manifest.
        manifest: String,
        /// The file, as the manifest names it.
        key: String,
    },
    /// The manifest lists a file more than once.
    #[error("`{manifest}` lists `{key}` more than once")]
    ListedTwice {
        /// The manifest.
        manifest: String,
        /// The file, as the manifest names it the second time.
        key: String,
    },
    /// Two manifests list one file.
    #[error("`{part}` is listed in `{first}` and in `{second}`")]
    ListedByTwo {
        /// The file.
        part: String,
        /// A manifest.
        first: String,
        /// Another one.
        second: String,
    },
    /// A file has not the columns that its manifest promises.
    #[error("`{part}` lacks columns that the manifest of `{report}` lists: {}", some(.missing))]
    ColumnsDisagree {
        /// The file.
        part: String,
        /// Its report.
        report: String,
        /// The columns, as the manifest names them.
        missing: Vec<String>,
    },
    /// Two deliveries of one month.
    #[error("{period} is there twice: in `{first}` and in `{second}`")]
    PeriodTwice {
        /// The month.
        period: BillingPeriod,
        /// A report, folder or file that has it.
        first: String,
        /// Another one.
        second: String,
    },
    /// Two files with the same content.
    #[error("`{first}` and `{second}` are the same file")]
    SameFile {
        /// A file.
        first: String,
        /// Its copy.
        second: String,
    },
    /// A zip file that is not one CSV file.
    #[error("`{part}` holds {} files ({}), and a report's zip file holds one", .members.len(), some(.members))]
    ZipMembers {
        /// The zip file.
        part: String,
        /// What is in it.
        members: Vec<String>,
    },
    /// A file is not what its name says.
    #[error("`{part}` is not {expected}, whatever its name says")]
    WrongFormat {
        /// The file.
        part: String,
        /// What its name says.
        expected: &'static str,
    },
    /// A file without any content.
    #[error("`{part}` is empty")]
    Empty {
        /// The file.
        part: String,
    },
    /// A manifest that is not JSON.
    #[error("`{manifest}` is not JSON")]
    ManifestNotJson {
        /// The manifest.
        manifest: String,
        /// What is wrong with it.
        source: serde_json::Error,
    },
    /// A manifest without something that every manifest has.
    #[error("`{manifest}` has no usable `{key}`")]
    ManifestLacks {
        /// The manifest.
        manifest: String,
        /// The key, as a path from the top.
        key: &'static str,
    },
    /// Files of a month whose manifest is missing, in a report that has manifests.
    #[error("`{folder}` has files but no manifest, unlike the report's other months")]
    NoManifest {
        /// The month's folder.
        folder: String,
    },
    /// AWS is writing the report at this moment.
    #[error("AWS is updating this report: `{status}` says UPDATING")]
    Updating {
        /// The status file.
        status: String,
    },
}

impl SourceError {
    /// What the reader of the message can do.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Nothing { .. } => "check the path; for S3 write s3://bucket/prefix, where the prefix is the one of the report or export".to_owned(),
            Self::List { source, .. } if is_denied(source) => denied("s3:ListBucket on the bucket"),
            Self::List { .. } => "see that the location can be reached and is one report's folder, then import again".to_owned(),
            Self::Read { source, .. } => hint_of_read(source)
                .unwrap_or_else(|| "fetch the file again if it was copied or is still being written, then import again".to_owned()),
            Self::NotRecognised { .. } => "point at a legacy CUR, a CUR 2.0 export or a FOCUS export: its folder, or its CSV (also .gz or .zip) or \
                Parquet files; where only the columns are unusual, say what it is with --as legacy-cur, cur2 or focus"
                .to_owned(),
            Self::MixedKinds { .. } => "import each kind from a folder of its own and move other files away".to_owned(),
            Self::AnotherKind { .. } => "leave --as out: the report says by itself what it is".to_owned(),
            Self::MissingChunk { .. } => "copy the whole report, manifest and files, as AWS delivered it, or point at the report's top folder; \
                if AWS is just delivering, import again in a few minutes"
                .to_owned(),
            Self::ListedTwice { .. } => "its charges would count twice: fetch the manifest again, or have AWS deliver the report again".to_owned(),
            Self::ListedByTwo { .. } => "its charges would count twice: move the manifest away that is not of this delivery".to_owned(),
            Self::ColumnsDisagree { .. } => "the manifest and the file are of different deliveries: fetch both again".to_owned(),
            Self::PeriodTwice { .. } => "import one of them: point at its folder, or move the other away; files that make up one month \
                together belong in one folder"
                .to_owned(),
            Self::SameFile { second, .. } => format!("every charge would count twice: remove `{second}`"),
            Self::ZipMembers { .. } => "unpack it into a folder and import the folder".to_owned(),
            Self::WrongFormat { .. } => "fetch the file again, or give it the ending of what it is".to_owned(),
            Self::Empty { .. } => "fetch the file again, or remove it if nothing is missing without it".to_owned(),
            Self::ManifestNotJson { .. } | Self::ManifestLacks { .. } => {
                "fetch the manifest again; without manifests the files are read as they lie, so a file that is no manifest can be moved away".to_owned()
            }
            Self::NoManifest { .. } => "AWS writes the manifest last: import again in a few minutes, or copy the missing manifest; to read the \
                files as they are, point at that folder"
                .to_owned(),
            Self::Updating { .. } => "import again in a few minutes, when it says READY".to_owned(),
        }
    }
}

/// What to do about bytes that could not be read, where the reason is not damage.
pub(crate) fn hint_of_read(source: &io::Error) -> Option<String> {
    match source.kind() {
        _ if Changed::is_behind(source) => Some("it changed while it was read: import again once nothing writes to it".to_owned()),
        io::ErrorKind::PermissionDenied => {
            Some(denied("s3:GetObject on the object, and kms:Decrypt on its key where it is encrypted with one"))
        }
        io::ErrorKind::NotFound => Some(
            "it was removed since it was found: import again; an object of S3 whose key begins with `/` is never found: \
            copy the report with `aws s3 cp --recursive` and import the copy"
                .to_owned(),
        ),
        _ => None,
    }
}

fn is_denied(source: &io::Error) -> bool {
    source.kind() == io::ErrorKind::PermissionDenied
}

fn denied(needed: &str) -> String {
    format!("allow the reader to read it; in S3 that takes {needed}")
}

/// The first few of many names.
pub(super) fn some(names: &[String]) -> String {
    const SHOWN: usize = 5;
    // Names come from files that may hold anything; a terminal is spared what steers it.
    let readable = |letter: char| if letter.is_control() { '\u{fffd}' } else { letter };
    let short = |name: &String| name.chars().take(60).map(readable).collect::<String>();
    let shown = names.iter().take(SHOWN).map(short).collect::<Vec<_>>().join(", ");
    if names.len() > SHOWN { format!("{shown} and {} more", names.len() - SHOWN) } else { shown }
}
