//! Proposals on disk: a folder for each, with the document and the inputs it was computed from (`docs/spec/proposal.md`).

use crate::report::Refused;
use anyhow::Context as _;
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use serde::Deserialize;
use std::fs;
use std::io::{BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use tenor_propose::proposal::{Inputs, Proposal};

/// The document in its folder.
const DOCUMENT: &str = "proposal.json";
/// The inputs in it.
const INPUTS: &str = "inputs.json.gz";
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
    Ok(document)
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
