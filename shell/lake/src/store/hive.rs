//! Folder names by Hive's convention, which every engine reads as two more columns.

use super::Key;
use std::fmt::Write;
use std::path::PathBuf;

/// A folder name has room for 255 bytes; longer payers end in a hash instead.
const NAME_BYTES_MAX: usize = 200;

/// Where a key's files lie below `charges/`, `rollups/`, `split_costs/` and `quarantine/`. No two keys share a folder.
///
/// `x_payer` is the account id at AWS, and `<provider>-<billing account>` elsewhere, where everything outside `[A-Za-z0-9._-]`, and a
/// dash in the provider's name, is percent-encoded.
#[must_use]
pub fn folder(key: &Key) -> PathBuf {
    PathBuf::from(format!("x_payer={}", payer(key))).join(format!("billing_period={}", key.period))
}

fn payer(key: &Key) -> String {
    let account = key.payer.as_str();
    if key.provider == "AWS" && account.bytes().all(|b| b.is_ascii_digit()) {
        return account.to_owned();
    }
    // The first dash that is not encoded ends the provider, so the pair can be told apart again.
    let name = format!("{}-{}", encoded(&key.provider).replace('-', "%2D"), encoded(account));
    if name.len() <= NAME_BYTES_MAX {
        return name;
    }
    let hash = blake3::hash(name.as_bytes()).to_hex();
    format!("{}~{}", &name[..NAME_BYTES_MAX - 17], &hash[..16])
}

fn encoded(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-') {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").expect("writing to a string does not fail");
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::{Key, folder};
    use proptest::prelude::*;

    fn name(provider: &str, payer: &str) -> String {
        let key = Key { payer: payer.parse().unwrap(), period: "2018-10".parse().unwrap(), provider: provider.to_owned() };
        folder(&key).to_str().unwrap().strip_suffix("/billing_period=2018-10").unwrap().to_owned()
    }

    #[test]
    fn an_aws_payer_is_its_number_and_others_carry_their_provider() {
        let names = [
            name("AWS", "111122223333"),
            name("AWS", "5173892878212"),
            name("Microsoft", "/providers/Microsoft.Billing/billingAccounts/1:2"),
            name("Google Cloud", "01A2B3-C4"),
            name("Pre-Owned Cloud", "1"),
            name("", "1"),
        ];
        insta::assert_snapshot!(names.join("\n"), @"
        x_payer=111122223333
        x_payer=5173892878212
        x_payer=Microsoft-%2Fproviders%2FMicrosoft.Billing%2FbillingAccounts%2F1%3A2
        x_payer=Google%20Cloud-01A2B3-C4
        x_payer=Pre%2DOwned%20Cloud-1
        x_payer=-1
        ");
    }

    #[test]
    fn a_name_too_long_for_a_folder_ends_in_a_hash() {
        let (one, other) = (name("Oracle", &"é".repeat(60)), name("Oracle", &format!("{}x", "é".repeat(60))));
        assert_ne!(one, other);
        assert!(one.len() < 255 && one.is_ascii() && other.len() == one.len());
    }

    proptest! {
        #[test]
        fn no_two_payers_share_a_folder(
            one in ("(AWS|[aA%-]{0,3})", "[0-9a%/~-]{1,4}"),
            other in ("(AWS|[aA%-]{0,3})", "[0-9a%/~-]{1,4}"),
        ) {
            prop_assert_eq!(one == other, name(&one.0, &one.1) == name(&other.0, &other.1));
        }
    }
}
