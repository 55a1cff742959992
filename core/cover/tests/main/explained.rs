//! Explanations as people read them.

use crate::world::explain;

#[test]
fn an_explanation_says_what_covered_what_and_why_the_rest_is_on_demand() {
    let text = "
        sku m5.xlarge 0.20 family m5 8 csp 0.14 ec2 0.12
        sku g5.xlarge 1.006 csp 1.10
        sku bucket 0.023
        ri zonal b 1 exact m5.xlarge zone z1
        ri regional a 1 family m5 of 4
        ri kept c 9 family m5 of 4
        plan ec2 a ec2 0.06
        plan csp b csp 0.14
        off c
        use a m5.xlarge 5 zone z1
        use a g5.xlarge 1
        use a bucket 100
        use b m5.xlarge 1
    ";
    insta::assert_snapshot!(explain(text, "a"), @"
    Account a, hour 1970-01-01T00:00Z:
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
fn an_account_that_used_nothing_is_said_so() {
    insta::assert_snapshot!(explain("sku bucket 1\n use a bucket 1", "b"), @"
    Account b, hour 1970-01-01T00:00Z:
    Nothing was used.
    ");
}
