//! An import killed at any moment leaves each period as it was or as it was to become, byte for byte.
//!
//! Half of the moments are random over the whole import; the other half lie just after its first period is ready to be committed, where
//! a few milliseconds decide. `TENOR_KILLS` says how many; the soak runs 200.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

const PERIODS: [&str; 2] = ["2018-10", "2018-11"];
const KILLS: u64 = 15;
const ROWS: u64 = 4_000;

/// A folder with one legacy CUR per month; `version` decides the costs.
fn source(folder: &Path, version: u64) {
    fs::create_dir(folder).unwrap();
    for period in PERIODS {
        let mut csv = "bill/PayerAccountId,bill/BillingPeriodStartDate,lineItem/UsageAccountId,lineItem/LineItemType,\
            lineItem/UsageStartDate,lineItem/UsageEndDate,lineItem/ProductCode,lineItem/ResourceId,lineItem/UsageAmount,\
            lineItem/CurrencyCode,lineItem/UnblendedCost\n"
            .to_owned();
        for row in 0..ROWS {
            let (day, hour) = (row / 24 % 28 + 1, row % 24);
            let hours = format!("{period}-{day:02}T{hour:02}:00:00Z,{period}-{day:02}T{hour:02}:59:59Z");
            writeln!(csv, "111122223333,{period}-01T00:00:00Z,4444,Usage,{hours},AmazonEC2,i-{row},1,USD,0.{version}{row:05}").unwrap();
        }
        let folder = folder.join(period);
        fs::create_dir(&folder).unwrap();
        fs::write(folder.join("bill.csv"), csv).unwrap();
    }
}

fn tenor(home: &Path, source: &Path) -> Command {
    let mut tenor = Command::new(env!("CARGO_BIN_EXE_tenor"));
    tenor.arg("--home").arg(home).arg("import").arg(source);
    tenor.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    tenor
}

fn run(home: &Path, source: &Path) -> Duration {
    let start = Instant::now();
    let output = tenor(home, source).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    start.elapsed()
}

/// The bytes that readers of a period may come across, by path below the lake; of the record, all but where it came from and when.
fn period(lake: &Path, period: &str) -> BTreeMap<PathBuf, Vec<u8>> {
    let place = Path::new("x_payer=111122223333").join(format!("billing_period={period}"));
    let charges = Path::new("charges").join(&place);
    let mut files = BTreeMap::new();
    for entry in fs::read_dir(lake.join(&charges)).into_iter().flatten() {
        let name = charges.join(entry.unwrap().file_name());
        let mut bytes = fs::read(lake.join(&name)).unwrap();
        if name.ends_with("_import.json") {
            let mut record: serde_json::Value = serde_json::from_slice(&bytes).unwrap();
            for provenance in ["imported_at", "source"] {
                record.as_object_mut().unwrap().remove(provenance).unwrap();
            }
            let rollup = Path::new("rollups").join(&place).join(format!("{}.parquet", record["version"].as_str().unwrap()));
            files.insert(rollup.clone(), fs::read(lake.join(rollup)).unwrap());
            bytes = record.to_string().into_bytes();
        }
        files.insert(name, bytes);
    }
    files
}

/// Every file of the lake but those kept for readers who listed an old version, and the lock.
fn files(lake: &Path) -> Vec<PathBuf> {
    fn walk(folder: &Path, found: &mut Vec<PathBuf>) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() { walk(&path, found) } else { found.push(path) }
        }
    }
    let mut found = Vec::new();
    walk(lake, &mut found);
    let mut found: Vec<_> = found.iter().map(|file| file.strip_prefix(lake).unwrap().to_owned()).collect();
    found.retain(|file| !file.starts_with("staging") && file != Path::new("writer.lock"));
    found.sort();
    found
}

/// Numbers that look random and are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit.max(1)
    }
}

/// Waits busily, since what matters happens within a fraction of a millisecond. Returns early when the child ends.
fn watch(child: &mut Child, until: impl Fn() -> bool) {
    while !until() && child.try_wait().unwrap().is_none() {
        std::hint::spin_loop();
    }
}

/// Whether a period of the running import is being made ready in the lake.
fn is_committing(lake: &Path) -> bool {
    let folders = fs::read_dir(lake.join("staging/import")).into_iter().flatten().flatten();
    folders.into_iter().any(|folder| folder.file_name().to_string_lossy().starts_with("period-"))
}

#[test]
fn an_import_killed_at_any_moment_leaves_the_old_periods_or_the_new() {
    let kills = std::env::var("TENOR_KILLS").ok().map_or(KILLS, |kills| kills.parse().unwrap());
    let scratch = tempfile::tempdir().unwrap();
    let at = |name: &str| scratch.path().join(name);
    let sources = [at("source-0"), at("source-1")];
    let mut expected = Vec::new();
    let mut whole_lakes = Vec::new();
    let mut usual = Duration::ZERO;
    for (version, source_folder) in (1..).zip(&sources) {
        source(source_folder, version);
        let home = at(&format!("home-{version}"));
        usual = run(&home, source_folder);
        expected.push(PERIODS.map(|name| period(&home.join("lake"), name)));
        whole_lakes.push(files(&home.join("lake")));
    }
    for files in expected.iter().flatten() {
        assert_eq!(files.len(), 3, "a record, a file of charges, a roll-up: {:?}", files.keys());
    }
    assert_ne!(expected[0], expected[1]);

    let home = at("home");
    let lake = home.join("lake");
    run(&home, &sources[0]);
    let mut random = Random(2018);
    let mut ended = [0; 3];
    for kill in 0..kills {
        let new = (kill as usize + 1) % 2;
        let mut child = tenor(&home, &sources[new]).spawn().unwrap();
        let start = Instant::now();
        if kill % 2 == 1 {
            watch(&mut child, || is_committing(&lake));
            let start = Instant::now();
            let wait = Duration::from_micros(random.below(20_000));
            watch(&mut child, || start.elapsed() >= wait);
        } else {
            let wait = Duration::from_micros(random.below(usual.as_micros() as u64));
            watch(&mut child, || start.elapsed() >= wait);
        }
        child.kill().unwrap();
        child.wait().unwrap();

        let found = PERIODS.map(|name| period(&lake, name));
        let mut replaced = 0;
        for (at, found) in found.iter().enumerate() {
            let version = expected.iter().position(|version| version[at] == *found);
            let version = version.unwrap_or_else(|| panic!("kill {kill} left {} neither old nor new", PERIODS[at]));
            replaced += usize::from(version == new);
        }
        ended[replaced] += 1;
        // Now and then the next import is let be: it has to set everything right.
        if kill % 5 == 4 {
            run(&home, &sources[new]);
            run(&home, &sources[new]);
            assert_eq!(PERIODS.map(|name| period(&lake, name)), expected[new], "after kill {kill}");
            assert_eq!(files(&lake), whole_lakes[new], "after kill {kill}, something is left");
        }
    }
    eprintln!("of {kills} killed imports {} had replaced no period, {} one, {} both", ended[0], ended[1], ended[2]);
}
