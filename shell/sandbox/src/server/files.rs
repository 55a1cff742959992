//! Files of price lists, which `GetPriceListFileUrl` says the addresses of: for whoever asks, without a signature.

use super::shared::Shared;
use crate::cloud::PRICE_LISTS_PATH;
use tenor_wire::{Request, Response};

/// The answer to a request for a file; none when it is for something else.
pub(super) fn answer(shared: &Shared, request: &Request) -> Option<Response> {
    let name = request.path.strip_prefix(PRICE_LISTS_PATH)?;
    let list = name.strip_suffix("/index.json").and_then(|name| shared.cloud().price_list(name));
    let (status, kind, body) = match list {
        Some(list) => (200, "application/json", list),
        None => (404, "text/plain", format!("the sandbox has no price list {name}\n")),
    };
    Some(Response { status, headers: vec![("content-type".to_owned(), kind.to_owned())], body: body.into_bytes() })
}
