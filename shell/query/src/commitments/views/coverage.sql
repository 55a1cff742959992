-- What of the usage that commitments could cover they do cover, by billing period, UTC day (null for longer charges), account, service,
-- Region and family. Spot can never be covered and is left out.
SELECT
  x_payer,
  billing_period,
  charge_day(ChargePeriodStart, ChargePeriodEnd) AS day,
  SubAccountId AS account,
  ServiceName AS service,
  RegionId AS region,
  family,
  max(BillingCurrency) AS currency,
  sum(ListCost) AS eligible_list_cost,
  sum(CASE WHEN paid_by = 'commitment' THEN ListCost ELSE 0 END) AS covered_list_cost,
  ratio(sum(CASE WHEN paid_by = 'commitment' THEN ListCost ELSE 0 END), sum(ListCost)) AS coverage,
  sum(instance_hours) AS eligible_hours,
  sum(CASE WHEN paid_by = 'commitment' THEN instance_hours END) AS covered_hours,
  CASE WHEN count(instance_hours) = count(normalized_hours) THEN sum(normalized_hours) END AS eligible_normalized_hours,
  CASE
    WHEN count(instance_hours) = count(normalized_hours) THEN sum(CASE WHEN paid_by = 'commitment' THEN normalized_hours END)
  END AS covered_normalized_hours
FROM eligible_usage
WHERE paid_by IN ('commitment', 'on demand')
GROUP BY x_payer, billing_period, charge_day(ChargePeriodStart, ChargePeriodEnd), SubAccountId, ServiceName, RegionId, family
