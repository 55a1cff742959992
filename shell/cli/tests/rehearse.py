"""Buys commitments in a sandbox through AWS's API, in the month that is named; each line of the answer is an id."""
import os
import sys

import boto3


def client(service, region="us-east-1"):
    return boto3.client(service, region_name=region, endpoint_url=os.environ["SANDBOX_ENDPOINT"],
                        aws_access_key_id=os.environ["SANDBOX_KEY"], aws_secret_access_key=os.environ["SANDBOX_SECRET"])


def plan(commitment, kind, payment, seconds=31_536_000, when=None, **filters):
    plans = client("savingsplans")
    wanted = [{"name": name, "values": [value]} for name, value in filters.items()]
    found = plans.describe_savings_plans_offerings(planTypes=[kind], paymentOptions=[payment], durations=[seconds], filters=wanted)["searchResults"]
    [offer] = found
    more = {"purchaseTime": when} if when else {}
    return plans.create_savings_plan(savingsPlanOfferingId=offer["offeringId"], commitment=commitment, **more)["savingsPlanId"]


def first(service, describe, purchase, region="us-east-1", name=None, count=1, **filters):
    api = client(service, region)
    answer = getattr(api, describe)(**filters)
    offer = next(items for key, items in answer.items() if isinstance(items, list) and items)[0]
    id_name = next(key for key in offer if key.endswith("OfferingId"))
    asked = {id_name: offer[id_name], **{key: value for key, value in [name] if key}, **count_of(service, count)} if name else {id_name: offer[id_name], **count_of(service, count)}
    return str(getattr(api, purchase)(**asked).get("ReservedInstancesId", ""))


def count_of(service, count):
    names = {"ec2": "InstanceCount", "rds": "DBInstanceCount", "elasticache": "CacheNodeCount", "memorydb": "NodeCount", "redshift": "NodeCount",
             "opensearch": "InstanceCount"}
    return {names[service]: count}


def january():
    print(plan("1.5", "Compute", "No Upfront"))
    print(plan("0.4", "EC2Instance", "All Upfront", 94_608_000, region="us-east-1", instanceFamily="m5"))
    print(plan("0.3", "Database", "No Upfront"))
    print(plan("0.2", "SageMaker", "Partial Upfront"))
    first("rds", "describe_reserved_db_instances_offerings", "purchase_reserved_db_instances_offering", name=("ReservedDBInstanceId", "orders"),
          DBInstanceClass="db.r5.large", ProductDescription="mysql", MultiAZ=True, OfferingType="Partial Upfront", Duration="31536000")
    first("elasticache", "describe_reserved_cache_nodes_offerings", "purchase_reserved_cache_nodes_offering", name=("ReservedCacheNodeId", "cache"),
          CacheNodeType="cache.r7g.large", ProductDescription="redis", OfferingType="No Upfront", Duration="31536000")
    first("redshift", "describe_reserved_node_offerings", "purchase_reserved_node_offering")


def february():
    print(plan("0.5", "Compute", "Partial Upfront"))


def give_back(id):
    client("savingsplans").return_savings_plan(savingsPlanId=id)


if __name__ == "__main__":
    {"january": january, "february": february}.get(sys.argv[1], lambda: give_back(sys.argv[2]))()
