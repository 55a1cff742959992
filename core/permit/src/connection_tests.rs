//! Names are taken as AWS takes them, and nothing that could mean more than one thing.

use super::{AccountNumber, BucketName, ExternalId, KeyPrefix, NameError, Principal, RegionName, RoleName};
use proptest::prelude::*;

fn refused<T: std::str::FromStr<Err = NameError> + std::fmt::Debug>(text: &str) -> String {
    text.parse::<T>().unwrap_err().to_string()
}

#[test]
fn good_names_pass_unchanged() {
    assert_eq!("111122223333".parse::<AccountNumber>().unwrap().as_str(), "111122223333");
    assert_eq!("tenor-read_1".parse::<RoleName>().unwrap().as_str(), "tenor-read_1");
    assert_eq!("my.report-bucket".parse::<BucketName>().unwrap().as_str(), "my.report-bucket");
    assert_eq!("cur/hourly/".parse::<KeyPrefix>().unwrap().as_str(), "cur/hourly/");
    assert_eq!("".parse::<KeyPrefix>().unwrap().as_str(), "");
    assert_eq!("us-gov-west-1".parse::<RegionName>().unwrap().as_str(), "us-gov-west-1");
    let principal = "arn:aws-cn:iam::111122223333:role/ops/tenor".parse::<Principal>().unwrap();
    assert_eq!((principal.as_str(), principal.partition()), ("arn:aws-cn:iam::111122223333:role/ops/tenor", crate::Partition::AwsCn));
}

#[test]
fn a_prefix_is_a_folder_and_never_a_part_of_others_names() {
    for text in ["cur", "cur/"] {
        assert_eq!(text.parse::<KeyPrefix>().unwrap().as_str(), "cur/");
    }
    assert_eq!("p".repeat(199).parse::<KeyPrefix>().unwrap().as_str().len(), 200);
    refused::<KeyPrefix>(&"p".repeat(200));
}

#[test]
fn what_could_mean_more_is_refused() {
    assert_eq!(refused::<AccountNumber>("11112222333"), "`11112222333` is no account number: twelve digits");
    assert_eq!(refused::<RoleName>("a*"), "`a*` is no role name: 1 to 64 letters, digits and -_");
    assert_eq!(refused::<RoleName>(""), "`` is no role name: 1 to 64 letters, digits and -_");
    assert_eq!(refused::<BucketName>("b*t"), "`b*t` is no bucket name: 3 to 63 lower case letters, digits, dots and hyphens");
    for bad in ["Bucket", "-bucket", "bu", "${x}"] {
        refused::<BucketName>(bad);
    }
    for bad in ["/cur", "cur//", "a*", "${aws:username}", "a?"] {
        let message = refused::<KeyPrefix>(bad);
        assert!(
            message.ends_with("at most 200 letters, digits and -_./=+, without a slash before a slash or at the beginning"),
            "{message}"
        );
    }
    for bad in ["*", "us-east", "US-EAST-1", "us--1"] {
        assert!(refused::<RegionName>(bad).contains("is no region: lower case letters"));
    }
}

#[test]
fn one_principal_is_trusted_and_never_an_account() {
    assert_eq!(
        refused::<Principal>("arn:aws:iam::111122223333:root"),
        "`arn:aws:iam::111122223333:root` is a whole account; trust one role or user in it"
    );
    let bad = [
        "*",
        "111122223333",
        "arn:aws:iam::111122223333:role/*",
        "arn:aws:iam::*:role/tenor",
        "arn:aws:iam::111122223333:role/",
        "arn:aws:iam::111122223333:group/x",
        "arn:aws:sts::111122223333:assumed-role/tenor/x",
        "arn:aws-iso:iam::111122223333:role/tenor",
    ];
    for bad in bad {
        let message = refused::<Principal>(bad);
        assert!(message.ends_with("is no principal: the ARN of one role or user, as `arn:aws:iam::111122223333:role/tenor`"), "{message}");
    }
}

#[test]
fn an_external_id_shows_itself_only_when_asked() {
    let id = ExternalId::from_random([0xab; 16]);
    assert_eq!(format!("{id:?}"), "ExternalId(hidden)");
    assert_eq!(id.reveal(), "ab".repeat(16));
    for bad in ["", &"AB".repeat(16), &"ab".repeat(15), &"g".repeat(32), &format!(" {}", "ab".repeat(16))] {
        assert_eq!(refused::<ExternalId>(bad), "an External ID is 32 hexadecimal digits, lower case");
    }
}

proptest! {
    #[test]
    fn an_external_id_keeps_all_its_bits(bits in any::<[u8; 16]>()) {
        let id = ExternalId::from_random(bits);
        prop_assert_eq!(id.reveal().parse::<ExternalId>().unwrap(), id);
    }
}
