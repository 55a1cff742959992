//! How AWS is spoken to: the model of what may be said, and one codec for its five protocols, from both ends.
//!
//! A client encodes requests and decodes answers; a simulated AWS decodes requests and encodes answers, by the same model. What it never
//! does: send, sign, wait, or say anything that the [`Model`] does not list. Rules are in `docs/spec/models.md`.

mod codec;
mod decimal;
mod form;
mod json;
mod message;
mod model;
mod secret;
mod time;
mod value;
mod xml;

pub use codec::{Answer, Call, DecodeError, EncodeError, Fault};
pub use decimal::{Decimal, NotADecimal};
pub use message::{BODY_BYTES_MAX, DEPTH_MAX, Request, Response};
pub use model::{
    Endpoints, ErrorCode, Kind, ListShape, MapShape, Member, Model, ModelError, Operation, Pages, Place, Protocol, Service, Shape,
    Structure, TimeFormat,
};
pub use secret::Secret;
pub use value::{Name, Value};
