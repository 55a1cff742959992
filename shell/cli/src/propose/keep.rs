//! Proposals on disk: a folder for each, with the document and the inputs it was computed from (`docs/spec/proposal.md`).

use crate::report::Refused;
use anyhow::Context as _;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::{Deserialize, Serialize};
use std::fs;
use std::io::{BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use tenor_ledger::ProposalId;
use tenor_propose::proposal::{Candidate, Compared, Inputs, Proposal, Spread};

/// The document in its folder.
pub(super) const DOCUMENT: &str = "proposal.json";
/// The inputs in it.
const INPUTS: &str = "inputs.json.gz";
/// The comparison with what AWS recommends, where there was one; no part of the proposal, and it may be made anew.
const COMPARED: &str = "compared.json";
/// Inputs of a large organization over years are below this; they are read as they are unpacked, never held as text.
const INPUTS_BYTES_MAX: u64 = 4 << 30;

/// A proposal as it was written.
pub(crate) struct Kept {
    /// Its document.
    pub(crate) path: PathBuf,
    /// Its bytes.
    pub(crate) text: String,
    /// What they say.
    pub(crate) proposal: Proposal,
}

impl Kept {
    /// Its name.
    pub(crate) fn id(&self) -> &str {
        &self.proposal.id
    }

    /// The hash of its inputs.
    pub(crate) fn inputs_hash(&self) -> &str {
        &self.proposal.inputs
    }
}

/// Inputs as they are kept and hashed.
pub(super) fn pack(inputs: &Inputs) -> anyhow::Result<Vec<u8>> {
    let mut packed = GzEncoder::new(Vec::new(), Compression::default());
    serde_json::to_writer(&mut packed, inputs)?;
    Ok(packed.finish()?)
}

/// What was packed.
fn unpack(packed: &[u8]) -> anyhow::Result<Inputs> {
    let unpacked = BufReader::new(GzDecoder::new(packed)).take(INPUTS_BYTES_MAX);
    let mut reader = serde_json::Deserializer::from_reader(unpacked);
    let inputs = Inputs::deserialize(&mut reader)?;
    reader.end()?;
    Ok(inputs)
}

/// The name of packed inputs.
pub(super) fn hash(packed: &[u8]) -> String {
    blake3::hash(packed).to_hex().to_string()
}

/// Keeps a proposal with its inputs; says where. The same proposal is kept once.
pub(super) fn keep(folder: &Path, proposal: &Proposal, packed: &[u8]) -> anyhow::Result<PathBuf> {
    let place = folder.join(&proposal.id);
    let (document, inputs, text) = (place.join(DOCUMENT), place.join(INPUTS), proposal.encode());
    let cannot = || format!("cannot keep the proposal in `{}`", place.display());
    let is_kept = |path: &Path, bytes: &[u8]| fs::read(path).is_ok_and(|kept| kept == bytes);
    if !is_kept(&inputs, packed) || !is_kept(&document, text.as_bytes()) {
        fs::create_dir_all(&place).with_context(cannot)?;
        // The document comes last: where it is, its inputs are.
        write(&inputs, packed).and_then(|()| write(&document, text.as_bytes())).with_context(cannot)?;
    }
    // Their names are durable too, whoever gave them: the ledger may tell of them next.
    for folder in place.ancestors().take(3) {
        fs::File::open(folder).and_then(|folder| folder.sync_all()).with_context(cannot)?;
    }
    Ok(document)
}

/// A row of a comparison, as it is kept.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct ComparedRow {
    name: String,
    purchases: usize,
    left_out: usize,
    expected_cost: String,
    /// Expected, tenth, nine tenths.
    savings: [String; 3],
    commitment_per_hour: String,
    upfront: String,
    obligation: String,
    lowest_utilization: Option<String>,
    aws_monthly_savings: Option<String>,
    breaks: Vec<String>,
    notes: Vec<String>,
}

/// Keeps a comparison beside the proposal that it is of, over one that was there.
pub(super) fn keep_compared(document: &Path, compared: &Compared) -> anyhow::Result<()> {
    let row = |one: &Candidate| ComparedRow {
        name: one.name.clone(),
        purchases: one.purchases,
        left_out: one.left_out,
        expected_cost: one.expected_cost.clone(),
        savings: [one.savings.expected.clone(), one.savings.p10.clone(), one.savings.p90.clone()],
        commitment_per_hour: one.commitment_per_hour.clone(),
        upfront: one.upfront.clone(),
        obligation: one.obligation.clone(),
        lowest_utilization: one.lowest_utilization.clone(),
        aws_monthly_savings: one.aws_monthly_savings.clone(),
        breaks: one.breaks.clone(),
        notes: one.notes.clone(),
    };
    let rows: Vec<ComparedRow> = compared.candidates.iter().map(row).collect();
    let path = document.with_file_name(COMPARED);
    write(&path, &serde_json::to_vec_pretty(&rows)?).with_context(|| format!("cannot keep the comparison in `{}`", path.display()))
}

/// The comparison kept beside a proposal; nothing where there was none.
///
/// # Errors
/// When it is there and cannot be read.
pub(crate) fn compared_of(path: &Path) -> anyhow::Result<Vec<Candidate>> {
    let path = document(path).with_file_name(COMPARED);
    let cannot = || format!("cannot read the comparison `{}`", path.display());
    let text = match fs::read(&path) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(anyhow::Error::new(error).context(cannot())),
    };
    let rows: Vec<ComparedRow> = serde_json::from_slice(&text).with_context(cannot)?;
    let candidate = |row: ComparedRow| {
        let [expected, p10, p90] = row.savings;
        Candidate {
            name: row.name,
            purchases: row.purchases,
            left_out: row.left_out,
            expected_cost: row.expected_cost,
            savings: Spread { expected, p10, p90 },
            commitment_per_hour: row.commitment_per_hour,
            upfront: row.upfront,
            obligation: row.obligation,
            lowest_utilization: row.lowest_utilization,
            aws_monthly_savings: row.aws_monthly_savings,
            breaks: row.breaks,
            notes: row.notes,
        }
    };
    Ok(rows.into_iter().map(candidate).collect())
}

/// Writes a file whole or not at all. Nobody else writes to what it is called until then, not even another thread.
fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let aside = path.with_extension(format!("{}-{}.new", std::process::id(), COUNT.fetch_add(1, Ordering::Relaxed)));
    let written = fs::File::create(&aside).and_then(|mut file| {
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&aside, path)
    });
    if written.is_err() {
        // Why it could not be written is told; that it cannot be removed either says no more.
        let _ = fs::remove_file(&aside);
    }
    written
}

/// Reads a proposal: a file, or the folder it is kept in.
pub(crate) fn read(path: &Path) -> anyhow::Result<Kept> {
    let path = &document(path);
    let text = fs::read_to_string(path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let proposal: Proposal = serde_json::from_str(&text).map_err(|error| {
        Refused::new(format!("`{}` is no proposal: {error}", path.display())).hint("name the proposal.json that `tenor propose` kept")
    })?;
    if proposal.encode() != text || !proposal.is_sealed() {
        let spoilt = format!("`{}` was changed: its id is not the hash of what it says", path.display());
        return Err(Refused::new(spoilt).hint("do not act on it; ask for the file that was kept").into());
    }
    Ok(Kept { path: path.to_owned(), text, proposal })
}

/// Reads the proposal of an id, where one of that id is kept.
pub(crate) fn read_as(path: &Path, id: ProposalId) -> anyhow::Result<Kept> {
    let kept = read(path)?;
    if kept.id() != id.to_string() {
        let other = format!("`{}` is another proposal: {}", path.display(), kept.id());
        return Err(Refused::new(other).hint("do not act on it; ask for the file that was kept").into());
    }
    Ok(kept)
}

/// The inputs that a kept proposal was computed from; they are refused unless they have the hash that it names.
pub(crate) fn recorded(path: &Path, named: &str) -> anyhow::Result<Inputs> {
    let beside = document(path).with_file_name(INPUTS);
    let packed = fs::read(&beside).with_context(|| format!("cannot read the inputs `{}`", beside.display()))?;
    let hash = hash(&packed);
    if hash != named {
        let differs = format!("the inputs beside `{}` are not those it was computed from: their hash is {hash}", path.display());
        return Err(Refused::new(differs).hint("one byte or more was changed; find the file that was kept with it").into());
    }
    unpack(&packed).with_context(|| format!("the inputs beside `{}` cannot be read", path.display()))
}

fn document(path: &Path) -> PathBuf {
    if path.is_dir() { path.join(DOCUMENT) } else { path.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{compared_of, keep_compared};
    use std::fs;
    use tenor_propose::proposal::{Candidate, Compared, Spread};

    #[test]
    fn a_comparison_is_read_back_as_it_was_kept_and_one_that_is_damaged_is_not_taken_for_none() {
        let folder = tempfile::tempdir().unwrap();
        let document = folder.path().join("proposal.json");
        assert_eq!(compared_of(&document).unwrap(), []);
        let text = str::to_owned;
        let candidate = Candidate {
            name: text("AWS: Compute Savings Plans"),
            purchases: 2,
            left_out: 1,
            expected_cost: text("100.25"),
            savings: Spread { expected: text("10.5"), p10: text("-3"), p90: text("20") },
            commitment_per_hour: text("0.5"),
            upfront: text("7"),
            obligation: text("4387"),
            lowest_utilization: Some(text("0.734247")),
            aws_monthly_savings: None,
            breaks: vec![text("cash upfront of 7 is above the limit of 5")],
            notes: vec![text("a note")],
        };
        let compared = Compared { candidates: vec![candidate.clone()], left_out: Vec::new(), notes: Vec::new() };
        keep_compared(&document, &compared).unwrap();
        assert_eq!(compared_of(&document).unwrap(), [candidate]);
        let names: Vec<_> = fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["compared.json"], "nothing is left beside it");
        fs::write(folder.path().join("compared.json"), "[{\"name\":").unwrap();
        let error = compared_of(&document).unwrap_err().to_string();
        assert!(error.starts_with("cannot read the comparison `"), "{error}");
    }
}
