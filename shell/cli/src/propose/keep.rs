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
    pub(super) fn inputs_hash(&self) -> &str {
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
pub(super) fn unpack(packed: &[u8]) -> anyhow::Result<Inputs> {
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
    let document = place.join(DOCUMENT);
    if fs::read(&document).is_ok_and(|kept| kept == proposal.encode().as_bytes()) {
        return Ok(document);
    }
    let cannot = || format!("cannot keep the proposal in `{}`", place.display());
    fs::create_dir_all(&place).with_context(cannot)?;
    // The document comes last: where it is, its inputs are.
    write(&place.join(INPUTS), packed).and_then(|()| write(&document, proposal.encode().as_bytes())).with_context(cannot)?;
    // Their names are durable too: the ledger may tell of them next.
    fs::File::open(&place).and_then(|place| place.sync_all()).with_context(cannot)?;
    fs::File::open(folder).and_then(|folder| folder.sync_all()).with_context(cannot)?;
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

/// Writes a file whole or not at all.
fn write(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let aside = path.with_extension("new");
    let mut file = fs::File::create(&aside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&aside, path)
}

/// Reads a proposal: a file, or the folder it is kept in.
pub(crate) fn read(path: &Path) -> anyhow::Result<Kept> {
    let path = document(path);
    let text = fs::read_to_string(&path).with_context(|| format!("cannot read `{}`", path.display()))?;
    let proposal: Proposal = serde_json::from_str(&text).map_err(|error| {
        Refused::new(format!("`{}` is no proposal: {error}", path.display())).hint("name the proposal.json that `tenor propose` kept")
    })?;
    if proposal.encode() != text || !proposal.is_sealed() {
        let spoilt = format!("`{}` was changed: its id is not the hash of what it says", path.display());
        return Err(Refused::new(spoilt).hint("do not act on it; ask for the file that was kept").into());
    }
    Ok(Kept { text, proposal })
}

/// The packed inputs beside a proposal.
pub(super) fn inputs_of(path: &Path) -> anyhow::Result<Vec<u8>> {
    let path = document(path).with_file_name(INPUTS);
    fs::read(&path).with_context(|| format!("cannot read the inputs `{}`", path.display()))
}

/// The inputs that a kept proposal was computed from.
pub(crate) fn recorded(path: &Path) -> anyhow::Result<Inputs> {
    unpack(&inputs_of(path)?).with_context(|| format!("the inputs of `{}` cannot be read", path.display()))
}

fn document(path: &Path) -> PathBuf {
    if path.is_dir() { path.join(DOCUMENT) } else { path.to_owned() }
}
