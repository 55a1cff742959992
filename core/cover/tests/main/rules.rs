//! Rules that no published example shows, each by an example of its own (`docs/spec/rounding.md`, sections 2 to 5).

use crate::case::text::read;
use crate::report::report;

#[test]
fn rule_1_2_a_plan_splits_hours_to_8_decimals_and_other_units_to_6() {
    let text = "
        sku hours rate=3
        sku requests rate=3 unit=other
        rates sp hours=3 requests=3
        usage a/i1 sku=hours used=1
        usage b/i1 sku=requests used=1
        plan sp1 owner=a rates=sp recurring=1
        plan sp2 owner=b rates=sp recurring=1
    ";
    insta::assert_snapshot!(report(&read(text)), @"
    sp1 covers 0.33333333 hours of a/i1, using 1
    sp2 covers 0.333333 requests of b/i1, using 1
    on demand 0.66666667 hours of a/i1, costing 2.00000001
    on demand 0.666667 requests of b/i1, costing 2.000001
    on demand in all 4.00000101
    ");
}

#[test]
fn rule_2_2_the_first_clock_hour_counts_whole_while_its_fee_counts_from_the_second() {
    let text = "
        sku c4.large rate=0.1 exact=c4.large
        usage a/i1 sku=c4.large used=1,1
        reservation ri owner=a exact=c4.large hourly=0.036 upfront=8760 start=2700
    ";
    insta::assert_snapshot!(report(&read(text)), @"
    2026-01-01T00:00Z
    ri covers 1 c4.large of a/i1, recurring 0.009, amortized 0.25
    on demand in all 0
    2026-01-01T01:00Z
    ri covers 1 c4.large of a/i1, recurring 0.036, amortized 1
    on demand in all 0
    ");
}

#[test]
fn rule_2_3_a_reservation_splits_an_instance_to_6_decimals_and_leaves_the_rest_of_it_unused() {
    let text = "
        sku large rate=0.1 exact=large families=m5 factor=3
        sku large-idle rate=0.1 exact=large families=m5 factor=0.25 capacity=unused decimals=8
        usage a/i1 sku=large used=1
        usage a/i2 sku=large-idle used=0.00000001
        reservation ri owner=a family=m5 factor=1 hourly=0.05
    ";
    insta::assert_snapshot!(report(&read(text)), @"
    ri covers 0.333333 large of a/i1, recurring 0.04999995, amortized 0
    on demand 0.666667 large of a/i1, costing 0.0666667
    on demand 0.00000001 large-idle of a/i2, costing 0.000000001
    ri unused 0.000001 units, recurring 0.00000005, amortized 0
    on demand in all 0.066666701
    ");
}

#[test]
fn rule_3_1_a_restricted_group_leaves_nothing_to_others_and_a_shared_commitment_has_a_group_of_its_own() {
    let text = "
        sharing restricted off=e
        group red accounts=a,b,e
        shared ri2 mode=prioritized accounts=c
        sku large rate=0.1 decimals=0 exact=large
        usage b/i1 sku=large used=1
        usage c/i1 sku=large used=3
        usage d/i1 sku=large used=1
        usage e/i1 sku=large used=1
        reservation ri1 owner=a exact=large count=2
        reservation ri2 owner=a exact=large count=4
    ";
    insta::assert_snapshot!(report(&read(text)), @"
    ri1 covers 1 large of b/i1, recurring 0, amortized 0
    ri2 covers 3 large of c/i1, recurring 0, amortized 0
    ri2 covers 1 large of d/i1, recurring 0, amortized 0
    on demand 1 large of e/i1, costing 0.1
    ri1 unused 1 units, recurring 0, amortized 0
    on demand in all 0.1
    ");
}

#[test]
fn rule_3_2_instances_go_before_unused_capacity_and_a_zonal_reservation_never_takes_that() {
    let text = "
        sku large rate=0.1 decimals=0 exact=large factor=4
        sku large-idle rate=0.1 decimals=0 exact=large factor=4 capacity=unused
        usage a/cr sku=large-idle zone=z1 used=2
        usage b/i1 sku=large zone=z1 used=1
        usage a/i2 sku=large zone=z2 used=1
        reservation regional owner=a exact=large count=2
        reservation zonal owner=a exact=large zone=z1 count=3
    ";
    insta::assert_snapshot!(report(&read(text)), @"
    zonal covers 1 large of b/i1 in z1, recurring 0, amortized 0
    regional covers 1 large of a/i2 in z2, recurring 0, amortized 0
    regional covers 1 large-idle of a/cr in z1, recurring 0, amortized 0
    on demand 1 large-idle of a/cr in z1, costing 0.1
    zonal unused 2 units, recurring 0, amortized 0
    on demand in all 0.1
    ");
}

#[test]
fn rule_3_3_a_rate_above_on_demand_is_passed_over_and_one_equal_to_it_goes_last() {
    let text = "
        sku dear rate=1 decimals=0
        sku even rate=1 decimals=0
        sku cheap rate=1 decimals=0
        sku free rate=0 decimals=0
        rates sp dear=1.1 even=1 cheap=0.9 free=0
        usage a/i1 sku=dear used=1
        usage a/i2 sku=even used=1
        usage a/i3 sku=cheap used=1
        usage a/i4 sku=free used=1
        plan sp owner=a rates=sp recurring=3
    ";
    insta::assert_snapshot!(report(&read(text)), @"
    sp covers 1 cheap of a/i3, using 0.9
    sp covers 1 free of a/i4, using 0
    sp covers 1 even of a/i2, using 1
    on demand 1 dear of a/i1, costing 1
    sp unused 1.1 of 3
    on demand in all 1
    ");
}

#[test]
fn rule_3_4_plans_come_by_saving_then_rate_then_end_then_arn() {
    let text = "
        sku m5 rate=1
        rates deep m5=0.5
        rates flat m5=0.6
        usage a/i1 sku=m5 used=1
        plan late owner=a rates=deep recurring=0.1 term=10800
        plan b-soon owner=a rates=deep recurring=0.1 term=3600
        plan a-soon owner=a rates=deep recurring=0.1 term=3600
        plan later owner=a rates=deep recurring=0.1 term=7200
        plan flat owner=a rates=flat recurring=0.1 term=3600
    ";
    insta::assert_snapshot!(report(&read(text)), @"
    a-soon covers 0.2 m5 of a/i1, using 0.1
    b-soon covers 0.2 m5 of a/i1, using 0.1
    later covers 0.2 m5 of a/i1, using 0.1
    late covers 0.2 m5 of a/i1, using 0.1
    flat covers 0.16666667 m5 of a/i1, using 0.1
    on demand 0.03333333 m5 of a/i1, costing 0.03333333
    on demand in all 0.03333333
    ");
}

#[test]
fn rule_3_5_the_account_that_saves_most_is_helped_before_the_one_that_saves_at_the_highest_percentage() {
    let text = "
        sku deep rate=1
        sku wide rate=10
        rates sp deep=0.5 wide=9
        usage a/i1 sku=deep used=1
        usage b/i1 sku=wide used=1
        usage c/i1 sku=deep used=1
        plan sp owner=p rates=sp recurring=9.25
    ";
    insta::assert_snapshot!(report(&read(text)), @"
    sp covers 1 wide of b/i1, using 9
    sp covers 0.5 deep of a/i1, using 0.25
    on demand 0.5 deep of a/i1, costing 0.5
    on demand 1 deep of c/i1, costing 1
    on demand in all 1.5
    ");
}

/// A small plan that saves much in one account brings that account's turn forward, and another plan is spent there at a loss of savings.
#[test]
fn rule_3_5_a_plan_more_may_raise_what_is_left_on_demand() {
    let text = "
        sku m5 rate=0.4
        sku r6 rate=0.04
        rates wide m5=0.4 r6=0.004
        rates deep m5=0.2
        usage b/i1 sku=r6 used=1
        usage c/i1 sku=m5 used=1
        plan first owner=p rates=wide recurring=0.004
    ";
    insta::assert_snapshot!(report(&read(text)), @"
    first covers 1 r6 of b/i1, using 0.004
    on demand 1 m5 of c/i1, costing 0.4
    on demand in all 0.4
    ");
    let one_more = format!("{text}plan second owner=p rates=deep recurring=0.001");
    insta::assert_snapshot!(report(&read(&one_more)), @"
    second covers 0.005 m5 of c/i1, using 0.001
    first covers 0.01 m5 of c/i1, using 0.004
    on demand 1 r6 of b/i1, costing 0.04
    on demand 0.985 m5 of c/i1, costing 0.394
    on demand in all 0.434
    ");
}

#[test]
fn rule_4_4_the_rows_of_an_hour_carry_its_fee_without_remainder() {
    let text = "
        sku third rate=1 exact=x
        usage a/i1 sku=third used=1
        usage a/i2 sku=third used=1
        usage a/i3 sku=third used=1
        reservation ri owner=a exact=x count=3 hourly=0.33333333 upfront=1
    ";
    insta::assert_snapshot!(report(&read(text)), @"
    ri covers 1 third of a/i1, recurring 0.33333333, amortized 0.00003805
    ri covers 1 third of a/i2, recurring 0.33333333, amortized 0.00003806
    ri covers 1 third of a/i3, recurring 0.33333333, amortized 0.00003805
    on demand in all 0
    ");
}

#[test]
fn rule_4_9_a_retired_reservation_covers_and_costs_until_then() {
    let text = "
        sku large rate=0.1 decimals=0 exact=large
        usage a/i1 sku=large used=1,1
        reservation ri owner=a exact=large hourly=0.036 upfront=8760 start=-3600 retired=4500
    ";
    insta::assert_snapshot!(report(&read(text)), @"
    2026-01-01T00:00Z
    ri covers 1 large of a/i1, recurring 0.036, amortized 1
    on demand in all 0
    2026-01-01T01:00Z
    on demand 1 large of a/i1, costing 0.1
    on demand in all 0.1
    ");
}

#[test]
fn rule_5_2_what_rounds_to_nothing_leaves_the_commitment_to_others() {
    let text = "
        sku dear rate=10 decimals=0 unit=other
        sku cheap rate=0.01 decimals=0
        rates sp dear=5 cheap=0.009
        usage a/i1 sku=dear used=1
        usage a/i2 sku=cheap used=1
        plan sp owner=a rates=sp recurring=0.000001
    ";
    insta::assert_snapshot!(report(&read(text)), @"
    sp covers 0.00011111 cheap of a/i2, using 0.000001
    on demand 1 dear of a/i1, costing 10
    on demand 0.99988889 cheap of a/i2, costing 0.0099988889
    on demand in all 10.0099988889
    ");
}

#[test]
fn rule_5_2_a_rate_of_nothing_is_covered_while_commitment_is_left() {
    let text = "
        sku gift rate=1 decimals=0
        sku paid rate=1 decimals=0
        rates sp gift=0 paid=0.5
        usage a/i1 sku=gift used=5
        usage b/i1 sku=gift used=5
        usage a/i2 sku=paid used=1
        plan sp owner=a rates=sp recurring=0.5
    ";
    insta::assert_snapshot!(report(&read(text)), @"
    sp covers 5 gift of a/i1, using 0
    sp covers 1 paid of a/i2, using 0.5
    on demand 5 gift of b/i1, costing 5
    on demand in all 5
    ");
}

#[test]
fn rule_2_1_a_multi_az_cluster_takes_three_times_its_class() {
    let text = "
        sku db2 rate=0.5 exact=db2 families=db2 factor=4
        sku db2-cluster rate=1.5 exact=db2 families=db2 factor=12
        usage a/i1 sku=db2-cluster used=1
        usage a/i2 sku=db2 used=1
        reservation ri owner=a family=db2 factor=4 count=3 hourly=0.3
    ";
    insta::assert_snapshot!(report(&read(text)), @"
    ri covers 1 db2 of a/i2, recurring 0.3, amortized 0
    ri covers 0.666666 db2-cluster of a/i1, recurring 0.5999994, amortized 0
    on demand 0.333334 db2-cluster of a/i1, costing 0.500001
    ri unused 0.000008 units, recurring 0.0000006, amortized 0
    on demand in all 0.500001
    ");
}

const TWO_RESERVATIONS: &str = "
    sku large rate=0.1 decimals=0 exact=large
    usage a/i1 sku=large used=1
    reservation a-late owner=a exact=large hourly=0.01
    reservation b-soon owner=a exact=large hourly=0.02 term=7200
";

#[test]
fn rule_3_2_the_reservation_that_ends_first_comes_first() {
    insta::assert_snapshot!(report(&read(TWO_RESERVATIONS)), @"
    b-soon covers 1 large of a/i1, recurring 0.02, amortized 0
    a-late unused 1 units, recurring 0.01, amortized 0
    on demand in all 0
    ");
}

#[test]
fn rule_3_2_by_a_setting_reservations_come_by_arn_alone() {
    insta::assert_snapshot!(report(&read(&format!("settings by-arn reservations=arn {TWO_RESERVATIONS}"))), @"
    a-late covers 1 large of a/i1, recurring 0.01, amortized 0
    b-soon unused 1 units, recurring 0.02, amortized 0
    on demand in all 0
    ");
}

#[test]
fn rule_3_2_ties_go_by_the_name_of_the_sku_whatever_its_place() {
    let text = "
        sku zeta rate=0.1 decimals=0 exact=x
        sku alpha rate=0.1 decimals=0 exact=x
        rates sp zeta=0.05 alpha=0.05
        usage a/i1 sku=zeta used=1
        usage a/i1 sku=alpha used=1
        usage b/i1 sku=zeta used=1
        usage b/i1 sku=alpha used=1
        reservation ri owner=a exact=x
        plan sp owner=b rates=sp recurring=0.05
    ";
    insta::assert_snapshot!(report(&read(text)), @"
    ri covers 1 alpha of a/i1, recurring 0, amortized 0
    sp covers 1 alpha of b/i1, using 0.05
    on demand 1 zeta of a/i1, costing 0.1
    on demand 1 zeta of b/i1, costing 0.1
    on demand in all 0.2
    ");
}

#[test]
fn rule_3_1_a_prioritized_group_comes_before_the_rest_and_leaves_them_something() {
    let text = "
        sharing prioritized
        group red accounts=p,z
        sku large rate=0.1 decimals=0 exact=large
        usage a/i1 sku=large used=1
        usage b/i1 sku=large used=1
        usage z/i1 sku=large used=1
        reservation ri owner=p exact=large count=2
    ";
    insta::assert_snapshot!(report(&read(text)), @"
    ri covers 1 large of z/i1, recurring 0, amortized 0
    ri covers 1 large of a/i1, recurring 0, amortized 0
    on demand 1 large of b/i1, costing 0.1
    on demand in all 0.1
    ");
}

#[test]
fn rule_3_3_plans_go_to_their_group_before_the_rest_who_may_save_more() {
    let text = "
        sharing prioritized
        group red accounts=p,z
        sku large rate=1
        rates sp large=0.5
        usage a/i1 sku=large used=5
        usage z/i1 sku=large used=1
        plan sp owner=p rates=sp recurring=1
    ";
    insta::assert_snapshot!(report(&read(text)), @"
    sp covers 1 large of z/i1, using 0.5
    sp covers 1 large of a/i1, using 0.5
    on demand 4 large of a/i1, costing 4
    on demand in all 4
    ");
    insta::assert_snapshot!(report(&read(&text.replace("prioritized", "restricted"))), @"
    sp covers 1 large of z/i1, using 0.5
    on demand 5 large of a/i1, costing 5
    sp unused 0.5 of 1
    on demand in all 5
    ");
}

#[test]
fn rule_3_3_kinds_of_plans_have_their_order() {
    let text = "
        sku one rate=1
        rates all one=0.5
        usage a/i1 sku=one used=1
        plan a-database owner=a rates=all kind=Database recurring=0.1
        plan b-sagemaker owner=a rates=all kind=SageMaker recurring=0.1
        plan c-compute owner=a rates=all kind=Compute recurring=0.1
        plan d-ec2 owner=a rates=all kind=EC2Instance recurring=0.1
    ";
    insta::assert_snapshot!(report(&read(text)), @"
    d-ec2 covers 0.2 one of a/i1, using 0.1
    c-compute covers 0.2 one of a/i1, using 0.1
    b-sagemaker covers 0.2 one of a/i1, using 0.1
    a-database covers 0.2 one of a/i1, using 0.1
    on demand 0.2 one of a/i1, costing 0.2
    on demand in all 0.2
    ");
}

#[test]
fn rule_3_4_by_a_setting_plans_come_by_arn_alone() {
    let text = "
        settings by-arn plans=arn
        sku m5 rate=1
        rates sp m5=0.5
        usage a/i1 sku=m5 used=1
        plan a-late owner=a rates=sp recurring=0.5
        plan b-soon owner=a rates=sp recurring=0.5 term=7200
    ";
    insta::assert_snapshot!(report(&read(text)), @"
    a-late covers 1 m5 of a/i1, using 0.5
    b-soon unused 0.5 of 0.5
    on demand in all 0
    ");
}

const PART_OF_AN_HOUR: &str = "
    sku m5 rate=1
    rates sp m5=0.5
    usage a/i1 sku=m5 used=1,1
    plan sp owner=a rates=sp recurring=0.25 upfront=2190 start=1800
";

#[test]
fn rule_5_1_part_of_an_hour_counts_whole() {
    insta::assert_snapshot!(report(&read(PART_OF_AN_HOUR)), @"
    2026-01-01T00:00Z
    sp covers 0.75 m5 of a/i1, using 0.375
    on demand 0.25 m5 of a/i1, costing 0.25
    on demand in all 0.25
    2026-01-01T01:00Z
    sp covers 1 m5 of a/i1, using 0.5
    on demand in all 0
    ");
}

#[test]
fn rule_5_1_by_a_setting_part_of_an_hour_counts_for_nothing_but_its_upfront_fee() {
    insta::assert_snapshot!(report(&read(&format!("settings whole-hours partial-hours=nothing {PART_OF_AN_HOUR}"))), @"
    2026-01-01T00:00Z
    on demand 1 m5 of a/i1, costing 1
    sp unused 0.125 of 0.125
    on demand in all 1
    2026-01-01T01:00Z
    sp covers 1 m5 of a/i1, using 0.5
    on demand in all 0
    ");
}
