"""What scripts about EC2 reservations have in common: finding an offering, buying it, looking at what is held."""
from session import advance, client, same

ec2 = client("ec2")
year = 31_536_000


def offering(instance_type, payment="No Upfront", of=ec2, seconds=year, product="Linux/UNIX", zone=None, kind="standard"):
    where = {"Name": "availability-zone", "Values": [zone]} if zone else {"Name": "scope", "Values": ["Region"]}
    found = of.describe_reserved_instances_offerings(
        InstanceType=instance_type, OfferingType=payment, ProductDescription=product, OfferingClass=kind, IncludeMarketplace=False,
        Filters=[{"Name": "duration", "Values": [str(seconds)]}, where])["ReservedInstancesOfferings"]
    same(len(found), 1)
    return found[0]["ReservedInstancesOfferingId"]


def buy(offer, count=1, of=ec2, settle=True):
    id = of.purchase_reserved_instances_offering(ReservedInstancesOfferingId=offer, InstanceCount=count)["ReservedInstancesId"]
    if settle:
        advance(seconds=10)
    return id


def held(id, of=ec2):
    return of.describe_reserved_instances(ReservedInstancesIds=[id])["ReservedInstances"][0]
