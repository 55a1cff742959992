//! What AWS leaves open is named where it may make a difference, and nowhere else.

use crate::case::text::read;
use tenor_cover::Organization;

fn gaps(text: &str) -> String {
    let organization = Organization::new(read(text).parts).unwrap();
    organization.gaps().iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_zonal_reservation_that_reaches_another_account_by_the_name_of_a_zone_is_named() {
    let text = "
        sku large rate=0.1 exact=large
        usage a/i1 sku=large zone=us-east-1a used=1
        usage b/i1 sku=large zone=us-east-1a used=1
        usage b/i2 sku=large zone=us-east-1b used=1
        reservation ri owner=a exact=large zone=us-east-1a
        reservation own owner=b exact=large zone=us-east-1b
    ";
    insta::assert_snapshot!(gaps(text), @"ri is for the zone `us-east-1a`, and other accounts use what it covers in a zone of that name; each account has names of its own for zones, so that it is not known whether they are one");
    assert_eq!(gaps(&text.replace("us-east-1a", "use1-az1")), "", "ids of zones are the same for all accounts");
    assert_eq!(gaps(&format!("sharing open off=b {text}")), "", "what does not reach the other account needs no name");
}

#[test]
fn a_database_plan_beside_reservations_is_named() {
    let text = "
        sku db rate=0.5 exact=db families=db
        rates sp db=0.4
        usage a/i1 sku=db used=1
        reservation ri owner=a family=db
        plan sp owner=a kind=Database rates=sp recurring=1
    ";
    insta::assert_snapshot!(gaps(text), @"sp and reservations may cover the same databases or caches; reservations are applied first, which AWS does not say");
    assert_eq!(gaps(&text.replace("kind=Database", "kind=Compute")), "", "the order of other kinds is documented");
    assert_eq!(gaps(&text.replace("family=db", "family=other")), "", "disjoint usage has no order");
}
