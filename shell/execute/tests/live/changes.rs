//! Steps made on what is held: each as AWS quotes it, and each that cannot be refused with the reason.

use super::cloud::{REGION, Rehearsal};
use super::orders::{cleared, draft, moment, priced, text, with};
use super::shop;
use tenor_aws::answer::PaymentOption;
use tenor_aws::reads::ec2::{OfferingClass, Scope};
use tenor_aws::reads::plans::PlanType;
use tenor_execute::{Aws, Change, Offered, Outcome, Place, Sought, on_held};
use tenor_order::{Action, Asked, Details, Service, Step, Target};

const NOW: &str = "2025-01-02T00:00:00Z";

async fn bought(rehearsal: &Rehearsal, service: Service, offering: &str, quantity: &str) -> String {
    let draft = draft(rehearsal.account(), service, Action::Buy, offering, quantity);
    let price = rehearsal.live.price(&draft).await.unwrap();
    let step = priced(draft, &price);
    let (cleared, key) = cleared(&step, Some(price));
    let sent = rehearsal.live.send(cleared, key.as_ref()).await;
    let Outcome::Done { result, .. } = sent.outcome else { panic!("{sent:?}") };
    rehearsal.advance(3_600);
    result.to_string()
}

/// What a change comes to, without what differs from run to run.
async fn told(rehearsal: &Rehearsal, service: Service, id: &str, change: &Change) -> String {
    let region = (service != Service::SavingsPlans).then(|| REGION.parse().unwrap());
    let place = Place { account: rehearsal.account().parse().unwrap(), service, region };
    let said = match on_held(&place, id, change, &rehearsal.live, moment(NOW)).await {
        Ok(Ok(step)) => said(&step),
        Ok(Err(why)) => format!("no: {why}"),
        Err(unread) => format!("unread: {unread}"),
    };
    said.replace(id, "ID")
}

fn said(step: &Step) -> String {
    let details = match &step.details {
        Some(Details::Modify { also, targets }) => format!(" {} more, into {targets:?}", also.len()),
        Some(Details::Exchange { given }) => format!(" for {}", given.len()),
        Some(Details::List { prices }) => {
            format!(" at {}", prices.iter().map(|asked| format!("{}={}", asked.months, asked.price)).collect::<Vec<_>>().join(", "))
        }
        Some(Details::Instruct { .. }) | None => String::new(),
    };
    format!(
        "{} {} × {}{details}, {:?} {:?} {:?}, {} an hour and {} at once, owes {}",
        step.action,
        step.quantity,
        step.goods,
        step.kind,
        step.term,
        step.payment,
        step.ceiling_hourly,
        step.ceiling_upfront,
        step.obligation
    )
}

fn sought(instance_type: &str) -> Sought {
    Sought { instance_type: instance_type.to_owned(), ..Sought::default() }
}

fn exchange(sought: Sought) -> Change {
    Change::Exchange { also: Vec::new(), sought }
}

#[tokio::test]
async fn a_change_is_what_aws_quotes_for_what_is_held() {
    let rehearsal = Rehearsal::start().await;
    let ec2 = Service::Ec2;
    let zonal = bought(&rehearsal, ec2, &shop::instances(&rehearsal, "m5.large", OfferingClass::Standard, Scope::Zone).await, "2").await;
    let given =
        bought(&rehearsal, ec2, &shop::instances(&rehearsal, "m5.large", OfferingClass::Convertible, Scope::Region).await, "3").await;
    let node = bought(&rehearsal, Service::Redshift, &shop::warehouse(&rehearsal).await, "4").await;
    let plan =
        bought(&rehearsal, Service::SavingsPlans, &shop::plan(&rehearsal, PlanType::Compute, PaymentOption::NoUpfront).await, "1.5").await;
    let regional = Target { count: 2, instance_type: None, zone: None };
    let larger = Target { count: 1, instance_type: Some(text("m5.xlarge")), zone: Some(text("us-east-1b")) };
    let offered = |months: Option<u32>, price: &str| Offered { months, price: price.parse().unwrap() };
    let list = |count, prices: &[Offered]| Change::List { count, prices: prices.to_vec() };
    let modify = |target: &Target| Change::Modify { also: Vec::new(), targets: vec![target.clone()] };
    let of_both = Change::Exchange { also: vec![text(&zonal)], sought: sought("m5.xlarge") };
    let cases = [
        (ec2, &zonal, modify(&regional)),
        (ec2, &zonal, modify(&larger)),
        (ec2, &given, exchange(sought("m5.xlarge"))),
        (ec2, &given, exchange(Sought { count: Some(7), ..sought("m5.xlarge") })),
        (
            ec2,
            &given,
            exchange(Sought {
                due_max: Some("0.01".parse().unwrap()),
                payment: Some(tenor_propose::proposal::Upfront::All),
                ..sought("m5.xlarge")
            }),
        ),
        (ec2, &given, exchange(sought("m5.enormous"))),
        (ec2, &given, of_both),
        (ec2, &zonal, exchange(sought("m5.xlarge"))),
        (ec2, &zonal, list(None, &[offered(None, "12.5"), offered(Some(3), "4")])),
        (ec2, &zonal, list(Some(3), &[offered(None, "12.5")])),
        (ec2, &given, list(None, &[offered(None, "12.5")])),
        (ec2, &zonal, Change::CancelQueued),
        (ec2, &zonal, Change::CancelListing),
        (Service::Redshift, &node, exchange(sought("dc2.large"))),
        (Service::Redshift, &node, exchange(sought("ra9.huge"))),
        (Service::Redshift, &node, modify(&regional)),
        (Service::SavingsPlans, &plan, Change::Return),
        (Service::SavingsPlans, &plan, Change::CancelQueued),
    ];
    let mut lines = Vec::new();
    for (service, id, change) in &cases {
        lines.push(told(&rehearsal, *service, id, change).await);
    }
    lines.push(told(&rehearsal, ec2, "nobody", &modify(&regional)).await);
    insta::assert_snapshot!(lines.join("\n"), @r#"
    modify 2 × m5.large, Linux/UNIX, default, us-east-1a 0 more, into [Target { count: 2, instance_type: None, zone: None }], None None None, 0 an hour and 0 at once, owes 0
    modify 2 × m5.large, Linux/UNIX, default, us-east-1a 0 more, into [Target { count: 1, instance_type: Some(Text("m5.xlarge")), zone: Some(Text("us-east-1b")) }], None None None, 0 an hour and 0 at once, owes 0
    exchange 2 × m5.xlarge, Linux/UNIX, default for 1, Some(ConvertibleReservation) Some(OneYear) Some(Nothing), 0.282 an hour and 0 at once, owes 2470.32
    no: AWS would give 2 for what is given, and 7 were to come of it: make a new proposal
    no: the exchange costs 2296.950685 at once, and 0.01 is the most that it may
    no: AWS sells no convertible m5.enormous for Linux/UNIX now
    no: bf05d679-41e6-4444-a6f1-42c9d6f0355c is no convertible reservation, and EC2 exchanges no other
    no: ID is no convertible reservation, and EC2 exchanges no other
    list 2 × m5.large, Linux/UNIX, default, us-east-1a at 12=12.5, 3=4, None None None, 0 an hour and 0 at once, owes 0
    no: ID has 2 reservations, and 3 of it cannot be offered
    no: ID is no standard reservation, and AWS lets no other be sold
    no: ID is running, and has to be queued for that
    no: ID is no open listing in ec2 of 263506695980 in us-east-1
    exchange 4 × dc2.large for 1, Some(StandardReservation) Some(OneYear) Some(Nothing), 0.69 an hour and 0 at once, owes 6044.4
    no: AWS exchanges ID for no ra9.huge of that term and payment
    no: AWS has no operation to modify in redshift
    return 1.5 × -, None None None, 0 an hour and 0 at once, owes 0
    no: ID is running, and has to be queued for that
    no: ID is not held in ec2 of 263506695980 in us-east-1
    "#);
}

#[tokio::test]
async fn an_open_listing_is_taken_back_as_far_as_it_is_not_sold() {
    let rehearsal = Rehearsal::start().await;
    let offering = shop::instances(&rehearsal, "c5.large", OfferingClass::Standard, Scope::Region).await;
    let held = bought(&rehearsal, Service::Ec2, &offering, "2").await;
    rehearsal.advance(35 * 86_400);
    let prices = vec![Asked { months: 11, price: "20.5".parse().unwrap() }];
    let step = with(draft(rehearsal.account(), Service::Ec2, Action::List, &held, "2"), Details::List { prices });
    let (cleared_step, key) = cleared(&step, None);
    let sent = rehearsal.live.send(cleared_step, key.as_ref()).await;
    let Outcome::Done { result: listing, .. } = sent.outcome else { panic!("{sent:?}") };
    rehearsal.advance(3_600);
    let open = told(&rehearsal, Service::Ec2, listing.as_str(), &Change::CancelListing).await;
    let (cleared_step, key) = cleared(&draft(rehearsal.account(), Service::Ec2, Action::CancelListing, listing.as_str(), "2"), None);
    let sent = rehearsal.live.send(cleared_step, key.as_ref()).await;
    assert!(matches!(sent.outcome, Outcome::Done { .. }), "{sent:?}");
    rehearsal.advance(3_600);
    let closed = told(&rehearsal, Service::Ec2, listing.as_str(), &Change::CancelListing).await;
    insta::assert_snapshot!(format!("{open}\n{closed}"), @"
    cancel-listing 2 × -, None None None, 0 an hour and 0 at once, owes 0
    no: ID is no open listing in ec2 of 263506695980 in us-east-1
    ");
}
