//! The examples that AWS works through in its guides, to the digit.

use crate::case::text::read;
use crate::report::report;

/// The usage of the Savings Plans guide's example. Source: `aws-rules` §2.3.
const PLANS_GUIDE: &str = "
    sku r5.4xlarge rate=1 decimals=0 exact=r5.4xlarge families=r5 factor=32
    sku fargate-vcpu rate=0.04 decimals=0
    sku fargate-gb rate=0.004 decimals=0
    sku m5.24xlarge-windows rate=10 decimals=0
    sku lambda-gb-seconds rate=0.000015 decimals=0 unit=other
    sku lambda-requests rate=0.0000002 decimals=0 unit=other
    rates compute r5.4xlarge=0.7 fargate-vcpu=0.03 fargate-gb=0.003 m5.24xlarge-windows=8.2 lambda-gb-seconds=0.00001275 lambda-requests=0.0000002
    rates ec2-r5 r5.4xlarge=0.6
    usage a/r5 sku=r5.4xlarge used=4
    usage a/vcpu sku=fargate-vcpu used=400
    usage a/gb sku=fargate-gb used=1600
    usage a/windows sku=m5.24xlarge-windows used=1
    usage a/function sku=lambda-gb-seconds used=1500000
    usage a/function sku=lambda-requests used=1000000
";

fn plans_guide(commitments: &str) -> String {
    report(&read(&format!("{PLANS_GUIDE}{commitments}")))
}

#[test]
fn plans_guide_without_a_plan() {
    insta::assert_snapshot!(plans_guide(""), @"
    on demand 4 r5.4xlarge of a/r5, costing 4
    on demand 400 fargate-vcpu of a/vcpu, costing 16
    on demand 1600 fargate-gb of a/gb, costing 6.4
    on demand 1 m5.24xlarge-windows of a/windows, costing 10
    on demand 1500000 lambda-gb-seconds of a/function, costing 22.5
    on demand 1000000 lambda-requests of a/function, costing 0.2
    on demand in all 59.1
    ");
}

#[test]
fn plans_guide_1_a_plan_covers_all_usage() {
    insta::assert_snapshot!(plans_guide("plan csp owner=a rates=compute recurring=50"), @"
    csp covers 4 r5.4xlarge of a/r5, using 2.8
    csp covers 1600 fargate-gb of a/gb, using 4.8
    csp covers 400 fargate-vcpu of a/vcpu, using 12
    csp covers 1 m5.24xlarge-windows of a/windows, using 8.2
    csp covers 1500000 lambda-gb-seconds of a/function, using 19.125
    csp covers 1000000 lambda-requests of a/function, using 0.2
    csp unused 2.875 of 50
    on demand in all 0
    ");
}

#[test]
fn plans_guide_2_a_plan_covers_some_usage() {
    insta::assert_snapshot!(plans_guide("plan csp owner=a rates=compute recurring=2"), @"
    csp covers 2.85714286 r5.4xlarge of a/r5, using 2
    on demand 1.14285714 r5.4xlarge of a/r5, costing 1.14285714
    on demand 400 fargate-vcpu of a/vcpu, costing 16
    on demand 1600 fargate-gb of a/gb, costing 6.4
    on demand 1 m5.24xlarge-windows of a/windows, costing 10
    on demand 1500000 lambda-gb-seconds of a/function, costing 22.5
    on demand 1000000 lambda-requests of a/function, costing 0.2
    on demand in all 56.24285714
    ");
}

#[test]
fn plans_guide_3_the_lower_rate_goes_first_where_savings_tie() {
    insta::assert_snapshot!(plans_guide("plan csp owner=a rates=compute recurring=19.6"), @"
    csp covers 4 r5.4xlarge of a/r5, using 2.8
    csp covers 1600 fargate-gb of a/gb, using 4.8
    csp covers 400 fargate-vcpu of a/vcpu, using 12
    on demand 1 m5.24xlarge-windows of a/windows, costing 10
    on demand 1500000 lambda-gb-seconds of a/function, costing 22.5
    on demand 1000000 lambda-requests of a/function, costing 0.2
    on demand in all 32.7
    ");
}

#[test]
fn plans_guide_4_reservations_go_before_plans() {
    let commitments = "
        reservation ri owner=a family=r5 factor=32 count=2
        plan csp owner=a rates=compute recurring=18.2
    ";
    insta::assert_snapshot!(plans_guide(commitments), @"
    ri covers 2 r5.4xlarge of a/r5, recurring 0, amortized 0
    csp covers 2 r5.4xlarge of a/r5, using 1.4
    csp covers 1600 fargate-gb of a/gb, using 4.8
    csp covers 400 fargate-vcpu of a/vcpu, using 12
    on demand 1 m5.24xlarge-windows of a/windows, costing 10
    on demand 1500000 lambda-gb-seconds of a/function, costing 22.5
    on demand 1000000 lambda-requests of a/function, costing 0.2
    on demand in all 32.7
    ");
}

#[test]
fn plans_guide_5_ec2_instance_plans_go_before_compute_plans() {
    let commitments = "
        plan csp owner=a rates=compute recurring=16.8
        plan ec2 owner=a rates=ec2-r5 kind=EC2Instance recurring=3
    ";
    insta::assert_snapshot!(plans_guide(commitments), @"
    ec2 covers 4 r5.4xlarge of a/r5, using 2.4
    csp covers 1600 fargate-gb of a/gb, using 4.8
    csp covers 400 fargate-vcpu of a/vcpu, using 12
    on demand 1 m5.24xlarge-windows of a/windows, costing 10
    on demand 1500000 lambda-gb-seconds of a/function, costing 22.5
    on demand 1000000 lambda-requests of a/function, costing 0.2
    ec2 unused 0.6 of 3
    on demand in all 32.7
    ");
}

#[test]
fn four_hours_in_quarters_are_one_reserved_hour() {
    let text = "
        sku t2.micro rate=0.0116 exact=t2.micro
        usage a/i1 sku=t2.micro used=0.25
        usage a/i2 sku=t2.micro used=0.25
        usage a/i3 sku=t2.micro used=0.25
        usage a/i4 sku=t2.micro used=0.25
        reservation ri owner=a exact=t2.micro hourly=0.0072
    ";
    insta::assert_snapshot!(report(&read(text)), @"
    ri covers 0.25 t2.micro of a/i1, recurring 0.0018, amortized 0
    ri covers 0.25 t2.micro of a/i2, recurring 0.0018, amortized 0
    ri covers 0.25 t2.micro of a/i3, recurring 0.0018, amortized 0
    ri covers 0.25 t2.micro of a/i4, recurring 0.0018, amortized 0
    on demand in all 0
    ");
}

#[test]
fn four_large_cover_two_xlarge_and_one_large_half_an_xlarge() {
    let text = "
        sku m4.xlarge rate=0.2 decimals=0 exact=m4.xlarge families=m4 factor=8
        sku c4.xlarge rate=0.199 decimals=0 exact=c4.xlarge families=c4 factor=8
        usage a/i1 sku=m4.xlarge used=1
        usage a/i2 sku=m4.xlarge used=1
        usage a/i3 sku=c4.xlarge used=1
        reservation ri1 owner=a family=m4 factor=4 count=4 hourly=0.062
        reservation ri2 owner=a family=c4 factor=4 hourly=0.063
    ";
    insta::assert_snapshot!(report(&read(text)), @"
    ri1 covers 1 m4.xlarge of a/i1, recurring 0.124, amortized 0
    ri1 covers 1 m4.xlarge of a/i2, recurring 0.124, amortized 0
    ri2 covers 0.5 c4.xlarge of a/i3, recurring 0.063, amortized 0
    on demand 0.5 c4.xlarge of a/i3, costing 0.0995
    on demand in all 0.0995
    ");
}

#[test]
fn the_smallest_size_is_covered_first() {
    let text = "
        sku m3.large rate=0.133 decimals=0 exact=m3.large families=m3 factor=4
        sku m3.xlarge rate=0.266 decimals=0 exact=m3.xlarge families=m3 factor=8
        usage a/i1 sku=m3.xlarge used=1
        usage a/i2 sku=m3.xlarge used=1
        usage a/i3 sku=m3.large used=1
        usage a/i4 sku=m3.large used=1
        reservation ri owner=a family=m3 factor=16 hourly=0.38
    ";
    insta::assert_snapshot!(report(&read(text)), @"
    ri covers 1 m3.large of a/i3, recurring 0.095, amortized 0
    ri covers 1 m3.large of a/i4, recurring 0.095, amortized 0
    ri covers 1 m3.xlarge of a/i1, recurring 0.19, amortized 0
    on demand 1 m3.xlarge of a/i2, costing 0.266
    on demand in all 0.266
    ");
}

#[test]
fn a_reservation_covers_its_owner_before_others() {
    let text = "
        sku m4.xlarge rate=0.2 decimals=0 exact=m4.xlarge families=m4 factor=8
        sku m4.2xlarge rate=0.4 decimals=0 exact=m4.2xlarge families=m4 factor=16
        sku c4.xlarge rate=0.199 decimals=0 exact=c4.xlarge families=c4 factor=8
        sku c4.2xlarge rate=0.398 decimals=0 exact=c4.2xlarge families=c4 factor=16
        usage a/m1 sku=m4.xlarge used=2
        usage a/m2 sku=m4.2xlarge used=1
        usage a/c1 sku=c4.xlarge used=2
        usage a/c2 sku=c4.2xlarge used=1
        usage b/m3 sku=m4.xlarge used=2
        reservation ri1 owner=a family=m4 factor=8 count=4
        reservation ri2 owner=a family=c4 factor=8 count=2
    ";
    insta::assert_snapshot!(report(&read(text)), @"
    ri1 covers 2 m4.xlarge of a/m1, recurring 0, amortized 0
    ri1 covers 1 m4.2xlarge of a/m2, recurring 0, amortized 0
    ri2 covers 2 c4.xlarge of a/c1, recurring 0, amortized 0
    on demand 1 c4.2xlarge of a/c2, costing 0.398
    on demand 2 m4.xlarge of b/m3, costing 0.4
    on demand in all 0.798
    ");
}

#[test]
fn a_zonal_reservation_of_another_account_goes_before_ones_own_regional_one() {
    let text = "
        sku m4.xlarge rate=0.2 decimals=0 exact=m4.xlarge families=m4 factor=8
        usage a/i1 sku=m4.xlarge zone=1a used=1
        usage b/i2 sku=m4.xlarge zone=1b used=1
        reservation regional owner=a family=m4 factor=8
        reservation zonal owner=c exact=m4.xlarge zone=1a
    ";
    insta::assert_snapshot!(report(&read(text)), @"
    zonal covers 1 m4.xlarge of a/i1 in 1a, recurring 0, amortized 0
    regional covers 1 m4.xlarge of b/i2 in 1b, recurring 0, amortized 0
    on demand in all 0
    ");
}
