"""Reservations of RDS, ElastiCache and MemoryDB: a number of nodes under a name of which there can be one. [BOTO:rds], [BOTO:elasticache],
[BOTO:memorydb]; prices are those of data/rds_prices.csv and data/node_prices.csv.

Never refused here: InvalidParameterCombination, since AWS does not say which parameters do not go together, and ServiceLinkedRoleNotFoundFault,
since every account has its roles."""
from datetime import datetime, timezone

from session import KEYS, advance, client, control, done, fault, has, lost, pages, refused, same

ACCOUNT = KEYS[0][0]


def service(name, of, sold, of_sold, held, of_held, bought, offering, id, kind, count):
    """What to call and what answers name things, so that one script reads for all."""
    class Service:
        def __init__(self, account=0, region="us-east-1", checks=True):
            self.api = client(name, account, region, checks=checks)

        def sold(self, **more):
            token = "NextToken" if name == "memorydb" else "Marker"
            return [offer for page in pages(getattr(self.api, sold), of_sold, token, **more) for offer in page]

        def held(self, **more):
            return getattr(self.api, held)(**more)[of_held]

        def buy(self, what, called=None, number=None, tags=None):
            more = {id: called, count: number, "Tags": tags}
            return getattr(self.api, of)(**{offering: what}, **{key: value for key, value in more.items() if value is not None})[bought]

        def paginated(self, operation, size):
            found = self.api.get_paginator(operation).paginate(PaginationConfig={"PageSize": size})
            return [page[of_sold if operation == sold else of_held] for page in found]

    Service.names = (sold, held, offering, id, kind, count)
    return Service


Rds = service("rds", "purchase_reserved_db_instances_offering", "describe_reserved_db_instances_offerings", "ReservedDBInstancesOfferings",
              "describe_reserved_db_instances", "ReservedDBInstances", "ReservedDBInstance", "ReservedDBInstancesOfferingId",
              "ReservedDBInstanceId", "DBInstanceClass", "DBInstanceCount")
Cache = service("elasticache", "purchase_reserved_cache_nodes_offering", "describe_reserved_cache_nodes_offerings", "ReservedCacheNodesOfferings",
                "describe_reserved_cache_nodes", "ReservedCacheNodes", "ReservedCacheNode", "ReservedCacheNodesOfferingId",
                "ReservedCacheNodeId", "CacheNodeType", "CacheNodeCount")
Memory = service("memorydb", "purchase_reserved_nodes_offering", "describe_reserved_nodes_offerings", "ReservedNodesOfferings",
                 "describe_reserved_nodes", "ReservedNodes", "ReservedNode", "ReservedNodesOfferingId", "ReservationId", "NodeType", "NodeCount")


def price(record):
    [recurring] = record["RecurringCharges"]
    same(recurring["RecurringChargeFrequency"], "Hourly")
    return record["Duration"], record["OfferingType"], record["FixedPrice"], recurring["RecurringChargeAmount"]


# On sale: RDS has no three years with nothing upfront ([RDS:user-workingwithreserveddbinstances]), the others have every option.
rds, cache, memory = Rds(), Cache(), Memory()
found = rds.sold(DBInstanceClass="db.r5.large", ProductDescription="mysql", MultiAZ=False)
for offer in found:
    has(offer, "CurrencyCode", "ProductDescription", "ReservedDBInstancesOfferingId", "DBInstanceClass", "OfferingType", "RecurringCharges", "Duration")
    same((offer["UsagePrice"], offer["MultiAZ"], offer["CurrencyCode"]), (0, False, "USD"))
same(sorted(map(price, found)), [
    (31_536_000, "All Upfront", 1156, 0), (31_536_000, "No Upfront", 0, 0.1386), (31_536_000, "Partial Upfront", 578, 0.066),
    (94_608_000, "All Upfront", 2334, 0), (94_608_000, "Partial Upfront", 1167, 0.0444),
])
found = cache.sold(CacheNodeType="cache.r7g.large", ProductDescription="redis")
for offer in found:
    has(offer, "ReservedCacheNodesOfferingId", "CacheNodeType", "Duration", "ProductDescription", "OfferingType", "RecurringCharges")
same(sorted(map(price, found)), [
    (31_536_000, "All Upfront", 1227.8, 0), (31_536_000, "No Upfront", 0, 0.149), (31_536_000, "Partial Upfront", 623.49, 0.071),
    (94_608_000, "All Upfront", 2589.89, 0), (94_608_000, "No Upfront", 0, 0.114), (94_608_000, "Partial Upfront", 1381.28, 0.053),
])
# [MDB]: an offering is for a node type, whatever its engine.
found = memory.sold(NodeType="db.r6g.large")
for offer in found:
    has(offer, "ReservedNodesOfferingId", "NodeType", "Duration", "OfferingType", "RecurringCharges")
same(len(found), 6)
same([price(offer) for offer in memory.sold(NodeType="db.r6g.large", Duration="1", OfferingType="Partial Upfront")],
     [(31_536_000, "Partial Upfront", 893, 0.102)])

# Filters: a part of a product's name is enough for RDS's offerings; durations in years or seconds; what there is not is refused.
same({offer["ProductDescription"] for offer in rds.sold(ProductDescription="sql")}, {"mysql", "postgresql"})
same({offer["ProductDescription"] for offer in cache.sold(ProductDescription="valkey")}, {"valkey"})
same(cache.sold(ProductDescription="redi"), [])
same(cache.sold(OfferingType="Heavy Utilization"), [])
same({offer["MultiAZ"] for offer in rds.sold(MultiAZ=True)}, {True})
for shop, code in ((rds, "InvalidParameterValue"), (cache, "InvalidParameterValue"), (memory, "InvalidParameterValueException")):
    all = len(shop.sold())
    same(len(shop.sold(Duration="1")) + len(shop.sold(Duration="94608000")), all)
    same(sum(len(shop.sold(OfferingType=option)) for option in ("No Upfront", "Partial Upfront", "All Upfront")), all)
    sold, held, offering, id, kind, _ = shop.names
    refused(shop.sold, code, 400, Duration="2")
    refused(shop.held, code, 400, Duration="2")
    refused(shop.sold, code, 400, OfferingType="Half Upfront")
    same(shop.sold(**{kind: "db.none"}), [])
    [same_one] = shop.sold(**{offering: shop.sold()[-1][offering]})
    same(same_one, shop.sold()[-1])
    same(type(shop)(region="eu-central-1").sold(), [])
refused(rds.sold, "ReservedDBInstancesOfferingNotFound", 404, ReservedDBInstancesOfferingId="none")
refused(cache.sold, "ReservedCacheNodesOfferingNotFound", 404, ReservedCacheNodesOfferingId="none")
refused(memory.sold, "ReservedNodesOfferingNotFoundFault", 400, ReservedNodesOfferingId="none")

# Pages: at least 20 records by marker, and a marker of another question is refused.
found = rds.paginated("describe_reserved_db_instances_offerings", 20)
same([len(page) for page in found], [20] * 8)
same(len({offer["ReservedDBInstancesOfferingId"] for page in found for offer in page}), 160)
refused(rds.sold, "InvalidParameterValue", 400, MaxRecords=19)
refused(rds.sold, "InvalidParameterValue", 400, Marker="made-up")
refused(cache.sold, "InvalidParameterValue", 400, MaxRecords=101)
same(len(cache.paginated("describe_reserved_cache_nodes_offerings", 20)), 2)
refused(memory.sold, "InvalidParameterValueException", 400, MaxResults=0)
same([len(page) for page in memory.paginated("describe_reserved_nodes_offerings", 5)], [5, 5, 2])

# Bought under a name: pending, then active; the same name again is refused with a status that says otherwise, elsewhere it is free.
[offer] = rds.sold(DBInstanceClass="db.r5.large", ProductDescription="postgresql", MultiAZ=True, Duration="1", OfferingType="Partial Upfront")
offer = offer["ReservedDBInstancesOfferingId"]
held = rds.buy(offer, "tenor-1", 3, [{"Key": "owner", "Value": "finance"}])
has(held, "ReservedDBInstanceId", "ReservedDBInstancesOfferingId", "DBInstanceClass", "StartTime", "Duration", "FixedPrice", "CurrencyCode",
    "DBInstanceCount", "ProductDescription", "OfferingType", "MultiAZ", "State", "RecurringCharges", "ReservedDBInstanceArn", "LeaseId")
same((price(held), held["DBInstanceCount"], held["State"]), ((31_536_000, "Partial Upfront", 1205, 0.1375), 3, "payment-pending"))
same(held["ReservedDBInstanceArn"], f"arn:aws:rds:us-east-1:{ACCOUNT}:ri:tenor-1")
same(held["StartTime"].date(), datetime(2025, 1, 1, tzinfo=timezone.utc).date())
advance(seconds=10)
[held] = rds.held(ReservedDBInstanceId="tenor-1")
same((held["State"], held["DBInstanceClass"], held["ProductDescription"], held["MultiAZ"]), ("active", "db.r5.large", "postgresql", True))
[found] = rds.held(LeaseId=held["LeaseId"], OfferingType="Partial Upfront", Duration="1", MultiAZ=True, ProductDescription="postgresql")
same(found, held)
same(rds.held(ProductDescription="postgres"), [])
refused(rds.buy, "ReservedDBInstanceAlreadyExists", 404, what=offer, called="tenor-1", number=3)
Rds(account=1).buy(offer, "tenor-1")
refused(Rds(region="eu-west-1").buy, "ReservedDBInstancesOfferingNotFound", 404, what=offer)
same(Rds(region="eu-west-1").held(), [])
refused(Rds(account=2).held, "ReservedDBInstanceNotFound", 404, ReservedDBInstanceId="tenor-1")
refused(rds.buy, "ReservedDBInstancesOfferingNotFound", 404, what="none")

# A purchase whose answer is lost was made: the name finds it, and nothing is bought twice.
fault("rds:PurchaseReservedDBInstancesOffering", "lost-after")
lost(rds.buy, what=offer, called="tenor-2")
refused(rds.buy, "ReservedDBInstanceAlreadyExists", 404, what=offer, called="tenor-2")
fault("rds:PurchaseReservedDBInstancesOffering", "duplicated")
refused(rds.buy, "ReservedDBInstanceAlreadyExists", 404, what=offer, called="tenor-3")
same([found["DBInstanceCount"] for found in rds.held(ReservedDBInstancesOfferingId=offer)], [3, 1, 1])

# Without a name AWS gives one of its own.
given = rds.buy(offer)["ReservedDBInstanceId"]
assert given.startswith("ri-2025-01-01-00-"), given

# [U13]: the quota is simulated, at 40 instances of an account in a Region; a name that is taken is said first.
refused(rds.buy, "ReservedDBInstanceQuotaExceeded", 400, what=offer, called="tenor-4", number=35)
refused(rds.buy, "ReservedDBInstanceAlreadyExists", 404, what=offer, called="tenor-1", number=35)
rds.buy(offer, "tenor-4", 34)
refused(rds.buy, "ReservedDBInstanceQuotaExceeded", 400, what=offer)

# ElastiCache: the same under its own words.
[offer] = cache.sold(CacheNodeType="cache.r7g.xlarge", ProductDescription="redis", Duration="3", OfferingType="All Upfront")
offer = offer["ReservedCacheNodesOfferingId"]
held = cache.buy(offer, "cache-1", 2, [{"Key": "owner", "Value": "finance"}])
has(held, "ReservedCacheNodeId", "ReservedCacheNodesOfferingId", "CacheNodeType", "StartTime", "Duration", "FixedPrice", "CacheNodeCount",
    "ProductDescription", "OfferingType", "State", "RecurringCharges", "ReservationARN")
same((price(held), held["CacheNodeCount"], held["State"]), ((94_608_000, "All Upfront", 5167.96, 0), 2, "payment-pending"))
same(held["ReservationARN"], f"arn:aws:elasticache:us-east-1:{ACCOUNT}:reserved-instance:cache-1")
advance(seconds=10)
same([held["State"] for held in cache.held(ReservedCacheNodeId="cache-1")], ["active"])
refused(cache.held, "ReservedCacheNodeNotFound", 404, ReservedCacheNodeId="cache-2")
refused(cache.buy, "ReservedCacheNodeAlreadyExists", 404, what=offer, called="cache-1")
refused(cache.buy, "ReservedCacheNodesOfferingNotFound", 404, what="none")
refused(cache.buy, "ReservedCacheNodeQuotaExceeded", 400, what=offer, number=299)
assert cache.buy(offer)["ReservedCacheNodeId"].startswith("ri-2025-01-01-")
same(len(cache.paginated("describe_reserved_cache_nodes", 20)), 1)

# MemoryDB: the same again.
[offer] = memory.sold(NodeType="db.r6g.xlarge", Duration="3", OfferingType="No Upfront")
offer = offer["ReservedNodesOfferingId"]
held = memory.buy(offer, "memory-1", 2)
has(held, "ReservationId", "ReservedNodesOfferingId", "NodeType", "StartTime", "Duration", "NodeCount", "OfferingType", "State", "RecurringCharges", "ARN")
same((price(held), held["NodeCount"], held["State"]), ((94_608_000, "No Upfront", 0, 0.3208), 2, "payment-pending"))
same(held["ARN"], f"arn:aws:memorydb:us-east-1:{ACCOUNT}:reservednode/memory-1")
advance(seconds=10)
same([held["State"] for held in memory.held(ReservationId="memory-1")], ["active"])
refused(memory.held, "ReservedNodeNotFoundFault", 400, ReservationId="memory-2")
refused(memory.buy, "ReservedNodeAlreadyExistsFault", 400, what=offer, called="memory-1")
refused(memory.buy, "ReservedNodesOfferingNotFoundFault", 400, what="none")
refused(memory.buy, "ReservedNodeQuotaExceededFault", 400, what=offer, number=299)
memory.buy(offer)
same([len(page) for page in memory.paginated("describe_reserved_nodes", 1)], [1, 1])
fault("memorydb:DescribeReservedNodes", "short-page")
same(len(memory.held()), 1)

# Names, numbers and tags that are none.
many = [{"Key": f"key-{number}", "Value": ""} for number in range(51)]
for shop, invalid, tags in ((rds, "InvalidParameterValue", "InvalidParameterValue"), (cache, "InvalidParameterValue", "TagQuotaPerResourceExceeded"),
                            (memory, "InvalidParameterValueException", "TagQuotaPerResourceExceeded")):
    what = shop.sold()[0][shop.names[2]]
    for name in ("1st", "a b", "ends-", "a" * 61):
        refused(shop.buy, invalid, 400, what=what, called=name)
    for number in (0, -1):
        refused(shop.buy, invalid, 400, what=what, number=number)
    refused(shop.buy, tags, 400, what=what, tags=many)
    refused(shop.buy, invalid, 400, what=what, tags=[{"Key": "aws:owner", "Value": "x"}])
refused(Rds(checks=False).api.purchase_reserved_db_instances_offering, "ValidationError", 400)
refused(Memory(checks=False).api.purchase_reserved_nodes_offering, "ValidationException", 400)

# Payment failed; and what is over is still told, and is no more in the way of the quota.
advance(seconds=10)
control({"fail-payments": 1})
memory.buy(offer, "memory-3")
advance(seconds=10)
same([held["State"] for held in memory.held(ReservationId="memory-3")], ["payment-failed"])
advance(days=365)
same({held["State"] for held in rds.held()}, {"retired"})
same({held["State"] for held in memory.held()}, {"active", "payment-failed"})
[offer] = rds.sold(DBInstanceClass="db.r5.large", ProductDescription="mysql", MultiAZ=False, OfferingType="No Upfront")
rds.buy(offer["ReservedDBInstancesOfferingId"], "tenor-5", 40)
same(len(rds.paginated("describe_reserved_db_instances", 20)), 1)
refused(client("rds", aws_secret_access_key="wrong").describe_reserved_db_instances, "SignatureDoesNotMatch", 403)
done()
