//! An exported ledger verified, without the home that it came out of.

use super::LedgerError;
use super::lines::Lines;
use super::read::{Signers, Verified, check_held};
use std::io::{self, BufRead, Read as _};
use tenor_ledger::{Checkpoint, LINE_BYTES_MAX, Verifier};

/// Verifies every byte of an exported ledger, and holds it against checkpoints. Its last entries may lack unseen where no checkpoint tells of them.
///
/// # Errors
/// The first thing that is wrong, a checkpoint that the ledger does not hold included, and [`LedgerError::Read`].
pub fn verify_exported(from: &mut dyn BufRead, checkpoints: &[Checkpoint]) -> Result<Verified, LedgerError> {
    let (mut verifier, mut told, mut lines) = (Verifier::new().against(checkpoints), Signers::default(), Lines::default());
    loop {
        lines.clear();
        let read = read_some(from, &mut lines);
        for checked in lines.checked() {
            let before = verifier.head().sequence();
            verifier.checked(&checked)?;
            if verifier.head().sequence() > before {
                told.take(&checked);
            }
        }
        // What is wrong before a line that cannot be read is told first.
        if let Some(rest) = read.map_err(LedgerError::Read)? {
            verifier.bytes(&rest)?;
            break;
        }
    }
    let report = verifier.finish()?;
    check_held(&report, |_| true)?;
    Ok(Verified { report, doubts: Vec::new(), enrolled: told.ever })
}

/// Reads until there are enough lines, or until what follows has no end; that is handed back, and is nothing where a ledger is whole.
fn read_some(from: &mut dyn BufRead, lines: &mut Lines) -> io::Result<Option<Vec<u8>>> {
    // A line that has no end in sight is wrong as soon as it is too long.
    let most = u64::try_from(LINE_BYTES_MAX + 2).expect("a line is short");
    let mut line = Vec::new();
    while !lines.are_enough() {
        line.clear();
        from.take(most).read_until(b'\n', &mut line)?;
        match line.strip_suffix(b"\n") {
            Some(whole) => lines.push(whole),
            None => return Ok(Some(line)),
        }
    }
    Ok(None)
}
