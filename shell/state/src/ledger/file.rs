//! An exported ledger verified, without the home that it came out of.

use super::LedgerError;
use super::read::{Signers, Verified, check_held};
use std::io::{BufRead, Read as _};
use tenor_ledger::{Checkpoint, LINE_BYTES_MAX, Verifier};

/// Verifies every byte of an exported ledger, and holds it against checkpoints. Its last entries may lack unseen where no checkpoint tells of them.
///
/// # Errors
/// The first thing that is wrong, a checkpoint that the ledger does not hold included, and [`LedgerError::Read`].
pub fn verify_exported(from: &mut dyn BufRead, checkpoints: &[Checkpoint]) -> Result<Verified, LedgerError> {
    let (mut verifier, mut told, mut line) = (Verifier::new().against(checkpoints), Signers::default(), Vec::new());
    // A line that has no end in sight is wrong as soon as it is too long.
    let most = u64::try_from(LINE_BYTES_MAX + 2).expect("a line is short");
    loop {
        line.clear();
        if from.take(most).read_until(b'\n', &mut line).map_err(LedgerError::Read)? == 0 {
            break;
        }
        let before = verifier.head().sequence();
        verifier.bytes(&line)?;
        if verifier.head().sequence() > before {
            told.take(line.strip_suffix(b"\n").unwrap_or(&line));
        }
    }
    let report = verifier.finish()?;
    check_held(&report, |_| true)?;
    Ok(Verified { report, doubts: Vec::new(), enrolled: told.ever })
}
