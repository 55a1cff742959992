//! What changes something in an account: a typed request for each catalogued change, sent once or again as its retry class allows.
//!
//! A token or a name by which AWS knows a request again is a field that has to be given, so that it cannot be forgotten. Nothing here
//! decides whether a change should be made, and nothing calls these but what runs an approved order.

pub mod bucket;
pub mod ec2;
pub mod explorer;
mod keys;
pub mod plans;
pub mod quotas;
pub mod redshift;
pub mod reports;
pub mod reserved;
pub mod serverless;

pub use keys::{BadKey, OwnName, OwnTags, PurchaseName, Token};
