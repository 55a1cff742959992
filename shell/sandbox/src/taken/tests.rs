//! Usage taken from bills: what is kept, what is refused, and how it goes on.

use super::{TakeError, TakenUsage, UsageTaker, UsedBy};
use crate::cloud::{Cloud, HeldPlan, Standing};
use crate::hour::{Scratch, rows_of_hour};
use crate::layout::Address;
use crate::month::Month;
use crate::write::write_world;
use crate::{BillRequest, Format, LineItemType, Store, StoreError};
use flate2::read::GzDecoder;
use std::collections::BTreeMap;
use std::fs;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use tenor_bill::{BillingPeriod, Hour};
use tenor_money::{Money, Quantity};

const LARGE: &str = "BoxUsage:m5.large";

fn january() -> Hour {
    Hour::containing(BillingPeriod::new(2025, 1).unwrap().start())
}

fn hour(offset: i64) -> Hour {
    Hour::from_epoch_hours(january().epoch_hours() + offset)
}

fn by<'a>(account: &'a str, usage_type: &'a str) -> UsedBy<'a> {
    UsedBy { account, service: "AmazonEC2", region: "", usage_type, operation: "RunInstances", zone: "us-east-1b" }
}

/// The quantity of an hour: a decimal to its last digit, and nothing on some.
fn quantity(offset: i64) -> Quantity {
    Quantity::from_units(i128::from(offset % 5) * 1_000_000_000_001)
}

/// Two weeks and a day of two accounts, of which the second pays and has the larger id.
fn taken() -> TakenUsage {
    let mut taker = UsageTaker::new(january()..hour(360), january()).unwrap();
    for offset in 0..360 {
        taker.take(&by("111111111111", LARGE), hour(offset), quantity(offset));
    }
    taker.take(&by("222222222222", LARGE), hour(7), Quantity::from_whole(3));
    taker.take(&by("222222222222", "USW2-BoxUsage:t3.micro"), hour(359), Quantity::from_whole(1));
    let names = BTreeMap::from([("111111111111".to_owned(), "shop".to_owned())]);
    taker.finish("222222222222", &names).unwrap()
}

fn at(taken: &TakenUsage, series: u32, offset: i64) -> Quantity {
    taken.at(series, hour(offset).start_second())
}

#[test]
fn every_hour_is_kept_to_the_last_digit() {
    let taken = taken();
    let found = TakenUsage::unpacked(&taken.packed().unwrap()).unwrap();
    assert_eq!(found, taken);
    assert!((0..360).all(|offset| at(&found, 0, offset) == quantity(offset)));
    let used: Vec<(i64, String)> = (-1..360)
        .flat_map(|offset| [1, 2].map(|series| (offset, at(&found, series, offset).to_string())))
        .filter(|(_, q)| q != "0")
        .collect();
    assert_eq!(used, [(7, "3".to_owned()), (359, "1".to_owned())]);
    assert_eq!(found.accounts(), [("222222222222".to_owned(), String::new()), ("111111111111".to_owned(), "shop".to_owned())]);
}

#[test]
fn the_last_whole_weeks_come_again_and_again() {
    let taken = taken();
    assert_eq!((taken.until(), taken.weeks()), (hour(360), 2));
    // Of fifteen days, the first comes once.
    for offset in 360..2_000 {
        assert_eq!(at(&taken, 0, offset), at(&taken, 0, 24 + (offset - 24) % 336), "{offset}");
        assert_eq!((offset - (24 + (offset - 24) % 336)) % 168, 0, "weekdays stay in place");
    }
    let until = hour(60 * 168);
    let mut taker = UsageTaker::new(january()..until, january()).unwrap();
    taker.take(&by("1", LARGE), january(), Quantity::from_whole(1));
    assert_eq!(taker.finish("1", &BTreeMap::new()).unwrap().weeks(), 52);
}

#[test]
fn what_lies_before_the_bills_is_not_repeated() {
    // The first bill begins on the fifth day of its month: ten days and nine hours are told, of which a week is whole.
    let mut taker = UsageTaker::new(january()..hour(350), hour(101)).unwrap();
    for offset in 101..350 {
        taker.take(&by("111111111111", LARGE), hour(offset), Quantity::from_whole(1 + offset));
    }
    let taken = taker.finish("111111111111", &BTreeMap::new()).unwrap();
    assert_eq!((taken.weeks(), at(&taken, 0, 100)), (1, Quantity::ZERO));
    assert!((350..2_000).all(|offset| !at(&taken, 0, offset).is_zero()), "no hour that no bill tells comes again");
    assert_eq!(TakenUsage::unpacked(&taken.packed().unwrap()).unwrap(), taken);
    let short = UsageTaker::new(january()..hour(350), hour(183)).err().unwrap();
    insta::assert_snapshot!(short, @"the bills tell 167 hours, and a rehearsal takes a week (168) or more");
}

#[test]
fn what_is_no_usage_for_a_sandbox_is_refused() {
    let short = UsageTaker::new(january()..hour(167), january()).err().unwrap();
    insta::assert_snapshot!(short, @"the bills tell 167 hours, and a rehearsal takes a week (168) or more");
    let nothing = UsageTaker::new(january()..hour(168), january()).unwrap().finish("1", &BTreeMap::new());
    assert!(matches!(nothing, Err(TakeError::Nothing)));
    let taker = UsageTaker::new(january()..hour(168), january()).unwrap();
    let sells = |region, usage_type, operation| taker.sells("AmazonEC2", region, usage_type, operation);
    assert!(sells("us-east-1", LARGE, "RunInstances") && sells("", LARGE, "RunInstances"));
    assert!(!sells("us-east-2", LARGE, "RunInstances"), "a usage type says its Region, and the bill another");
    assert!(!sells("us-east-1", "BoxUsage:m0.large", "RunInstances"));
    assert!(!sells("us-east-1", "SpotUsage:c5.large", "RunInstances:SV052"), "Spot rates are chance");
}

/// What is said when books with this file of usage beside them are opened.
fn told(change: impl FnOnce(&PathBuf)) -> String {
    let dir = tempfile::tempdir().unwrap();
    let store = Store::at(&dir.path().join("books.json"));
    store.save(&Cloud::rehearsing(taken(), 1, 1)).unwrap();
    let usage =
        |entry: std::io::Result<fs::DirEntry>| Some(entry.unwrap().path()).filter(|path| path.display().to_string().contains(".usage-"));
    let path = fs::read_dir(dir.path()).unwrap().find_map(usage).unwrap();
    change(&path);
    let error = store.load().err().unwrap();
    assert!(matches!(error, StoreError::Usage { .. }));
    let name = path.file_name().unwrap().to_string_lossy().into_owned();
    error.to_string().replace(&dir.path().display().to_string(), "[dir]").replace(&name, "[usage]")
}

#[test]
fn usage_that_is_not_the_books_is_told() {
    insta::assert_snapshot!(told(|path| fs::remove_file(path).unwrap()), @"[dir]/[usage] is not the usage that the sandbox goes by: it is not there; put it back from a snapshot, or begin anew with `tenor sandbox reset`");
    insta::assert_snapshot!(told(|path| fs::write(path, "tenor-sandbox-usage-0 1\n").unwrap()), @"[dir]/[usage] is not the usage that the sandbox goes by: it does not begin with `tenor-sandbox-usage-2`; put it back from a snapshot, or begin anew with `tenor sandbox reset`");
    let damaged = |path: &PathBuf| {
        let mut file = fs::read(path).unwrap();
        *file.last_mut().unwrap() ^= 1;
        fs::write(path, file).unwrap();
    };
    insta::assert_snapshot!(told(damaged), @"[dir]/[usage] is not the usage that the sandbox goes by: it is damaged: its bytes do not have the digest that it names; put it back from a snapshot, or begin anew with `tenor sandbox reset`");
    let another = |path: &PathBuf| {
        let mut taker = UsageTaker::new(january()..hour(168), january()).unwrap();
        taker.take(&by("1", LARGE), january(), Quantity::from_whole(1));
        fs::write(path, taker.finish("1", &BTreeMap::new()).unwrap().packed().unwrap()).unwrap();
    };
    insta::assert_snapshot!(told(another), @"[dir]/[usage] is not the usage that the sandbox goes by: the books name another digest; put it back from a snapshot, or begin anew with `tenor sandbox reset`");
}

#[test]
fn every_changed_byte_is_noticed() {
    let file = taken().packed().unwrap();
    for place in 0..file.len() {
        let mut changed = file.clone();
        changed[place] ^= 0x20;
        assert!(TakenUsage::unpacked(&changed).is_err(), "{place}");
    }
    assert!((0..file.len()).all(|length| TakenUsage::unpacked(&file[..length]).is_err()));
}

#[test]
fn usage_moves_with_its_books_and_is_forgotten_with_them() {
    let dir = tempfile::tempdir().unwrap();
    let [books, copy] = ["books.json", "copy.json"].map(|name| Store::at(&dir.path().join(name)));
    let cloud = Cloud::rehearsing(taken(), 1, 1);
    copy.save(&cloud).unwrap();
    books.save(&copy.load().unwrap().unwrap()).unwrap();
    let files = || {
        let mut names: Vec<String> =
            fs::read_dir(dir.path()).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names.iter().map(|name| name.split("-").next().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(files(), ["books.json", "books.json.usage", "copy.json", "copy.json.usage"]);
    books.forget_usage(Some(&cloud)).unwrap();
    copy.forget_usage(None).unwrap();
    assert_eq!(files(), ["books.json", "books.json.usage", "copy.json"]);
    assert!(books.load().unwrap().is_some());
    // What is damaged is put back, though a file of its name is there; and nobody else's file is touched.
    let (usage, other) = (books.usage(taken().digest()), dir.path().join("books.json.new"));
    fs::write(&usage, b"damaged").unwrap();
    fs::write(&other, b"theirs").unwrap();
    assert!(books.load().is_err());
    books.put_usage(&cloud).unwrap();
    assert!(books.load().unwrap().is_some());
    assert_eq!(fs::read(other).unwrap(), b"theirs");
}

#[test]
fn a_snapshot_that_fails_leaves_no_usage_either() {
    let (dir, away) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let (store, copy) = (Store::at(&dir.path().join("books.json")), away.path().join("copy.json"));
    store.save(&Cloud::rehearsing(taken(), 1, 1)).unwrap();
    fs::create_dir(&copy).unwrap();
    assert!(store.snapshot(&copy).is_err());
    assert_eq!(fs::read_dir(away.path()).unwrap().count(), 1, "what was in the way");
    fs::remove_dir(&copy).unwrap();
    assert!(store.snapshot(&copy).unwrap());
    assert!(Store::at(&copy).load().unwrap().is_some());
}

/// What a month's bill says was used, by account, usage type and hour, whatever paid for it.
fn billed(cloud: &Cloud, month: BillingPeriod) -> BTreeMap<(String, String, String), Quantity> {
    let columns = ["UsageAccountId", "UsageType", "UsageStartDate", "UsageAmount", "LineItemType"].map(|name| format!("lineItem/{name}"));
    let request = BillRequest { start: month, columns: columns.to_vec(), threads: 1, ..BillRequest::small(Format::LegacyCsv) };
    let (world, dir) = (cloud.world(&request), tempfile::tempdir().unwrap());
    write_world(&request, &world, &Address::own(&world), &|key| dir.path().join(key)).unwrap();
    let mut used = BTreeMap::new();
    for path in files_below(dir.path()).iter().filter(|path| path.extension().is_some_and(|extension| extension == "gz")) {
        let mut text = String::new();
        GzDecoder::new(fs::File::open(path).unwrap()).read_to_string(&mut text).unwrap();
        for line in text.lines().skip(1).filter(|line| line.ends_with("Usage")) {
            let cells: Vec<&str> = line.split(',').collect();
            let key = (cells[0].to_owned(), cells[1].to_owned(), cells[2].to_owned());
            *used.entry(key).or_default() += cells[3].parse::<Quantity>().unwrap();
        }
    }
    used
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

/// Whatever is bought meanwhile: a plan that covers some hours in part.
#[test]
fn bills_have_what_was_taken_in_every_hour_and_nothing_else() {
    let mut cloud = Cloud::rehearsing(taken(), 1, 1);
    let plan = HeldPlan::compute("a-plan", 1, cloud.books.now);
    cloud.books.plans.push(HeldPlan { commitment: "0.1".parse().unwrap(), recurring: "0.1".parse().unwrap(), ..plan });
    cloud.advance(70 * 86_400);
    let months: Vec<BillingPeriod> = cloud.closed_months().collect();
    assert_eq!(months.len(), 2);
    for month in months {
        let mut expected = BTreeMap::new();
        for second in (month.start().as_second()..month.end().as_second()).step_by(3600) {
            let taken = cloud.taken.as_ref().unwrap();
            for (series, of) in taken.series().iter().enumerate() {
                let (used, start) = (taken.at(series as u32, second), jiff::Timestamp::from_second(second).unwrap().to_string());
                let account = taken.accounts()[of.account as usize].0.clone();
                expected.extend(Some(((account, of.usage_type.clone(), start), used)).filter(|_| !used.is_zero()));
            }
        }
        let billed = billed(&cloud, month);
        let differs = expected.iter().find(|(key, used)| billed.get(key) != Some(used)).map(|(key, used)| (key, used, billed.get(key)));
        assert_eq!(differs, None, "{month}");
        assert_eq!(billed.len(), expected.len(), "{month}: nothing else is used");
    }
    let dir = tempfile::tempdir().unwrap();
    let truth = cloud.write_bill("2025-01".parse().unwrap(), Format::LegacyCsv, dir.path(), 1).unwrap();
    assert_eq!(truth.payer, "222222222222");
    assert!(truth.periods[0].commitments.values().all(|held| held.used > Quantity::ZERO), "the plan covers something");
}

/// Of accounts with the same saving that of the least id comes first (rounding rule 3.5), whoever pays.
#[test]
fn the_payer_waits_for_accounts_with_smaller_ids() {
    let mut taker = UsageTaker::new(january()..hour(168), january()).unwrap();
    let once = |taker: &mut UsageTaker, by: UsedBy<'_>| taker.take(&by, january(), Quantity::from_whole(1));
    once(&mut taker, by("1", LARGE));
    once(&mut taker, UsedBy { service: "AmazonS3", operation: "PutObject", zone: "", ..by("2", "Requests-Tier1") });
    once(&mut taker, by("3", LARGE));
    let mut cloud = Cloud::rehearsing(taker.finish("3", &BTreeMap::new()).unwrap(), 1, 1);
    let (now, small): (_, Money) = (cloud.books.now, "0.01".parse().unwrap());
    let owner = cloud.accounts.iter().position(|account| account.id == "2").unwrap() as u32;
    let plan = HeldPlan::compute("a-plan", 1, now);
    cloud.books.plans.push(HeldPlan { account: owner, commitment: small, recurring: small, standing: Standing::Active, ..plan });
    let world = cloud.world(&BillRequest { start: "2025-01".parse().unwrap(), ..BillRequest::small(Format::LegacyCsv) });
    let month = Month::new(&world, "2025-01".parse().unwrap());
    let mut rows = Vec::new();
    rows_of_hour(&month, january().start_second(), &mut Scratch::default(), &mut rows);
    let covered = rows.iter().filter(|row| month.kinds[row.kind as usize].line_type == LineItemType::SavingsPlanCoveredUsage);
    let covered: Vec<&str> = covered.map(|row| world.accounts[world.places[row.place as usize].account as usize].id.as_str()).collect();
    assert_eq!(covered, ["1"]);
}
