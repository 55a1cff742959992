//! Explanations as people read them.

use crate::case::text::read;
use crate::case::{Case, FIRST_HOUR};
use tenor_cover::{Organization, Simulator, UsageMatrix};

/// Explains an account's first hour.
fn explain(text: &str, account: &str) -> String {
    let Case { parts, hours, settings } = read(text);
    let organization = Organization::new(parts).unwrap();
    let usage = UsageMatrix::new(FIRST_HOUR, organization.parts().series.len(), hours.concat());
    Simulator::with_settings(&organization, settings).explain(&usage, FIRST_HOUR, &account.parse().unwrap()).to_string()
}

#[test]
fn an_explanation_says_what_covered_what_and_why_the_rest_is_on_demand() {
    let text = "
        sharing open off=c
        sku m5.xlarge rate=0.2 decimals=0 exact=m5.xlarge families=m5 factor=8
        sku g5.xlarge rate=1.006 decimals=0
        sku bucket rate=0.023 decimals=0
        rates csp m5.xlarge=0.14 g5.xlarge=1.1
        rates ec2 m5.xlarge=0.12
        usage a/r0 sku=m5.xlarge zone=z1 used=5
        usage a/r1 sku=g5.xlarge used=1
        usage a/r2 sku=bucket used=100
        usage b/r3 sku=m5.xlarge used=1
        reservation zonal owner=b exact=m5.xlarge zone=z1 hourly=0.1 upfront=100
        reservation regional owner=a family=m5 factor=4 hourly=0.1 upfront=100
        reservation kept owner=c family=m5 factor=4 count=9
        plan ec2 owner=a rates=ec2 kind=EC2Instance recurring=0.06
        plan csp owner=b rates=csp recurring=0.14
    ";
    insta::assert_snapshot!(explain(text, "a"), @"
    Account a, hour 2026-01-01T00:00Z:
    5 of m5.xlarge by r0, 0.2 each on demand.
      1 covered by the zonal reservation zonal, which b owns and had left for others, with 1 of its units; it costs 0.11141553 instead of 0.2.
      0.5 covered by the reservation regional, which a owns, with 4 of its units; it costs 0.11141553 instead of 0.1.
      0.5 covered by the EC2 Instance plan ec2, which a owns, at 0.12 each, a saving of 40.0 %; it costs 0.06 instead of 0.1.
      3 stayed on demand for 0.6: csp was used up, ec2 was used up, kept is not shared with the account, regional was used up, zonal was used up.
    1 of g5.xlarge by r1, 1.006 each on demand.
      1 stayed on demand for 1.006: csp charges more than the on-demand rate.
    100 of bucket by r2, 0.023 each on demand.
      100 stayed on demand for 2.3: no commitment held in this hour matches it.
    ");
}

#[test]
fn too_little_that_is_left_is_not_called_used_up() {
    let text = "
        sku dear rate=10 decimals=0 unit=other
        sku large rate=0.1 decimals=8 exact=large families=m5 factor=4
        rates sp dear=5
        usage a/i1 sku=dear used=1
        usage a/i2 sku=large used=0.9999999
        usage a/i3 sku=large used=1
        reservation ri owner=a family=m5 factor=4
        plan sp owner=a rates=sp recurring=0.000001
    ";
    insta::assert_snapshot!(explain(text, "a"), @"
    Account a, hour 2026-01-01T00:00Z:
    1 of dear by i1, 10 each on demand.
      1 stayed on demand for 10: sp had too little left to cover any of it.
    0.9999999 of large by i2, 0.1 each on demand.
      0.9999999 covered by the reservation ri, which a owns, with 3.9999996 of its units; it costs 0 instead of 0.09999999.
    1 of large by i3, 0.1 each on demand.
      1 stayed on demand for 0.1: ri had too little left to cover any of it.
    ");
}

#[test]
fn what_is_held_in_part_and_covers_nothing_is_said_to() {
    let text = "
        settings whole-hours partial-hours=nothing
        sku large rate=0.1 exact=large
        rates sp large=0.05
        usage a/i1 sku=large used=1
        reservation ri owner=a exact=large start=-3600 retired=1800
        reservation none owner=a exact=large start=1800 retired=1800
        plan sp owner=a rates=sp recurring=1 start=1800
    ";
    insta::assert_snapshot!(explain(text, "a"), @"
    Account a, hour 2026-01-01T00:00Z:
    1 of large by i1, 0.1 each on demand.
      1 stayed on demand for 0.1: ri covers nothing in this hour, which it holds in part, sp covers nothing in this hour, which it holds in part.
    ");
    let whole = text.replace("partial-hours=nothing", "partial-hours=whole");
    insta::assert_snapshot!(explain(&whole, "a"), @"
    Account a, hour 2026-01-01T00:00Z:
    1 of large by i1, 0.1 each on demand.
      1 covered by the Compute plan sp, which a owns, at 0.05 each, a saving of 50.0 %; it costs 0.05 instead of 0.1.
    ");
}

#[test]
fn an_account_that_used_nothing_is_said_so() {
    insta::assert_snapshot!(explain("sku bucket rate=1\n usage a/i1 sku=bucket used=1", "b"), @"
    Account b, hour 2026-01-01T00:00Z:
    Nothing was used.
    ");
}
