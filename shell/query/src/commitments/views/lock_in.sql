-- What each commitment still owes when its billing period ends: amortized, and what of it is still to be paid. Null where the bill does
-- not tell its end or its hourly cost. A period that is still open counts from its end all the same. (Nothing can be returned by then: a
-- plan's return ends with the month it was bought in.)
WITH ends AS (
  SELECT
    *,
    period_end(billing_period) AS as_of,
    CASE WHEN category = 'Spend' THEN hourly_commitment ELSE reservations END AS per_hour,
    CASE WHEN category = 'Spend' THEN coalesce(quantity_used, 0) + coalesce(quantity_unused, 0) ELSE hours_held END AS held
  FROM commitments
)
SELECT
  x_payer,
  billing_period,
  commitment_id,
  as_of,
  term_end,
  currency,
  remaining_seconds(as_of, term_start, term_end) AS remaining_seconds,
  cost_ahead(amortized_cost, per_hour, held, remaining_seconds(as_of, term_start, term_end)) AS obligation,
  cost_ahead(recurring_fee, per_hour, held, remaining_seconds(as_of, term_start, term_end)) AS cash,
  cost_ahead(amortized_cost, per_hour, held, 3600) AS hourly_cost
FROM ends
