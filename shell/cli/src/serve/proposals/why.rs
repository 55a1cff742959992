//! Why there is no proposal, or no answer about one: of which kind that is, and whose it is to know.

use super::super::orders::holder;
use super::super::refused;
use crate::report;
use tenor_lake::store::StoreError;
use tenor_price_list::StoreError as Prices;
use tenor_propose::proposal::CompareError;
use tenor_query::QueryError;
use tenor_serve::{ProposalNote, Refusal, RefusalKind};
use tenor_state::StateError;

/// Why nothing could be decided.
pub(super) fn undecided(error: &CompareError) -> Refusal {
    let (kind, hint) = match error {
        CompareError::Horizon(_) => (RefusalKind::Question, "propose under a policy that allows longer terms"),
        CompareError::Inputs(tenor_propose::proposal::InputsError::Policy(_)) => {
            (RefusalKind::Question, "docs/spec/policy.md shows every key and its default")
        }
        CompareError::Step(_) | CompareError::Inputs(_) => (RefusalKind::Failed, "compute the proposal again with this version of tenor"),
    };
    Refusal { kind, message: error.to_string(), hint: hint.to_owned() }
}

/// What became of the last one that was to be made. What failed may name files.
pub(super) fn not_made(Refusal { kind, message, hint }: &Refusal) -> ProposalNote {
    match kind {
        RefusalKind::Failed => {
            ProposalNote { told: "The last proposal could not be made.".to_owned(), cause: Some(format!("{message}. {hint}.")) }
        }
        _ => ProposalNote { told: format!("The last proposal could not be made: {message}. {hint}."), cause: None },
    }
}

/// Why none could be made: too little is known, somebody else writes, or it failed.
pub(super) fn refusal(error: &anyhow::Error) -> Refusal {
    let hint = report::hint(error);
    if let Some(held) = holder(error) {
        // The error names files.
        let hint = hint.unwrap_or_else(|| "try it again when that is over".to_owned());
        return Refusal { kind: RefusalKind::Busy, message: format!("another process is writing: {held}"), hint };
    }
    let of_bills = error.chain().find_map(|cause| cause.downcast_ref::<QueryError>()).map(refused::kind);
    let kind = match (of_bills, &hint) {
        (Some(kind), _) if kind != RefusalKind::Question => kind,
        (_, Some(_)) if !error.chain().any(is_ours) => RefusalKind::Question,
        _ => RefusalKind::Failed,
    };
    Refusal { kind, message: format!("{error:#}"), hint: hint.unwrap_or_else(|| "try it where the server runs: tenor propose".to_owned()) }
}

/// Whether a cause is a file or the state, and nothing that whoever asks can put otherwise.
fn is_ours(cause: &(dyn std::error::Error + 'static)) -> bool {
    let is_of_prices = matches!(cause.downcast_ref(), Some(Prices::Io { .. } | Prices::Read { .. } | Prices::Damaged { .. }));
    is_of_prices || cause.is::<StateError>() || cause.is::<StoreError>() || cause.is::<std::io::Error>()
}

/// What is kept cannot be read.
pub(super) fn failed(error: &anyhow::Error) -> Refusal {
    let hint = "look at what is kept: tenor propose list".to_owned();
    Refusal { kind: RefusalKind::Failed, message: format!("{error:#}"), hint }
}

pub(super) fn broken(message: String) -> Refusal {
    Refusal { kind: RefusalKind::Failed, message, hint: "look at what the server says where it runs".to_owned() }
}

#[cfg(test)]
mod tests {
    use super::{Prices, refusal};
    use crate::connect::keep;
    use crate::context::Context;
    use crate::output::Format;
    use anyhow::Context as _;
    use std::time::Duration;
    use tenor_serve::RefusalKind;
    use tenor_state::{Claim, Lease};

    #[test]
    fn that_somebody_else_writes_is_to_be_asked_again_and_names_no_file() {
        let home = tempfile::tempdir().unwrap();
        let context = Context::new(Some(home.path().to_owned()), Format::Table).unwrap();
        let _other = Lease::take(home.path(), &Claim::of_this_process("tenor import", Duration::ZERO), context.now()).unwrap();
        let held = keep::writer_within(&context, "tenor serve", Duration::ZERO).map(drop);
        let refused = refusal(&held.context("kept as `/secret/x`, not recorded").unwrap_err());
        assert!(refused.kind == RefusalKind::Busy && !refused.message.contains('/'), "{refused:?}");
        let (io, damaged) = (std::io::Error::other("`/secret/x` is damaged"), Prices::Damaged { path: "/secret/x".into() });
        for error in [anyhow::Error::from(io), damaged.into()] {
            assert_eq!(refusal(&error).kind, RefusalKind::Failed, "{error:#}");
        }
        assert_eq!(refusal(&Prices::Nothing.into()).kind, RefusalKind::Question);
    }
}
