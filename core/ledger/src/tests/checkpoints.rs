//! What a checkpoint tells of a ledger, and which documents are none.

use super::{Ledger, drafts, key, moment};
use crate::{Checkpoint, Head, SignedCheckpoint, SigningKey, Standing, Verifier};

fn signed(head: &Head) -> SignedCheckpoint {
    SignedCheckpoint::sign(head, moment(60), &key()).unwrap()
}

fn standing(ledger: &Ledger, checkpoint: &Checkpoint) -> Standing {
    let mut verifier = Verifier::new().against(&[*checkpoint]);
    verifier.bytes(&ledger.bytes()).unwrap();
    verifier.finish().unwrap().checkpoints[0].1
}

#[test]
fn a_checkpoint_is_one_line_that_others_can_check() {
    let signed = signed(Ledger::with(3).head());
    insta::assert_snapshot!(signed, @r#"{"checkpoint":1,"ledger":"b09ca16fcc013716c5413eb2572a99b6aaa7afe8a70dd3217e543918a9d00314","sequence":3,"hash":"f289444ba62dec617812e3cc0aa24128dfdb0faf5e40a1efea11127a51f6a7bc","moment":"2026-01-02T03:05:05.000000000Z","key":"ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c","signature":"472c2c5512d098f69e22c01e4727b7825e784cac7283210132fbca978c34c2eab99401d98721d9191be69eb988879c8c23137108e8d1ce5d58399a97e8e06102"}"#);
    let (covered, signature) =
        signed.to_string().split_once(",\"signature\":\"").map(|(one, two)| (one.to_owned(), two.replace("\"}", ""))).unwrap();
    assert_eq!(key().public().check(covered.as_bytes(), &signature.parse().unwrap()), Ok(()));
    assert_eq!(SignedCheckpoint::read(format!("{signed}\n").as_bytes(), &[key().public()]), Ok(signed));
}

#[test]
fn a_ledger_holds_its_checkpoints_or_was_cut_or_written_anew() {
    let ledger = Ledger::with(10);
    let of = |ledger: &Ledger, number: usize| *signed(&ledger.heads[number]).checkpoint();
    for number in 1..=10 {
        assert_eq!(standing(&ledger, &of(&ledger, number)), Standing::Held);
    }
    assert_eq!(standing(&Ledger::with(6), &of(&ledger, 7)), Standing::Cut { last: 6 });
    let mut other = drafts(10);
    other[4].event = other[5].event.clone();
    let rewritten = Ledger::of(&other);
    assert_eq!(standing(&rewritten, &of(&ledger, 4)), Standing::Held);
    for number in 5..=10 {
        assert_eq!(standing(&rewritten, &of(&ledger, number)), Standing::Rewritten);
    }
    other[0].moment = moment(1);
    assert_eq!(standing(&Ledger::of(&other), &of(&ledger, 4)), Standing::Another);
    assert_eq!(standing(&Ledger::with(0), &of(&ledger, 4)), Standing::Cut { last: 0 });
    let told = [Standing::Held, Standing::Cut { last: 6 }, Standing::Rewritten, Standing::Another];
    insta::assert_snapshot!(told.map(|standing| standing.to_string()).join("\n"), @"
    the ledger holds this checkpoint: all up to it is as it was signed
    the ledger was cut before this checkpoint: it ends with entry 6
    the ledger was written anew at this checkpoint or before it
    the ledger begins otherwise: it is another one, or was written anew from its first entry on
    ");
}

#[test]
fn every_changed_byte_of_a_checkpoint_is_refused() {
    let whole = signed(Ledger::with(3).head()).to_string().into_bytes();
    for at in 0..whole.len() {
        for value in (0..8).map(|bit| whole[at] ^ 1 << bit) {
            let mut changed = whole.clone();
            changed[at] = value;
            assert!(SignedCheckpoint::read(&changed, &[key().public()]).is_err(), "byte {at} became {value}");
        }
        assert!(SignedCheckpoint::read(&whole[..at], &[key().public()]).is_err(), "cut at {at}");
    }
}

#[test]
fn what_is_no_checkpoint_says_why() {
    let whole = signed(Ledger::with(3).head()).to_string();
    let told = |document: &str, trusted: &[SigningKey]| {
        let trusted: Vec<_> = trusted.iter().map(SigningKey::public).collect();
        let error = SignedCheckpoint::read(document.as_bytes(), &trusted).unwrap_err();
        format!("{error}\nhint: {}", error.hint())
    };
    let empty = SignedCheckpoint::sign(&Head::EMPTY, moment(0), &key()).unwrap_err();
    let (unsigned, _) = whole.split_once(",\"signature\"").unwrap();
    let told = [
        format!("{empty}\nhint: {}", empty.hint()),
        told("{}", &[key()]),
        told(&"x".repeat(2_000), &[key()]),
        told(&whole.replace("\"checkpoint\":1", "\"checkpoint\":2"), &[key()]),
        told(&format!("{unsigned}}}"), &[key()]),
        told(&whole.replace(":3,", ": 3,"), &[key()]),
        told(&whole, &[SigningKey::from_seed(&[8; 32])]),
        told(&whole.replace(":3,", ":4,"), &[key()]),
    ];
    insta::assert_snapshot!(told.join("\n"), @"
    the ledger has no entry yet
    hint: sign a checkpoint once there is something in the ledger
    this is not a checkpoint of a ledger: missing field `checkpoint` at line 1 column 2
    hint: check the file's name, and update Tenor if a newer one made it
    this is not a checkpoint of a ledger: it is longer than 1024 bytes
    hint: check the file's name, and update Tenor if a newer one made it
    this is not a checkpoint of a ledger: its format is 2, and this Tenor knows 1
    hint: check the file's name, and update Tenor if a newer one made it
    this is not a checkpoint of a ledger: it has no signature
    hint: check the file's name, and update Tenor if a newer one made it
    this is not a checkpoint of a ledger: it is not written in the one form that checkpoints have
    hint: check the file's name, and update Tenor if a newer one made it
    the checkpoint is signed with the key ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c, which is not among those that are trusted
    hint: name the key as trusted if its owner says that it is theirs
    the checkpoint was changed after it was signed
    hint: use another copy of the checkpoint
    ");
}
