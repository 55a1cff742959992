"""Redshift: nodes are bought without name or token and exchanged once; processing units are bought with a token. [BOTO:redshift],
[BOTO:redshift-serverless]; prices of ra3 nodes are those of data/node_prices.csv, all others are simulated.

Never refused here: DependentServiceUnavailableFault, and ReservedNodeAlreadyExists, since AWS alone names these reservations; of the serverless ones
TooManyTagsException, since they take no tags."""
from datetime import timedelta

from session import KEYS, advance, client, control, done, fault, has, lost, refused, same

ACCOUNT = KEYS[0][0]
redshift = client("redshift")


def price(record):
    [recurring] = record["RecurringCharges"]
    same(recurring["RecurringChargeFrequency"], "Hourly")
    return record["Duration"], record["OfferingType"], record["FixedPrice"], recurring["RecurringChargeAmount"]


def nodes(**more):
    return redshift.describe_reserved_nodes(**more)["ReservedNodes"]


def node(id):
    [found] = nodes(ReservedNodeId=id)
    return found


def buy(offering, **more):
    return redshift.purchase_reserved_node_offering(ReservedNodeOfferingId=offering, **more)["ReservedNode"]


# On sale.
offers = redshift.describe_reserved_node_offerings()["ReservedNodeOfferings"]
for offer in offers:
    has(offer, "ReservedNodeOfferingId", "NodeType", "Duration", "CurrencyCode", "OfferingType", "RecurringCharges", "ReservedNodeOfferingType")
    same((offer["UsagePrice"], offer["CurrencyCode"]), (0, "USD"))
same({offer["NodeType"] for offer in offers}, {"ra3.xlplus", "dc1.large", "dc2.large"})
same(sorted(price(offer) for offer in offers if offer["NodeType"] == "ra3.xlplus"), [
    (31_536_000, "All Upfront", 6279, 0), (31_536_000, "No Upfront", 0, 0.7602), (31_536_000, "Partial Upfront", 3187, 0.363813),
    (94_608_000, "All Upfront", 10703, 0), (94_608_000, "No Upfront", 0, 0.4725), (94_608_000, "Partial Upfront", 5637, 0.214498),
])


def offering(kind, years=1, payment="All Upfront"):
    [found] = [o for o in offers if (o["NodeType"], o["Duration"], o["OfferingType"]) == (kind, years * 31_536_000, payment)]
    return found["ReservedNodeOfferingId"]


large = offering("ra3.xlplus", payment="Partial Upfront")
same(redshift.describe_reserved_node_offerings(ReservedNodeOfferingId=large)["ReservedNodeOfferings"],
     [offer for offer in offers if offer["ReservedNodeOfferingId"] == large])
refused(redshift.describe_reserved_node_offerings, "ReservedNodeOfferingNotFound", 404, ReservedNodeOfferingId="none")
refused(redshift.describe_reserved_node_offerings, "InvalidParameterValue", 400, MaxRecords=19)
fault("redshift:DescribeReservedNodeOfferings", "short-page")
page = redshift.describe_reserved_node_offerings()
same((len(page["ReservedNodeOfferings"]), len(redshift.describe_reserved_node_offerings(Marker=page["Marker"])["ReservedNodeOfferings"])), (1, 17))
refused(redshift.describe_reserved_nodes, "InvalidParameterValue", 400, Marker=page["Marker"])

# Bought: AWS names it, and a request that is delivered twice buys twice.
held = buy(large, NodeCount=4)
has(held, "ReservedNodeId", "ReservedNodeOfferingId", "NodeType", "StartTime", "Duration", "FixedPrice", "CurrencyCode", "NodeCount", "State",
    "OfferingType", "RecurringCharges", "ReservedNodeOfferingType")
same((price(held), held["NodeCount"], held["State"], held["UsagePrice"]), ((31_536_000, "Partial Upfront", 3187, 0.363813), 4, "payment-pending", 0))
advance(seconds=10)
same(node(held["ReservedNodeId"])["State"], "active")
fault("redshift:PurchaseReservedNodeOffering", "duplicated")
same(buy(large)["NodeCount"], 1)
same(len(nodes()), 3)
fault("redshift:PurchaseReservedNodeOffering", "lost-after")
lost(buy, offering=large)
same(len(nodes()), 4)
fault("redshift:PurchaseReservedNodeOffering", "error-after")
refused(buy, "InternalFailure", 500, offering=large)
same(len({held["ReservedNodeId"] for held in nodes()}), 5)
refused(redshift.describe_reserved_nodes, "ReservedNodeNotFound", 404, ReservedNodeId="none")
refused(client("redshift", account=1).describe_reserved_nodes, "ReservedNodeNotFound", 404, ReservedNodeId=held["ReservedNodeId"])
refused(buy, "ReservedNodeOfferingNotFound", 404, offering="none")
refused(buy, "InvalidParameterValue", 400, offering=large, NodeCount=0)
# The quota is simulated, at 200 nodes of an account in a Region.
refused(buy, "ReservedNodeQuotaExceeded", 400, offering=large, NodeCount=193)
for _ in range(20):
    buy(large)
pages = redshift.get_paginator("describe_reserved_nodes").paginate(PaginationConfig={"PageSize": 20})
same([len(page["ReservedNodes"]) for page in pages], [20, 5])
advance(seconds=10)
control({"fail-payments": 1})
failed = buy(large)["ReservedNodeId"]
advance(seconds=10)
same(node(failed)["State"], "payment-failed")

# [BOTO:redshift AcceptReservedNodeExchange]: DC1 for DC2 with the same term, payment and number, at no cost, once.
old = buy(offering("dc1.large"), NodeCount=3)
source = {"ReservedNodeId": old["ReservedNodeId"]}
target = {"TargetReservedNodeOfferingId": offering("dc2.large")}
refused(redshift.accept_reserved_node_exchange, "InvalidReservedNodeState", 400, **source, **target)
refused(redshift.get_reserved_node_exchange_offerings, "InvalidReservedNodeState", 400, **source)
advance(hours=100 * 24)
[found] = redshift.get_reserved_node_exchange_offerings(**source)["ReservedNodeOfferings"]
has(found, "ReservedNodeOfferingId", "NodeType", "Duration", "CurrencyCode", "OfferingType", "RecurringCharges", "ReservedNodeOfferingType")
same((found["ReservedNodeOfferingId"], found["NodeType"], price(found)), (offering("dc2.large"), "dc2.large", (31_536_000, "All Upfront", 0, 0)))
for wrong in (offering("dc2.large", years=3), offering("dc2.large", payment="No Upfront"), large):
    refused(redshift.accept_reserved_node_exchange, "UnsupportedOperation", 400, **source, TargetReservedNodeOfferingId=wrong)
refused(redshift.accept_reserved_node_exchange, "ReservedNodeOfferingNotFound", 404, **source, TargetReservedNodeOfferingId="none")
for wrong, code, status in (("none", "ReservedNodeNotFound", 404), (held["ReservedNodeId"], "UnsupportedOperation", 400)):
    refused(redshift.accept_reserved_node_exchange, code, status, ReservedNodeId=wrong, **target)
    refused(redshift.get_reserved_node_exchange_offerings, code, status, ReservedNodeId=wrong)
same(redshift.describe_reserved_node_exchange_status()["ReservedNodeExchangeStatusDetails"], [])

new = redshift.accept_reserved_node_exchange(**source, **target)["ExchangedReservedNode"]
has(new, "ReservedNodeId", "ReservedNodeOfferingId", "NodeType", "StartTime", "Duration", "CurrencyCode", "NodeCount", "State", "OfferingType",
    "RecurringCharges", "ReservedNodeOfferingType")
same((new["NodeType"], new["NodeCount"], new["State"], price(new)), ("dc2.large", 3, "exchanging", (31_536_000, "All Upfront", 0, 0)))
# The term goes on: it ends when the first one would have.
same(new["StartTime"], old["StartTime"])
[status] = redshift.describe_reserved_node_exchange_status(**source)["ReservedNodeExchangeStatusDetails"]
has(status, "ReservedNodeExchangeRequestId", "Status", "RequestTime", "SourceReservedNodeId", "SourceReservedNodeType", "SourceReservedNodeCount",
    "TargetReservedNodeOfferingId", "TargetReservedNodeType", "TargetReservedNodeCount")
same((status["Status"], status["SourceReservedNodeType"], status["TargetReservedNodeType"]), ("IN_PROGRESS", "dc1.large", "dc2.large"))
same((status["SourceReservedNodeCount"], status["TargetReservedNodeCount"], status["RequestTime"] > old["StartTime"] + timedelta(days=99)), (3, 3, True))
advance(seconds=10)
request = {"ReservedNodeExchangeRequestId": status["ReservedNodeExchangeRequestId"]}
same([found["Status"] for found in redshift.describe_reserved_node_exchange_status(**request)["ReservedNodeExchangeStatusDetails"]], ["SUCCEEDED"])
pages = redshift.get_paginator("describe_reserved_node_exchange_status").paginate()
same([len(page["ReservedNodeExchangeStatusDetails"]) for page in pages], [1])
same((node(new["ReservedNodeId"])["State"], node(old["ReservedNodeId"])["State"]), ("active", "retired"))
refused(redshift.accept_reserved_node_exchange, "ReservedNodeAlreadyMigrated", 400, **source, **target)
refused(redshift.get_reserved_node_exchange_offerings, "ReservedNodeAlreadyMigrated", 400, **source)
refused(redshift.describe_reserved_node_exchange_status, "ReservedNodeNotFound", 404, ReservedNodeId="none")
refused(redshift.describe_reserved_node_exchange_status, "ReservedNodeExchangeNotFond", 404, ReservedNodeExchangeRequestId="none")
# An exchange that is delivered twice is made once, and the answer is the second one's.
twice = buy(offering("dc1.large"))["ReservedNodeId"]
advance(seconds=10)
fault("redshift:AcceptReservedNodeExchange", "duplicated")
refused(redshift.accept_reserved_node_exchange, "ReservedNodeAlreadyMigrated", 400, ReservedNodeId=twice, **target)
same(len(redshift.describe_reserved_node_exchange_status()["ReservedNodeExchangeStatusDetails"]), 2)
advance(days=264, hours=23)
same(node(new["ReservedNodeId"])["State"], "active")
advance(hours=1)
same(node(new["ReservedNodeId"])["State"], "retired")

# Serverless: units for a year, with everything or nothing upfront, by a token that is a UUID of version 4.
serverless = client("redshift-serverless")
offers = serverless.list_reservation_offerings()["reservationOfferingsList"]
for offer in offers:
    has(offer, "offeringId", "offeringType", "duration", "currencyCode")
same([(offer["offeringType"], offer["duration"], offer["upfrontCharge"], offer["hourlyCharge"]) for offer in offers],
     [("ALL_UPFRONT", 31_536_000, 2496.6, 0), ("NO_UPFRONT", 31_536_000, 0, 0.3)])
pages = serverless.get_paginator("list_reservation_offerings").paginate(PaginationConfig={"PageSize": 1})
same([page["reservationOfferingsList"] for page in pages], [[offer] for offer in offers])
hourly = offers[1]["offeringId"]
same(serverless.get_reservation_offering(offeringId=hourly)["reservationOffering"], offers[1])
refused(serverless.get_reservation_offering, "ResourceNotFoundException", 400, offeringId="none")
refused(serverless.list_reservation_offerings, "ValidationException", 400, maxResults=101)
refused(serverless.list_reservation_offerings, "ValidationException", 400, nextToken="made-up-token")
refused(serverless.list_reservations, "ValidationException", 400, nextToken="made-up-token")

TOKEN = "6d7f6c1e-3b5a-4c1d-9e2f-0123456789ab"
made = serverless.create_reservation(capacity=8, offeringId=hourly, clientToken=TOKEN)["reservation"]
has(made, "capacity", "endDate", "offering", "reservationArn", "reservationId", "startDate", "status")
same((made["capacity"], made["status"], made["offering"]), (8, "payment-pending", offers[1]))
same(made["endDate"] - made["startDate"], timedelta(days=365))
same(made["reservationArn"], f"arn:aws:redshift-serverless:us-east-1:{ACCOUNT}:reservation/{made['reservationId']}")
advance(seconds=10)
again = serverless.create_reservation(capacity=8, offeringId=hourly, clientToken=TOKEN)["reservation"]
same((again["reservationId"], again["status"]), (made["reservationId"], "active"))
refused(serverless.create_reservation, "ConflictException", 400, capacity=16, offeringId=hourly, clientToken=TOKEN)
for wrong in ("first", "6d7f6c1e-3b5a-1c1d-9e2f-0123456789ab"):
    refused(serverless.create_reservation, "ValidationException", 400, capacity=8, offeringId=hourly, clientToken=wrong)
refused(serverless.create_reservation, "ValidationException", 400, capacity=0, offeringId=hourly)
refused(serverless.create_reservation, "ResourceNotFoundException", 400, capacity=8, offeringId="none")
# The quota is simulated, at 1024 units of an account in a Region.
refused(serverless.create_reservation, "ServiceQuotaExceededException", 400, capacity=1017, offeringId=hourly)
fault("redshift-serverless:CreateReservation", "duplicated")
serverless.create_reservation(capacity=1, offeringId=offers[0]["offeringId"])
same([held["capacity"] for held in serverless.list_reservations()["reservationsList"]], [8, 1])
fault("redshift-serverless:CreateReservation", "error-after")
refused(serverless.create_reservation, "InternalServerException", 500, capacity=1, offeringId=hourly)
fault("redshift-serverless:CreateReservation", "throttled")
refused(serverless.create_reservation, "ThrottlingException", 400, capacity=1, offeringId=hourly)
pages = serverless.get_paginator("list_reservations").paginate(PaginationConfig={"PageSize": 2})
same([len(page["reservationsList"]) for page in pages], [2, 1])
same(client("redshift-serverless", region="eu-west-1").list_reservations()["reservationsList"], [])
same(client("redshift-serverless", region="eu-central-1").list_reservation_offerings()["reservationOfferingsList"], [])
# They are no nodes.
same("ra3.xlplus" in {held["NodeType"] for held in nodes()} and len(nodes()), 30)
advance(days=365)
same({held["status"] for held in serverless.list_reservations()["reservationsList"]}, {"retired"})
done()
