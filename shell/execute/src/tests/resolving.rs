//! What is found of a call of which nobody knows.

use super::fake::{START, bought, old, plan, reservation};
use super::{moment, text};
use crate::{Found, Held, Intent, Known, Patience, Recorded, Standing, Trail, Unread, resolve};
use jiff::SignedDuration;
use std::collections::BTreeSet;
use tenor_ledger::{ContentHash, Moment, Text};
use tenor_order::{Action, Details, Key, NoProof, Order, Proof, Service, Setting, Step};

struct Case {
    step: Step,
    held: Result<Vec<Held>, Unread>,
    before: Vec<Held>,
    others: BTreeSet<Text>,
    by_key: Option<Text>,
    trail: Option<Trail>,
    has_proof: bool,
    /// As of when the ledger counts the intent.
    counted: &'static str,
    /// When it was recorded that nobody knows.
    unknown: &'static str,
    minutes: i64,
}

fn case(step: Step, held: Vec<Held>) -> Case {
    let (others, trail) = (BTreeSet::new(), None);
    Case {
        step,
        held: Ok(held),
        before: vec![old()],
        others,
        by_key: None,
        trail,
        has_proof: false,
        counted: START,
        unknown: START,
        minutes: 5,
    }
}

fn told(case: Case) -> String {
    let hash = ContentHash::sha256(b"-");
    let setting = Setting {
        made: moment(START),
        ledger: "0a".repeat(32).parse().unwrap(),
        connection: text("prod"),
        agreement: hash,
        policy: hash,
        inventory: hash,
        currency: text("USD"),
    };
    let key = tenor_ledger::SigningKey::from_seed(&[1; 32]).public();
    let order = Order::new("0b".repeat(32).parse().unwrap(), key, setting, vec![case.step.clone()]).unwrap();
    let first = Intent::new(&order, &case.step, moment(START), None, case.before);
    let now = Moment(moment(START).0 + SignedDuration::from_mins(case.minutes));
    let operation = case.step.operation().unwrap();
    let proof =
        if case.has_proof { Proof::of(operation, moment(START), now, SignedDuration::from_hours(9)) } else { Err(NoProof::Unknown) };
    let key = order.key(&case.step);
    let name = match &key {
        Some(Key::Name(name)) => name.clone(),
        _ => format!("{}/1", order.id()),
    };
    // What has the name of this very step is named so by the test.
    let named = |held: Held| if held.name == Some(text("OURS")) { Held { name: Some(text(&name)), ..held } } else { held };
    let held = case.held.map(|held| held.into_iter().map(named).collect::<Vec<_>>());
    let known = Known {
        step: &case.step,
        key: key.as_ref(),
        first: &first,
        counted: moment(case.counted),
        last: moment(START),
        unknown: moment(case.unknown),
        held: held.as_deref(),
        others: &case.others,
        by_key: Ok(case.by_key),
        trail: case.trail.as_ref(),
        proof,
        now,
    };
    match resolve(&known, &Patience::default()) {
        Found::Done(made) => format!("done: {made}"),
        Found::NotDone(why) => format!("not done: {why}"),
        Found::Repeat(proof) => format!("repeat by its {:?}", proof.by()),
        Found::Wait { until, why } => format!("until {until}: {why}"),
        Found::Give(why) => format!("a person: {why}"),
    }
}

fn recorded(error: Option<&str>, made: Option<&str>) -> Trail {
    caught_up(vec![Recorded { at: moment(START), request_id: None, error: error.map(text), made: made.map(text) }])
}

/// A call that was done at another moment.
fn recorded_at(at: &str, made: Option<&str>) -> Trail {
    caught_up(vec![Recorded { at: moment(at), request_id: None, error: None, made: made.map(text) }])
}

/// What CloudTrail has when it shows something of half an hour later.
fn caught_up(calls: Vec<Recorded>) -> Trail {
    Trail::Calls { calls, reaches: Some(moment("2026-01-05T12:30:00Z")) }
}

#[test]
fn a_purchase_without_a_token_is_looked_for_and_never_repeated() {
    let buy = reservation;
    let new = |id: &str, count: &str| bought(&buy(), id, count);
    let late = |trail, held: Vec<Held>| Case { trail: Some(trail), minutes: 30, ..case(buy(), held) };
    let cases = [
        told(case(buy(), vec![old(), new("ri-1", "2")])),
        // A volume tier splits a purchase.
        told(case(buy(), vec![old(), new("ri-1", "1"), new("ri-2", "1")])),
        told(case(buy(), vec![old(), new("ri-1", "1")])),
        told(case(buy(), vec![old(), new("ri-1", "3")])),
        told(case(buy(), vec![old(), new("ri-1", "2"), new("ri-2", "2")])),
        told(Case { others: [text("ri-2")].into(), ..case(buy(), vec![old(), new("ri-1", "2"), new("ri-2", "2")]) }),
        told(case(buy(), vec![old(), Held { goods: text("m5.xlarge, Linux/UNIX, default"), ..new("ri-1", "2") }])),
        told(case(buy(), vec![old(), Held { start: Some(moment("2026-01-05T11:49:59Z")), ..new("ri-1", "2") }])),
        told(case(buy(), vec![old(), Held { term: None, ..new("ri-1", "2") }])),
        told(case(buy(), vec![old()])),
        told(Case { has_proof: true, ..case(buy(), vec![old()]) }),
        told(Case { held: Err(Unread(text("AccessDenied"))), ..case(buy(), vec![]) }),
        told(Case { held: Err(Unread(text("AccessDenied"))), minutes: 30, trail: Some(Trail::NotGranted), ..case(buy(), vec![]) }),
        told(Case { minutes: 30, ..case(buy(), vec![old()]) }),
        told(late(caught_up(Vec::new()), vec![old()])),
        told(late(recorded(Some("Client.InsufficientReservedInstancesCapacity"), None), vec![old()])),
        // Done before the intent: it came late, or the clock was ahead.
        told(late(recorded_at("2026-01-05T11:49:59Z", Some("ri-7")), vec![old()])),
        told(Case { others: [text("ri-7")].into(), ..late(recorded_at("2026-01-05T11:49:59Z", Some("ri-7")), vec![old()]) }),
        told(late(recorded(None, Some("ri-7")), vec![old()])),
        told(late(recorded(None, None), vec![old()])),
        told(late(Trail::NotGranted, vec![old()])),
        told(late(Trail::Unread(text("throttled")), vec![old()])),
        told(late(recorded(Some("Server.InternalError"), None), vec![old()])),
        told(late(caught_up(Vec::new()), vec![old(), new("ri-1", "2")])),
        told(Case { trail: Some(caught_up(Vec::new())), ..case(buy(), vec![old(), new("ri-1", "2")]) }),
        told(Case { trail: Some(recorded(None, None)), ..case(buy(), vec![old(), new("ri-1", "2")]) }),
        told(late(Trail::NotGranted, vec![old(), new("ri-1", "1")])),
    ];
    insta::assert_snapshot!(cases.join("\n"), @"
    until 2026-01-05T12:06:00.000000000Z: ri-1 came of its call; where the network brought that twice, more may still appear
    until 2026-01-05T12:06:00.000000000Z: ri-1 ri-2 came of its call; where the network brought that twice, more may still appear
    until 2026-01-05T12:06:00.000000000Z: 1 of 2 are listed: ri-1
    a person: more is new than this step buys, and nobody can tell whose it is: ri-1
    a person: more is new than this step buys, and nobody can tell whose it is: ri-1 ri-2
    until 2026-01-05T12:06:00.000000000Z: ri-1 came of its call; where the network brought that twice, more may still appear
    until 2026-01-05T12:06:00.000000000Z: it is not listed, and may still appear
    until 2026-01-05T12:06:00.000000000Z: it is not listed, and may still appear
    until 2026-01-05T12:06:00.000000000Z: it is not listed, and may still appear
    until 2026-01-05T12:06:00.000000000Z: it is not listed, and may still appear
    until 2026-01-05T12:06:00.000000000Z: it is not listed, and may still appear
    until 2026-01-05T12:06:00.000000000Z: what is held cannot be read: AccessDenied
    a person: what is held cannot be read: AccessDenied
    until 2026-01-05T12:30:00.000000000Z: CloudTrail was not asked yet
    not done: AWS lists nothing of it, and CloudTrail has no call of it that was done
    not done: AWS lists nothing of it, and CloudTrail has no call of it that was done; AWS refused one: Client.InsufficientReservedInstancesCapacity
    a person: AWS lists nothing of it, and CloudTrail has a call like it that was done at 2026-01-05T11:49:59.000000000Z, before it was to be sent: the clock may have been ahead, or an earlier try was done
    not done: AWS lists nothing of it, and CloudTrail has no call of it that was done
    done: ri-7
    a person: CloudTrail has 1 calls of it that were done, and AWS lists nothing that this step alone made
    a person: AWS lists nothing of it, and the role does not grant to look it up in CloudTrail
    a person: AWS lists nothing of it, and CloudTrail cannot be read: throttled
    a person: AWS lists nothing of it, and CloudTrail says that it failed at AWS: Server.InternalError
    a person: ri-1 is new and alike, and CloudTrail has no call of ours that made it
    until 2026-01-05T12:06:00.000000000Z: ri-1 is new and alike, and CloudTrail does not say yet that it is ours
    until 2026-01-05T12:06:00.000000000Z: ri-1 came of its call; where the network brought that twice, more may still appear
    a person: 1 of 2 are listed: ri-1
    ");
}

/// The network brings a purchase twice, and CloudTrail shows one of the two first; or AWS splits one, of which CloudTrail's record is read for one id.
#[test]
fn what_cloudtrail_says_of_a_purchase_without_a_token_is_held_against_the_list() {
    let new = |id: &str, count: &str| bought(&reservation(), id, count);
    let at = |minutes, held| told(Case { trail: Some(recorded(None, Some("ri-1"))), minutes, ..case(reservation(), held) });
    let cases = [
        at(5, vec![old(), new("ri-1", "2"), new("ri-2", "2")]),
        at(30, vec![old(), new("ri-1", "2"), new("ri-2", "2")]),
        at(5, vec![old(), new("ri-1", "1"), new("ri-2", "1")]),
        at(30, vec![old(), new("ri-1", "1"), new("ri-2", "1")]),
        at(30, vec![old(), new("ri-1", "2")]),
        // What is alike is somebody else's, or it is not listed.
        at(30, vec![old(), new("ri-2", "2")]),
        at(30, vec![old()]),
    ];
    insta::assert_snapshot!(cases.join("\n"), @"
    a person: more is new than this step buys, and nobody can tell whose it is: ri-1 ri-2
    a person: more is new than this step buys, and nobody can tell whose it is: ri-1 ri-2
    until 2026-01-05T12:06:00.000000000Z: ri-1 ri-2 came of its call; where the network brought that twice, more may still appear
    done: ri-1 ri-2
    done: ri-1
    done: ri-1
    done: ri-1
    ");
}

#[test]
fn that_cloudtrail_has_no_call_says_nothing_before_it_shows_something_later() {
    let buy = reservation;
    let new = || vec![old(), bought(&buy(), "ri-1", "2")];
    let at = |reaches: Option<&str>, calls: Vec<Recorded>, minutes, held: Vec<Held>| {
        let trail = Some(Trail::Calls { calls, reaches: reaches.map(moment) });
        told(Case { trail, minutes, ..case(buy(), held) })
    };
    let unread = |minutes, held| told(Case { trail: Some(Trail::Unread(text("throttled"))), minutes, ..case(buy(), held) });
    let call = |error: Option<&str>| vec![Recorded { at: moment(START), request_id: None, error: error.map(text), made: None }];
    let nothing = || vec![old()];
    let cases = [
        at(None, Vec::new(), 30, nothing()),
        at(Some("2026-01-05T12:09:59Z"), Vec::new(), 30, nothing()),
        at(Some("2026-01-05T12:10:00Z"), Vec::new(), 30, nothing()),
        // As long as something may still be listed it is not asked.
        at(Some("2026-01-05T12:10:00Z"), Vec::new(), 29, nothing()),
        at(None, Vec::new(), 359, nothing()),
        at(None, Vec::new(), 360, nothing()),
        at(Some("2026-01-05T12:09:59Z"), Vec::new(), 360, nothing()),
        // What it has it has.
        at(None, call(None), 30, nothing()),
        at(None, call(Some("Server.InternalError")), 30, nothing()),
        at(None, call(Some("Client.Unsupported")), 30, nothing()),
        at(None, Vec::new(), 30, new()),
        at(None, Vec::new(), 360, new()),
        // Nor does that it cannot be read, once in a while.
        unread(29, new()),
        unread(30, new()),
        unread(359, new()),
        unread(360, new()),
    ];
    insta::assert_snapshot!(cases.join("\n"), @"
    until 2026-01-05T12:31:00.000000000Z: CloudTrail has no call of it yet, and shows nothing since: only what is later than 2026-01-05T12:10:00.000000000Z says that it has all
    until 2026-01-05T12:31:00.000000000Z: CloudTrail has no call of it yet, and shows nothing newer than 2026-01-05T12:09:59.000000000Z: only what is later than 2026-01-05T12:10:00.000000000Z says that it has all
    not done: AWS lists nothing of it, and CloudTrail has no call of it that was done
    until 2026-01-05T12:30:00.000000000Z: it is not listed, and may still appear
    until 2026-01-05T18:00:00.000000000Z: CloudTrail has no call of it yet, and shows nothing since: only what is later than 2026-01-05T12:10:00.000000000Z says that it has all
    a person: AWS lists nothing of it: its call left at 2026-01-05T12:00:00.000000000Z, 1 were held there before and 1 are now, none of them new and alike; CloudTrail has no call of it yet, and shows nothing since: only what is later than 2026-01-05T12:10:00.000000000Z says that it has all
    a person: AWS lists nothing of it: its call left at 2026-01-05T12:00:00.000000000Z, 1 were held there before and 1 are now, none of them new and alike; CloudTrail has no call of it yet, and shows nothing newer than 2026-01-05T12:09:59.000000000Z: only what is later than 2026-01-05T12:10:00.000000000Z says that it has all
    a person: CloudTrail has 1 calls of it that were done, and AWS lists nothing that this step alone made
    a person: AWS lists nothing of it, and CloudTrail says that it failed at AWS: Server.InternalError
    until 2026-01-05T12:31:00.000000000Z: CloudTrail has no call of it but one that AWS refused (Client.Unsupported), and shows nothing since: only what is later than 2026-01-05T12:10:00.000000000Z says that it has all
    until 2026-01-05T12:31:00.000000000Z: CloudTrail has no call of it yet, and shows nothing since: only what is later than 2026-01-05T12:10:00.000000000Z says that it has all
    a person: ri-1 is new and alike, and CloudTrail has no call of ours that made it; CloudTrail has no call of it yet, and shows nothing since: only what is later than 2026-01-05T12:10:00.000000000Z says that it has all
    until 2026-01-05T12:30:00.000000000Z: ri-1 is new and alike, and CloudTrail does not say yet that it is ours
    until 2026-01-05T12:31:00.000000000Z: CloudTrail cannot be read: throttled
    until 2026-01-05T18:00:00.000000000Z: CloudTrail cannot be read: throttled
    a person: ri-1 is new and alike, and CloudTrail, which would say whether it is ours, cannot be read: throttled
    ");
}

#[test]
fn a_call_that_left_by_a_clock_that_was_ahead_is_a_persons() {
    let earlier = |minutes: i64| told(Case { minutes: -minutes, trail: Some(caught_up(Vec::new())), ..case(reservation(), vec![old()]) });
    insta::assert_snapshot!([earlier(10), earlier(11)].join("\n"), @"
    until 2026-01-05T11:51:00.000000000Z: it is not listed, and may still appear
    a person: by the clock its call left at 2026-01-05T12:00:00.000000000Z, and it is 2026-01-05T11:49:00.000000000Z now: the clock was ahead then, so nobody can tell what is new since
    ");
}

/// It left at eleven, by a clock that was an hour ahead and was put right at a minute past eleven. However late it is looked for, it is not taken for new.
#[test]
fn that_its_clock_was_ahead_is_not_forgotten_as_time_passes() {
    let nothing = || Some(caught_up(Vec::new()));
    let at = |minutes, counted| told(Case { minutes, counted, trail: nothing(), ..case(reservation(), vec![old()]) });
    insta::assert_snapshot!([at(120, "2026-01-05T11:01:00Z"), at(120, "2026-01-05T11:49:59Z"), at(120, "2026-01-05T11:50:00Z")].join("\n"), @"
    a person: by the clock its call left at 2026-01-05T12:00:00.000000000Z, which counts as 2026-01-05T11:01:00.000000000Z since the clock was put right: the clock was ahead then, so nobody can tell what is new since
    a person: by the clock its call left at 2026-01-05T12:00:00.000000000Z, which counts as 2026-01-05T11:49:59.000000000Z since the clock was put right: the clock was ahead then, so nobody can tell what is new since
    not done: AWS lists nothing of it, and CloudTrail has no call of it that was done
    ");
}

/// The call left between its intent and the moment at which nobody knew of it any more: CloudTrail has to come past the latter.
#[test]
fn cloudtrail_has_caught_up_when_it_shows_what_is_later_than_the_call_can_have_left() {
    let at = |unknown, minutes| told(Case { minutes, unknown, trail: Some(caught_up(Vec::new())), ..case(reservation(), vec![old()]) });
    let cases =
        [at("2026-01-05T12:20:00Z", 40), at("2026-01-05T12:20:01Z", 40), at("2026-01-05T12:20:01Z", 380), at("2026-01-05T12:20:01Z", 381)];
    insta::assert_snapshot!(cases.join("\n"), @"
    not done: AWS lists nothing of it, and CloudTrail has no call of it that was done
    until 2026-01-05T12:41:00.000000000Z: CloudTrail has no call of it yet, and shows nothing newer than 2026-01-05T12:30:00.000000000Z: only what is later than 2026-01-05T12:30:01.000000000Z says that it has all
    until 2026-01-05T18:21:00.000000000Z: CloudTrail has no call of it yet, and shows nothing newer than 2026-01-05T12:30:00.000000000Z: only what is later than 2026-01-05T12:30:01.000000000Z says that it has all
    a person: AWS lists nothing of it: its call left at 2026-01-05T12:00:00.000000000Z, 1 were held there before and 1 are now, none of them new and alike; CloudTrail has no call of it yet, and shows nothing newer than 2026-01-05T12:30:00.000000000Z: only what is later than 2026-01-05T12:30:01.000000000Z says that it has all
    ");
}

#[test]
fn what_aws_knows_by_key_is_found_by_it_or_repeated() {
    let database = || Step { service: Service::Rds, goods: text("db.r6g.large, postgresql, default"), ..reservation() };
    let ours = |quantity: &str| Held { name: Some(text("OURS")), ..bought(&database(), "tenor-1", quantity) };
    let modify = Step {
        action: Action::Modify,
        object: text("old-1"),
        details: Some(Details::Modify {
            also: Vec::new(),
            targets: vec![tenor_order::Target { count: 2, instance_type: None, zone: None }],
        }),
        ..reservation()
    };
    let cases = [
        told(case(database(), vec![ours("2")])),
        told(case(database(), vec![ours("3")])),
        told(Case { has_proof: true, ..case(database(), vec![old(), bought(&database(), "theirs", "2")]) }),
        told(Case { has_proof: true, ..case(plan(), vec![old()]) }),
        told(case(plan(), vec![old(), bought(&plan(), "sp-1", "1.5")])),
        told(case(plan(), vec![old(), Held { name: Some(text("OURS")), ..bought(&plan(), "sp-1", "1.5") }])),
        told(case(plan(), vec![old(), bought(&plan(), "sp-1", "1.6")])),
        told(case(plan(), vec![old(), bought(&plan(), "sp-1", "1.5"), bought(&plan(), "sp-2", "1.5")])),
        told(Case { by_key: Some(text("rimod-1")), ..case(modify, vec![old()]) }),
    ];
    insta::assert_snapshot!(cases.join("\n"), @"
    done: tenor-1
    a person: tenor-1 has the name of this step, and is of db.r6g.large, postgresql, default and 3, where db.r6g.large, postgresql, default and 2 were to be bought
    repeat by its Name
    repeat by its Token
    until 2026-01-05T12:06:00.000000000Z: it is not listed, and may still appear
    done: sp-1
    until 2026-01-05T12:06:00.000000000Z: it is not listed, and may still appear
    until 2026-01-05T12:06:00.000000000Z: it is not listed, and may still appear
    done: rimod-1
    ");
}

#[test]
fn what_was_to_be_changed_says_itself_whether_it_is() {
    let on = |action| Step { action, object: text("old-1"), ..plan() };
    let with = |standing| vec![Held { standing, ..old() }];
    let exchange = || Step {
        action: Action::Exchange,
        kind: Some(tenor_propose::proposal::Kind::ConvertibleReservation),
        details: Some(Details::Exchange { given: vec![text("old-1")] }),
        ..reservation()
    };
    let cases = [
        told(case(on(Action::CancelQueued), with(Standing::Deleted))),
        told(Case { has_proof: true, ..case(on(Action::CancelQueued), with(Standing::Queued)) }),
        told(case(on(Action::CancelQueued), with(Standing::Running))),
        told(case(on(Action::Return), with(Standing::Returning))),
        told(case(on(Action::Return), with(Standing::Running))),
        told(case(on(Action::Return), with(Standing::Unknown))),
        told(case(on(Action::Return), vec![])),
        told(case(exchange(), with(Standing::Ended))),
        told(Case { before: vec![Held { end: Some(moment("2026-01-05T12:03:00Z")), ..old() }], ..case(exchange(), with(Standing::Ended)) }),
        told(Case { minutes: 30, trail: Some(Trail::NotGranted), ..case(exchange(), with(Standing::Running)) }),
        told(Case { minutes: 30, trail: Some(caught_up(Vec::new())), ..case(exchange(), with(Standing::Running)) }),
    ];
    insta::assert_snapshot!(cases.join("\n"), @"
    done: old-1
    repeat by its Name
    until 2026-01-05T12:06:00.000000000Z: it is not listed, and may still appear
    done: old-1
    until 2026-01-05T12:06:00.000000000Z: it is not listed, and may still appear
    until 2026-01-05T12:06:00.000000000Z: what was to be changed is not listed, or in a state that this Tenor does not know
    until 2026-01-05T12:06:00.000000000Z: what was to be changed is not listed, or in a state that this Tenor does not know
    done: offering-1
    until 2026-01-05T12:06:00.000000000Z: the term of what was to be changed has ended meanwhile, which looks the same as if it was changed
    a person: AWS lists nothing of it, and the role does not grant to look it up in CloudTrail
    not done: AWS lists nothing of it, and CloudTrail has no call of it that was done
    ");
}
