"""OpenSearch: instances are reserved under a name that the buyer has to choose. [BOTO:opensearch]; prices are simulated.

Never refused here: DisabledOperationException."""
from session import advance, client, control, done, fault, has, lost, pages, refused, same

search, unchecked = client("opensearch"), client("opensearch", checks=False)
offers = search.describe_reserved_instance_offerings()["ReservedInstanceOfferings"]
for offer in offers:
    has(offer, "ReservedInstanceOfferingId", "InstanceType", "Duration", "CurrencyCode", "PaymentOption", "RecurringCharges")
    same((offer["UsagePrice"], offer["CurrencyCode"], offer["InstanceType"]), (0, "USD", "r6g.large.search"))


def price(record):
    [recurring] = record["RecurringCharges"]
    same(recurring["RecurringChargeFrequency"], "Hourly")
    return record["Duration"], record["PaymentOption"], record["FixedPrice"], recurring["RecurringChargeAmount"]


same(sorted(map(price, offers)), [
    (31_536_000, "ALL_UPFRONT", 936, 0), (31_536_000, "NO_UPFRONT", 0, 0.1152), (31_536_000, "PARTIAL_UPFRONT", 483, 0.0551),
    (94_608_000, "ALL_UPFRONT", 2063, 0), (94_608_000, "NO_UPFRONT", 0, 0.0868), (94_608_000, "PARTIAL_UPFRONT", 1075, 0.0409),
])
[partial] = [offer for offer in offers if (offer["Duration"], offer["PaymentOption"]) == (31_536_000, "PARTIAL_UPFRONT")]
offering = partial["ReservedInstanceOfferingId"]
same(search.describe_reserved_instance_offerings(ReservedInstanceOfferingId=offering)["ReservedInstanceOfferings"], [partial])
NONE = "11111111-1111-4111-a111-111111111111"
refused(search.describe_reserved_instance_offerings, "ResourceNotFoundException", 409, ReservedInstanceOfferingId=NONE)
refused(search.describe_reserved_instance_offerings, "ValidationException", 400, MaxResults=101)
refused(search.describe_reserved_instance_offerings, "ValidationException", 400, NextToken="made-up")
same([len(page) for page in pages(search.describe_reserved_instance_offerings, "ReservedInstanceOfferings", MaxResults=4)], [4, 2])


def buy(name, of=search, what=offering, **more):
    return of.purchase_reserved_instance_offering(ReservedInstanceOfferingId=what, ReservationName=name, **more)


def held(**more):
    return search.describe_reserved_instances(**more)["ReservedInstances"]


# Bought: the answer has the ids alone; the same name again is refused.
bought = buy("tenor-1", InstanceCount=3)
has(bought, "ReservedInstanceId", "ReservationName")
same(bought["ReservationName"], "tenor-1")
[found] = held(ReservedInstanceId=bought["ReservedInstanceId"])
has(found, "FixedPrice", "ReservedInstanceOfferingId", "BillingSubscriptionId", "ReservationName", "PaymentOption", "ReservedInstanceId",
    "RecurringCharges", "State", "StartTime", "InstanceCount", "Duration", "InstanceType", "CurrencyCode")
same((price(found), found["InstanceCount"], found["State"], found["InstanceType"]),
     ((31_536_000, "PARTIAL_UPFRONT", 483, 0.0551), 3, "payment-pending", "r6g.large.search"))
advance(seconds=10)
same([found["State"] for found in held()], ["active"])
refused(buy, "ResourceAlreadyExistsException", 409, name="tenor-1", InstanceCount=3)
fault("opensearch:PurchaseReservedInstanceOffering", "lost-after")
lost(buy, name="tenor-2")
refused(buy, "ResourceAlreadyExistsException", 409, name="tenor-2")
buy("tenor-1", of=client("opensearch", account=1))
same([found["InstanceCount"] for found in held()], [3, 1])
refused(search.describe_reserved_instances, "ResourceNotFoundException", 409, ReservedInstanceId=NONE)
refused(search.describe_reserved_instances, "ValidationException", 400, MaxResults=101)
same([len(page) for page in pages(search.describe_reserved_instances, "ReservedInstances", MaxResults=1)], [1, 1])
same(client("opensearch", region="us-west-2").describe_reserved_instance_offerings()["ReservedInstanceOfferings"], [])

refused(buy, "ResourceNotFoundException", 409, name="tenor-3", what=NONE)
refused(buy, "ResourceNotFoundException", 409, name="tenor-3", of=client("opensearch", region="eu-west-1"))
for name in ("four", "x" * 65):
    refused(buy, "ValidationException", 400, name=name, of=unchecked)
buy("five!")
buy("x" * 64)
refused(buy, "ValidationException", 400, name="tenor-3", of=unchecked, InstanceCount=0)
# The quota is simulated, at 100 instances of an account in a Region.
refused(buy, "LimitExceededException", 409, name="tenor-3", InstanceCount=95)
buy("tenor-3", InstanceCount=94)
refused(buy, "LimitExceededException", 409, name="tenor-4")
fault("opensearch:DescribeReservedInstances", "error-after")
refused(search.describe_reserved_instances, "InternalException", 500)

advance(days=365)
same({found["State"] for found in held()}, {"retired"})
control({"fail-payments": 1})
failed = buy("tenor-4")["ReservedInstanceId"]
advance(seconds=10)
same([found["State"] for found in held(ReservedInstanceId=failed)], ["payment-failed"])
done()
