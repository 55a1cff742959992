-- Every commitment of every billing period: what it is, and what its charges add up to. Money is amortized, after private discounts.
-- Without any `fee_rows` its fees are told elsewhere, or it is held no more.
WITH held AS (
  SELECT
    *,
    CommitmentDiscountCategory = 'Spend' AS is_plan,
    ChargeCategory = 'Purchase' AND ChargeFrequency = 'Recurring' AS is_fee,
    (ChargeCategory = 'Purchase' AND ChargeFrequency = 'Recurring') OR coalesce(CommitmentDiscountStatus = 'Unused', false) AS is_owners,
    coalesce(CommitmentDiscountStatus = 'Used', false) AS is_used,
    coalesce(CommitmentDiscountStatus = 'Unused', false) AS is_unused,
    coalesce(x_SavingsPlanStartTime, x_ReservationStartTime) AS starts,
    coalesce(x_SavingsPlanEndTime, x_ReservationEndTime) AS ends
  FROM charges
  WHERE CommitmentDiscountId IS NOT NULL
),
sums AS (
  SELECT
    x_payer,
    billing_period,
    CommitmentDiscountId AS commitment_id,
    max(BillingCurrency) AS currency,
    max(CommitmentDiscountCategory) AS category,
    coalesce(max(x_SavingsPlanOfferingType), max(CommitmentDiscountType)) AS kind,
    max(CASE WHEN is_owners THEN SubAccountId END) AS owner,
    max(CASE WHEN is_owners THEN x_ServiceCode END) AS service_code,
    max(CASE WHEN is_owners THEN x_UsageType END) AS usage_type,
    max(CASE WHEN is_owners THEN x_InstanceType END) AS instance_type,
    max(x_SavingsPlanInstanceTypeFamily) AS plan_family,
    coalesce(max(x_SavingsPlanRegion), max(CASE WHEN is_owners THEN RegionId END)) AS region,
    max(x_ReservationAvailabilityZone) AS zone,
    max(term_start(starts, ends)) AS term_start,
    max(term_end(starts, ends)) AS term_end,
    max(CASE WHEN is_plan THEN x_SavingsPlanPaymentOption ELSE x_PurchaseOption END) AS payment_option,
    max(CASE WHEN NOT is_plan THEN x_OfferingClass END) AS offering_class,
    max(CASE WHEN is_owners THEN x_LegalEntity END) AS seller,
    max(CASE WHEN is_fee AND NOT is_plan THEN x_ReservationNumberOfReservations END) AS reservations,
    max(
      CASE
        WHEN is_fee AND is_plan
          THEN hourly_commitment(
            CommitmentDiscountQuantity, ChargePeriodStart, ChargePeriodEnd, term_start(starts, ends), term_end(starts, ends)
          )
      END
    ) AS hourly_commitment,
    sum(CASE WHEN is_fee THEN 1 ELSE 0 END) AS fee_rows,
    sum(CASE WHEN is_used THEN EffectiveCost ELSE 0 END) AS used_cost,
    sum(CASE WHEN is_unused THEN EffectiveCost ELSE 0 END) AS unused_cost,
    sum(CASE WHEN is_used THEN ListCost ELSE 0 END) AS list_cost_covered,
    sum(CASE WHEN is_fee THEN BilledCost ELSE 0 END) AS recurring_fee,
    sum(CASE WHEN is_fee THEN CASE WHEN is_plan THEN x_SavingsPlanAmortizedUpfront ELSE x_ReservationAmortizedUpfrontFee END END)
      AS amortized_upfront,
    sum(CASE WHEN is_fee THEN x_ReservationTotalReservedUnits END) AS hours_held,
    sum(CASE WHEN is_used AND NOT is_plan THEN ConsumedQuantity END) AS hours_used,
    sum(CASE WHEN is_fee THEN x_ReservationUnusedQuantity END) AS hours_unused,
    sum(CASE WHEN is_fee THEN x_ReservationTotalReservedNormalizedUnits END) AS normalized_held,
    sum(CASE WHEN is_used AND NOT is_plan THEN x_NormalizedUsageAmount END) AS normalized_used,
    sum(CASE WHEN is_fee THEN x_ReservationUnusedNormalizedUnits END) AS normalized_unused,
    sum(CASE WHEN is_used THEN CommitmentDiscountQuantity END) AS quantity_used,
    sum(CASE WHEN is_unused THEN CommitmentDiscountQuantity END) AS quantity_unused,
    -- None where rows name several, whose quantities are not to be added.
    CASE
      WHEN
        min(CASE WHEN is_used OR is_unused THEN coalesce(CommitmentDiscountUnit, '') END)
        = max(CASE WHEN is_used OR is_unused THEN CommitmentDiscountUnit END)
        THEN max(CASE WHEN is_used OR is_unused THEN CommitmentDiscountUnit END)
    END AS quantity_unit,
    -- A commitment's money has eight decimals, and no rate is below a hundredth of the list price.
    sum(CASE WHEN is_used AND EffectiveCost = 0 AND ListCost > 0.000001 THEN 1 ELSE 0 END) AS charges_without_cost,
    sum(CASE WHEN is_used AND EffectiveCost <> 0 AND ListCost = 0 THEN 1 ELSE 0 END) AS charges_without_list_cost
  FROM held
  GROUP BY x_payer, billing_period, CommitmentDiscountId
)
SELECT
  *,
  used_cost + unused_cost AS amortized_cost,
  CASE WHEN charges_without_cost + charges_without_list_cost = 0 THEN list_cost_covered - used_cost - unused_cost END AS net_savings
FROM sums
