-- Every usage charge that a commitment covers or could cover, and what is unused of commitments: one row each, all columns of `charges`.
SELECT
  *,
  CASE
    -- What covered usage cost, or would cost on demand, some reports do not tell; no saving follows from that. (A commitment's money has
    -- eight decimals, and no rate is below a hundredth of the list price.)
    WHEN CommitmentDiscountStatus = 'Used' AND EffectiveCost = 0 AND ListCost > 0.000001 THEN 'commitment at no cost'
    WHEN CommitmentDiscountStatus = 'Used' AND EffectiveCost <> 0 AND ListCost = 0 THEN 'commitment at no list price'
    WHEN CommitmentDiscountStatus = 'Used' THEN 'commitment'
    WHEN CommitmentDiscountStatus = 'Unused' THEN 'unused'
    -- Some reports give Spot no on-demand price, and what has none saves nothing that can be told.
    -- (A Cost and Usage Report without one has the cash as list cost.)
    WHEN PricingCategory = 'Dynamic' AND EffectiveCost <> 0
      AND (ListCost = 0 OR x_LineItemType IS NOT NULL AND coalesce(x_PublicOnDemandCost, 0) = 0) THEN 'spot at no list price'
    WHEN PricingCategory = 'Dynamic' THEN 'spot'
    ELSE 'on demand'
  END AS paid_by,
  coalesce(instance_family(x_InstanceType, coalesce(x_UsageType, SkuMeter)), x_SavingsPlanInstanceTypeFamily) AS family,
  CASE
    WHEN CommitmentDiscountStatus = 'Unused' THEN NULL
    WHEN eligible_usage(x_ServiceCode, coalesce(x_UsageType, SkuMeter)) = 'instance' THEN ConsumedQuantity
  END AS instance_hours,
  CASE
    WHEN CommitmentDiscountStatus = 'Unused' OR (x_NormalizedUsageAmount = 0 AND ConsumedQuantity <> 0) THEN NULL
    WHEN eligible_usage(x_ServiceCode, coalesce(x_UsageType, SkuMeter)) = 'instance' THEN x_NormalizedUsageAmount
  END AS normalized_hours,
  CASE
    WHEN CommitmentDiscountStatus = 'Used' AND CommitmentDiscountCategory = 'Spend' THEN x_SavingsPlanEffectiveCost
    WHEN CommitmentDiscountStatus = 'Used' THEN x_ReservationEffectiveCost
    WHEN CommitmentDiscountStatus = 'Unused' AND CommitmentDiscountCategory = 'Spend'
      THEN x_SavingsPlanTotalCommitment - x_SavingsPlanUsedCommitment
    WHEN CommitmentDiscountStatus = 'Unused' THEN x_ReservationUnusedAmortizedUpfrontFee + x_ReservationUnusedRecurringFee
    ELSE x_UnblendedCost
  END AS cost_before_discounts
FROM charges
WHERE ChargeCategory = 'Usage'
  AND (CommitmentDiscountStatus IS NOT NULL OR eligible_usage(x_ServiceCode, coalesce(x_UsageType, SkuMeter)) IS NOT NULL)
