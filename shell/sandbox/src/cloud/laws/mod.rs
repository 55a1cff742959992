//! Laws of all services together, played by chance: whatever is bought, queued, returned, modified, exchanged, listed and sold, and however the
//! clock goes, nothing appears, vanishes or is billed but what was ordered; and what is wrong is refused with AWS's code and changes nothing.
//!
//! The laws, each after every step:
//! - **Nothing vanishes or appears.** A record is never forgotten and never changes but in where it is in its life; a call makes what it ordered, by
//!   number and offering; time makes what was ordered before. Each end before its term is a modification, an exchange or a sale, wholly and once.
//! - **States are legal.** They move along AWS's edges alone, and each is the one of its time.
//! - **Footprint and value.** A modification keeps normalized units, fees and end ([EC2:ri-modifying]); an exchange gets the fewest that are worth no
//!   less, for the difference of the upfront values ([EC2:ri-convertible-exchange]).
//! - **Money.** What was paid upfront is borne once; a sale's price is what its buyer paid, and AWS keeps 12 percent ([EC2:ri-market-general]).
//! - **Accounts are isolated.** A call changes what it is about and nothing else, and another account's things are not there.
//! - **Tokens.** The same request with a token gives what it gave; another one with it is refused.
//! - **Refusals** have AWS's code (`aws-rules` §7) and leave the books, byte for byte, as they were.
//! - **Time** does the same in one step as in several.
//! - **Keeping.** What cannot be kept leaves the books as they were; they come out of their file as they went in.
//!
//! And of the bills of all months that are over: each commitment is on every bill from its start to its end, once, at its price; what was returned
//! is paid back; nothing else is billed; what was sunk is spread over its time, or went with what was sold. Of some months every row is made and
//! added up. A bill that is final stays as it is, whatever comes after.
//!
//! The tests play the first 2,000 seeds; `cargo xtask soak laws` plays 10,000 more by `TENOR_LAWS`. A failure tells its seed and its steps;
//! `TENOR_LAWS_SEED` plays one seed alone.

mod bill;
mod instances;
mod market;
mod nodes;
mod plans;
mod play;
mod state;

use crate::cloud::books::{HeldReservation, Standing};
use crate::random::uuid;
use crate::request::SharingMode;
use play::{Call, Move, Play, fresh, kept, made_id};
use std::collections::BTreeMap;
use tenor_wire::Value;

const HOUR: u64 = 3600;
const DAY: u64 = 24 * HOUR;
/// How many sequences the tests play; the soak plays others.
const SEQUENCES: u64 = 2_000;
/// Of so many, one has every row of its last bill made.
const ROWS_OF: u64 = 100;

/// A kind of move, how likely it is, and what makes one; none where there is nothing to make it of.
type Kind = (&'static str, u64, fn(&mut Play) -> Option<Move>);

const KINDS: [Kind; 35] = [
    ("time", 22, time),
    ("payments fail", 2, fail),
    ("a token again", 4, again),
    ("a token for something else", 3, mismatch),
    ("buy a plan", 7, plans::buy),
    ("delete a queued plan", 5, plans::delete_queued),
    ("return a plan", 10, plans::give_back),
    ("a wrong plan order", 3, plans::wrong_order),
    ("a plan that cannot be", 3, plans::wrong_plan),
    ("buy instances", 16, instances::buy),
    ("a wrong instance order", 4, instances::wrong_purchase),
    ("delete queued instances", 8, instances::delete_queued),
    ("delete what is not queued", 2, instances::delete_other),
    ("modify", 10, instances::modify),
    ("a wrong modification", 4, instances::wrong_modification),
    ("exchange", 10, instances::exchange),
    ("a wrong exchange", 2, instances::wrong_exchange),
    ("list", 18, market::list),
    ("a wrong listing", 3, market::wrong_listing),
    ("cancel a listing", 10, market::cancel),
    ("buy on the market", 10, market::buy),
    ("buy nodes", 10, nodes::buy),
    ("a wrong node order", 4, nodes::wrong_order),
    ("buy units", 3, nodes::buy_units),
    ("a wrong unit order", 2, nodes::wrong_units),
    ("exchange a node", 10, nodes::exchange),
    ("a month", 8, month),
    ("some seconds", 6, seconds),
    ("a year", 1, year),
    ("until something ends", 4, until_an_end),
    ("until a payment is through", 6, settle),
    ("until a month ends", 8, until_a_month_ends),
    ("the write fails", 5, |_| Some(Move::Unkept)),
    ("reopened", 3, |_| Some(Move::Reopen)),
    ("share", 3, share),
];

fn time(play: &mut Play) -> Option<Move> {
    let bound = [HOUR, DAY, 8 * DAY, 35 * DAY][play.chance(4) as usize];
    Some(Move::Time(1 + play.chance(bound) as i64))
}

fn seconds(play: &mut Play) -> Option<Move> {
    Some(Move::Time(1 + play.chance(6) as i64))
}

fn settle(_: &mut Play) -> Option<Move> {
    Some(Move::Time(crate::cloud::clock::SETTLE_SECONDS))
}

fn month(_: &mut Play) -> Option<Move> {
    Some(Move::Time(31 * DAY as i64))
}

fn year(play: &mut Play) -> Option<Move> {
    Some(Move::Time((300 + play.chance(500)) as i64 * DAY as i64))
}

/// To the second in which a term ends or begins, or one beside it.
fn until_an_end(play: &mut Play) -> Option<Move> {
    let now = play.now().0;
    let books = &play.cloud.books;
    let ends = books.plans.iter().flat_map(|plan| [plan.start, plan.end()]);
    let ends: Vec<i64> = ends.chain(books.reserved.iter().flat_map(|held| [held.start, held.end])).map(|at| at.0 - now).collect();
    let seconds = *play.one_of(&ends)? + play.chance(3) as i64 - 1;
    (seconds > 0).then_some(Move::Time(seconds))
}

/// To the last seconds of a month, or to the first of the next.
fn until_a_month_ends(play: &mut Play) -> Option<Move> {
    let left = play.now().month_end().0 - play.now().0;
    let seconds = left - 8 + play.chance(10) as i64;
    (seconds > 0).then_some(Move::Time(seconds))
}

fn share(play: &mut Play) -> Option<Move> {
    let modes = [SharingMode::Open, SharingMode::Prioritized, SharingMode::Restricted];
    let mode = modes[play.chance(3) as usize];
    let off = (play.chance(2) == 0).then(|| play.account());
    Some(Move::Share(mode, off))
}

fn fail(play: &mut Play) -> Option<Move> {
    Some(Move::Fail(1 + play.chance(3) as u32))
}

fn again(play: &mut Play) -> Option<Move> {
    let all = play.tokens.clone();
    play.one_of(&all).map(|(call, _, made)| Move::Again(call.clone(), made.clone()))
}

/// The same token with something else: of a later listing or order what it is about is another.
fn mismatch(play: &mut Play) -> Option<Move> {
    let all = play.tokens.clone();
    let (call, token, _) = play.one_of(&all)?;
    let mut other = call.clone();
    let (member, code): (&str, &str) = match call.operation {
        "savingsplans:CreateSavingsPlan" => ("savingsPlanOfferingId", "ValidationException"),
        "savingsplans:ReturnSavingsPlan" => ("savingsPlanId", "ValidationException"),
        "ec2:ModifyReservedInstances" => ("TargetConfigurations", "IdempotentParameterMismatch"),
        "ec2:CreateReservedInstancesListing" => ("ReservedInstancesId", "IdempotentParameterMismatch"),
        _ => ("offeringId", "ConflictException"),
    };
    assert!(call.input.at(token).is_some());
    other.input.set(member, uuid(&[play.chance(1_000)]).into());
    Some(Move::Wrong(other, code))
}

/// The next move, with its name.
fn draw(play: &mut Play) -> (&'static str, Move) {
    let whole: u64 = KINDS.iter().map(|(_, weight, _)| weight).sum();
    loop {
        let mut at = play.chance(whole);
        let (name, _, make) = KINDS
            .iter()
            .find(|(_, weight, _)| {
                let is_it = at < *weight;
                at = at.saturating_sub(*weight);
                is_it
            })
            .expect("chance stays below the sum");
        if let Some(next) = make(play) {
            return (name, next);
        }
    }
}

/// Lets time pass; now and then in two steps beside, which come to the same.
fn pass(play: &mut Play, seconds: i64) {
    let before = play.cloud.books.clone();
    let is_split = seconds > 1 && play.chance(4) == 0;
    if is_split {
        let first = 1 + play.chance(seconds as u64 - 1) as i64;
        play.cloud.advance(first);
        play.cloud.advance(seconds - first);
        let in_two = std::mem::replace(&mut play.cloud.books, before.clone());
        play.cloud.advance(seconds);
        assert_eq!(kept(&play.cloud.books), kept(&in_two), "{first} seconds and the rest of {seconds} make a difference");
    } else {
        play.cloud.advance(seconds);
    }
    state::check(&before, &play.cloud, None);
    keep_bills(play);
}

/// Keeps what the bills of the months say that are over now.
fn keep_bills(play: &mut Play) {
    let mut skus = Vec::new();
    for period in play.cloud.closed_months() {
        play.bills.entry(period).or_insert_with(|| bill::told(&play.cloud, period, &mut skus));
    }
}

/// Makes the next legal call that can be made, which is not kept: all is as before.
fn fail_to_keep(play: &mut Play) {
    let mut calls =
        std::iter::from_fn(|| Some(draw(play))).filter_map(|(_, next)| if let Move::Legal(call, ..) = next { Some(call) } else { None });
    let call = calls.next().expect("there is always something to buy");
    drop(calls);
    play.tell("the write fails", told(&call));
    let before = serde_json::to_string(&play.cloud.books).expect("books are written");
    let answer = play.try_to(&call);
    assert!(answer.is_ok(), "{answer:?}");
    assert_ne!(serde_json::to_string(&play.cloud.books).expect("books are written"), before);
    play.cloud.take_back();
    assert_eq!(serde_json::to_string(&play.cloud.books).expect("books are written"), before, "what was not kept is there");
}

fn step(play: &mut Play) {
    pass(play, 1);
    let (name, next) = draw(play);
    match next {
        Move::Time(seconds) => {
            play.tell(name, format!("{seconds} s"));
            pass(play, seconds);
        }
        Move::Fail(times) => {
            play.tell(name, times.to_string());
            play.cloud.fail_payments(times);
        }
        Move::Unkept => fail_to_keep(play),
        Move::Reopen => {
            play.tell(name, String::new());
            let before = serde_json::to_string(&play.cloud.books).expect("books are written");
            play.cloud.books = serde_json::from_str(&before).expect("books are read");
            assert_eq!(serde_json::to_string(&play.cloud.books).expect("books are written"), before);
        }
        Move::Share(mode, off) => {
            play.tell(name, format!("{mode:?} without {off:?}"));
            let off: Vec<String> = off.iter().map(|account| play.cloud.accounts[*account as usize].id.clone()).collect();
            let before = play.cloud.books.clone();
            play.cloud.share(mode, &off).expect("an organization may share so");
            state::check(&before, &play.cloud, None);
        }
        Move::Legal(call, effect, token) => {
            play.tell(name, told(&call));
            let before = play.cloud.books.clone();
            let answer = play.ask(&call).unwrap_or_else(|refusal| panic!("refused: {} {}", refusal.code, refusal.message));
            state::check(&before, &play.cloud, Some(&effect));
            if let Some(member) = token {
                let id = made_id(&answer);
                assert!(!id.is_empty(), "{answer:?} tells no id");
                play.tokens.push((call, member, id));
            }
        }
        Move::Wrong(call, code) => {
            play.tell(name, format!("{code} for {}", told(&call)));
            *play.made.entry("what is refused").or_default() += 1;
            let before = kept(&play.cloud.books);
            match play.ask(&call) {
                Ok(answer) => panic!("{code} was to come, not {answer:?}"),
                Err(refusal) => assert_eq!(refusal.code, code, "{}", refusal.message),
            }
            assert_eq!(kept(&play.cloud.books), before, "a refusal changed the books");
        }
        Move::Again(call, made) => {
            play.tell(name, told(&call));
            let before = kept(&play.cloud.books);
            let answer = play.ask(&call).unwrap_or_else(|refusal| panic!("refused: {} {}", refusal.code, refusal.message));
            assert_eq!(made_id(&answer), made);
            assert_eq!(kept(&play.cloud.books), before, "a repeated request changed the books");
        }
    }
}

fn told(call: &Call) -> String {
    format!("account {} in Region {}: {} {}", call.account, call.region, call.operation, crate::cloud::operate::json_of(&call.input))
}

/// Plays the sequences with these seeds; how often each kind of move was made.
fn play(seeds: impl Iterator<Item = u64>) -> BTreeMap<&'static str, u32> {
    let mut play = Play::new(fresh());
    let books = play.cloud.books.clone();
    let (mut skus, mut fleet) = (Vec::new(), None);
    for seed in seeds {
        play.restart(seed, &books);
        let start = play.chance(40 * DAY) as i64;
        pass(&mut play, 1 + start);
        let steps = 5 + play.chance(16);
        (0..steps).for_each(|_| step(&mut play));
        // Some are seen to the end of all terms, the others to the end of a month.
        if seed % 20 == 0 {
            pass(&mut play, 4 * 365 * DAY as i64);
        }
        let rest = play.now().month_end().0 - play.now().0 + 10;
        pass(&mut play, rest);
        bill::check(&play.cloud, &mut skus);
        for (period, first) in &play.bills {
            assert_eq!(&bill::told(&play.cloud, *period, &mut skus), first, "the bill of {period} changed after it was final");
        }
        count_what_came_of_it(&mut play);
        if seed % ROWS_OF == 0
            && let Some(period) = play.cloud.closed_months().last()
        {
            let used = fleet.take().unwrap_or_else(|| play.cloud.fleet(play.cloud.books.setup.seed));
            fleet = Some(bill::check_rows(&play.cloud, period, used));
        }
    }
    std::mem::take(&mut play.made)
}

/// What happens by itself, and is to happen often enough for the laws to mean something.
const OUTCOMES: [&str; 7] = [
    "a sale to an account",
    "a sale to a stranger",
    "a modification",
    "a failed payment",
    "a discount",
    "a returned plan",
    "an exchanged node",
];

fn count_what_came_of_it(play: &mut Play) {
    let books = play.cloud.books.clone();
    let sales = books.ec2.listings.iter().flat_map(|listing| &listing.sales);
    let modified = books.ec2.modifications.iter().filter(|found| found.state == crate::cloud::ec2::ModificationState::Fulfilled).count();
    let failed = books.reserved.iter().filter(|held| held.standing == Standing::PaymentFailed).count();
    let is_node = |held: &&HeldReservation| held.product_code == "AmazonRedshift" && !held.life.from.is_empty();
    let counts = [
        sales.clone().filter(|sale| sale.buyer.is_some()).count(),
        sales.filter(|sale| sale.buyer.is_none()).count(),
        modified,
        failed + books.plans.iter().filter(|plan| plan.standing == Standing::PaymentFailed).count(),
        books.reserved.iter().filter(|held| held.life.discount_percent > 0).count(),
        books.plans.iter().filter(|plan| plan.returned.is_some()).count(),
        books.reserved.iter().filter(is_node).count(),
    ];
    for (name, count) in OUTCOMES.into_iter().zip(counts) {
        *play.made.entry(name).or_default() += count as u32;
    }
}

/// What was made too seldom for the laws to mean something: of ten thousand sequences there are to be a hundred moves of each kind and fifty of each
/// outcome.
fn rare(made: &BTreeMap<&str, u32>, played: u64) -> Vec<&'static str> {
    let least = |of_many: u64| (of_many * played / 10_000) as u32;
    let wanted = KINDS.iter().map(|(name, ..)| (*name, least(100))).chain(OUTCOMES.map(|name| (name, least(50))));
    wanted.filter(|(name, times)| made.get(name).is_none_or(|made| made < times)).map(|(name, _)| name).collect()
}

#[test]
fn what_is_too_rare_is_named() {
    let (kind, outcome) = (KINDS[0].0, OUTCOMES[0]);
    let all = |times: u32| KINDS.iter().map(move |(name, ..)| (*name, times)).chain(OUTCOMES.map(|name| (name, times / 2)));
    let mut made: BTreeMap<&str, u32> = all(20).collect();
    assert_eq!(rare(&made, SEQUENCES), [""; 0]);
    made.insert(kind, 19);
    made.insert(outcome, 9);
    assert_eq!(rare(&made, SEQUENCES), [kind, outcome]);
    made.remove(kind);
    assert_eq!(rare(&made, 0), [kind], "what was never made is rare");
}

#[test]
fn sequences_keep_the_laws_and_what_is_wrong_is_refused() {
    let number = |name: &str| std::env::var(name).ok().map(|text| text.parse::<u64>().unwrap());
    let seeds = match number("TENOR_LAWS_SEED") {
        Some(seed) => seed..seed + 1,
        None => number("TENOR_LAWS").map_or(0..SEQUENCES, |count| SEQUENCES..SEQUENCES + count),
    };
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    let mut made: BTreeMap<&str, u32> = BTreeMap::new();
    std::thread::scope(|scope| {
        let share = |first: usize| seeds.clone().skip(first).step_by(threads);
        let running: Vec<_> = (0..threads).map(|first| scope.spawn(move || play(share(first)))).collect();
        for thread in running {
            let of_thread = thread.join().unwrap_or_else(|failure| std::panic::resume_unwind(failure));
            of_thread.into_iter().for_each(|(name, times)| *made.entry(name).or_default() += times);
        }
    });
    let played = seeds.end - seeds.start;
    let rare = rare(&made, played);
    assert!(played < SEQUENCES || rare.is_empty(), "{rare:?} of {made:?}");
    eprintln!("{made:?}");
}

/// A refusal leaves no trace: what is asked of a Region in which nothing is sold is not there.
#[test]
fn nothing_is_sold_elsewhere() {
    let mut cloud = fresh();
    let before = kept(&cloud.books);
    let caller =
        crate::cloud::ask::Caller { account: 0, arn: String::new(), access_key: String::new(), role: None, source_identity: String::new() };
    for row in crate::cloud::table::operations().filter(|row| row.changes && row.operation.starts_with("Purchase")) {
        let input = Value::of([("InstanceCount", 1.into())]);
        let ask =
            crate::cloud::ask::Ask { caller: &caller, region: "ap-south-1", host: "", input: &input, wall: jiff::Timestamp::UNIX_EPOCH };
        assert!((row.answer)(&mut cloud, &ask).is_err(), "{}", row.operation);
    }
    assert_eq!(kept(&cloud.books), before);
}
