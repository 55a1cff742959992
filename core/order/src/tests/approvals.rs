//! An order runs when enough people agreed to exactly it, and nothing else makes one run.

use super::{head, moment, order, plan, setting, team, text};
use crate::{Approval, ApprovalError, Ballot, Enrolled, Lowered, Order, OrderStanding, Rails, Role, Setting, Step, Submission, approve};
use std::collections::{BTreeMap, BTreeSet};
use tenor_ledger::{ContentHash, PublicKey, Signature, SigningKey, Text};

const SIGNED: &str = "2026-01-05T11:30:00Z";
const NOW: &str = "2026-01-05T12:00:00Z";
const LATER: &str = "2026-01-06T11:30:00Z";

pub(super) fn key(number: u8) -> SigningKey {
    SigningKey::from_seed(&[number; 32])
}

/// Ada (1, and 5) made the order; Ben (2, and 6), Cem (3) and Dot (4) may approve; Eve (7) may make orders; 8 is the server's, which lets in all of them.
pub(super) fn keys() -> BTreeMap<PublicKey, Enrolled> {
    let of = |number: u8, person: &str, role| (key(number).public(), Enrolled { person: text(person), role, revoked: None });
    let approver = |(number, person)| of(number, person, Role::Approver);
    let persons = [(1, "Ada"), (2, "Ben"), (3, "Cem"), (4, "Dot"), (5, "Ada"), (6, "Ben")].map(approver);
    persons.into_iter().chain([of(7, "Eve", Role::Proposer), of(8, "server", Role::Server)]).collect()
}

fn signed(by: u8) -> Approval {
    signed_until(by, LATER, None)
}

fn signed_until(by: u8, until: &str, user: Option<&str>) -> Approval {
    Approval::sign(&order(vec![plan()]), moment(SIGNED), moment(until), user.map(text), &key(by))
}

struct Case {
    order: Order,
    submission: Submission,
    approvals: Vec<Approval>,
    keys: BTreeMap<PublicKey, Enrolled>,
    lowered: BTreeMap<Text, Lowered>,
    rails: Rails,
    agreement: ContentHash,
    standing: OrderStanding,
    ledger: &'static str,
    now: &'static str,
}

fn case(approvals: &[Approval]) -> Case {
    let order = order(vec![plan()]);
    Case {
        submission: Submission::sign(&order, None, &key(1)),
        order,
        approvals: approvals.to_vec(),
        keys: keys(),
        lowered: BTreeMap::new(),
        rails: team(),
        agreement: setting().agreement,
        standing: OrderStanding::Waiting,
        ledger: "2026-01-05T11:00:00Z",
        now: NOW,
    }
}

impl Case {
    /// What comes of it when two have to agree, keys by their numbers.
    fn told(self) -> String {
        let head = head(self.ledger);
        let persons: BTreeSet<Text> = ["Ada", "Ben", "Cem"].map(text).into();
        let ballot = Ballot {
            keys: &self.keys,
            persons: &persons,
            lowered: &self.lowered,
            rails: &self.rails,
            agreement: self.agreement,
            standing: self.standing,
            head: &head,
            reached: None,
            now: moment(self.now),
        };
        let told = match approve(self.order, self.submission, &self.approvals, &ballot) {
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
    let prolonged = Approval { expires: moment("2026-01-06T11:00:00Z"), ..signed(3) };
    let stolen = Approval { key: key(3).public(), ..signed(2) };
    let changed = order(vec![Step { quantity: text("15"), ..plan() }]);
    let mut revoked = keys();
    revoked.get_mut(&key(3).public()).unwrap().revoked = Some(moment("2026-01-05T09:00:00Z"));
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
        Case { submission: Submission::sign(&changed, None, &key(1)), order: changed, ..case(&[signed(2), signed(3)]) }.told(),
        Case { keys: revoked, ..case(&[signed(2), signed(3)]) }.told(),
        Case { now: LATER, ..case(&[signed(2), signed(3)]) }.told(),
        Case { now: "2026-01-05T10:59:59Z", ..case(&[signed(2), signed(3)]) }.told(),
        Case { rails: Rails { policy: ContentHash::sha256(b"another"), ..team() }, ..case(&[signed(2), signed(3)]) }.told(),
        case(&[signed(2), Approval { policy: ContentHash::sha256(b"another"), ..signed(3) }]).told(),
    ];
    insta::assert_snapshot!(told.join("\n"), @"
    approved by 2
    approved by 3
    0 of 2 approvals count
    1 of 2 approvals count
    1 of 2 approvals count; Ben approved already
    1 of 2 approvals count; Ada made the order, and may not approve it
    1 of 2 approvals count; key 9 is enrolled for nothing
    1 of 2 approvals count; the signature of key 3 is not theirs, or something was changed after they signed
    1 of 2 approvals count; the signature of key 3 is not theirs, or something was changed after they signed
    1 of 2 approvals count; the signature of key 3 is not theirs, or something was changed after they signed
    0 of 2 approvals count; key 2 approved another order; key 3 approved another order
    1 of 2 approvals count; key 3 was revoked at 2026-01-05T09:00:00.000000000Z
    0 of 2 approvals count; key 2 approved until 2026-01-06T11:30:00.000000000Z, and it is 2026-01-06T11:30:00.000000000Z; key 3 approved until 2026-01-06T11:30:00.000000000Z, and it is 2026-01-06T11:30:00.000000000Z
    nobody can tell whether the approvals have run out: the clock says 2026-01-05T10:59:59Z, and the last entry of the ledger was made at 2026-01-05T11:00:00Z: the clock was set back, or was ahead then
    the order was made under the policy 8cdeb349a026570f6e15eecd308eef9b5692e52ddb09eebde3c1ca0e2cb235e2, and fd94d292accc1de36ca463f579e4e3aea5ade16fef75e3b88917321eeed4370f holds
    1 of 2 approvals count; key 3 approved under another policy
    ");
}

#[test]
fn four_eyes_are_two_persons_and_not_two_keys() {
    let by_server = |user| signed_until(8, LATER, Some(user));
    let told = [
        // One person's second key, and the proposer's.
        case(&[signed(2), signed(6)]).told(),
        case(&[signed(2), signed(5)]).told(),
        // Logged in, they are the same persons.
        case(&[signed(2), by_server("Cem")]).told(),
        case(&[signed(2), by_server("Ben")]).told(),
        case(&[signed(2), by_server("Ada")]).told(),
        case(&[signed(2), by_server("Dot")]).told(),
        // However their names are written.
        case(&[signed(2), by_server("cem")]).told(),
        case(&[signed(2), by_server("ben")]).told(),
        case(&[signed(2), by_server("ada")]).told(),
        case(&[signed(2), Approval { user: Some(text("Cem")), ..by_server("Ben") }]).told(),
        // A server is nobody, and a person speaks for nobody else.
        case(&[signed(2), signed(8)]).told(),
        case(&[signed(3), signed_until(2, LATER, Some("Cem"))]).told(),
        case(&[signed(2), signed(7)]).told(),
    ];
    insta::assert_snapshot!(told.join("\n"), @"
    1 of 2 approvals count; Ben approved already
    1 of 2 approvals count; Ada made the order, and may not approve it
    approved by 2
    1 of 2 approvals count; Ben approved already
    1 of 2 approvals count; Ada made the order, and may not approve it
    1 of 2 approvals count; Dot is no approver
    approved by 2
    1 of 2 approvals count; ben approved already
    1 of 2 approvals count; ada made the order, and may not approve it
    1 of 2 approvals count; the signature of key 8 is not theirs, or something was changed after they signed
    1 of 2 approvals count; key 8 may not sign this
    1 of 2 approvals count; key 2 may not sign this
    1 of 2 approvals count; Eve is no approver
    ");
}

#[test]
fn who_was_no_approver_when_they_agreed_or_later_agrees_no_more() {
    let between = |user: &str, at: &str, raised: Option<&str>| {
        let by_cem = signed_until(8, LATER, Some("cem"));
        let lowered = Lowered { at: moment(at), raised: raised.map(moment) };
        Case { lowered: [(text(user), lowered)].into(), ..case(&[signed(2), by_cem]) }.told()
    };
    let since = |user: &str, at: &str| between(user, at, None);
    let told = [
        since("cem", "2026-01-05T11:45:00Z"),
        since("cem", SIGNED),
        // They signed while they were none, or came back only later.
        since("cem", "2026-01-05T11:29:59Z"),
        between("cem", "2026-01-05T11:29:00Z", Some("2026-01-05T11:45:00Z")),
        // Who was let in again before they agreed.
        between("cem", "2026-01-05T11:29:00Z", Some("2026-01-05T11:29:59Z")),
        between("cem", "2026-01-05T11:29:00Z", Some(SIGNED)),
        // Somebody else, and one who signed with a key of their own, which is revoked for itself.
        since("dot", "2026-01-05T11:45:00Z"),
        since("Ben", "2026-01-05T11:45:00Z"),
    ];
    insta::assert_snapshot!(told.join("\n"), @"
    1 of 2 approvals count; cem was no approver when they agreed, or is none since, by what was recorded at 2026-01-05T11:45:00.000000000Z
    1 of 2 approvals count; cem was no approver when they agreed, or is none since, by what was recorded at 2026-01-05T11:30:00.000000000Z
    1 of 2 approvals count; cem was no approver when they agreed, or is none since, by what was recorded at 2026-01-05T11:29:59.000000000Z
    1 of 2 approvals count; cem was no approver when they agreed, or is none since, by what was recorded at 2026-01-05T11:45:00.000000000Z
    approved by 2
    approved by 2
    approved by 2
    approved by 2
    ");
}

#[test]
fn who_made_an_order_has_signed_it() {
    let both = [signed(2), signed(3)];
    let order = order(vec![plan()]);
    let of = |submission| Case { submission, ..case(&both) }.told();
    // Ben names Ada as the proposer, and signs himself.
    let framed = Submission { key: key(1).public(), ..Submission::sign(&order, None, &key(2)) };
    let mut gone = keys();
    gone.remove(&key(1).public());
    let told = [
        of(framed),
        of(Submission::sign(&order, None, &key(2))),
        of(Submission::sign(&super::order(vec![plan(), Step { number: 2, ..plan() }]), None, &key(1))),
        Case { keys: gone, ..case(&both) }.told(),
    ];
    insta::assert_snapshot!(told.join("\n"), @"
    nobody signed that they made the order: the signature of key 1 is not theirs, or something was changed after they signed
    nobody signed that they made the order: key 2 approved another order
    nobody signed that they made the order: key 1 approved another order
    nobody signed that they made the order: key 1 is enrolled for nothing
    ");
}

#[test]
fn an_approval_is_not_moved_replayed_or_kept_for_later() {
    let both = [signed(2), signed(3)];
    let told = [
        Case { ledger: "2026-01-05T11:00:01Z", ..case(&both) }.told(),
        Case { agreement: ContentHash::sha256(b"another"), ..case(&both) }.told(),
        Case { standing: OrderStanding::Rejected, ..case(&both) }.told(),
        Case { standing: OrderStanding::Ended, ..case(&both) }.told(),
        case(&[signed(2), signed_until(3, "2026-01-06T11:30:01Z", None)]).told(),
        Case { now: "2026-01-05T11:29:59Z", ..case(&both) }.told(),
    ];
    insta::assert_snapshot!(told.join("\n"), @"
    the order was made for another ledger, or for one that was written anew
    what is agreed on for the connection `prod` is not what the order was made on
    the order was rejected, or came to its end
    the order was rejected, or came to its end
    1 of 2 approvals count; key 3 approved for longer than approvals hold, or from later on
    0 of 2 approvals count; key 2 approved for longer than approvals hold, or from later on; key 3 approved for longer than approvals hold, or from later on
    ");
    let ids = [
        setting(),
        Setting { ledger: head(NOW).first().unwrap(), ..setting() },
        Setting { agreement: ContentHash::sha256(b"another"), ..setting() },
        Setting { connection: text("dev"), ..setting() },
    ]
    .map(|setting| Order::new("0b".repeat(32).parse().unwrap(), key(1).public(), setting, vec![plan()]).unwrap().id());
    assert_eq!(BTreeSet::from(ids).len(), ids.len());
}

#[test]
fn every_changed_byte_of_what_was_signed_is_found() {
    let approval = signed(2);
    let bytes = approval.signed_bytes();
    insta::assert_snapshot!(bytes, @r#"{"approval":1,"order":"43021332e67ea270c08c2a3d1e978106397bd75f2586f226ce44867cf014b3f7","policy":"8cdeb349a026570f6e15eecd308eef9b5692e52ddb09eebde3c1ca0e2cb235e2","signed":"2026-01-05T11:30:00.000000000Z","expires":"2026-01-06T11:30:00.000000000Z","key":"8139770ea87d175f56a35466c34c7ecccb8d8a91b4ee37a25df60f5b8fc9b394","user":null}"#);
    for at in 0..bytes.len() {
        let mut changed = bytes.clone().into_bytes();
        changed[at] ^= 1;
        assert!(approval.key.check(&changed, &approval.signature).is_err(), "byte {at}");
    }
    let steps = [
        Step { account: "444455556666".parse().unwrap(), ..plan() },
        Step { region: Some("us-east-1".parse().unwrap()), ..plan() },
        Step { object: text("offering-2"), ..plan() },
        Step { ceiling_hourly: "0.76".parse().unwrap(), obligation: "13227.6".parse().unwrap(), ..plan() },
        Step { goods: text("m5"), ..plan() },
        Step { deadline: Some(moment(NOW)), ..plan() },
    ];
    for step in steps {
        assert_ne!(order(vec![step]).id(), approval.order);
    }
}
