"""The Reserved Instance Marketplace: bought of strangers and of other accounts, listed, sold in part and by chance, cancelled. Rules:
[EC2:ri-market-general], [EC2:ri-market-concepts-buying], [EC2API:errors-overview], [BOTO:ec2]."""
from datetime import datetime

from session import advance, client, control, done, has, refused, same

ec2, seller = client("ec2"), client("ec2", account=1)
year, month = 31_536_000, 2_592_000


def market(of=ec2, **wanted):
    pages = of.get_paginator("describe_reserved_instances_offerings").paginate(Filters=[{"Name": "marketplace", "Values": ["true"]}], **wanted)
    return [offer for page in pages for offer in page["ReservedInstancesOfferings"]]


def offering(instance_type, payment="No Upfront", of=ec2, seconds=year, zone=None, kind="standard"):
    where = {"Name": "availability-zone", "Values": [zone]} if zone else {"Name": "scope", "Values": ["Region"]}
    found = of.describe_reserved_instances_offerings(
        InstanceType=instance_type, OfferingType=payment, ProductDescription="Linux/UNIX", OfferingClass=kind, IncludeMarketplace=False,
        Filters=[{"Name": "duration", "Values": [str(seconds)]}, where])["ReservedInstancesOfferings"]
    same(len(found), 1)
    return found[0]["ReservedInstancesOfferingId"]


def buy(offer, count=1, of=ec2, **more):
    return of.purchase_reserved_instances_offering(ReservedInstancesOfferingId=offer, InstanceCount=count, **more)["ReservedInstancesId"]


def held(id, of=ec2):
    return of.describe_reserved_instances(ReservedInstancesIds=[id])["ReservedInstances"][0]


def reserved(of=ec2):
    return {one["ReservedInstancesId"]: one for one in of.describe_reserved_instances()["ReservedInstances"]}


def prices(*schedules):
    return [{"Term": term, "Price": price, "CurrencyCode": "USD"} for term, price in schedules]


def put_up(id, count, schedules, token, of=seller):
    [listing] = of.create_reserved_instances_listing(ReservedInstancesId=id, InstanceCount=count, PriceSchedules=schedules,
                                                     ClientToken=token)["ReservedInstancesListings"]
    return listing


def refuse(code, id, count=1, schedules=prices((11, 9000.0)), token="refused", of=seller):
    return refused(of.create_reserved_instances_listing, code, 400, ReservedInstancesId=id, InstanceCount=count, PriceSchedules=schedules, ClientToken=token)


def listing(id, of=seller):
    return of.describe_reserved_instances_listings(ReservedInstancesListingId=id)["ReservedInstancesListings"][0]


def counts(listing):
    return {one["State"]: one["InstanceCount"] for one in listing["InstanceCounts"] if one["InstanceCount"]}


# What strangers sell: for months and not for terms, at the fees of the list and prices of their own.
offers = market()
for offer in offers:
    has(offer, "ReservedInstancesOfferingId", "InstanceType", "ProductDescription", "InstanceTenancy", "OfferingType", "OfferingClass", "Scope", "Duration",
        "CurrencyCode", "RecurringCharges", "PricingDetails", "Marketplace")
    has(offer["PricingDetails"][0], "Count")
    assert offer["Duration"] % month == 0 and month <= offer["Duration"] < 3 * year
    same((offer["OfferingClass"], offer["FixedPrice"]), ("standard", offer["PricingDetails"][0]["Price"]))
    assert sum(detail["Count"] for detail in offer["PricingDetails"]) <= 20
assert len(offers) > 5
same(market(IncludeMarketplace=False), [])
assert max(offer["Duration"] for offer in market(MaxDuration=6 * month)) <= 6 * month
assert len(market(MaxInstanceCount=3)) < len(offers)

# Bought: the cheapest first, whatever of them is asked for; not for more than the limit; not later; not more than there are.
offer = next(one for one in offers if len(one["PricingDetails"]) > 1 and sum(detail["Count"] for detail in one["PricingDetails"]) < 20)
id, (first, second) = offer["ReservedInstancesOfferingId"], offer["PricingDetails"][:2]
assert first["Price"] < second["Price"]
wanted, total = first["Count"] + 1, round(first["Count"] * first["Price"] + second["Price"], 2)
refused(ec2.purchase_reserved_instances_offering, "LimitPriceExceeded", 400, ReservedInstancesOfferingId=id, InstanceCount=wanted,
        LimitPrice={"Amount": round(total - 0.01, 2), "CurrencyCode": "USD"})
refused(ec2.purchase_reserved_instances_offering, "InvalidParameterCombination", 400, ReservedInstancesOfferingId=id, InstanceCount=1,
        PurchaseTime="2025-03-01T00:00:00Z")
available = sum(detail["Count"] for detail in offer["PricingDetails"])
refused(ec2.purchase_reserved_instances_offering, "ReservedInstancesUnavailable", 400, ReservedInstancesOfferingId=id, InstanceCount=available + 1)
refused(ec2.purchase_reserved_instances_offering, "ReservedInstancesLimitExceeded", 400, ReservedInstancesOfferingId=id, InstanceCount=21)
bought = buy(id, wanted, LimitPrice={"Amount": total, "CurrencyCode": "USD"})
mine = sorted(reserved().values(), key=lambda one: one["FixedPrice"])
same(sum(one["InstanceCount"] for one in mine), wanted)
same((mine[0]["ReservedInstancesId"], mine[0]["FixedPrice"], mine[-1]["FixedPrice"]), (bought, first["Price"], second["Price"]))
for one in mine:
    same((one["State"], one["OfferingType"], one["InstanceType"], one["RecurringCharges"]),
         ("payment-pending", offer["OfferingType"], offer["InstanceType"], offer["RecurringCharges"]))
    assert offer["Duration"] <= one["Duration"] < offer["Duration"] + month
[after] = [one for one in market() if one["ReservedInstancesOfferingId"] == id]
same(sum(detail["Count"] for detail in after["PricingDetails"]), available - wanted)
advance(seconds=10)
same(held(bought)["State"], "active")

# To be listed: standard, active, owned for thirty days.
ten = buy(offering("m5.large", "Partial Upfront"), 10, of=seller)
refuse("InvalidInput", ten)
convertible = buy(offering("m5.large", kind="convertible"), of=seller)
eu = client("ec2", account=1, region="eu-west-1")
buy(offering("m6i.32xlarge", of=eu, seconds=3 * year), 12, of=eu)
nano = client("ec2", account=2, region="us-west-2")
many = [buy(offering("t3.2xlarge", of=nano, zone=zone), 20, of=nano) for zone in (None, "us-west-2a", "us-west-2b", "us-west-2c")]
advance(seconds=10)
for one in many:
    nano.modify_reserved_instances(ReservedInstancesIds=[one], TargetConfigurations=[{"InstanceType": "t3.nano", "InstanceCount": 1280}])
assert "30 days" in refuse("InvalidInput", ten)
advance(days=31)
assert "convertible" in refuse("InvalidInput", convertible)
discounted = next(id for id, one in reserved(eu).items() if one["RecurringCharges"][0]["Amount"] < 3)
assert "volume discount" in refuse("InvalidInput", discounted, of=eu)
refuse("InvalidReservedInstancesId", "none")
refuse("InvalidReservedInstancesId", ten, of=ec2)
refuse("InvalidInput", ten, 11)
refuse("InvalidParameterValue", ten, 0)
refuse("InvalidParameterValue", ten, schedules=prices((11, -0.01)))
refuse("InvalidParameterValue", ten, schedules=prices((11, 9.0), (11, 8.0)))
refuse("InvalidParameterValue", ten, schedules=prices((0, 9.0)))
refuse("MissingParameter", ten, schedules=[])
refuse("InvalidParameterValue", ten, token="x" * 65)
assert "50000" in refuse("InvalidInput", ten, 10, prices((11, 5000.01)))

# Listed at a price that no stranger pays: pending, then active. The same request again is the same listing.
schedules = prices((12, 900.0), (6, 800.0), (3, 0.5))
made = put_up(ten, 5, schedules, "five")
same((made["Status"], counts(made)), ("pending", {"pending": 5}))
same(put_up(ten, 5, schedules, "five")["ReservedInstancesListingId"], made["ReservedInstancesListingId"])
refuse("IdempotentParameterMismatch", ten, 4, schedules, "five")
assert "listed" in refuse("InvalidInput", ten)
on_sale = made["ReservedInstancesListingId"]
refused(seller.cancel_reserved_instances_listing, "InvalidInput", 400, ReservedInstancesListingId=on_sale)
refused(seller.modify_reserved_instances, "InvalidInput", 400, ReservedInstancesIds=[ten],
        TargetConfigurations=[{"InstanceCount": 10, "AvailabilityZone": "us-east-1a"}])
advance(seconds=10)
made = listing(on_sale)
has(made, "ClientToken", "CreateDate", "InstanceCounts", "PriceSchedules", "ReservedInstancesId", "ReservedInstancesListingId", "Status", "StatusMessage",
    "UpdateDate")
same((made["Status"], made["ReservedInstancesId"], made["ClientToken"], counts(made)), ("active", ten, "five", {"available": 5}))
same([(one["Term"], one["Price"], one["Active"], one["CurrencyCode"]) for one in made["PriceSchedules"]],
     [(12, 900.0, True, "USD"), (6, 800.0, False, "USD"), (3, 0.5, False, "USD")])

# Another account sees it and buys two; its owner does not see it. The reservation is retired, a smaller one carries on.
mine = [one for one in market(InstanceType="m5.large") if {"Count": 5, "Price": 900.0} in one["PricingDetails"]]
same(len(mine), 1)
same([one for one in market(seller, InstanceType="m5.large") if {"Count": 5, "Price": 900.0} in one["PricingDetails"]], [])
same((mine[0]["RecurringCharges"][0]["Amount"], mine[0]["Duration"]), (0.0288, 11 * month))
others = sum(detail["Count"] for detail in mine[0]["PricingDetails"]) - 5
was = held(ten, seller)
# Until it is paid for it is only pending: if the payment fails, it is on sale again.
control({"fail-payments": 99})
buy(mine[0]["ReservedInstancesOfferingId"], others + 2)
same((counts(listing(on_sale)), held(ten, seller)["State"]), ({"available": 3, "pending": 2}, "active"))
advance(seconds=10)
control({"fail-payments": 0})
same((counts(listing(on_sale)), held(ten, seller)["State"]), ({"available": 5}, "active"))
[again] = [one for one in market(InstanceType="m5.large") if {"Count": 5, "Price": 900.0} in one["PricingDetails"]]
same(again["PricingDetails"], mine[0]["PricingDetails"])
sold = buy(again["ReservedInstancesOfferingId"], others + 2)
same(counts(listing(on_sale)), {"available": 3, "pending": 2})
advance(seconds=10)
got = [one for one in reserved().values() if (one["FixedPrice"], one["State"]) == (900.0, "active")]
same([(one["InstanceCount"], one["End"]) for one in got], [(2, was["End"])])
partly = listing(on_sale)
same((partly["Status"], counts(partly)), ("active", {"available": 3, "sold": 2}))
old, rest = held(ten, seller), held(partly["ReservedInstancesId"], seller)
same((old["State"], old["InstanceCount"], old["End"]), ("retired", 10, rest["Start"]))
same((rest["State"], rest["InstanceCount"], rest["End"], rest["FixedPrice"], rest["RecurringCharges"]),
     ("active", 8, was["End"], 0.0, was["RecurringCharges"]))
same(rest["Start"], got[0]["Start"])

# Cancelled: what is sold stays sold. Again, it changes nothing.
cancel = seller.cancel_reserved_instances_listing
[cancelled] = cancel(ReservedInstancesListingId=on_sale)["ReservedInstancesListings"]
same((cancelled["Status"], counts(cancelled), [one["Active"] for one in cancelled["PriceSchedules"]]), ("cancelled", {"sold": 2, "cancelled": 3}, [False] * 3))
same(cancel(ReservedInstancesListingId=on_sale)["ReservedInstancesListings"], [cancelled])
refused(cancel, "InvalidInput", 400, ReservedInstancesListingId="none")
refused(ec2.cancel_reserved_instances_listing, "InvalidInput", 400, ReservedInstancesListingId=on_sale)

# Listed again for next to nothing, it is sold in days. Without a number of months, a price is for all that remain.
rest = rest["ReservedInstancesId"]
cheap = put_up(rest, 8, [{"CurrencyCode": "USD", "Price": 0.01}], "cheap")["ReservedInstancesListingId"]
for _ in range(60):
    advance(days=1)
    if listing(cheap)["Status"] == "closed":
        break
same((listing(cheap)["Status"], counts(listing(cheap))), ("closed", {"sold": 8}))
same(held(listing(cheap)["ReservedInstancesId"], seller)["State"], "retired")
refused(cancel, "InvalidInput", 400, ReservedInstancesListingId=cheap)
for name, value in (("reserved-instances-listing-id", cheap), ("status", "closed"), ("status-message", "SOLD"),
                    ("reserved-instances-id", listing(cheap)["ReservedInstancesId"])):
    found = seller.describe_reserved_instances_listings(Filters=[{"Name": name, "Values": [value]}])["ReservedInstancesListings"]
    same([one["ReservedInstancesListingId"] for one in found], [cheap])
describe = seller.describe_reserved_instances_listings
same(describe(ReservedInstancesId=listing(cheap)["ReservedInstancesId"])["ReservedInstancesListings"], [listing(cheap)])
refused(describe, "InvalidInput", 400, ReservedInstancesListingId="none")
refused(describe, "InvalidReservedInstancesId", 400, ReservedInstancesId="none")
refused(describe, "InvalidParameterValue", 400, Filters=[{"Name": "colour", "Values": ["red"]}])
same(ec2.describe_reserved_instances_listings()["ReservedInstancesListings"], [])

def listing_of(id):
    return nano.describe_reserved_instances_listings(ReservedInstancesId=id)["ReservedInstancesListings"][0]


# An account sells 5,000 in its life. Reservations that were modified count from when they were bought.
small = [id for id, one in reserved(nano).items() if one["InstanceType"] == "t3.nano"]
same(len(small), 4)
for turn, one in enumerate(small[:3]):
    put_up(one, 1280, prices((12, 10.0)), f"nano {turn}", nano)
refuse("ReservedInstancesCountExceeded", small[3], 1161, prices((12, 10.0)), of=nano)
last = put_up(small[3], 1160, prices((12, 10.0), (4, 9.0)), "last", nano)["ReservedInstancesListingId"]

# The price of the month holds; with the term the listing ends. A month must be left for a new one.
same([one["Active"] for one in listing(last, nano)["PriceSchedules"]], [True, False])
now = datetime.fromisoformat(advance())
advance(days=(held(small[3], nano)["End"] - now).days - 110)
same([one["Active"] for one in listing(last, nano)["PriceSchedules"]], [False, True])
nano.cancel_reserved_instances_listing(ReservedInstancesListingId=(third := listing_of(small[2]))["ReservedInstancesListingId"])
advance(days=90)
assert "month" in refuse("InvalidInput", third["ReservedInstancesId"], of=nano)
advance(days=30)
ended = listing(last, nano)
same((ended["Status"], ended["StatusMessage"], counts(ended)), ("closed", "EXPIRED", {}))
done()
