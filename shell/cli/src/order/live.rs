//! AWS asked, and told, about an order: through the connection's role, each call recorded.

use crate::connect::calling::calling;
use crate::context::Context;
use tenor_aws::client::Client;
use tenor_aws::proof::connected;
use tenor_execute::LiveAws;
use tenor_state::StoredConnection;

/// Does something with what the connection's role may do.
///
/// # Errors
/// When there are no credentials to begin with, or the calls' log cannot be written.
pub(super) fn with<T>(
    context: &Context,
    command: &str,
    connection: &StoredConnection,
    looks_at_trail: bool,
    work: impl AsyncFnOnce(&LiveAws) -> T,
) -> anyhow::Result<T> {
    let agreement = &connection.agreement;
    let (answer, _) = calling(context, command, None, async |own: &Client| {
        let role = connected(own, &agreement.connection, Some(&agreement.external_id));
        let aws = LiveAws::new(agreement.connection.account.clone(), role);
        work(&if looks_at_trail { aws } else { aws.without_trail() }).await
    })?;
    Ok(answer)
}
