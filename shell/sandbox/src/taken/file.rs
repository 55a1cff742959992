//! The file of taken usage: compact, checked, and never read in part.
//!
//! A first line names the form and the digest of all that follows: gzip of a head as JSON, then each series' runs. A number is written seven bits a
//! byte, the low ones first; a run is how many hours after the one before it begins, and its units with the sign in the lowest bit.

use super::{Period, Runs, Series, TakenUsage, WEEK_HOURS};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use std::io::{self, Read as _, Write as _};

/// Goes up whenever the form changes.
const FORMAT: &str = "tenor-sandbox-usage-2";

/// Why a file is not taken usage.
#[derive(Debug, thiserror::Error)]
pub(crate) enum UsageFileError {
    /// Of another version, or of something else.
    #[error("it does not begin with `{FORMAT}`")]
    Format,
    /// Its bytes are not those that were written.
    #[error("it is damaged: its bytes do not have the digest that it names")]
    Digest,
    /// Its bytes are as they were written, and make no usage.
    #[error("it is damaged: {0}")]
    Form(&'static str),
    /// Its bytes cannot be unpacked.
    #[error("it is damaged: {0}")]
    Packed(#[from] io::Error),
}

#[derive(Serialize, Deserialize)]
struct Head {
    period: Period,
    accounts: Vec<(String, String)>,
    series: Vec<HeadSeries>,
}

#[derive(Serialize, Deserialize)]
struct HeadSeries {
    account: u32,
    service: String,
    usage_type: String,
    operation: String,
    zone: String,
    runs: u32,
}

/// Its digest, and the whole file.
pub(super) fn packed(taken: &TakenUsage) -> io::Result<(String, Vec<u8>)> {
    let head = |series: &Series| HeadSeries {
        account: series.account,
        service: series.service.clone(),
        usage_type: series.usage_type.clone(),
        operation: series.operation.clone(),
        zone: series.zone.clone(),
        runs: series.runs.starts.len() as u32,
    };
    let head = Head { period: taken.period, accounts: taken.accounts.clone(), series: taken.series.iter().map(head).collect() };
    let head = serde_json::to_vec(&head)?;
    let mut out = GzEncoder::new(Vec::new(), Compression::default());
    let mut bytes = Vec::new();
    put(&mut bytes, head.len() as u128);
    bytes.extend(head);
    for series in &taken.series {
        let mut before = 0;
        for (start, units) in series.runs.starts.iter().zip(&series.runs.units) {
            put(&mut bytes, u128::from(start - before));
            before = *start;
            put(&mut bytes, ((units << 1) ^ (units >> 127)) as u128);
        }
        out.write_all(&bytes)?;
        bytes.clear();
    }
    out.write_all(&bytes)?;
    let body = out.finish()?;
    let digest = blake3::hash(&body).to_hex().to_string();
    let mut file = format!("{FORMAT} {digest}\n").into_bytes();
    file.extend(body);
    Ok((digest, file))
}

/// The usage that a file holds.
pub(super) fn unpacked(file: &[u8]) -> Result<TakenUsage, UsageFileError> {
    let line = file.iter().position(|byte| *byte == b'\n').ok_or(UsageFileError::Format)?;
    let digest = file[..line].strip_prefix(FORMAT.as_bytes()).and_then(|rest| rest.strip_prefix(b" ")).ok_or(UsageFileError::Format)?;
    let body = &file[line + 1..];
    let found = blake3::hash(body).to_hex();
    if found.as_bytes() != digest {
        return Err(UsageFileError::Digest);
    }
    let mut bytes = Vec::new();
    GzDecoder::new(body).read_to_end(&mut bytes)?;
    let mut rest = bytes.as_slice();
    let form = UsageFileError::Form;
    let length = usize::try_from(take(&mut rest)?).map_err(|_| form("its head is too long"))?;
    let (head, mut rest) = rest.split_at_checked(length).ok_or(form("its head is cut off"))?;
    let head: Head = serde_json::from_slice(head).map_err(|_| form("its head is not of its form"))?;
    if head.period.told() < WEEK_HOURS {
        return Err(form("it tells less than a week"));
    }
    let mut series = Vec::new();
    for HeadSeries { account, service, usage_type, operation, zone, runs } in head.series {
        if account as usize >= head.accounts.len() {
            return Err(form("a series belongs to no account"));
        }
        let runs = self::runs(&mut rest, runs)?;
        series.push(Series { account, service, usage_type, operation, zone, runs });
    }
    if !rest.is_empty() {
        return Err(form("it has more than its series"));
    }
    Ok(TakenUsage { period: head.period, accounts: head.accounts, series, digest: found.to_string() })
}

fn runs(rest: &mut &[u8], count: u32) -> Result<Runs, UsageFileError> {
    let mut runs = Runs::default();
    let mut before = 0_u32;
    for _ in 0..count {
        let after = u32::try_from(take(rest)?).ok().and_then(|after| before.checked_add(after));
        before = after.ok_or(UsageFileError::Form("an hour is past all hours"))?;
        let units = take(rest)?;
        runs.starts.push(before);
        runs.units.push((units >> 1) as i128 ^ -((units & 1) as i128));
    }
    Ok(runs)
}

fn put(out: &mut Vec<u8>, mut number: u128) {
    while number >= 0x80 {
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

fn take(rest: &mut &[u8]) -> Result<u128, UsageFileError> {
    let mut number = 0_u128;
    for shift in (0..128).step_by(7) {
        let (byte, after) = rest.split_first().ok_or(UsageFileError::Form("a number is cut off"))?;
        *rest = after;
        number |= u128::from(byte & 0x7f) << shift;
        if byte & 0x80 == 0 {
            return Ok(number);
        }
    }
    Err(UsageFileError::Form("a number is too long"))
}
