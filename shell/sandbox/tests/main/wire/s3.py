"""Bills that are delivered into buckets, and what S3 says of them. [BOTO:s3], [BOTO:cur], [BOTO:bcm-data-exports]."""
import gzip
import io
import json
import urllib.error
import urllib.request

from session import ENDPOINT, KEYS, advance, client, control, done, fault, has, lost, refused, same

payer, member = KEYS[0][0], KEYS[1][0]
cur, exports, s3 = client("cur"), client("bcm-data-exports"), client("s3")
refused(s3.list_objects_v2, "NoSuchBucket", 404, Bucket="example-bills")

report = {"ReportName": "hourly", "TimeUnit": "HOURLY", "Format": "textORcsv", "Compression": "GZIP", "AdditionalSchemaElements": ["RESOURCES"],
          "S3Bucket": "example-bills", "S3Prefix": "cur", "S3Region": "us-east-1", "ReportVersioning": "CREATE_NEW_REPORT"}
CUR2 = {"TIME_GRANULARITY": "HOURLY", "INCLUDE_RESOURCES": "TRUE"}


def export(name, table="COST_AND_USAGE_REPORT", select="*", settings=CUR2, bucket="example-exports", **output):
    configured = {"OutputType": "CUSTOM", "Format": "PARQUET", "Compression": "PARQUET", "Overwrite": "CREATE_NEW_REPORT", **output}
    return {"Name": name, "DataQuery": {"QueryStatement": f"SELECT {select} FROM {table}", "TableConfigurations": {table: settings}},
            "DestinationConfigurations": {"S3Destination": {"S3Bucket": bucket, "S3Prefix": "a/b", "S3Region": "eu-west-1",
                                                            "S3OutputConfigurations": configured}},
            "RefreshCadence": {"Frequency": "SYNCHRONOUS"}}


def make(wanted, of=exports):
    return of.create_export(Export=wanted)["ExportArn"]


def keys(bucket, of=s3, **more):
    return [found["Key"] for found in of.list_objects_v2(Bucket=bucket, **more).get("Contents", [])]


cur.put_report_definition(ReportDefinition=report)
cur.put_report_definition(ReportDefinition={**report, "ReportName": "athena", "Format": "Parquet", "Compression": "Parquet", "AdditionalArtifacts": ["ATHENA"],
                                            "ReportVersioning": "OVERWRITE_REPORT"})
arns = {name: make(wanted) for name, wanted in {
    "focus": export("focus", "FOCUS_1_2_AWS", settings={"TIME_GRANULARITY": "HOURLY"}),
    "few": export("few", select="line_item_usage_type, bill_payer_account_id, line_item_unblended_cost", Format="TEXT_OR_CSV", Compression="GZIP",
                  Overwrite="OVERWRITE_REPORT"),
    "daily": export("daily", settings={**CUR2, "TIME_GRANULARITY": "DAILY"}),
    "columns": export("columns", select="line_item_usage_type, mood"),
    "carbon": export("carbon", "CARBON_EMISSIONS", settings={}),
    "zip": export("zip", Format="TEXT_OR_CSV", Compression="ZIP"),
    "odd": export("odd", bucket="Not_a_bucket"),
}.items()}
theirs = client("bcm-data-exports", account=1)
foreign, own = make(export("foreign"), theirs), make(export("own", bucket="member-exports"), theirs)
same(s3.list_objects_v2(Bucket="example-bills")["KeyCount"], 0)

# A month passes: each is delivered whose bill is written, and the others say that they are not.
advance(days=31, seconds=60)
[hourly, athena] = cur.describe_report_definitions()["ReportDefinitions"]
same(hourly["ReportStatus"], {"lastDelivery": "20250201T000100Z", "lastStatus": "SUCCESS"})


def status(name, of=exports, arn=None):
    [execution] = of.list_executions(ExportArn=arn or arns[name])["Executions"]
    found = of.get_execution(ExportArn=arn or arns[name], ExecutionId=execution["ExecutionId"])["ExecutionStatus"]
    same(found, execution["ExecutionStatus"])
    whole = of.get_export(ExportArn=arn or arns[name])["ExportStatus"]
    same((whole["StatusCode"], whole.get("StatusReason"), "LastRefreshedAt" in whole),
         ("UNHEALTHY", found["StatusReason"], False) if "StatusReason" in found else ("HEALTHY", None, True))
    return found["StatusCode"], found.get("StatusReason")


same([status(name) for name in ("focus", "few")], [("DELIVERY_SUCCESS", None)] * 2)
same([status(name) for name in ("daily", "columns", "carbon", "zip")], [("DELIVERY_FAILURE", "INTERNAL_FAILURE")] * 4)
same([status("odd"), status("foreign", theirs, foreign)], [("DELIVERY_FAILURE", "INSUFFICIENT_PERMISSION")] * 2)
# A member's bill is not written.
same(status("own", theirs, own), ("DELIVERY_FAILURE", "INTERNAL_FAILURE"))
same(keys("member-exports", client("s3", account=1)), [])

# Where it lies, as AWS lays it.
bills = keys("example-bills")
[newest] = [key for key in bills if key.startswith("cur/hourly/") and key.count("/") == 3]
same(newest, "cur/hourly/20250101-20250201/hourly-Manifest.json")
manifest = json.loads(s3.get_object(Bucket="example-bills", Key=newest)["Body"].read())
same((manifest["bucket"], manifest["reportName"], manifest["account"], manifest["compression"]), ("example-bills", "hourly", payer, "GZIP"))
version = f"cur/hourly/20250101-20250201/{manifest['assemblyId']}"
same(manifest["reportKeys"], [f"{version}/hourly-{number}.csv.gz" for number in range(1, len(manifest["reportKeys"]) + 1)])
same([key for key in bills if key.startswith("cur/hourly/")], sorted([newest, f"{version}/hourly-Manifest.json", *manifest["reportKeys"]]))
assert "cur/athena/athena/year=2025/month=1/athena-1.snappy.parquet" in bills, bills
[execution] = exports.list_executions(ExportArn=arns["focus"])["Executions"]
delivery = f"2025-02-01T00:01:00.653Z-{execution['ExecutionId']}"
focus = keys("example-exports", Prefix="a/b/focus/")
assert f"a/b/focus/data/billing_period=2025-01/{delivery}/focus-00001.snappy.parquet" in focus, focus
told = json.loads(s3.get_object(Bucket="example-exports", Key="a/b/focus/metadata/billing_period=2025-01/focus-Manifest.json")["Body"].read())
same((told["exportArn"], told["executionId"]), (arns["focus"], execution["ExecutionId"]))
same([name for name in told["dataFiles"] if name not in {f"s3://example-exports/{key}" for key in focus}], [])
few = gzip.decompress(s3.get_object(Bucket="example-exports", Key="a/b/few/data/BILLING_PERIOD=2025-01/few-00001.csv.gz")["Body"].read()).decode()
same(few.splitlines()[0], "line_item_usage_type,bill_payer_account_id,line_item_unblended_cost")
same({key.split("/")[2] for key in keys("example-exports")}, {"focus", "few"})

# Lists: pages, folders, from a key on, and keys as they are.
answer = s3.list_objects_v2(Bucket="example-bills", Prefix="cur/", Delimiter="/")
has(answer, "Name", "Prefix", "Delimiter", "MaxKeys", "CommonPrefixes", "KeyCount")
same([found["Prefix"] for found in answer["CommonPrefixes"]], ["cur/athena/", "cur/hourly/"])
for found in s3.list_objects_v2(Bucket="example-bills")["Contents"]:
    has(found, "Key", "LastModified", "ETag", "Size", "StorageClass")
    same(found["LastModified"].isoformat(), "2025-02-01T00:01:00+00:00")
first = s3.list_objects_v2(Bucket="example-bills", MaxKeys=2)
has(first, "NextContinuationToken", "IsTruncated")
second = s3.list_objects_v2(Bucket="example-bills", MaxKeys=2, ContinuationToken=first["NextContinuationToken"])
same(second["ContinuationToken"], first["NextContinuationToken"])
same([found["Key"] for found in first["Contents"] + second["Contents"]], bills[:4])
same([found["Key"] for page in s3.get_paginator("list_objects_v2").paginate(Bucket="example-bills", PaginationConfig={"PageSize": 1}) for found in page["Contents"]], bills)
folders = s3.get_paginator("list_objects_v2").paginate(Bucket="example-bills", Prefix="cur/", Delimiter="/", PaginationConfig={"PageSize": 1})
same([[found["Prefix"] for found in page["CommonPrefixes"]] for page in folders], [["cur/athena/"], ["cur/hourly/"]])
same(keys("example-bills", StartAfter=bills[0]), bills[1:])
same(keys("example-bills", MaxKeys=0), [])
same(keys("example-bills", EncodingType="url"), [key.replace("=", "%3D") for key in bills])
refused(s3.list_objects_v2, "InvalidArgument", 400, Bucket="example-bills", ContinuationToken="made-up")
refused(s3.list_objects_v2, "InvalidArgument", 400, Bucket="example-bills", MaxKeys=-1)
fault("s3:ListObjectsV2", "short-page")
same(s3.list_objects_v2(Bucket="example-bills")["KeyCount"], 1)

# Objects: whole, in part, what is told of them, only if they are what was found.
key = manifest["reportKeys"][0]
whole = s3.get_object(Bucket="example-bills", Key=key)
has(whole, "ETag", "LastModified", "ContentLength", "ContentType", "AcceptRanges")
content = whole["Body"].read()
same(len(content), whole["ContentLength"])
assert gzip.decompress(content).startswith(b"identity/LineItemId,"), content[:20]
head = s3.head_object(Bucket="example-bills", Key=key)
same([head[name] for name in ("ETag", "LastModified", "ContentLength")], [whole[name] for name in ("ETag", "LastModified", "ContentLength")])
for asked, wanted in (("bytes=10-19", content[10:20]), ("bytes=100000-", content[100000:]), ("bytes=-7", content[-7:])):
    part = s3.get_object(Bucket="example-bills", Key=key, Range=asked)
    same((part["Body"].read() == wanted, part["ResponseMetadata"]["HTTPStatusCode"], part["ContentLength"]), (True, 206, len(wanted)))
    assert part["ContentRange"].endswith(f"/{len(content)}"), part["ContentRange"]
same(s3.head_object(Bucket="example-bills", Key=key, Range="bytes=0-9")["ContentLength"], 10)
into = io.BytesIO()
s3.download_fileobj("example-bills", key, into)
assert into.getvalue() == content
same(s3.get_object(Bucket="example-bills", Key=key, IfMatch=head["ETag"])["Body"].read() == content, True)
refused(s3.get_object, "PreconditionFailed", 412, Bucket="example-bills", Key=key, IfMatch='"other"')
refused(s3.get_object, "304", 304, Bucket="example-bills", Key=key, IfNoneMatch=head["ETag"])
refused(s3.get_object, "InvalidRange", 416, Bucket="example-bills", Key=key, Range=f"bytes={len(content)}-")
refused(s3.get_object, "NoSuchKey", 404, Bucket="example-bills", Key="cur/none")
refused(s3.head_object, "404", 404, Bucket="example-bills", Key="cur/none")
refused(s3.get_object, "NoSuchKey", 404, Bucket="example-bills", Key="../books.json")

# Buckets.
same(s3.get_bucket_location(Bucket="example-exports")["LocationConstraint"], "eu-west-1")
same(s3.get_bucket_location(Bucket="example-bills").get("LocationConstraint"), None)
same(s3.head_bucket(Bucket="example-exports")["BucketRegion"], "eu-west-1")
refused(s3.head_bucket, "404", 404, Bucket="nobodys")
refused(s3.get_object, "NoSuchBucket", 404, Bucket="nobodys", Key="a")
refused(s3.put_object, "NotImplemented", 501, Bucket="example-bills", Key="a", Body=b"x")
same(s3.head_bucket(Bucket="example-bills", ExpectedBucketOwner=payer)["ResponseMetadata"]["HTTPStatusCode"], 200)
refused(s3.list_objects_v2, "AccessDenied", 403, Bucket="example-bills", ExpectedBucketOwner=member)

# Somebody else, somebody who does not sign, who signs wrongly, whom no key belongs to.
other = client("s3", account=1)
refused(other.list_objects_v2, "AccessDenied", 403, Bucket="example-bills")
refused(other.get_object, "AccessDenied", 403, Bucket="example-bills", Key=key)
refused(other.head_bucket, "403", 403, Bucket="example-bills")
for path, method, region in (("example-bills", "HEAD", "us-east-1"), (f"example-bills/{key}", "GET", None)):
    try:
        urllib.request.urlopen(urllib.request.Request(f"{ENDPOINT}/{path}", method=method))
        raise AssertionError("it was let in")
    except urllib.error.HTTPError as error:
        same((error.code, error.headers["x-amz-bucket-region"]), (403, region))
refused(client("s3", aws_secret_access_key="wrong").list_objects_v2, "SignatureDoesNotMatch", 403, Bucket="example-bills")
refused(client("s3", aws_access_key_id="AKIANOBODY").list_objects_v2, "InvalidAccessKeyId", 403, Bucket="example-bills")

# A role may do what its policies say, on what they name.
bucket, objects = "arn:aws:s3:::example-bills", "arn:aws:s3:::example-bills/cur/hourly/*"
mine = {"StringEquals": {"aws:ResourceAccount": payer}}


def session(*statements, name="Reader"):
    trust = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{member}:user/administrator"}, "Action": "sts:AssumeRole"}
    policy = {"PolicyName": "reads", "PolicyDocument": {"Version": "2012-10-17", "Statement": list(statements)}}
    role = {"Type": "AWS::IAM::Role", "Properties": {"RoleName": name, "Path": "/", "Description": "Reads", "MaxSessionDuration": 3600,
                                                     "AssumeRolePolicyDocument": {"Version": "2012-10-17", "Statement": [trust]}, "Policies": [policy]}}
    arn = control({"deploy": {"account": payer, "template": json.dumps({"Resources": {"Role": role}}), "parameters": {}}})
    given = client("sts", account=1).assume_role(RoleArn=arn, RoleSessionName="reads")["Credentials"]
    return client("s3", aws_access_key_id=given["AccessKeyId"], aws_secret_access_key=given["SecretAccessKey"], aws_session_token=given["SessionToken"])


reader = session({"Effect": "Allow", "Action": "s3:ListBucket", "Resource": bucket, "Condition": {**mine, "StringLike": {"s3:prefix": "cur/hourly/*"}}},
                 {"Effect": "Allow", "Action": "s3:GetObject", "Resource": objects, "Condition": mine})
same(keys("example-bills", reader, Prefix="cur/hourly/"), [found for found in bills if found.startswith("cur/hourly/")])
same(reader.get_object(Bucket="example-bills", Key=key)["Body"].read() == content, True)
refused(reader.list_objects_v2, "AccessDenied", 403, Bucket="example-bills")
refused(reader.list_objects_v2, "AccessDenied", 403, Bucket="example-bills", Prefix="cur/athena/")
refused(reader.list_objects_v2, "AccessDenied", 403, Bucket="example-exports", Prefix="cur/hourly/")
refused(reader.get_object, "AccessDenied", 403, Bucket="example-bills", Key="cur/athena/20250101-20250201/athena-Manifest.json")
refused(reader.get_bucket_location, "AccessDenied", 403, Bucket="example-bills")
# Who may not list everything is not told what there is not.
refused(reader.get_object, "AccessDenied", 403, Bucket="example-bills", Key="cur/hourly/none")
located = session({"Effect": "Allow", "Action": "s3:GetBucketLocation", "Resource": bucket}, name="Locator")
located.get_bucket_location(Bucket="example-bills")
refused(located.get_object, "AccessDenied", 403, Bucket="example-bills", Key=key)

# What goes wrong as planned.
fault("s3:*", "throttled")
refused(s3.get_object, "SlowDown", 503, Bucket="example-bills", Key=key)
fault("s3:GetObject", "error-after")
refused(s3.get_object, "InternalError", 500, Bucket="example-bills", Key=key)
fault("s3:GetObject", "skewed-clock")
refused(s3.get_object, "RequestTimeTooSkewed", 403, Bucket="example-bills", Key=key)
fault("s3:GetObject", "denied")
refused(s3.get_object, "AccessDenied", 403, Bucket="example-bills", Key=key)
fault("s3:HeadBucket", "lost-before")
lost(s3.head_bucket, Bucket="example-bills")

# The next month comes beside the first, which stays as it is.
advance(days=28)
after = keys("example-bills")
same([found for found in after if "20250201-20250301" not in found and "month=2" not in found], bills)
assert len(after) == 2 * len(bills), after
assert s3.get_object(Bucket="example-bills", Key=key)["Body"].read() == content
same(len(exports.list_executions(ExportArn=arns["focus"])["Executions"]), 2)
done()
