-- The effective savings rate of each payer's billing period in each of its four scopes: with or without Spot, with or without private
-- discounts. Spot to which the report gives no list price is in none of them. Where covered usage does not tell what it cost, or would cost on
-- demand, there is no cost, no saving and no rate.
WITH sums AS (
  SELECT
    x_payer,
    billing_period,
    paid_by = 'spot' AS is_spot,
    max(BillingCurrency) AS currency,
    sum(ListCost) AS list_cost,
    CASE WHEN max(CASE WHEN paid_by LIKE 'commitment at %' THEN 1 ELSE 0 END) = 0 THEN sum(EffectiveCost) END AS cost,
    CASE
      WHEN count(cost_before_discounts) = count(*) AND max(CASE WHEN paid_by LIKE 'commitment at %' THEN 1 ELSE 0 END) = 0
        THEN sum(cost_before_discounts)
    END AS cost_before_discounts
  FROM eligible_usage
  WHERE paid_by <> 'spot at no list price'
  GROUP BY x_payer, billing_period, paid_by = 'spot'
),
scoped AS (
  SELECT
    x_payer,
    billing_period,
    spot,
    discounts,
    max(currency) AS currency,
    sum(list_cost) AS list_cost,
    CASE
      WHEN discounts = 'include' AND count(cost) = count(*) THEN sum(cost)
      WHEN discounts = 'exclude' AND count(cost_before_discounts) = count(*) THEN sum(cost_before_discounts)
    END AS cost
  FROM sums
  CROSS JOIN (VALUES ('exclude', 'exclude'), ('exclude', 'include'), ('include', 'exclude'), ('include', 'include')) AS scope (spot, discounts)
  WHERE spot = 'include' OR NOT is_spot
  GROUP BY x_payer, billing_period, spot, discounts
)
SELECT *, list_cost - cost AS savings, ratio(list_cost - cost, list_cost) AS effective_savings_rate FROM scoped
