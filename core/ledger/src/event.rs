//! What an entry tells: ids and hashes of what happened, no contents and no secrets.

use crate::bytes::{ContentHash, EntryHash, OrderId, ProposalId, PublicKey, Signature};
use crate::moment::Moment;
use crate::serial;
use crate::text::Text;
use serde::{Deserialize, Serialize};
use tenor_bill::{AccountId, BillingPeriod};
use tenor_money::Money;

/// What a person found of a step that was held for them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Resolution {
    /// AWS has done it.
    Done,
    /// AWS has not done it, and will not.
    NotDone,
}

/// How an order ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Ending {
    /// Every step is done.
    Done,
    /// A refusal or a person stopped it; what was done before stays done.
    Stopped,
    /// Its approval ran out before it did.
    Expired,
}

/// Why a step whose intent was recorded is as if it had not been begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum PutBack {
    /// A guard rail refused it for now, right before its call.
    Waits,
    /// It is certain that the call never left.
    NotSent,
    /// It was looked for, and is certainly not done.
    NotDone,
}

/// Declares each event once: its variant, its kind and its members, in the order in which they are written.
macro_rules! events {
    ($($(#[$doc:meta])* $kind:literal $name:ident { $($members:tt)* })*) => {
        /// What happened. A kind that was released never changes its members; another shape is another kind.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
        #[serde(tag = "kind", deny_unknown_fields)]
        #[expect(missing_docs, reason = "members say what they are; docs/spec/ledger.md has the table")]
        pub enum Event {
            $($(#[$doc])* #[serde(rename = $kind)] $name { $($members)* },)*
        }

        /// Every kind that this version knows.
        pub const KINDS: &[&str] = &[$($kind),*];

        impl Event {
            /// Its kind, as it is written.
            #[must_use]
            pub const fn kind(&self) -> &'static str {
                match self {
                    $(Self::$name { .. } => $kind,)*
                }
            }
        }
    };
}

events! {
    /// A Tenor of this version began to write here.
    "started" Started { version: Text }

    /// A proposal was computed and kept.
    "proposal-made" ProposalMade { proposal: ProposalId, inputs: ContentHash }
    /// A proposal was turned into an order, which waits for approval; who made it signed that, or a server for a user who was logged in.
    "order-created" OrderCreated {
        order: OrderId,
        proposal: ProposalId,
        connection: Text,
        policy: ContentHash,
        steps: u32,
        key: PublicKey,
        user: Option<Text>,
        signature: Signature,
    }
    /// An approver signed, or a server for a user who was logged in; the signature is over all of these.
    "approved" Approved {
        order: OrderId,
        policy: ContentHash,
        signed: Moment,
        expires: Moment,
        key: PublicKey,
        user: Option<Text>,
        signature: Signature,
    }
    /// Somebody who may approve said no.
    "rejected" Rejected { order: OrderId, reason: Text }
    /// A guard rail refused an order, or one step of it right before its call.
    "guard-refused" GuardRefused { order: OrderId, step: Option<u32>, rule: Text, limit: Text, value: Text }
    /// An order is to be stopped: nothing of it is sent any more.
    "order-stopping" OrderStopping { order: OrderId, reason: Text }
    /// An order came to its end.
    "order-ended" OrderEnded { order: OrderId, ending: Ending }

    /// What will be asked of AWS, written before it is. The token is AWS's idempotency token, where it takes one.
    "step-intended" StepIntended {
        order: OrderId,
        step: u32,
        #[serde(with = "serial")]
        account: AccountId,
        region: Text,
        operation: Text,
        request: ContentHash,
        token: Option<Text>,
    }
    /// A call was sent to AWS. Without request id and error, no answer came.
    "called" Called {
        order: Option<OrderId>,
        step: Option<u32>,
        #[serde(with = "serial")]
        account: AccountId,
        region: Text,
        operation: Text,
        request_id: Option<Text>,
        error: Option<Text>,
    }
    /// AWS did it: what it made or changed, and what it took for it at once.
    "step-done" StepDone {
        order: OrderId,
        step: u32,
        result: Text,
        #[serde(with = "serial::optional")]
        paid: Option<Money>,
    }
    /// AWS would not do it.
    "step-refused" StepRefused { order: OrderId, step: u32, code: Text, reason: Text }
    /// AWS has not done it, and it is as if it had not been begun.
    "step-put-back" StepPutBack { order: OrderId, step: u32, because: PutBack, reason: Text }
    /// What was bought was not paid for: nothing is owed.
    "step-failed" StepFailed { order: OrderId, step: u32, reason: Text }
    /// Nobody knows yet whether AWS did it.
    "step-unknown" StepUnknown { order: OrderId, step: u32, reason: Text }
    /// It cannot be found out, or may not be done: it waits for a person.
    "step-held" StepHeld { order: OrderId, step: u32, reason: Text }
    /// A person said what became of it.
    "step-resolved" StepResolved { order: OrderId, step: u32, resolution: Resolution, reason: Text }
    /// What a step did was taken back by a step of another order.
    "step-undone" StepUndone { order: OrderId, step: u32, by: OrderId }
    /// Nothing may be sent to AWS from here on, or it may again.
    "kill-switch" KillSwitch { stopped: bool, reason: Text }

    /// A setting or policy was changed; a missing hash is one that was not there, or is no more.
    "configuration-changed" ConfigurationChanged { what: Text, before: Option<ContentHash>, after: Option<ContentHash> }
    /// A key may sign from here on.
    "key-enrolled" KeyEnrolled { key: PublicKey, name: Text, role: Text }
    /// A key may not sign any more.
    "key-revoked" KeyRevoked { key: PublicKey, reason: Text }

    /// An account was connected.
    "connection-made" ConnectionMade {
        connection: Text,
        #[serde(with = "serial")]
        account: AccountId,
        agreement: ContentHash,
    }
    /// What was agreed on with a customer was changed.
    "connection-changed" ConnectionChanged { connection: Text, agreement: ContentHash }
    /// A connection was forgotten.
    "connection-removed" ConnectionRemoved { connection: Text }
    /// A connection was tried, and its role is as it was published.
    "connection-verified" ConnectionVerified { connection: Text, policy_version: u32, findings: ContentHash }
    /// A connection was tried, and its role differs from what was published.
    "connection-drifted" ConnectionDrifted { connection: Text, policy_version: u32, findings: ContentHash, missing: u32, excess: u32 }

    /// A period of a customer's bill came in.
    "data-imported" DataImported {
        #[serde(with = "serial")]
        payer: AccountId,
        #[serde(with = "serial")]
        period: BillingPeriod,
        version: Text,
    }
    /// Somebody looked at a customer's data: what, by which question, how much of it.
    "data-read" DataRead { what: Text, question: ContentHash, rows: u64 }
    /// A customer's data left as a file.
    "data-exported" DataExported { what: Text, content: ContentHash, rows: u64 }

    /// A purchase was found that no order made.
    "stranger-found" StrangerFound {
        #[serde(with = "serial")]
        account: AccountId,
        commitment: Text,
    }
    /// The ledger was held against CloudTrail, the inventory and the bill of a period.
    "reconciled" Reconciled {
        #[serde(with = "serial")]
        period: BillingPeriod,
        report: ContentHash,
        differences: u32,
    }

    /// A backup was made and read back.
    "backed-up" BackedUp { backup: ContentHash }
    /// This state came out of a backup.
    "restored" Restored { backup: ContentHash }
    /// A checkpoint was signed.
    "checkpointed" Checkpointed { sequence: u64, hash: EntryHash, key: PublicKey }

    /// Somebody may log in to the web server, once they have set a password.
    "user-added" UserAdded { user: Text, role: Text }
    /// A user may do more or less than before.
    "user-changed" UserChanged { user: Text, role: Text }
    /// A user was forgotten, with their sessions and tokens.
    "user-removed" UserRemoved { user: Text }
    /// A link was given out by which a user sets their password, once.
    "user-invited" UserInvited { user: Text, expires: Moment }
    /// A user has a password, or another one.
    "password-changed" PasswordChanged { user: Text }
    /// A token for the API was made: its beginning, whose it is, what it may be used for, and until when.
    "token-made" TokenMade { token: Text, user: Text, scopes: Text, expires: Moment }
    /// A token is not accepted any more.
    "token-revoked" TokenRevoked { token: Text }

    /// The clock was ahead up to here, an approver says and signs: what was recorded later than this moment counts as of it, and what comes from here
    /// on by its clock. It is signed for one place, behind the entry `previous`; `asked` is whether AWS said what time it is.
    "clock-put-right" ClockPutRight {
        ledger: EntryHash,
        previous: EntryHash,
        ahead: Moment,
        moment: Moment,
        asked: bool,
        reason: Text,
        key: PublicKey,
        signature: Signature,
    }
}
