//! Through which connections AWS is looked at. One that is not proved is not used.

use super::keep;
use crate::context::Context;
use crate::report::Refused;
use std::collections::BTreeSet;
use tenor_state::{ConnectionName, StoredConnection};

/// The connections to look through: those named, else all that are proved.
///
/// # Errors
/// When one is not proved, or none is.
pub(crate) fn chosen(context: &Context, names: &[ConnectionName]) -> anyhow::Result<Vec<StoredConnection>> {
    let (proved, others): (Vec<_>, Vec<_>) = keep::connections(context)?.into_iter().partition(|kept| kept.verified.is_some());
    if names.is_empty() {
        for other in &others {
            context.note(format_args!("`{}` is not looked through: it is not proved", other.name));
        }
        let none = || Refused::new("there is no proved connection to look through");
        return if proved.is_empty() {
            Err(none().hint("make one and prove it: tenor connect make, tenor connect prove").into())
        } else {
            Ok(proved)
        };
    }
    let find = |name: &ConnectionName| {
        if let Some(kept) = proved.iter().find(|kept| kept.name == *name) {
            return Ok(kept.clone());
        }
        // It says which there are.
        keep::connection(context, name)?;
        Err(Refused::new(format!("connection `{name}` is not proved")).hint(format!("prove it first: tenor connect prove {name}")).into())
    };
    let named: BTreeSet<_> = names.iter().collect();
    named.into_iter().map(find).collect()
}
