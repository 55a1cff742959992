//! The SQL of the views, which is their definition: `docs/metrics.md` explains each. Names are exact, as the planner takes them.

/// The SQL of a view.
pub(crate) fn view(name: &str) -> Option<&'static str> {
    let sql = match name {
        "eligible_usage" => include_str!("views/eligible_usage.sql"),
        "eligible_detail" => include_str!("views/eligible_detail.sql"),
        "commitments" => include_str!("views/commitments.sql"),
        "utilization" => include_str!("views/utilization.sql"),
        "coverage" => include_str!("views/coverage.sql"),
        "savings" => include_str!("views/savings.sql"),
        "lock_in" => include_str!("views/lock_in.sql"),
        _ => return None,
    };
    Some(sql)
}
