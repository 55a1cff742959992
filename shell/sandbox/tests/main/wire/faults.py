"""What goes wrong on the way, with purchases that are made or not made all the same."""
from session import advance, client, control, done, fault, lost, refused, same

plans = client("savingsplans")
offering = plans.describe_savings_plans_offerings(planTypes=["Compute"], paymentOptions=["No Upfront"])["searchResults"][0]["offeringId"]


def buy(token, of=plans):
    return of.create_savings_plan(savingsPlanOfferingId=offering, commitment="1", clientToken=token)


def count():
    return len(plans.describe_savings_plans()["savingsPlans"])


fault("savingsplans:CreateSavingsPlan", "lost-before")
lost(buy, token="a")
same(count(), 0)
fault("savingsplans:*", "lost-after")
lost(buy, token="b")
same(count(), 1)
buy("b")
same(count(), 1)
fault("*", "error-after")
refused(buy, "InternalServerException", 500, token="c")
same(count(), 2)
fault("savingsplans:CreateSavingsPlan", "throttled")
refused(buy, "ThrottlingException", 400, token="d")
fault("savingsplans:CreateSavingsPlan", "denied")
refused(buy, "AccessDeniedException", 400, token="d")
fault("savingsplans:CreateSavingsPlan", "skewed-clock")
refused(buy, "InvalidSignatureException", 403, token="d")
same(count(), 2)
# Delivered twice: the token makes it one purchase.
fault("savingsplans:CreateSavingsPlan", "duplicated")
buy("e")
same(count(), 3)
buy("f")
fault("savingsplans:DescribeSavingsPlans", "stale")
same((count(), count()), (3, 4))
fault("savingsplans:DescribeSavingsPlans", "short-page")
page = plans.describe_savings_plans()
same((len(page["savingsPlans"]), "nextToken" in page), (1, True))
same(len(plans.describe_savings_plans(nextToken=page["nextToken"])["savingsPlans"]), 3)

# Only what is signed by somebody known is answered.
refused(client("savingsplans", aws_secret_access_key="wrong").describe_savings_plans, "InvalidSignatureException", 403)
refused(client("savingsplans", aws_access_key_id="AKIANOBODY").describe_savings_plans, "UnrecognizedClientException", 403)
before = control("time")
assert advance(days=1) > before
done()
