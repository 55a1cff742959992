//! What is known of a purchase when its answer is not what it should be.

use super::changes::{instances, named, plan};
use super::fake::{Fake, Reply};
use crate::client::world::run;
use tenor_aws::client::Fate;

#[test]
fn a_purchase_whose_answer_has_no_id_may_have_been_made() {
    let fake = Fake::new(|_| {
        Reply::Body("<PurchaseReservedInstancesOfferingResponse><requestId>r</requestId></PurchaseReservedInstancesOfferingResponse>")
    });
    let error = run(instances().send(&fake.client().0)).unwrap_err();
    insta::assert_snapshot!(error, @"ec2:PurchaseReservedInstancesOffering: the answer has no ReservedInstancesId");
    assert_eq!((error.fate(), fake.names().len()), (Fate::Unknown, 1));
}

#[test]
fn a_name_that_is_taken_is_told_by_its_code_and_not_by_its_status() {
    let fake = Fake::new(|_| Reply::Fault("ReservedDBInstanceAlreadyExists", 404));
    let error = run(named().of_rds(&fake.client().0)).unwrap_err();
    assert_eq!((error.code(), error.fate()), (Some("ReservedDBInstanceAlreadyExists"), Fate::Refused));
    assert!(!error.is_denied());
}

#[test]
fn a_token_stays_the_same_when_a_purchase_is_asked_again() {
    let fake = Fake::new(|asked| match asked.before {
        0 => Reply::Fault("InternalServerException", 500),
        _ => Reply::Body(r#"{"savingsPlanId":"sp-1"}"#),
    });
    assert_eq!(run(plan().send(&fake.client().0)).unwrap(), "sp-1");
    let asked = fake.asked.lock().unwrap();
    assert_eq!(asked.len(), 2);
    assert_eq!(asked[0].input, asked[1].input);
}
