-- The same usage as `eligible_usage`, as the roll-up by month has it: a row for charges that agree, with sums, and how many have each.
SELECT
  *,
  CASE
    WHEN CommitmentDiscountStatus = 'Unused' THEN NULL
    WHEN eligible_usage(x_ServiceCode, coalesce(x_UsageType, SkuMeter)) = 'instance' THEN ConsumedQuantity
  END AS instance_hours,
  CASE
    WHEN CommitmentDiscountStatus = 'Unused' THEN NULL
    WHEN eligible_usage(x_ServiceCode, coalesce(x_UsageType, SkuMeter)) = 'instance' THEN consumed_quantity_rows
  END AS instance_hours_rows,
  CASE
    WHEN CommitmentDiscountStatus = 'Unused' THEN NULL
    WHEN eligible_usage(x_ServiceCode, coalesce(x_UsageType, SkuMeter)) = 'instance' THEN normalized_quantity
  END AS normalized_hours,
  CASE
    WHEN CommitmentDiscountStatus = 'Unused' THEN NULL
    WHEN eligible_usage(x_ServiceCode, coalesce(x_UsageType, SkuMeter)) = 'instance' THEN normalized_quantity_rows
  END AS normalized_hours_rows
FROM rollup_detail
WHERE ChargeCategory = 'Usage'
  AND (CommitmentDiscountStatus IS NOT NULL OR eligible_usage(x_ServiceCode, coalesce(x_UsageType, SkuMeter)) IS NOT NULL)
