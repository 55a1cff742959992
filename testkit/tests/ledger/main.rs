//! Another verifier, written in Python from the specification, says of every ledger what Tenor's does.

use std::fmt::Write as _;
use std::process::Command;
use tenor_ledger::{Actor, ContentHash, Draft, Event, Head, SignedCheckpoint, SigningKey, Wrong, append, verify};
use tenor_testkit::judges;

const ENTRIES: usize = 24;

/// What the judge says of each task.
fn judged(python: &str, tasks: &[String]) -> Vec<String> {
    let folder = tempfile::tempdir().expect("a scratch folder");
    let path = folder.path().join("tasks");
    std::fs::write(&path, tasks.join("\n")).expect("the scratch folder can be written");
    let output = Command::new(python).args(["-c", include_str!("judge.py")]).arg(&path).output().expect("the judges' Python runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("Python writes UTF-8").lines().map(str::to_owned).collect()
}

/// The same in the judge's words.
fn said(ledger: &[u8]) -> String {
    let found = match verify(ledger, None) {
        Ok(report) => return format!("whole {} {}", report.head.sequence(), report.head.hash()),
        Err(found) => found,
    };
    let wrong = match found.wrong {
        Wrong::Changed => "changed",
        Wrong::Missing { .. } => "missing",
        Wrong::OutOfOrder { .. } => "out of order",
        Wrong::Repeated { .. } => "repeated",
        Wrong::Unchained | Wrong::Rewritten => "written anew",
        Wrong::Earlier { .. } => "earlier",
        Wrong::NotAnEntry(_) => "not an entry",
        Wrong::CutShort => "cut short",
        Wrong::Beyond { .. } => "not known",
    };
    format!("entry {}: {wrong}", found.sequence)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a text takes any text");
        text
    })
}

fn lines() -> (Vec<String>, Head) {
    let begun: jiff::Timestamp = "2026-01-02T03:04:05.25Z".parse().expect("a moment");
    let (mut lines, mut head) = (Vec::new(), Head::EMPTY);
    for number in 0..ENTRIES {
        // Every fifth clock is behind.
        let seconds = i64::try_from(number - number % 5 % 4).expect("few");
        let what = format!("what \"{number}\" says \\ ü 𝄞").parse().expect("a text");
        let question = ContentHash::sha256(&[u8::try_from(number).expect("few")]);
        let rows = u64::MAX - u64::try_from(number).expect("few");
        let event = match number % 3 {
            0 => Event::DataRead { what, question, rows },
            1 => Event::ConfigurationChanged { what, before: None, after: Some(question) },
            _ => Event::KillSwitch { stopped: number % 2 == 0, reason: what },
        };
        let draft = Draft { moment: begun + jiff::SignedDuration::from_secs(seconds), actor: Actor::System, event };
        let (line, next) = append(&head, &draft);
        lines.push(line.to_string());
        head = next;
    }
    (lines, head)
}

fn exported(lines: &[String]) -> Vec<u8> {
    lines.iter().flat_map(|line| [line.as_str(), "\n"]).collect::<String>().into_bytes()
}

/// Puts another hash under a changed line, as a forger would.
fn forged(lines: &[String], at: usize, from: &str, to: &str) -> Vec<u8> {
    let mut lines = lines.to_vec();
    assert!(lines[at].contains(from), "{}", lines[at]);
    let changed = lines[at].replacen(from, to, 1);
    let (covered, _) = changed.rsplit_once(",\"hash\":").expect("every line has one");
    lines[at] = format!("{covered},\"hash\":\"{}\"}}", ContentHash::sha256(covered.as_bytes()));
    exported(&lines)
}

/// Ledgers bent in every way there is.
fn bent() -> Vec<Vec<u8>> {
    let (lines, _) = lines();
    let whole = exported(&lines);
    let mut bent = vec![whole.clone(), Vec::new(), b"hello\n".to_vec()];
    for at in (0..whole.len()).step_by(13) {
        for value in [whole[at] ^ 1, whole[at] ^ 0x80, b'\n'] {
            let mut changed = whole.clone();
            changed[at] = value;
            bent.push(changed);
        }
        bent.push(whole[..at].to_vec());
    }
    for at in 0..ENTRIES {
        let mut order = lines.clone();
        let line = order.remove(at);
        bent.push(exported(&order));
        order.insert((at * 7 + 3) % ENTRIES, line.clone());
        bent.push(exported(&order));
        order.insert(at, line);
        bent.push(exported(&order));
    }
    for (from, to) in [
        ("\"sequence\":5,", "\"sequence\":4,"),
        ("\"sequence\":5,", "\"sequence\":6,"),
        ("\"clock\":null", "\"clock\":\"2026-01-01T00:00:00.000000000Z\""),
        ("\"clock\":", "\"clock\": "),
        ("03:04:0", "03:03:0"),
        ("250000000Z", "25Z"),
        ("\"event\":{\"kind\":\"c", "\"event\":{\"kind\":\"x"),
        ("\"event\":{\"kind\":\"c", "\"event\":{\"kind\":\"C"),
        ("\"event\":", "\"event\":0,\"event\":"),
        ("\"previous\":\"", "\"previous\":\"x"),
        ("what", "wh\tat"),
        ("\"kind\":\"system\"", "\"sort\":\"system\""),
        ("\"kind\":\"system\"", "\"kind\":\"system\",\"kind\":\"system\""),
        ("\"kind\":\"system\"", "\"kind\": \"system\""),
        ("\"kind\":\"system\"", "\"kind\":\"system\",\"more\":1"),
        ("\"kind\":\"system\"", "\"kind\":\"system\",\"more\":1.0"),
        ("\"kind\":\"system\"", "\"kind\":\"system\",\"more\":-0"),
        ("\"kind\":\"system\"", "\"kind\":\"system\",\"more\":\"\\n\""),
        ("\"kind\":\"system\"", "\"kind\":\"system\",\"more\":[[[[[[[1]]]]]]]"),
        ("\"kind\":\"system\"", "\"kind\":\"system\",\"more\":[[[[[[[[1]]]]]]]]"),
        ("what", "\\u0077hat"),
        ("\"what\":", "\"what\": "),
    ] {
        bent.push(forged(&lines, 4, from, to));
    }
    bent
}

#[test]
fn two_verifiers_agree_on_ledgers_bent_in_every_way() {
    let Some(python) = judges::python() else { return };
    let bent = bent();
    let said: Vec<_> = bent.iter().map(|ledger| said(ledger)).collect();
    let judged = judged(&python, &bent.iter().map(|ledger| hex(ledger)).collect::<Vec<_>>());
    assert_eq!(judged.len(), said.len());
    for (number, (judged, said)) in judged.iter().zip(&said).enumerate() {
        assert_eq!(judged, said, "ledger {number}");
    }
    for what in ["whole", "changed", "missing", "out of order", "repeated", "written anew", "earlier", "not an entry", "cut short"] {
        assert!(said.iter().any(|said| said.contains(what)), "no ledger was {what}");
    }
}

#[test]
fn another_program_checks_the_signature_of_a_checkpoint() {
    let Some(python) = judges::python() else { return };
    let (_, head) = lines();
    let now = "2026-02-01T00:00:00Z".parse().expect("a moment");
    let signed = SignedCheckpoint::sign(&head, now, &SigningKey::from_seed(&[5; 32])).expect("there are entries").to_string();
    let changed = signed.replace("2026-02-01", "2026-02-02");
    assert_eq!(judged(&python, &[signed, changed]), ["signed", "not signed"]);
}
