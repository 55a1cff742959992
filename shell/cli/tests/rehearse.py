"""Buys, changes and gives back commitments in a sandbox through AWS's API, in the month that is named. What a later month needs is printed."""
import os
import sys

import boto3

YEAR = 31_536_000


def client(service, region="us-east-1"):
    return boto3.client(service, region_name=region, endpoint_url=os.environ["SANDBOX_ENDPOINT"],
                        aws_access_key_id=os.environ["SANDBOX_KEY"], aws_secret_access_key=os.environ["SANDBOX_SECRET"])


def plan(commitment, kind, payment, seconds=YEAR, **filters):
    plans = client("savingsplans")
    wanted = [{"name": name, "values": [value]} for name, value in filters.items()]
    [offer] = plans.describe_savings_plans_offerings(planTypes=[kind], paymentOptions=[payment], durations=[seconds], filters=wanted)["searchResults"]
    return plans.create_savings_plan(savingsPlanOfferingId=offer["offeringId"], commitment=commitment)["savingsPlanId"]


def instances(kind, count, payment, offering_class="standard", seconds=YEAR, zone=None):
    ec2 = client("ec2")
    filters = {"duration": str(seconds), "scope": "Availability Zone" if zone else "Region", **({"availability-zone": zone} if zone else {})}
    offers = ec2.describe_reserved_instances_offerings(
        InstanceType=kind, ProductDescription="Linux/UNIX", OfferingClass=offering_class, OfferingType=payment, IncludeMarketplace=False,
        Filters=[{"Name": name, "Values": [value]} for name, value in filters.items()])["ReservedInstancesOfferings"]
    bought = ec2.purchase_reserved_instances_offering(ReservedInstancesOfferingId=offers[0]["ReservedInstancesOfferingId"], InstanceCount=count)
    return bought["ReservedInstancesId"]


def january():
    plan("1.5", "Compute", "No Upfront")
    plan("0.4", "EC2Instance", "All Upfront", 3 * YEAR, region="us-east-1", instanceFamily="m5")
    plan("0.3", "Database", "No Upfront")
    plan("0.2", "SageMaker", "Partial Upfront")
    instances("m5.xlarge", 2, "No Upfront", zone="us-east-1a")
    rds, cache, redshift = client("rds"), client("elasticache"), client("redshift")
    offer = rds.describe_reserved_db_instances_offerings(DBInstanceClass="db.r5.large", ProductDescription="mysql", MultiAZ=True, Duration=str(YEAR),
                                                         OfferingType="Partial Upfront")["ReservedDBInstancesOfferings"][0]
    rds.purchase_reserved_db_instances_offering(ReservedDBInstancesOfferingId=offer["ReservedDBInstancesOfferingId"], ReservedDBInstanceId="orders")
    offer = cache.describe_reserved_cache_nodes_offerings(CacheNodeType="cache.r7g.large", ProductDescription="redis", Duration=str(YEAR),
                                                          OfferingType="No Upfront")["ReservedCacheNodesOfferings"][0]
    cache.purchase_reserved_cache_nodes_offering(ReservedCacheNodesOfferingId=offer["ReservedCacheNodesOfferingId"], ReservedCacheNodeId="cache")
    offer = next(o for o in redshift.describe_reserved_node_offerings()["ReservedNodeOfferings"] if o["NodeType"] == "ra3.xlplus")
    redshift.purchase_reserved_node_offering(ReservedNodeOfferingId=offer["ReservedNodeOfferingId"])
    print(instances("m5.large", 4, "Partial Upfront"), instances("r5.xlarge", 1, "All Upfront", "convertible", 3 * YEAR))


def february():
    print(plan("0.5", "Compute", "Partial Upfront"))


def give_back(plan):
    client("savingsplans").return_savings_plan(savingsPlanId=plan)


def modify(large, _):
    client("ec2").modify_reserved_instances(ReservedInstancesIds=[large], ClientToken="larger", TargetConfigurations=[
        {"InstanceType": "m5.xlarge", "InstanceCount": 1, "Scope": "Region"}, {"InstanceType": "m5.large", "InstanceCount": 2, "Scope": "Region"}])


def exchange(_, convertible):
    ec2 = client("ec2")
    offers = ec2.describe_reserved_instances_offerings(InstanceType="m5.large", ProductDescription="Linux/UNIX", OfferingClass="convertible",
                                                       OfferingType="All Upfront", IncludeMarketplace=False, MinDuration=3 * YEAR,
                                                       Filters=[{"Name": "scope", "Values": ["Region"]}])["ReservedInstancesOfferings"]
    target = [{"OfferingId": offers[0]["ReservedInstancesOfferingId"]}]
    quote = ec2.get_reserved_instances_exchange_quote(ReservedInstanceIds=[convertible], TargetConfigurations=target)
    assert quote["IsValidExchange"], quote
    ec2.accept_reserved_instances_exchange_quote(ReservedInstanceIds=[convertible], TargetConfigurations=target)


if __name__ == "__main__":
    {"january": january, "february": february, "return": give_back, "modify": modify, "exchange": exchange}[sys.argv[1]](*sys.argv[2:])
