//! `tenor propose` on a simulated organization: proposed, verified, changed, refused.

use crate::ran::tenor;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tempfile::TempDir;
use tenor_sandbox::{BillRequest, Format, write_bill, write_settings};
use tenor_state::{Claim, Lease};

/// A policy that keeps the futures short.
const POLICY: &str = "terms = [\"1yr\"]\n[utilization]\nat_least = \"70%\"\nprobability = \"75%\"\n";

/// An organization's month, imported with its prices.
pub(crate) struct Organization(TempDir);

impl Organization {
    pub(crate) fn new(format: Format) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let bill = folder.path().join("bill");
        fs::create_dir(&bill).unwrap();
        let truth = write_bill(&BillRequest::small(format), &bill).unwrap();
        write_settings(&truth, folder.path()).unwrap();
        fs::write(folder.path().join("policy.toml"), POLICY).unwrap();
        let made = Self(folder);
        made.done("import HERE/bill");
        made.done("prices import HERE/prices.csv");
        made
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    pub(crate) fn run(&self, words: &str) -> crate::ran::Ran {
        let words = words.replace("HERE", self.0.path().to_str().unwrap());
        tenor(&self.file("home"), words.split(' '))
    }

    pub(crate) fn done(&self, words: &str) -> String {
        let ran = self.run(words);
        assert!(ran.0.status.success(), "{words}: {ran}");
        String::from_utf8(ran.0.stdout).unwrap()
    }

    pub(crate) fn told(&self, words: &str) -> String {
        self.run(words).to_string().replace(self.0.path().to_str().unwrap(), "HERE")
    }

    /// Proposes, and says where it is kept.
    fn propose(&self, more: &str) -> (Value, PathBuf) {
        let text = self.done(&format!("--format json propose --policy HERE/policy.toml --scenarios 4{more}"));
        let proposal: Value = serde_json::from_str(&text).unwrap();
        let kept = self.file("home/proposals").join(proposal["id"].as_str().unwrap());
        assert_eq!(fs::read_to_string(kept.join("proposal.json")).unwrap(), text);
        (proposal, kept)
    }
}

/// Changes one byte of a file.
fn spoil(path: &Path, at: usize) {
    let mut bytes = fs::read(path).unwrap();
    bytes[at] ^= 1;
    fs::write(path, bytes).unwrap();
}

#[test]
fn a_proposal_is_verified_to_the_last_byte_and_no_byte_of_it_may_change() {
    let organization = Organization::new(Format::Cur2Parquet);
    let (proposal, kept) = organization.propose("");
    let steps = proposal["steps"].as_array().unwrap();
    assert!(!steps.is_empty(), "{proposal}");
    assert!(proposal["summary"]["savings"]["expected"].as_str().unwrap().parse::<f64>().unwrap() > 0.0);
    assert_eq!(organization.propose(" --threads 1").0, proposal, "the same on one thread");
    let place = kept.display().to_string();
    organization.done(&format!("propose --verify {place} --threads 2"));
    let explained = organization.done(&format!("propose --explain {place}"));
    assert!(explained.contains(steps[0]["what"].as_str().unwrap()), "{explained}");
    let (document, inputs) = (kept.join("proposal.json"), kept.join("inputs.json.gz"));
    let (text, packed) = (fs::read(&document).unwrap(), fs::read(&inputs).unwrap());
    spoil(&inputs, packed.len() / 2);
    let told = organization.told(&format!("propose --verify {place}"));
    assert!(told.contains("are not those it was computed from") && told.contains("[exit 1]"), "{told}");
    fs::write(&inputs, packed).unwrap();
    // A digit of an amount.
    let digit = text.windows(11).position(|window| window == b"\"expected\":").unwrap() + 13;
    spoil(&document, digit);
    let told = organization.told(&format!("propose --verify {place}"));
    assert!(told.contains("its id is not the hash of what it says") && told.contains("[exit 1]"), "{told}");
    assert_eq!(organization.told(&format!("propose --explain {place}")), told, "nor is it explained");
    // Whoever changes it and names it anew has not computed it.
    let (id, spoilt) = (proposal["id"].as_str().unwrap(), fs::read_to_string(&document).unwrap());
    let renamed = blake3::hash(spoilt.replacen(id, "", 1).as_bytes()).to_hex().to_string();
    fs::write(&document, spoilt.replacen(id, &renamed, 1)).unwrap();
    let told = organization.told(&format!("propose --verify {place}"));
    assert!(told.contains("is not what its inputs come to; they differ from line") && told.contains("[exit 1]"), "{told}");
}

#[test]
fn a_proposal_that_cannot_be_recorded_is_kept_all_the_same() {
    let organization = Organization::new(Format::LegacyCsv);
    let command = "propose --policy HERE/policy.toml --scenarios 2 --keep";
    let claim = Claim::of_this_process("a long order", Duration::ZERO);
    let held = Lease::take(&organization.file("home"), &claim, jiff::Timestamp::now()).unwrap();
    let told = organization.told(command);
    assert!(told.contains("error: kept as `HERE/home/proposals/") && told.contains("/proposal.json`, not recorded"), "{told}");
    assert!(told.contains("a long order") && told.contains("[exit 1]"), "{told}");
    let rows: Value = serde_json::from_str(&organization.done("--format json propose list")).unwrap();
    assert_eq!((rows.as_array().unwrap().len(), &rows[0]["made"], &rows[0]["standing"]), (1, &Value::Null, &"not recorded".into()));
    drop(held);
    organization.done(command);
    let rows: Value = serde_json::from_str(&organization.done("--format json propose list")).unwrap();
    assert_eq!((rows.as_array().unwrap().len(), &rows[0]["standing"]), (1, &"newest".into()));
    assert!(rows[0]["made"].is_string());
}

#[test]
fn what_is_named_by_an_id_is_the_proposal_of_that_id() {
    let organization = Organization::new(Format::LegacyCsv);
    let (proposal, kept) = organization.propose(" --keep");
    let id = proposal["id"].as_str().unwrap();
    let (digits, named) = (&id[..8], |name: &str| organization.told(&format!("propose show {name}")));
    let folder = |name: &str| organization.file("home/proposals").join(name);
    let copied = |name: &str| {
        fs::create_dir(folder(name)).unwrap();
        fs::copy(kept.join("proposal.json"), folder(name).join("proposal.json")).unwrap();
    };
    // Another folder that holds it is not the proposal that it is called.
    let other = if id.starts_with('0') { "1".repeat(64) } else { "0".repeat(64) };
    copied(&other);
    let told = named(&other);
    assert!(told.contains(&format!("is another proposal: {id}")) && told.contains("[exit 1]"), "{told}");
    let listed = organization.told("propose list");
    assert!(listed.contains("is another proposal") && listed.contains(digits) && !listed.contains("newest"), "{listed}");
    fs::remove_dir_all(folder(&other)).unwrap();
    assert!(organization.done("propose list").contains("newest"));
    // Two that begin alike are told apart by more digits.
    let last = if id.ends_with('0') { "1" } else { "0" };
    let alike = format!("{}{last}", &id[..63]);
    copied(&alike);
    let told = named(digits);
    assert!(told.contains(&format!("several proposals begin with `{digits}`: name more digits")) && told.contains("[exit 1]"), "{told}");
    assert!(named(id).contains("[exit 0]"), "{}", named(id));
    fs::remove_dir_all(folder(&alike)).unwrap();
    // A file is told from an id by its path.
    let place = kept.join("proposal.json").display().to_string();
    assert_eq!(organization.done(&format!("propose show {place}")), organization.done(&format!("propose show {digits}")));
}

#[test]
fn what_no_one_can_decide_is_refused_in_words() {
    let organization = Organization::new(Format::LegacyCsv);
    let with = |policy: &str| {
        fs::write(organization.file("bad.toml"), policy).unwrap();
        organization.told("propose --policy HERE/bad.toml")
    };
    insta::assert_snapshot!(with("kinds = [\"spot\"]"), @r#"
    [stderr]
    error: `HERE/bad.toml` is not a policy
      because: TOML parse error at line 1, column 10   | 1 | kinds = ["spot"]   |          ^^^^^^ unknown variant `spot`, expected one of `standard-reservation`, `convertible-reservation`, `ec2-instance-plan`, `compute-plan`, `sagemaker-plan`, `database-plan`
    hint: docs/spec/policy.md shows every key and its default
    [exit 1]
    "#);
    insta::assert_snapshot!(with("[limits]\nhourly = \"much\""), @r#"
    [stderr]
    error: `HERE/bad.toml` is not a policy
      because: TOML parse error at line 2, column 10   | 2 | hourly = "much"   |          ^^^^^^ not a decimal number
    hint: docs/spec/policy.md shows every key and its default
    [exit 1]
    "#);
    insta::assert_snapshot!(with("[limits]\nhourley = \"1\""), @r#"
    [stderr]
    error: `HERE/bad.toml` is not a policy
      because: TOML parse error at line 2, column 1   | 2 | hourley = "1"   | ^^^^^^^ unknown field `hourley`, expected one of `hourly`, `upfront`, `obligation`, `step`, `ending_in_a_month`
    hint: docs/spec/policy.md shows every key and its default
    [exit 1]
    "#);
    insta::assert_snapshot!(with("[utilization]\nat_least = \"120%\""), @r#"
    [stderr]
    error: `HERE/bad.toml` is not a policy
      because: TOML parse error at line 2, column 12   | 2 | at_least = "120%"   |            ^^^^^^ `120%` is not a share: write it as `80%`, from 0% to 100%, with at most 4 decimals
    hint: docs/spec/policy.md shows every key and its default
    [exit 1]
    "#);
    insta::assert_snapshot!(with("terms = []"), @"
    [stderr]
    error: `HERE/bad.toml` is not a policy
      because: line 1, column 9: terms: an empty list allows nothing; leave the key out to allow all
    hint: docs/spec/policy.md shows every key and its default
    [exit 1]
    ");
    let places = [
        ("[risk]\ntail = \"0%\"", "line 2, column 8: risk.tail: "),
        ("[purchase]\nslice = \"0\"", "line 2, column 9: purchase.slice: "),
        ("services = [\n  \"EC2\"]", "line 1, column 12: services: names what reservations are not proposed of"),
        ("buyers = [\"123412341234\"]", "line 1, column 10: buyers: the account `123412341234` neither uses nor holds anything"),
    ];
    for (policy, told) in places {
        let refused = with(policy);
        assert!(refused.contains(told) && refused.contains("[exit 1]"), "{refused}");
    }
    insta::assert_snapshot!(organization.told("propose --as-of 2025-01-04"), @"
    [stderr]
    error: there are 72 known hours of usage before the decision, and a forecast takes at least 336
    hint: import the bills of earlier months; two weeks are the least, a year is good
    [exit 1]
    ");
    insta::assert_snapshot!(organization.told("propose --as-of 2025-03-01"), @"
    [stderr]
    error: usage is known completely from 2025-01-01T00:00Z until 2025-02-01T00:00Z, so nothing can be decided as of 2025-03-01T00:00Z
    hint: name a moment in that time
    [exit 1]
    ");
    insta::assert_snapshot!(organization.told("propose --as-of soon"), @"
    [stderr]
    error: `soon` is no moment
    hint: write it in UTC: 2025-04-01, 2025-04-01T12Z
    [exit 2]
    ");
    insta::assert_snapshot!(organization.told("propose --payer 999"), @"
    [stderr]
    error: the lake holds no bill of payer 999
    hint: bring one in with `tenor import SOURCE`; `tenor doctor` lists what is held
    [exit 1]
    ");
    insta::assert_snapshot!(organization.told("propose --prices abc"), @"
    [stderr]
    error: no version of prices begins with `abc`
    hint: tenor prices show lists them
    [exit 1]
    ");
    insta::assert_snapshot!(organization.told("propose --verify HERE/policy.toml"), @"
    [stderr]
    error: `HERE/policy.toml` is no proposal: expected ident at line 1 column 2
    hint: name the proposal.json that `tenor propose` kept
    [exit 1]
    ");
    insta::assert_snapshot!(organization.told("propose --verify HERE/nothing.json"), @"
    [stderr]
    error: cannot read `HERE/nothing.json`
      because: No such file or directory (os error 2)
    [exit 1]
    ");
    fs::write(organization.file("overlay.toml"), "[[change]]\nof = { family = \"z9\" }\nfrom = \"2025-03-01\"\neffect = \"ends\"\n")
        .unwrap();
    insta::assert_snapshot!(organization.told("propose --overlay HERE/overlay.toml"), @"
    [stderr]
    error: `HERE/overlay.toml` does not say which changes are known
      because: line 2, column 17: no series has family = `z9`; there are ``, `c5`, `c6i`, `cache.r7g`, `db.r5`, `db.r6g`, `db.r7g`, `g4dn`, `m5`, `m6g` and 10 more
    hint: docs/spec/overlay.md shows the format
    [exit 1]
    ");
}

#[test]
fn a_sku_without_a_price_is_named_and_an_open_month_is_not_read_to_its_end() {
    let organization = Organization::new(Format::LegacyCsv);
    let list = fs::read_to_string(organization.file("prices.csv")).unwrap();
    let fewer: Vec<&str> = list.lines().filter(|line| !line.contains("BoxUsage:m5.xlarge")).collect();
    fs::write(organization.file("fewer.csv"), fewer.join("\n") + "\n").unwrap();
    organization.done("prices import HERE/fewer.csv --date 2025-04-05");
    let promise = "[[spend]]\namount = \"1000000\"\nfrom = \"2025-01-01\"\nuntil = \"2026-01-01\"\n";
    fs::write(organization.file("private.toml"), promise).unwrap();
    let (proposal, _) = organization.propose(" --as-of 2025-01-20 --private HERE/private.toml");
    assert!(proposal["prices"]["basis"].as_str().unwrap().starts_with("net of private pricing"), "{proposal}");
    let limits: Vec<&str> = proposal["limitations"].as_array().unwrap().iter().filter_map(Value::as_str).collect();
    let told: Vec<&&str> = limits
        .iter()
        .filter(|limit| ["days of usage", "m5.xlarge", "promised", "net costs", "younger"].iter().any(|told| limit.contains(told)))
        .collect();
    insta::assert_snapshot!(format!("{told:#?}"), @r#"
    [
        "19 days of usage are known; with fewer than 60 the forecast cannot tell a trend from a month's chance",
        "BoxUsage:m5.xlarge RunInstances (AmazonEC2 us-east-1) has no on-demand price in the list prices 6b472c352fd8 of 2025-04-05 with private pricing 5f2d65a59890 on 2025-01-20; the public rate that its bill says is taken",
        "no bill says net costs, so the private pricing is not checked against any",
        "the list prices 6b472c352fd8 of 2025-04-05 with private pricing 5f2d65a59890 on 2025-01-20 are younger than 2025-01-20: a decision of that day could not know them",
        "of the 1000000 promised until 2026-01-01T00:00Z, 834030.2665 would not be spent with these steps; what falls short is owed all the same",
    ]
    "#);
}

#[test]
fn bills_and_prices_of_different_currencies_are_not_added_up() {
    let organization = Organization::new(Format::Cur2Parquet);
    let list = fs::read_to_string(organization.file("prices.csv")).unwrap();
    let list: Vec<&str> = list.lines().filter(|line| !line.starts_with("# currency")).collect();
    fs::write(organization.file("euro.csv"), format!("# currency EUR\n{}\n", list.join("\n"))).unwrap();
    organization.done("prices import HERE/euro.csv --date 2025-04-05");
    insta::assert_snapshot!(organization.told("propose --policy HERE/policy.toml"), @"
    [stderr]
    error: the bill is in USD, and the list prices 793c98f8b0a3 of 2025-04-05 are in EUR
    hint: import prices in USD, or name a version of them with --prices; tenor prices show lists them
    [exit 1]
    ");
}

#[test]
fn arguments_that_say_nothing_are_bad_usage() {
    let organization = Organization::new(Format::LegacyCsv);
    for idle in ["--policy HERE/policy.toml", "--months 3", "--seed 2", "--threads 1"] {
        let told = organization.told(&format!("propose --explain HERE/kept {idle}"));
        let name = idle.split(' ').next().unwrap();
        assert!(told.contains(&format!("error: {name} says nothing beside a proposal kept")) && told.contains("[exit 2]"), "{told}");
    }
    let table = "backtest --demand HERE/d.csv --offers HERE/o.toml --series type --value units --time hour --payer 1";
    let lake = "backtest --demand lake --offers HERE/o.toml --series type --time hour";
    fs::write(organization.file("o.toml"), "on_demand = \"2\"\n").unwrap();
    for words in [table, lake] {
        let told = organization.told(words);
        assert!(told.contains("[exit 2]") && told.contains("hint: leave it out"), "{told}");
    }
}

/// What AWS might recommend: a plan whose account is the payer, and databases that nobody uses.
const RECOMMENDED: &str = r#"[{"SavingsPlansPurchaseRecommendation": {"AccountScope": "PAYER", "SavingsPlansType": "COMPUTE_SP",
"TermInYears": "ONE_YEAR", "PaymentOption": "NO_UPFRONT", "LookbackPeriodInDays": "SIXTY_DAYS",
"SavingsPlansPurchaseRecommendationDetails": [{"SavingsPlansDetails": {"OfferingId": "1"}, "CurrencyCode": "USD",
"HourlyCommitmentToPurchase": "0.5", "UpfrontCost": "0", "EstimatedMonthlySavingsAmount": "100"}]}},
{"Recommendations": [{"AccountScope": "PAYER", "TermInYears": "ONE_YEAR", "PaymentOption": "NO_UPFRONT", "RecommendationDetails": [
{"InstanceDetails": {"RDSInstanceDetails": {"InstanceType": "db.x9.large", "Region": "us-east-1", "DatabaseEngine": "MySQL",
"DeploymentOption": "Single-AZ"}}, "RecommendedNumberOfInstancesToPurchase": "1"}]}]}]"#;

#[test]
fn a_comparison_tells_its_rows_what_could_not_be_matched_and_whose_prices_they_have() {
    let organization = Organization::new(Format::Cur2Parquet);
    fs::write(organization.file("aws.json"), RECOMMENDED).unwrap();
    let ran = organization.run("--format json propose --policy HERE/policy.toml --scenarios 4 --compare HERE/aws.json");
    assert!(ran.0.status.success(), "{ran}");
    let rows: Value = serde_json::from_slice(&ran.0.stdout).unwrap();
    let names: Vec<&str> = rows.as_array().unwrap().iter().map(|row| row["candidate"].as_str().unwrap()).collect();
    assert_eq!(names, ["nothing", "the proposal", "AWS: Compute Savings Plans, 1yr No Upfront, from 60 days"]);
    assert_eq!(rows[2]["aws_monthly_savings"], "100");
    let told = String::from_utf8(ran.0.stderr).unwrap();
    for said in [
        "note: some of the prices are simulated",
        "prices of all rows: version ",
        "in USD (list)",
        "left out: 1 × db.x9.large MySQL Single-AZ us-east-1 of RDS reservations, 1yr No Upfront",
    ] {
        assert!(told.contains(said), "{said}: {told}");
    }
}

#[test]
fn an_empty_lake_and_one_without_prices_say_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let told =
        |words: &str| tenor(&folder.path().join("home"), words.split(' ')).to_string().replace(folder.path().to_str().unwrap(), "HERE");
    insta::assert_snapshot!(told("propose"), @"
    [stderr]
    error: there are no prices yet
    hint: import some: tenor prices import FILE...
    [exit 1]
    ");
    fs::write(folder.path().join("prices.csv"), "offering,term,payment_option,family,region,service,usage_type,operation,rate\nOnDemand,,,,us-east-1,AmazonEC2,BoxUsage:m5.large,RunInstances,0.096\n").unwrap();
    told(&format!("prices import {} --date 2025-04-04", folder.path().join("prices.csv").display()));
    insta::assert_snapshot!(told("propose"), @"
    [stderr]
    error: the lake holds no bill
    hint: bring one in with `tenor import SOURCE`; `tenor doctor` lists what is held
    [exit 1]
    ");
}
