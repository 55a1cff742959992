//! Functions that SQL about bills needs and that DataFusion lacks.
//!
//! - `tag(Tags, 'Team')`, `json_get(column, 'key')`: the value of a key in JSON text, null when there is none.
//! - `charge_day(ChargePeriodStart, ChargePeriodEnd)`, `charge_hour(…)`: the UTC day or hour that a charge lies in, null when it is longer.

//! - `instance_family(instance type, usage type)`, `eligible_usage(service code, usage type)`, `term_start(…)`, `term_end(…)`,
//!   `period_end(…)`, `remaining_seconds(…)`, `hourly_commitment(…)`, `cost_ahead(…)`, `ratio(…)`: what the views of commitments are made
//!   of, each the function of its name in `core/cover`'s inventory.

mod commitment;
mod json;
mod time;

use datafusion::logical_expr::ScalarUDF;

/// All of them.
pub(crate) fn all() -> Vec<ScalarUDF> {
    [json_get(), charge_day(), charge_hour()].into_iter().chain(commitment::all()).collect()
}

pub(crate) use commitment::instance_family;

/// `json_get(text, key)`, `tag(text, key)`.
pub(crate) fn json_get() -> ScalarUDF {
    ScalarUDF::from(json::JsonGet::new())
}

/// `charge_day(start, end)`.
pub(crate) fn charge_day() -> ScalarUDF {
    ScalarUDF::from(time::ChargeTime::day())
}

/// `charge_hour(start, end)`.
pub(crate) fn charge_hour() -> ScalarUDF {
    ScalarUDF::from(time::ChargeTime::hour())
}
