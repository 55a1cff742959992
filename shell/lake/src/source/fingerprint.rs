//! One short text that changes whenever anything of a report changes, to know again what is held already.

use super::bytes::Part;
use super::listing::base;
use crate::store::ReportKind;

/// Of a report that AWS gives an id of its own: the id with the files' names and sizes, wherever they lie.
pub(super) fn of_version(kind: ReportKind, assembly: Option<&str>, parts: &[Part]) -> String {
    let mut hash = start(kind);
    field(&mut hash, assembly.unwrap_or_default());
    for part in parts {
        field(&mut hash, base(&part.name));
        field(&mut hash, &part.size.to_string());
    }
    hash.finalize().to_hex().to_string()
}

/// Of bare files: names, sizes, and entity tags or the moments they were last written.
pub(super) fn of_files<'a>(kind: ReportKind, files: impl Iterator<Item = (&'a Part, &'a str)>) -> String {
    let mut hash = start(kind);
    for (part, tag) in files {
        field(&mut hash, base(&part.name));
        field(&mut hash, &part.size.to_string());
        field(&mut hash, tag);
    }
    hash.finalize().to_hex().to_string()
}

fn start(kind: ReportKind) -> blake3::Hasher {
    let mut hash = blake3::Hasher::new();
    field(
        &mut hash,
        match kind {
            ReportKind::LegacyCur => "legacy-cur",
            ReportKind::Cur2 => "cur2",
            ReportKind::Focus => "focus",
        },
    );
    hash
}

/// A text with its length before it, so that no two lists of texts look alike.
fn field(hash: &mut blake3::Hasher, text: &str) {
    hash.update(&(text.len() as u64).to_le_bytes());
    hash.update(text.as_bytes());
}
