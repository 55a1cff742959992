//! One short text that changes whenever anything of a report changes, to know again what is held already.

use super::SourceError;
use super::bytes::Part;
use super::listing::base;
use crate::store::ReportKind;

/// Bytes of a local file's beginning, and of its end, that are looked at.
const END_BYTES: u64 = 64 << 10;

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
///
/// Two local files may have one name, size and moment and differ all the same, so their beginnings and ends are part of it.
///
/// # Errors
/// When a local file cannot be read.
pub(super) fn of_files<'a>(kind: ReportKind, files: impl Iterator<Item = (&'a Part, &'a str)>) -> Result<String, SourceError> {
    let mut hash = start(kind);
    for (part, tag) in files {
        field(&mut hash, base(&part.name));
        field(&mut hash, &part.size.to_string());
        field(&mut hash, tag);
        if part.bytes.is_local() {
            let length = part.size.min(END_BYTES);
            for start in [0, part.size - length] {
                let end = part.bytes.range(start, usize::try_from(length).expect("an end is short"));
                hash.update(&end.map_err(|source| SourceError::Read { part: part.name.clone(), source })?);
            }
        }
    }
    Ok(hash.finalize().to_hex().to_string())
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
