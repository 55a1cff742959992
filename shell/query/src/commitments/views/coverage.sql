-- What of the usage that commitments could cover they do cover, by billing period, UTC day (null for longer charges), account, service,
-- Region and family. Spot can never be covered and is left out. Coverage is null where covered usage does not tell its list cost.
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
  sum(CASE WHEN paid_by <> 'on demand' THEN ListCost ELSE 0 END) AS covered_list_cost,
  CASE
    WHEN max(CASE WHEN paid_by = 'commitment at no list price' THEN 1 ELSE 0 END) = 0
      THEN ratio(sum(CASE WHEN paid_by <> 'on demand' THEN ListCost ELSE 0 END), sum(ListCost))
  END AS coverage,
  sum(instance_hours) AS eligible_hours,
  sum(CASE WHEN paid_by <> 'on demand' THEN instance_hours END) AS covered_hours,
  CASE WHEN count(instance_hours) = count(normalized_hours) THEN sum(normalized_hours) END AS eligible_normalized_hours,
  CASE
    WHEN count(instance_hours) = count(normalized_hours) THEN sum(CASE WHEN paid_by <> 'on demand' THEN normalized_hours END)
  END AS covered_normalized_hours
FROM eligible_usage
WHERE paid_by IN ('commitment', 'commitment at no cost', 'commitment at no list price', 'on demand')
GROUP BY x_payer, billing_period, charge_day(ChargePeriodStart, ChargePeriodEnd), SubAccountId, ServiceName, RegionId, family
