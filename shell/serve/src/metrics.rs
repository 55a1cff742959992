//! What the server counts of itself, in Prometheus' text form.

use crate::route::Route;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Upper ends of the histogram, in microseconds and as they are written.
const BUCKETS: [(u128, &str); 9] = [
    (1_000, "0.001"),
    (5_000, "0.005"),
    (10_000, "0.01"),
    (50_000, "0.05"),
    (100_000, "0.1"),
    (500_000, "0.5"),
    (1_000_000, "1"),
    (5_000_000, "5"),
    (30_000_000, "30"),
];

/// Counts of requests.
#[derive(Debug, Default)]
pub(crate) struct Metrics(Mutex<Counts>);

#[derive(Debug, Default)]
struct Counts {
    answered: BTreeMap<(&'static str, &'static str, u16), u64>,
    took: BTreeMap<(&'static str, &'static str), Took>,
}

#[derive(Debug, Default)]
struct Took {
    buckets: [u64; BUCKETS.len()],
    count: u64,
    micros: u128,
}

impl Metrics {
    /// A request was answered; without a route there is none of that path.
    pub(crate) fn count(&self, route: Option<&'static Route>, status: u16, took: Duration) {
        let (method, path) = route.map_or(("-", "-"), |route| (route.method.as_str(), route.path));
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.answered.entry((method, path, status)).or_default() += 1;
        let held = counts.took.entry((method, path)).or_default();
        let micros = took.as_micros();
        held.count += 1;
        held.micros += micros;
        for (bucket, (end, _)) in held.buckets.iter_mut().zip(BUCKETS) {
            *bucket += u64::from(micros <= end);
        }
    }

    /// All of them, as text.
    pub(crate) fn text(&self) -> String {
        let counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut text = String::from("# HELP tenor_requests_total Requests that were answered.\n# TYPE tenor_requests_total counter\n");
        for ((method, path, status), count) in &counts.answered {
            let _ = writeln!(text, "tenor_requests_total{{method=\"{method}\",route=\"{path}\",status=\"{status}\"}} {count}");
        }
        text += "# HELP tenor_request_seconds How long answers took to begin.\n# TYPE tenor_request_seconds histogram\n";
        for ((method, path), took) in &counts.took {
            let labels = format!("method=\"{method}\",route=\"{path}\"");
            for (bucket, (_, end)) in took.buckets.iter().zip(BUCKETS) {
                let _ = writeln!(text, "tenor_request_seconds_bucket{{{labels},le=\"{end}\"}} {bucket}");
            }
            let _ = writeln!(text, "tenor_request_seconds_bucket{{{labels},le=\"+Inf\"}} {}", took.count);
            let (seconds, micros) = (took.micros / 1_000_000, took.micros % 1_000_000);
            let _ = writeln!(text, "tenor_request_seconds_sum{{{labels}}} {seconds}.{micros:06}");
            let _ = writeln!(text, "tenor_request_seconds_count{{{labels}}} {}", took.count);
        }
        text
    }
}
