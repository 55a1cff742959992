//! What others can reach lies on encrypted storage, or the owner says that it need not.

use crate::report::Refused;

/// Refuses where something of the home lies on storage that is not encrypted, for sure; each with the reason. Where nobody can tell (a disk of a cloud, a
/// volume of a container), `tenor doctor` says so, and this does not stand in the way.
pub(super) fn check(in_the_clear: &[String]) -> Result<(), Refused> {
    if in_the_clear.is_empty() {
        return Ok(());
    }
    let refused =
        Refused::bad_usage(format!("others can reach it, and the home does not lie on encrypted storage: {}", in_the_clear.join("; ")));
    Err(refused.hint("put the home on an encrypted disk (LUKS); or say that the storage is guarded otherwise: --plain-storage"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_in_the_clear_for_sure_is_not_served_to_others() {
        assert!(check(&[]).is_ok());
        let refused = check(&["the lake: /dev/sda2 is not encrypted".to_owned()]).unwrap_err();
        assert_eq!(
            refused.to_string(),
            "others can reach it, and the home does not lie on encrypted storage: the lake: /dev/sda2 is not encrypted"
        );
    }
}
