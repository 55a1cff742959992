//! The worked cases that AWS publishes, to the digit (`aws-rules` §1.4 and §2.3).

use crate::world::tell;

/// Rates and usage of the Savings Plans guide's scenarios.
const GUIDE: &str = "
    sku r5.4xlarge 1.00 family r5 32 csp 0.70 ec2 0.60
    sku fargate-vcpu 0.04 csp 0.03
    sku fargate-gb 0.004 csp 0.003
    sku m5.24xlarge-windows 10 csp 8.20
    sku lambda-gb-second 0.000015 per other csp 0.00001275
    sku lambda-request 0.0000002 per other csp 0.0000002
    use a r5.4xlarge 4
    use a fargate-vcpu 400
    use a fargate-gb 1600
    use a m5.24xlarge-windows 1
    use a lambda-gb-second 1500000
    use a lambda-request 1000000
";

/// The lines that begin with one of some words.
fn lines(text: &str, beginnings: &[&str]) -> String {
    let told = tell(text);
    let wanted = |line: &&str| beginnings.iter().any(|beginning| line.starts_with(beginning));
    told.lines().filter(wanted).collect::<Vec<_>>().join("\n")
}

#[test]
fn s1_a_plan_that_is_large_enough_covers_all() {
    insta::assert_snapshot!(tell(&format!("{GUIDE} plan csp a csp 50")), @"
    csp covers 4 of a r5.4xlarge (Own): for 2.8
    csp covers 400 of a fargate-vcpu (Own): for 12
    csp covers 1600 of a fargate-gb (Own): for 4.8
    csp covers 1 of a m5.24xlarge-windows (Own): for 8.2
    csp covers 1500000 of a lambda-gb-second (Own): for 19.125
    csp covers 1000000 of a lambda-request (Own): for 0.2
    csp used 47.125 of 50
    on demand 0, covered at list 59.1
    ");
}

#[test]
fn s2_a_small_plan_covers_the_highest_saving_first() {
    insta::assert_snapshot!(tell(&format!("{GUIDE} plan csp a csp 2")), @"
    csp covers 2.85714286 of a r5.4xlarge (Own): for 2
    1.14285714 of a r5.4xlarge on demand: 1.14285714
    400 of a fargate-vcpu on demand: 16
    1600 of a fargate-gb on demand: 6.4
    1 of a m5.24xlarge-windows on demand: 10
    1500000 of a lambda-gb-second on demand: 22.5
    1000000 of a lambda-request on demand: 0.2
    csp used 2 of 2
    on demand 56.24285714, covered at list 2.85714286
    ");
}

#[test]
fn s3_of_equal_savings_the_lower_rate_goes_first() {
    insta::assert_snapshot!(tell(&format!("{GUIDE} plan csp a csp 19.60")), @"
    csp covers 4 of a r5.4xlarge (Own): for 2.8
    csp covers 1600 of a fargate-gb (Own): for 4.8
    csp covers 400 of a fargate-vcpu (Own): for 12
    1 of a m5.24xlarge-windows on demand: 10
    1500000 of a lambda-gb-second on demand: 22.5
    1000000 of a lambda-request on demand: 0.2
    csp used 19.6 of 19.6
    on demand 32.7, covered at list 26.4
    ");
}

#[test]
fn s4_reservations_come_before_plans() {
    insta::assert_snapshot!(tell(&format!("{GUIDE} ri r5 a 2 family r5 of 32\n plan csp a csp 18.20")), @"
    r5 covers 2 of a r5.4xlarge (Own): 64 units, 0.2 + 0.01141553
    csp covers 2 of a r5.4xlarge (Own): for 1.4
    csp covers 1600 of a fargate-gb (Own): for 4.8
    csp covers 400 of a fargate-vcpu (Own): for 12
    1 of a m5.24xlarge-windows on demand: 10
    1500000 of a lambda-gb-second on demand: 22.5
    1000000 of a lambda-request on demand: 0.2
    r5 used 64 of 64 units
    csp used 18.2 of 18.2
    on demand 32.7, covered at list 26.4
    ");
}

#[test]
fn s5_an_ec2_instance_plan_comes_before_a_compute_plan() {
    insta::assert_snapshot!(tell(&format!("{GUIDE} plan ec2 a ec2 3\n plan csp a csp 16.80")), @"
    ec2 covers 4 of a r5.4xlarge (Own): for 2.4
    csp covers 1600 of a fargate-gb (Own): for 4.8
    csp covers 400 of a fargate-vcpu (Own): for 12
    1 of a m5.24xlarge-windows on demand: 10
    1500000 of a lambda-gb-second on demand: 22.5
    1000000 of a lambda-request on demand: 0.2
    ec2 used 2.4 of 3
    csp used 16.8 of 16.8
    on demand 32.7, covered at list 26.4
    ");
}

#[test]
fn a_zonal_reservation_of_another_account_comes_before_ones_own_regional_one() {
    let text = "
        sku m4.xlarge 0.20 family m4 8
        ri regional a 1 family m4 of 8
        ri zonal c 1 exact m4.xlarge zone z1
        use a m4.xlarge 1 zone z1
        use b m4.xlarge 1 zone z2
    ";
    insta::assert_snapshot!(tell(text), @"
    zonal covers 1 of a m4.xlarge (Rest): 1 units, 0.1 + 0.01141553
    regional covers 1 of b m4.xlarge (Rest): 8 units, 0.1 + 0.01141553
    regional used 8 of 8 units
    zonal used 1 of 1 units
    on demand 0, covered at list 0.4
    ");
}

#[test]
fn i_units_of_a_family_cover_any_size() {
    let text = "
        sku m4.xlarge 0.20 family m4 8
        sku c4.xlarge 0.199 family c4 8
        ri m4 a 4 family m4 of 4
        ri c4 a 1 family c4 of 4
        use a m4.xlarge 2
        use a c4.xlarge 1
    ";
    insta::assert_snapshot!(tell(text), @"
    c4 covers 0.5 of a c4.xlarge (Own): 4 units, 0.1 + 0.01141553
    m4 covers 2 of a m4.xlarge (Own): 16 units, 0.4 + 0.01141553
    0.5 of a c4.xlarge on demand: 0.0995
    c4 used 4 of 4 units
    m4 used 16 of 16 units
    on demand 0.0995, covered at list 0.4995
    ");
}

#[test]
fn ii_small_sizes_are_covered_first() {
    let text = "
        sku m3.xlarge 0.266 family m3 8
        sku m3.large 0.133 family m3 4
        ri m3 a 1 family m3 of 16
        use a m3.xlarge 2
        use a m3.large 2
    ";
    insta::assert_snapshot!(tell(text), @"
    m3 covers 2 of a m3.large (Own): 8 units, 0.05 + 0.00570776
    m3 covers 1 of a m3.xlarge (Own): 8 units, 0.05 + 0.00570777
    1 of a m3.xlarge on demand: 0.266
    m3 used 16 of 16 units
    on demand 0.266, covered at list 0.532
    ");
}

#[test]
fn iii_the_owner_comes_before_others() {
    let text = "
        sku m4.xlarge 0.20 family m4 8
        sku m4.2xlarge 0.40 family m4 16
        sku c4.xlarge 0.199 family c4 8
        sku c4.2xlarge 0.398 family c4 16
        ri m4 b-owner 4 family m4 of 8
        ri c4 b-owner 2 family c4 of 8
        use b-owner m4.xlarge 2
        use b-owner m4.2xlarge 1
        use b-owner c4.xlarge 2
        use b-owner c4.2xlarge 1
        use a-other m4.xlarge 2
    ";
    insta::assert_snapshot!(tell(text), @"
    c4 covers 2 of b-owner c4.xlarge (Own): 16 units, 0.2 + 0.01141553
    m4 covers 2 of b-owner m4.xlarge (Own): 16 units, 0.2 + 0.00570776
    m4 covers 1 of b-owner m4.2xlarge (Own): 16 units, 0.2 + 0.00570777
    2 of a-other m4.xlarge on demand: 0.4
    1 of b-owner c4.2xlarge on demand: 0.398
    c4 used 16 of 16 units
    m4 used 32 of 32 units
    on demand 0.798, covered at list 1.198
    ");
}

#[test]
fn unused_capacity_reservations_come_after_instances_and_never_zonal() {
    let text = "
        sku box 1 family m5 1
        sku idle 1 family m5 1 unused
        ri regional a 2 family m5
        ri zonal a 2 exact idle zone z1
        use a idle 2 zone z1
        use a box 1 zone z1
    ";
    insta::assert_snapshot!(lines(text, &["regional", "zonal", "1 of", "2 of"]), @"
    regional covers 1 of a box (Own): 1 units, 0.1 + 0.00570776
    regional covers 1 of a idle (Own): 1 units, 0.1 + 0.00570777
    1 of a idle on demand: 1
    regional used 2 of 2 units
    zonal used 0 of 2 units
    ");
}
