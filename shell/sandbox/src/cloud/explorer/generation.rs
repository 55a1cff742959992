//! Recommendations made anew on request.

use super::demand::text;
use super::{paged, paging};
use crate::cloud::ask::{Answered, Ask, Refusal};
use crate::cloud::clock::SETTLE_SECONDS;
use crate::cloud::{Cloud, Moment};
use crate::random::uuid;
use serde::{Deserialize, Serialize};
use tenor_wire::Value;

/// [SP:sp-quotas]: three a day of the whole organization.
const A_DAY: usize = 3;
pub(super) const DAY: i64 = 86_400;
/// [BOTO:ce] `ListSavingsPlansPurchaseRecommendationGeneration`: those of the last 30 days.
const KEPT: i64 = 30 * DAY;

/// A request to make recommendations anew.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Generation {
    pub(crate) id: String,
    pub(crate) started: Moment,
}

impl Generation {
    fn done(&self) -> Moment {
        self.started.later(SETTLE_SECONDS)
    }
}

/// `StartSavingsPlansPurchaseRecommendationGeneration`: one at a time.
pub(super) fn start(cloud: &mut Cloud, _: &Ask<'_>) -> Answered {
    let now = cloud.books.now;
    if cloud.books.generations.iter().any(|generation| generation.done() > now) {
        return Err(Refusal::new("GenerationExistsException", "A request to generate a recommendation is already in progress"));
    }
    if cloud.books.generations.iter().filter(|generation| generation.started > now.later(-DAY)).count() >= A_DAY {
        return Err(Refusal::new("ServiceQuotaExceededException", format!("Recommendations are generated {A_DAY} times a day at most")));
    }
    let generation = Generation { id: cloud.fresh_id(), started: now };
    let answer = [
        ("RecommendationId", generation.id.as_str().into()),
        ("GenerationStartedTime", text(now.0).into()),
        ("EstimatedCompletionTime", text(generation.done().0).into()),
    ];
    cloud.books.generations.push(generation);
    Ok(Value::of(answer))
}

/// `ListSavingsPlansPurchaseRecommendationGeneration`: the newest first.
pub(super) fn list(cloud: &mut Cloud, ask: &Ask<'_>) -> Answered {
    let (now, ids, status) = (cloud.books.now, ask.texts("RecommendationIds"), ask.text("GenerationStatus"));
    let mut found = Vec::new();
    for generation in cloud.books.generations.iter().rev().filter(|generation| generation.started > now.later(-KEPT)) {
        let is_done = generation.done() <= now;
        let state = if is_done { "SUCCEEDED" } else { "PROCESSING" };
        if !(ids.is_empty() || ids.contains(&generation.id.as_str())) || status.is_some_and(|status| status != state) {
            continue;
        }
        let mut value = Value::of([
            ("RecommendationId", generation.id.as_str().into()),
            ("GenerationStatus", state.into()),
            ("GenerationStartedTime", text(generation.started.0).into()),
            ("EstimatedCompletionTime", text(generation.done().0).into()),
        ]);
        if is_done {
            value.set("GenerationCompletionTime", text(generation.done().0).into());
        }
        found.push(value);
    }
    paged(cloud, ask, paging("PageSize", "NextPageToken", 20), "GenerationSummaryList", found)
}

impl Cloud {
    /// The recommendation that stands: its id and when it was made. One is made each day at midnight.
    pub(super) fn standing_recommendation(&self) -> Value {
        let now = self.books.now;
        let today = now.0.div_euclid(DAY) * DAY;
        let newest = self.books.generations.iter().rev().find(|generation| generation.done() <= now && generation.started.0 >= today);
        let (id, at) = match newest {
            Some(generation) => (generation.id.clone(), generation.done().0),
            None => (uuid(&[self.books.setup.seed, 70, today as u64]), today),
        };
        Value::of([("RecommendationId", id.into()), ("GenerationTimestamp", text(at).into())])
    }
}
