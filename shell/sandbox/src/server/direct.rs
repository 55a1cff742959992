//! A sandbox without a network: the answers of its services in the caller's own thread, for whoever rehearses thousands of runs. S3, price list
//! files and control requests are the server's alone.

use super::request;
use super::shared::Shared;
use crate::cloud::Cloud;
use crate::cloud::operate::Outcome;
use jiff::Timestamp;
use tenor_wire::{Request, Response};
use url::Url;

/// A sandbox without a network. Its books live as long as it does.
pub struct Direct {
    shared: Shared,
}

impl Direct {
    /// A sandbox that is asked in the caller's thread. `clock` is the machine's time, which signatures are checked against.
    #[must_use]
    pub fn new(cloud: Cloud, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        Self { shared: Shared::new(cloud, None, Box::new(clock), String::new()) }
    }

    /// The answer to a signed request; none where the connection breaks.
    ///
    /// # Errors
    /// When the URL is none.
    pub fn answer(
        &self,
        method: &str,
        url: &str,
        headers: Vec<(String, String)>,
        body: Vec<u8>,
    ) -> Result<Option<Response>, url::ParseError> {
        let url = Url::parse(url)?;
        let query = url.query_pairs().into_owned().collect();
        let request = Request { method: method.to_owned(), path: url.path().to_owned(), query, headers, body };
        Ok(match request::answer(&self.shared, &request) {
            Outcome::Answered(response) => Some(response),
            Outcome::Lost => None,
        })
    }

    /// Does something to the sandbox past AWS's API.
    pub fn with<T>(&self, work: impl FnOnce(&mut Cloud) -> T) -> T {
        work(&mut self.shared.cloud())
    }
}
