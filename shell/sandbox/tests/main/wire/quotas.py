"""Service Quotas: what limits purchases is told, raised, and then holds for whoever buys; reservations get their tags. [BOTO:service-quotas]"""
import json

from session import KEYS, advance, client, control, done, has, refused, same

payer = KEYS[0][0]
quotas, unchecked = client("service-quotas"), client("service-quotas", checks=False)
ec2, rds = client("ec2"), client("rds")
EC2, RDS = {"ServiceCode": "ec2", "QuotaCode": "L-D0B7243C"}, {"ServiceCode": "rds", "QuotaCode": "L-78E853F4"}


def offering(of=ec2):
    found = of.describe_reserved_instances_offerings(InstanceType="m5.large", ProductDescription="Linux/UNIX", OfferingClass="standard",
                                                     OfferingType="No Upfront", IncludeMarketplace=False,
                                                     Filters=[{"Name": "scope", "Values": ["Region"]}, {"Name": "duration", "Values": ["31536000"]}])
    return found["ReservedInstancesOfferings"][0]["ReservedInstancesOfferingId"]


def buy(number, of=ec2):
    return of.purchase_reserved_instances_offering(ReservedInstancesOfferingId=offering(of), InstanceCount=number)["ReservedInstancesId"]


# Told as they are enforced.
listed = quotas.get_aws_default_service_quota(**EC2)["Quota"]
has(listed, "ServiceCode", "ServiceName", "QuotaArn", "QuotaCode", "QuotaName", "Value")
same((listed["QuotaName"], listed["Value"], listed["Adjustable"]), ("New Reserved Instances per month", 20, True))
same(listed["QuotaArn"], "arn:aws:servicequotas:us-east-1::ec2/L-D0B7243C")
same(quotas.get_aws_default_service_quota(**RDS)["Quota"]["Value"], 40)
# What was never raised has no value of its own.
refused(quotas.get_service_quota, "NoSuchResourceException", 400, **EC2)
same(quotas.list_requested_service_quota_change_history_by_quota(**EC2)["RequestedQuotas"], [])
refused(ec2.purchase_reserved_instances_offering, "ReservedInstancesLimitExceeded", 400, ReservedInstancesOfferingId=offering(), InstanceCount=21)
NONE = {"ServiceCode": "ec2", "QuotaCode": "L-00000000"}
for call in (quotas.get_service_quota, quotas.get_aws_default_service_quota, quotas.list_requested_service_quota_change_history_by_quota):
    refused(call, "NoSuchResourceException", 400, **NONE)
refused(quotas.request_service_quota_increase, "NoSuchResourceException", 400, **NONE, DesiredValue=30)
refused(quotas.get_service_quota, "IllegalArgumentException", 400, **EC2, ContextId="i-1")
refused(unchecked.list_requested_service_quota_change_history_by_quota, "IllegalArgumentException", 400, **EC2, MaxResults=101)
refused(unchecked.list_requested_service_quota_change_history_by_quota, "IllegalArgumentException", 400, **EC2, Status="LOST")
refused(quotas.list_requested_service_quota_change_history_by_quota, "InvalidPaginationTokenException", 400, **EC2, NextToken="made-up")
refused(quotas.request_service_quota_increase, "IllegalArgumentException", 400, **EC2, DesiredValue=20)

# A role needs the service-linked role, which it makes where it may.
allow = {"Effect": "Allow", "Action": ["servicequotas:*", "iam:CreateServiceLinkedRole"], "Resource": "*"}
template = {"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": {
    "RoleName": "Tenor", "Path": "/tenor/", "MaxSessionDuration": 3600,
    "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [
        {"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": {"AWS": f"arn:aws:iam::{payer}:user/administrator"}}]},
    "Policies": [{"PolicyName": "own", "PolicyDocument": {"Statement": [allow]}}]}}}}
arn = control({"deploy": {"account": payer, "template": json.dumps(template), "parameters": {}}})
keys = client("sts").assume_role(RoleArn=arn, RoleSessionName="quotas")["Credentials"]
session = {"aws_access_key_id": keys["AccessKeyId"], "aws_secret_access_key": keys["SecretAccessKey"], "aws_session_token": keys["SessionToken"]}
own, iam = client("service-quotas", **session), client("iam", **session)
refused(own.request_service_quota_increase, "DependencyAccessDeniedException", 400, **EC2, DesiredValue=60)
refused(iam.create_service_linked_role, "InvalidInput", 400, AWSServiceName="spot.amazonaws.com")
role = iam.create_service_linked_role(AWSServiceName="servicequotas.amazonaws.com")["Role"]
has(role, "Path", "RoleName", "RoleId", "Arn", "CreateDate", "AssumeRolePolicyDocument")
same(role["RoleName"], "AWSServiceRoleForServiceQuotas")
refused(iam.create_service_linked_role, "InvalidInput", 400, AWSServiceName="servicequotas.amazonaws.com")

# Asked for once, granted after an hour, and in force from then on.
asked = own.request_service_quota_increase(**EC2, DesiredValue=60)["RequestedQuota"]
has(asked, "Id", "ServiceCode", "QuotaCode", "DesiredValue", "Status", "Created", "Requester")
same((asked["Status"], asked["DesiredValue"]), ("PENDING", 60))
refused(quotas.request_service_quota_increase, "ResourceAlreadyExistsException", 400, **EC2, DesiredValue=70)
advance(hours=1)
[found] = quotas.list_requested_service_quota_change_history_by_quota(**EC2, Status="APPROVED")["RequestedQuotas"]
same((found["Id"], found["Status"]), (asked["Id"], "APPROVED"))
raised = quotas.get_service_quota(**EC2)["Quota"]
same((raised["Value"], raised["QuotaArn"]), (60, f"arn:aws:servicequotas:us-east-1:{payer}:ec2/L-D0B7243C"))
same(quotas.get_aws_default_service_quota(**EC2)["Quota"], listed)
refused(client("service-quotas", region="us-west-2").get_service_quota, "NoSuchResourceException", 400, **EC2)
bought = buy(60)
refused(ec2.purchase_reserved_instances_offering, "ReservedInstancesLimitExceeded", 400, ReservedInstancesOfferingId=offering(), InstanceCount=1)

# Too much is not granted.
quotas.request_service_quota_increase(**RDS, DesiredValue=401)
advance(hours=1)
[found] = quotas.list_requested_service_quota_change_history_by_quota(**RDS)["RequestedQuotas"]
same(found["Status"], "DENIED")
refused(quotas.get_service_quota, "NoSuchResourceException", 400, **RDS)
quotas.request_service_quota_increase(**RDS, DesiredValue=50)
advance(hours=1)
same([one["Status"] for one in quotas.list_requested_service_quota_change_history_by_quota(**RDS)["RequestedQuotas"]], ["APPROVED", "DENIED"])
instance = rds.describe_reserved_db_instances_offerings()["ReservedDBInstancesOfferings"][0]["ReservedDBInstancesOfferingId"]
refused(rds.purchase_reserved_db_instances_offering, "ReservedDBInstanceQuotaExceeded", 400, ReservedDBInstancesOfferingId=instance, DBInstanceCount=51)
rds.purchase_reserved_db_instances_offering(ReservedDBInstancesOfferingId=instance, DBInstanceCount=50)


# Tags come after the purchase.
def tags():
    [held] = ec2.describe_reserved_instances(ReservedInstancesIds=[bought])["ReservedInstances"]
    return {tag["Key"]: tag["Value"] for tag in held.get("Tags", [])}


same(tags(), {})
ec2.create_tags(Resources=[bought], Tags=[{"Key": "tenor:order", "Value": "7"}, {"Key": "team", "Value": "a"}])
ec2.create_tags(Resources=[bought], Tags=[{"Key": "team", "Value": "b"}])
same(tags(), {"tenor:order": "7", "team": "b"})
refused(ec2.create_tags, "InvalidReservedInstancesId", 400, Resources=[bought, "11111111-1111-4111-a111-111111111111"], Tags=[{"Key": "team", "Value": "c"}])
refused(ec2.create_tags, "InvalidParameterValue", 400, Resources=[bought], Tags=[{"Key": "aws:a", "Value": "b"}])
refused(ec2.create_tags, "TagLimitExceeded", 400, Resources=[bought], Tags=[{"Key": f"key-{number}", "Value": ""} for number in range(49)])
refused(ec2.create_tags, "DryRunOperation", 412, Resources=[bought], Tags=[{"Key": "team", "Value": "c"}], DryRun=True)
same(tags()["team"], "b")
done()
