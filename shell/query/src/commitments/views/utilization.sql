-- How much of each commitment served usage, by billing period, in the commitment's own unit; by cost where the bill names none, or several.
WITH units AS (
  SELECT
    *,
    CASE
      WHEN category = 'Spend' THEN currency
      WHEN normalized_held > 0 THEN 'normalized hours'
      WHEN hours_held > 0 THEN 'hours'
      ELSE coalesce(quantity_unit, 'amortized cost')
    END AS unit,
    CASE
      WHEN category = 'Spend' THEN coalesce(quantity_used, 0) + coalesce(quantity_unused, 0)
      WHEN normalized_held > 0 THEN normalized_held
      WHEN hours_held > 0 THEN hours_held
      WHEN quantity_unit IS NOT NULL THEN coalesce(quantity_used, 0) + coalesce(quantity_unused, 0)
      WHEN charges_without_cost = 0 THEN amortized_cost
    END AS held,
    CASE
      WHEN category = 'Spend' THEN coalesce(quantity_used, 0)
      WHEN normalized_held > 0 THEN coalesce(normalized_used, 0)
      WHEN hours_held > 0 THEN coalesce(hours_used, 0)
      WHEN quantity_unit IS NOT NULL THEN coalesce(quantity_used, 0)
      WHEN charges_without_cost = 0 THEN used_cost
    END AS used
  FROM commitments
)
SELECT x_payer, billing_period, commitment_id, unit, held, used, ratio(used, held) AS utilization, currency, amortized_cost, unused_cost
FROM units
