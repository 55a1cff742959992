//! Where a service is asked, and for which region it is signed.

use std::collections::BTreeMap;
use std::fmt;
use tenor_wire::Service;

/// A region, and how its endpoints are chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The region.
    pub region: String,
    /// Whether endpoints must be FIPS 140's.
    pub is_fips: bool,
    /// Whether endpoints must answer on IPv6 too.
    pub is_dual_stack: bool,
    /// `AWS_ENDPOINT_URL`: all services are there.
    pub endpoint: Option<String>,
    /// `AWS_ENDPOINT_URL_<SERVICE>`, by the service's name in the model.
    pub endpoints: BTreeMap<String, String>,
}

/// Where to send and for which region to sign.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Endpoint {
    /// Where to send, without a slash at the end.
    pub url: String,
    /// For which region to sign.
    pub region: String,
}

/// Nowhere to send to.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BadEndpoint {
    /// What is configured is no URL.
    #[error("the endpoint `{0}` of {1} is no http:// or https:// URL")]
    NoUrl(String, String),
    /// AWS has none of that kind there.
    #[error("{service} has no {kind} endpoint in {region}")]
    None {
        /// The service.
        service: String,
        /// Of which kind.
        kind: EndpointKind,
        /// The region.
        region: String,
    },
    /// Text that would make another host of the endpoint.
    #[error("`{0}` is no region")]
    NoRegion(String),
}

/// Kinds of endpoints.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EndpointKind {
    /// What every service has where it is.
    Usual,
    /// With cryptography validated by FIPS 140.
    Fips,
    /// Reached by IPv4 and IPv6.
    DualStack,
    /// Both.
    FipsDualStack,
}

impl fmt::Display for EndpointKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Usual => "usual",
            Self::Fips => "FIPS",
            Self::DualStack => "dual-stack",
            Self::FipsDualStack => "FIPS dual-stack",
        })
    }
}

impl Place {
    /// A region with AWS's usual endpoints.
    #[must_use]
    pub fn new(region: &str) -> Self {
        Self { region: region.to_owned(), is_fips: false, is_dual_stack: false, endpoint: None, endpoints: BTreeMap::new() }
    }

    /// Its partition, as ARNs name it.
    #[must_use]
    pub fn partition(&self) -> &'static str {
        match self.region.as_str() {
            region if region.starts_with("cn-") => "aws-cn",
            region if region.starts_with("us-gov-") => "aws-us-gov",
            _ => "aws",
        }
    }

    /// Where `service` is asked from here.
    ///
    /// # Errors
    /// When AWS has no such endpoint, or what is configured is none.
    pub fn endpoint(&self, service: &Service) -> Result<Endpoint, BadEndpoint> {
        let is_host_part = |character: char| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '-';
        if self.region.is_empty() || !self.region.chars().all(is_host_part) {
            return Err(BadEndpoint::NoRegion(self.region.clone()));
        }
        let known = service.endpoints.get(self.partition());
        let homes = known.map(|endpoints| endpoints.homes.as_slice()).unwrap_or_default();
        // A service that is in a few regions only is asked there, wherever its caller is.
        let region = match homes.first() {
            Some(home) if !homes.contains(&self.region) => home,
            _ => &self.region,
        };
        if let Some(url) = self.endpoints.get(&service.name).or(self.endpoint.as_ref()) {
            if !url.starts_with("http://") && !url.starts_with("https://") {
                return Err(BadEndpoint::NoUrl(url.clone(), service.name.clone()));
            }
            return Ok(Endpoint { url: url.trim_end_matches('/').to_owned(), region: region.clone() });
        }
        let (kind, host) = match (self.is_fips, self.is_dual_stack) {
            (false, false) => (EndpointKind::Usual, known.and_then(|known| known.plain.as_ref())),
            (true, false) => (EndpointKind::Fips, known.and_then(|known| known.fips.as_ref())),
            (false, true) => (EndpointKind::DualStack, known.and_then(|known| known.dual.as_ref())),
            (true, true) => (EndpointKind::FipsDualStack, known.and_then(|known| known.both.as_ref())),
        };
        let none = || BadEndpoint::None { service: service.name.clone(), kind, region: region.clone() };
        let host = host.ok_or_else(none)?.replace("{region}", region);
        Ok(Endpoint { url: format!("https://{host}"), region: region.clone() })
    }
}

#[cfg(test)]
mod tests {
    use super::Place;
    use tenor_wire::Model;

    fn url(place: &Place, service: &str) -> String {
        let found = place.endpoint(Model::catalogued().service(service).unwrap());
        found.map_or_else(|error| error.to_string(), |endpoint| format!("{} as {}", endpoint.url, endpoint.region))
    }

    #[test]
    fn services_are_asked_where_they_are() {
        let told = ["eu-west-1", "us-gov-east-1", "cn-north-1"].map(|region| {
            let place = Place::new(region);
            ["ec2", "iam", "organizations", "ce", "savingsplans", "pricing", "sts", "cur"].map(|service| url(&place, service)).join("\n")
        });
        insta::assert_snapshot!(told.join("\n\n"), @"
        https://ec2.eu-west-1.amazonaws.com as eu-west-1
        https://iam.amazonaws.com as us-east-1
        https://organizations.us-east-1.amazonaws.com as us-east-1
        https://ce.us-east-1.amazonaws.com as us-east-1
        https://savingsplans.amazonaws.com as us-east-1
        https://api.pricing.us-east-1.amazonaws.com as us-east-1
        https://sts.eu-west-1.amazonaws.com as eu-west-1
        https://cur.us-east-1.amazonaws.com as us-east-1

        https://ec2.us-gov-east-1.amazonaws.com as us-gov-east-1
        https://iam.us-gov.amazonaws.com as us-gov-west-1
        https://organizations.us-gov-west-1.amazonaws.com as us-gov-west-1
        https://ce.us-gov-west-1.amazonaws.com as us-gov-west-1
        https://savingsplans.us-gov-east-1.amazonaws.com as us-gov-east-1
        https://api.pricing.us-gov-east-1.amazonaws.com as us-gov-east-1
        https://sts.us-gov-east-1.amazonaws.com as us-gov-east-1
        https://cur.us-gov-east-1.amazonaws.com as us-gov-east-1

        https://ec2.cn-north-1.amazonaws.com.cn as cn-north-1
        https://iam.cn-north-1.amazonaws.com.cn as cn-north-1
        https://organizations.cn-northwest-1.amazonaws.com.cn as cn-northwest-1
        https://ce.cn-northwest-1.amazonaws.com.cn as cn-northwest-1
        https://savingsplans.cn-north-1.amazonaws.com.cn as cn-north-1
        https://api.pricing.cn-northwest-1.amazonaws.com.cn as cn-northwest-1
        https://sts.cn-north-1.amazonaws.com.cn as cn-north-1
        https://cur.cn-northwest-1.amazonaws.com.cn as cn-northwest-1
        ");
    }

    #[test]
    fn fips_dual_stack_and_own_endpoints_are_obeyed() {
        let mut place = Place { is_fips: true, is_dual_stack: true, ..Place::new("us-west-2") };
        assert_eq!(url(&place, "ec2"), "https://ec2-fips.us-west-2.api.aws as us-west-2");
        place.endpoint = Some("http://127.0.0.1:4566/".to_owned());
        place.endpoints.insert("sts".to_owned(), "127.0.0.1".to_owned());
        assert_eq!(url(&place, "ce"), "http://127.0.0.1:4566 as us-east-1");
        assert_eq!(url(&place, "sts"), "the endpoint `127.0.0.1` of sts is no http:// or https:// URL");
        assert_eq!(url(&Place::new("evil.example/"), "ec2"), "`evil.example/` is no region");
    }
}
