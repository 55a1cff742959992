//! Orders run in the browser that are cut short: stopped, killed or ended with a call in hand. What AWS did is found again and bought once, and what was
//! stopped stays stopped.

use crate::decided::{Office, RUN_MAX, approval, order_of};
use crate::killing_proxy::{Come, Moment, When, Which};
use std::net::TcpStream;
use std::time::Instant;
use tenor_sandbox::Store;

/// An order that waits longer than this, in its sandbox's time, waits forever.
const RUNS_MAX: usize = 60;
/// In its sandbox's time; longer than anything is waited for.
const WAIT: &str = "31m";

/// An order that ben approved and carries out, whose first purchase AWS has made and not answered.
fn in_hand() -> (Office, String, Come) {
    let mut office = Office::open(&["--live"]);
    let order = office.made("\"ada\", \"ben\"");
    let page = format!("/orders/{order}");
    order_of(&office.sends("ben", &page, "approve", &approval(&order)), "approved");
    let come = office.wire.watch(Moment { which: Which::Sale(1), when: When::NotAnswered });
    order_of(&office.sends("ben", &page, "run", "how=live"), "begun");
    let held = come.recv_timeout(RUN_MAX).expect("something is bought");
    (office, order, held)
}

/// So many purchases the sandbox's own books have.
fn bought(office: &Office) -> usize {
    let books = Store::at(&office.rehearsal.home.path().join("sandbox/books.json")).load().unwrap().unwrap();
    books.purchases().len()
}

/// Runs an order in the browser until every step is done, letting time pass in the sandbox where it waits.
fn finish(office: &mut Office, order: &str) {
    let page = format!("/orders/{order}");
    for _ in 0..RUNS_MAX {
        order_of(&office.sends("ben", &page, "run", "how=live"), "begun");
        let shown = office.looks(&page);
        if shown.contains("done: every step") {
            let steps = office.rehearsal.steps(order);
            assert!(steps.iter().all(|(state, made)| state == "done" && !made.is_empty()), "{steps:?}");
            assert_eq!(bought(office), steps.len(), "each step once");
            office.rehearsal.done("ledger verify");
            return;
        }
        assert!(shown.contains(" waits: "), "{shown}");
        office.served.terminate();
        assert!(office.served.has_ended_well());
        office.rehearsal.done(&format!("sandbox advance {WAIT}"));
        office.restart();
    }
    panic!("it never ended");
}

#[test]
fn who_stops_an_order_with_a_call_in_hand_is_answered_at_once_and_nothing_more_of_it_leaves() {
    let (mut office, order, held) = in_hand();
    let page = format!("/orders/{order}");
    let file = office.rehearsal.home.path().join(format!("state/stopping.{order}"));
    order_of(&office.sends("ada", &page, "stop", "reason=too+dear"), "stopping");
    assert!(file.exists(), "it is durable before it is answered, and the run has the right to write");
    drop(held);
    let begun = Instant::now();
    loop {
        let shown = office.by("ada", |served| served.get(&page)).body;
        if !shown.contains("http-equiv") {
            assert!(shown.contains("ada stopped it: too dear"), "{shown}");
            break;
        }
        assert!(begun.elapsed() < RUN_MAX, "{shown}");
    }
    assert!(!file.exists(), "the ledger says so now");
    let told = office.rehearsal.done(&format!("--format csv ledger show --order {order}"));
    let line = told.lines().find(|line| line.contains("order-stopping")).unwrap_or_else(|| panic!("{told}"));
    assert!(line.contains("logged-in") && line.contains("too dear"), "{line}");
    // However it is run from now on.
    office.rehearsal.run(&format!("order run {order} --live"));
    office.sends("ben", &page, "run", "how=live");
    office.looks(&page);
    assert_eq!(bought(&office), 1);
}

#[test]
fn what_a_killed_server_was_about_to_be_told_is_found_again_and_stopping_outlives_it() {
    let (mut office, order, held) = in_hand();
    office.served.kill();
    drop(held);
    office.wire.counted();
    assert_eq!(bought(&office), 1);
    office.restart();
    finish(&mut office, &order);

    // The same, stopped before the power went.
    let (mut office, order, held) = in_hand();
    let page = format!("/orders/{order}");
    order_of(&office.sends("ada", &page, "stop", "reason=too+dear"), "stopping");
    office.served.kill();
    drop(held);
    office.wire.counted();
    office.rehearsal.run(&format!("order run {order} --live"));
    office.restart();
    let told = office.rehearsal.done(&format!("--format csv ledger show --order {order}"));
    assert!(told.lines().any(|line| line.contains("order-stopping") && line.contains("too dear")), "{told}");
    assert_eq!(bought(&office), 1);
}

#[test]
fn a_server_that_is_told_to_end_sends_nothing_more_while_it_waits_for_who_is_connected() {
    let (mut office, order, held) = in_hand();
    // Somebody who takes their time with a question.
    let address = office.served.address.clone();
    let mut slow = TcpStream::connect(&address).unwrap();
    std::io::Write::write_all(&mut slow, b"GET /healthz HTTP/1.1\r\nHost: x\r\n").unwrap();
    office.served.terminate();
    let begun = Instant::now();
    while TcpStream::connect(&address).is_ok() {
        assert!(begun.elapsed() < RUN_MAX, "it listens on");
        std::thread::yield_now();
    }
    drop(held);
    assert!(office.served.has_ended_well());
    assert_eq!(bought(&office), 1, "what was in hand, and no other");
    office.restart();
    finish(&mut office, &order);
}

#[test]
fn without_live_nothing_is_sent_and_who_the_terms_do_not_name_approves_nothing() {
    let mut office = Office::open(&[]);
    let order = office.made("\"ada\", \"eve\"");
    let page = format!("/orders/{order}");
    office.refused("ben", &page, "approve", &approval(&order), "do not name `ben`");
    // With a key of his own he may.
    let key = office.rehearsal.path("ben");
    office.rehearsal.done(&format!("order approve {order} --key {key}"));
    office.refused("ben", &page, "run", "how=live", "this server sends nothing to AWS");
    order_of(&office.sends("ben", &page, "run", "how=rehearse"), "rehearsing");
    let shown = office.looks(&page);
    assert!(shown.contains("nothing was sent") && !shown.contains("value=\"live\""), "{shown}");
    assert!(office.rehearsal.steps(&order).iter().all(|(state, _)| state == "planned"));
    assert_eq!(bought(&office), 0);
}
