//! An order runs when enough people agreed to exactly it, and nothing else makes one run.

use super::{moment, order, plan, policy, text};
use crate::{Approval, ApprovalError, Approver, Ballot, Order, Step, approve};
use std::collections::BTreeMap;
use std::num::NonZeroU32;
use tenor_ledger::{Actor, ContentHash, Draft, Event, Head, PublicKey, Signature, SigningKey, append};

const NOW: &str = "2026-01-05T12:00:00Z";
const LATER: &str = "2026-01-06T12:00:00Z";

/// Key 1 made the order; 2, 3 and 4 may approve.
fn key(number: u8) -> SigningKey {
    SigningKey::from_seed(&[number; 32])
}

fn approvers() -> BTreeMap<PublicKey, Approver> {
    (1..=4).map(|number| (key(number).public(), Approver { revoked: None })).collect()
}

fn signed(by: u8) -> Approval {
    Approval::sign(&order(vec![plan()]), moment(LATER), &key(by))
}

fn head(at: &str) -> Head {
    let event = Event::Started { version: text("0.1.0") };
    append(&Head::EMPTY, &Draft { moment: moment(at).0, actor: Actor::System, event }).1
}

struct Case {
    order: Order,
    approvals: Vec<Approval>,
    approvers: BTreeMap<PublicKey, Approver>,
    policy: ContentHash,
    now: &'static str,
}

fn case(approvals: &[Approval]) -> Case {
    Case { order: order(vec![plan()]), approvals: approvals.to_vec(), approvers: approvers(), policy: policy(), now: NOW }
}

impl Case {
    /// What comes of it when two have to agree, keys by their numbers.
    fn told(self) -> String {
        let head = head("2026-01-05T11:00:00Z");
        let needed = NonZeroU32::new(2).unwrap();
        let ballot = Ballot { needed, approvers: &self.approvers, policy: self.policy, head: &head, now: moment(self.now) };
        let told = match approve(self.order, &self.approvals, &ballot) {
            Ok(approved) => format!("approved by {}", approved.approvals().len()),
            Err(error @ ApprovalError::Clock(clock)) => format!("{error}: {clock}"),
            Err(error) => error.to_string(),
        };
        (1..=9).fold(told, |told, number| told.replace(&key(number).public().to_string(), &format!("key {number}")))
    }
}

#[test]
fn enough_people_have_to_agree_to_exactly_this() {
    let forged = Approval { signature: Signature::from_bytes([7; 64]), ..signed(3) };
    let prolonged = Approval { expires: moment("2027-01-01T00:00:00Z"), ..signed(3) };
    let stolen = Approval { key: key(3).public(), ..signed(2) };
    let changed = order(vec![Step { quantity: text("15"), ..plan() }]);
    let mut revoked = approvers();
    revoked.insert(key(3).public(), Approver { revoked: Some(moment("2026-01-05T09:00:00Z")) });
    let told = [
        case(&[signed(2), signed(3)]).told(),
        case(&[signed(2), signed(3), signed(4)]).told(),
        case(&[]).told(),
        case(&[signed(2)]).told(),
        case(&[signed(2), signed(2)]).told(),
        case(&[signed(2), signed(1)]).told(),
        case(&[signed(2), signed(9)]).told(),
        case(&[signed(2), forged]).told(),
        case(&[signed(2), prolonged]).told(),
        case(&[signed(2), stolen]).told(),
        Case { order: changed, ..case(&[signed(2), signed(3)]) }.told(),
        Case { approvers: revoked, ..case(&[signed(2), signed(3)]) }.told(),
        Case { now: LATER, ..case(&[signed(2), signed(3)]) }.told(),
        Case { now: "2026-01-05T10:59:59Z", ..case(&[signed(2), signed(3)]) }.told(),
        Case { policy: ContentHash::sha256(b"another"), ..case(&[signed(2), signed(3)]) }.told(),
        case(&[signed(2), Approval { policy: ContentHash::sha256(b"another"), ..signed(3) }]).told(),
    ];
    insta::assert_snapshot!(told.join("\n"), @"
    approved by 2
    approved by 3
    0 of 2 approvals count
    1 of 2 approvals count
    1 of 2 approvals count; key 2 approved already
    1 of 2 approvals count; key 1 made the order, and may not approve it
    1 of 2 approvals count; key 9 is no approver
    1 of 2 approvals count; the signature of key 3 is not theirs, or something was changed after they signed
    1 of 2 approvals count; the signature of key 3 is not theirs, or something was changed after they signed
    1 of 2 approvals count; the signature of key 3 is not theirs, or something was changed after they signed
    0 of 2 approvals count; key 2 approved another order; key 3 approved another order
    1 of 2 approvals count; key 3 was revoked at 2026-01-05T09:00:00.000000000Z
    0 of 2 approvals count; key 2 approved until 2026-01-06T12:00:00.000000000Z, and it is 2026-01-06T12:00:00.000000000Z; key 3 approved until 2026-01-06T12:00:00.000000000Z, and it is 2026-01-06T12:00:00.000000000Z
    nobody can tell whether the approvals have run out: the clock says 2026-01-05T10:59:59Z, and the last entry of the ledger was made at 2026-01-05T11:00:00Z: the clock was set back, or was ahead then
    the order was made under the policy 823412d1eacb67956220e532959f0104603057c88704863ca38e7cd188fda812, and ae448ac86c4e8e4dec645729708ef41873ae79c6dff84eff73360989487f08e5 holds
    1 of 2 approvals count; key 3 approved under another policy
    ");
}

#[test]
fn every_changed_byte_of_what_was_signed_is_found() {
    let approval = signed(2);
    let bytes = approval.signed_bytes();
    insta::assert_snapshot!(bytes, @r#"{"approval":1,"order":"7ab0bc8eedccd5842ebaa3c6d0048437c06e18a79e992f94fa2af65eaa637ccb","policy":"823412d1eacb67956220e532959f0104603057c88704863ca38e7cd188fda812","expires":"2026-01-06T12:00:00.000000000Z","key":"8139770ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25df60f5b8fc9b394"}"#);
    for at in 0..bytes.len() {
        let mut changed = bytes.clone().into_bytes();
        changed[at] ^= 1;
        assert!(approval.key.check(&changed, &approval.signature).is_err(), "byte {at}");
    }
    let steps = [
        Step { account: "444455556666".parse().unwrap(), ..plan() },
        Step { region: Some("us-east-1".parse().unwrap()), ..plan() },
        Step { object: text("offering-2"), ..plan() },
        Step { ceiling_hourly: "0.76".parse().unwrap(), ..plan() },
        Step { token: None, ..plan() },
        Step { deadline: Some(moment(NOW)), ..plan() },
    ];
    for step in steps {
        assert_ne!(order(vec![step]).id(), approval.order);
    }
}
