//! AWS asked, and told, about an order: through the connection's role, each call recorded.

use crate::connect::calling::calling;
use crate::context::Context;
use crate::sandbox;
use tenor_aws::client::Client;
use tenor_aws::proof::{Errand, connected, unnamed};
use tenor_bill::AccountId;
use tenor_execute::LiveAws;
use tenor_state::{Agreement, StoredConnection};

/// Does something with what the connection's role may do, for whom the errand says.
///
/// # Errors
/// When there are no credentials to begin with, or the calls' log cannot be written.
pub(super) fn with<T>(
    context: &Context,
    command: &str,
    connection: &StoredConnection,
    looks_at_trail: bool,
    errand: &Errand,
    work: impl AsyncFnOnce(&LiveAws) -> T,
) -> anyhow::Result<T> {
    let agreement = &connection.agreement;
    let (answer, _) = calling(context, command, None, async |own: &Client| -> anyhow::Result<T> {
        sandbox::check_time(context, own.place())?;
        let role = connected(own, &agreement.connection, &agreement.external_id, errand);
        let aws = LiveAws::new(account(agreement), role.clone());
        let done = work(&if looks_at_trail { aws } else { aws.without_trail() }).await;
        if let Some(line) = unnamed(&role, errand, connection.name.as_str()) {
            context.note(line);
        }
        Ok(done)
    })?;
    answer
}

/// The account of a connection.
pub(crate) fn account(agreement: &Agreement) -> AccountId {
    agreement.connection.account.as_str().parse().expect("twelve digits are an account")
}
