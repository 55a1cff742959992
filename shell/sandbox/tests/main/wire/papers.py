"""What an account is called, who shares, and which reports and exports there are. [BOTO:account], [BOTO:billing], [BOTO:cur],
[BOTO:bcm-data-exports].

Never refused here: PutReportDefinition's ResourceNotFoundException, which is of operations that name a report there is."""
import urllib.error
from datetime import datetime, timedelta, timezone

from session import KEYS, advance, client, control, done, fault, has, pages, refused, same

ids = [key[0] for key in KEYS]

# Accounts: one's own, or for the management account a member's.
account, member = client("account"), client("account", account=1)
found = account.get_account_information()
has(found, "AccountId", "AccountName", "AccountCreatedDate", "AccountState")
same((found["AccountId"], found["AccountName"], found["AccountState"]), (ids[0], "example-payer", "ACTIVE"))
same(found["AccountCreatedDate"], datetime(2023, 1, 2, tzinfo=timezone.utc))
same(account.get_account_information(AccountId=ids[1])["AccountName"], "checkout-prod")
same(member.get_account_information()["AccountName"], "checkout-prod")
for caller, id in ((account, ids[0]), (account, "123456789012"), (member, ids[2]), (member, ids[0])):
    refused(caller.get_account_information, "AccessDeniedException", 403, AccountId=id)
refused(account.get_account_information, "ValidationException", 400, AccountId="12")
fault("account:GetAccountInformation", "throttled")
refused(account.get_account_information, "TooManyRequestsException", 429)
fault("account:GetAccountInformation", "error-after")
refused(account.get_account_information, "InternalServerException", 500)

# Sharing: at first all with all, told by the key in effect and month by month.
billing = client("billing")


def preferences(feature, of=billing, **more):
    return of.get_billing_preferences(features=[feature], **more)["billingPreferences"]


same(preferences("RI_SHARING"), [{"feature": "RI_SHARING", "key": "open-sharing", "value": "ENABLED"}])
same(preferences("CREDIT_SHARING"), [{"feature": "CREDIT_SHARING", "key": "open-sharing", "value": "ENABLED"}])
same(preferences("RI_SHARING_HISTORY"), [])
advance(days=31 + 28)
history = preferences("RI_SHARING_HISTORY")
for month in history:
    has(month, "feature", "key", "value", "billingPeriod")
same([month["billingPeriod"] for month in history], [{"year": 2025, "month": 1}, {"year": 2025, "month": 2}])
same([len(page) for page in pages(billing.get_billing_preferences, "billingPreferences", "nextToken", features=["RI_SHARING_HISTORY"], maxResults=1)], [1, 1])
only = lambda *keys: {"filters": [{"name": "PREFERENCE_KEY", "value": list(keys)}]}
same(len(preferences("RI_SHARING", **only("open-sharing"))), 1)
same(preferences("RI_SHARING", **only("costcategory-prioritized/arn:aws:ce::1:costcategory/1")), [])
same(preferences("BENEFIT_LEVEL_SHARING", **only("benefit/ri/1")), [])
same(preferences("BILLING_ALERTS"), [])
refused(preferences, "AccessDeniedException", 400, feature="RI_SHARING", of=client("billing", account=1))
refused(preferences, "ValidationException", 400, feature="MOOD_SHARING")
refused(preferences, "ValidationException", 400, feature="BENEFIT_LEVEL_SHARING")
refused(preferences, "ValidationException", 400, feature="BENEFIT_LEVEL_SHARING", **only("open-sharing"))
refused(preferences, "ValidationException", 400, feature="RI_SHARING", nextToken="made-up")
refused(preferences, "ValidationException", 400, feature="RI_SHARING", maxResults=51)
refused(preferences, "ValidationException", 400, feature="RI_SHARING", filters=[{"name": "COLOUR", "value": ["red"]}])
refused(billing.get_billing_preferences, "ValidationException", 400, features=["RI_SHARING", "CREDIT_SHARING"])
fault("billing:GetBillingPreferences", "throttled")
refused(preferences, "ThrottlingException", 400, feature="RI_SHARING")
fault("billing:GetBillingPreferences", "error-after")
refused(preferences, "InternalServerException", 500, feature="RI_SHARING")

# Reports: told as they were asked for, delivered when a month is over, five at most.
cur = client("cur")
same(cur.describe_report_definitions()["ReportDefinitions"], [])
report = {"ReportName": "example", "TimeUnit": "DAILY", "Format": "textORcsv", "Compression": "ZIP", "AdditionalSchemaElements": ["RESOURCES"],
          "S3Bucket": "example-s3-bucket", "S3Prefix": "exampleprefix", "S3Region": "us-east-1", "AdditionalArtifacts": ["REDSHIFT", "QUICKSIGHT"]}
cur.put_report_definition(ReportDefinition=report, Tags=[{"Key": "owner", "Value": "finance"}])
same(cur.describe_report_definitions()["ReportDefinitions"], [report])
advance(days=31, seconds=60)
[found] = cur.describe_report_definitions()["ReportDefinitions"]
has(found, *report, "ReportStatus")
# No bill by the day is written, nor one as ZIP.
same(found["ReportStatus"], {"lastDelivery": "20250401T000100Z", "lastStatus": "ERROR_PERMISSIONS"})
refused(cur.put_report_definition, "DuplicateReportNameException", 400, ReportDefinition=report)
parquet = {**report, "TimeUnit": "HOURLY", "Format": "Parquet", "Compression": "Parquet", "RefreshClosedReports": True, "ReportVersioning": "OVERWRITE_REPORT",
           "AdditionalArtifacts": ["ATHENA"]}
for wrong in ({"Format": "Parquet"}, {"Compression": "Parquet"}, {"ReportName": "a b"}, {"ReportName": "n" * 257}, {"TimeUnit": "YEARLY"},
              {"S3Bucket": "a/b"}, {"S3Prefix": "a b"}, {"S3Prefix": "a\0b"}, {"S3Prefix": "p" * 257}, {"AdditionalSchemaElements": ["SECRETS"]}, {"ReportVersioning": "KEEP"}, {"S3Region": ""}):
    refused(cur.put_report_definition, "ValidationException", 400, ReportDefinition={**report, "ReportName": "other", **wrong})
for number in range(4):
    cur.put_report_definition(ReportDefinition={**parquet, "ReportName": f"parquet-{number}"})
refused(cur.put_report_definition, "ReportLimitReachedException", 400, ReportDefinition={**parquet, "ReportName": "sixth"})
same(cur.describe_report_definitions(MaxResults=5)["ReportDefinitions"][1], {**parquet, "ReportName": "parquet-0"})
refused(cur.describe_report_definitions, "ValidationException", 400, MaxResults=6)
fault("cur:DescribeReportDefinitions", "short-page")
page = cur.describe_report_definitions()
same(len(cur.describe_report_definitions(NextToken=page["NextToken"])["ReportDefinitions"]), 4)
same([len(page["ReportDefinitions"]) for page in cur.get_paginator("describe_report_definitions").paginate()], [5])
same(client("cur", account=1).describe_report_definitions()["ReportDefinitions"], [])
fault("cur:*", "error-after")
refused(cur.describe_report_definitions, "InternalErrorException", 500)
fault("cur:*", "error-after")
refused(cur.put_report_definition, "InternalErrorException", 500, ReportDefinition=report)

# Exports: with an ARN, and deliveries of their own.
exports = client("bcm-data-exports")
same(exports.list_exports()["Exports"], [])


def export(name, table="COST_AND_USAGE_REPORT", query=None, output={}, **more):
    settings = {"TIME_GRANULARITY": "HOURLY", **({"INCLUDE_RESOURCES": "TRUE"} if table == "COST_AND_USAGE_REPORT" else {})}
    configured = {"OutputType": "CUSTOM", "Format": "PARQUET", "Compression": "PARQUET", "Overwrite": "OVERWRITE_REPORT", **output}
    return {"Name": name, "DataQuery": {"QueryStatement": query or f"SELECT bill_bill_type FROM {table}",
                                        "TableConfigurations": {table: settings}},
            "DestinationConfigurations": {"S3Destination": {"S3Bucket": "bucket", "S3Prefix": "prefix", "S3Region": "us-east-1",
                                                            "S3OutputConfigurations": configured}},
            "RefreshCadence": {"Frequency": "SYNCHRONOUS"}, **more}


def make(wanted, of=exports):
    return of.create_export(Export=wanted)["ExportArn"]


arn = make(export("bills", Description="all of it"))
assert arn.startswith(f"arn:aws:bcm-data-exports:us-east-1:{ids[0]}:export/bills-"), arn
found = exports.get_export(ExportArn=arn)
same(found["Export"], {**export("bills", Description="all of it"), "ExportArn": arn})
has(found["ExportStatus"], "StatusCode", "CreatedAt", "LastUpdatedAt")
same(("LastRefreshedAt" in found["ExportStatus"], found["ExportStatus"]["StatusCode"]), (False, "HEALTHY"))
same(exports.list_executions(ExportArn=arn)["Executions"], [])
advance(days=30 + 31 + 30)
[listed] = exports.list_exports()["Exports"]
has(listed, "ExportArn", "ExportName", "ExportStatus")
same((listed["ExportName"], listed["ExportArn"], "LastRefreshedAt" in listed["ExportStatus"]), ("bills", arn, True))
executions = exports.list_executions(ExportArn=arn)["Executions"]
same(len(executions), 3)
for execution in executions:
    has(execution, "ExecutionId", "ExecutionStatus")
    has(execution["ExecutionStatus"], "StatusCode", "CreatedAt", "CompletedAt", "LastUpdatedAt")
    same(execution["ExecutionStatus"]["StatusCode"], "DELIVERY_SUCCESS")
same(executions[0]["ExecutionStatus"]["CreatedAt"] - executions[1]["ExecutionStatus"]["CreatedAt"], timedelta(days=30))
told = exports.get_execution(ExportArn=arn, ExecutionId=executions[0]["ExecutionId"])
has(told, "ExecutionId", "Export", "ExecutionStatus")
same((told["Export"], told["ExecutionStatus"]), (exports.get_export(ExportArn=arn)["Export"], executions[0]["ExecutionStatus"]))
same([len(page) for page in pages(exports.list_executions, "Executions", ExportArn=arn, MaxResults=2)], [2, 1])

refused(make, "ValidationException", 400, wanted=export("bills"))
for wrong in (export("a b"), export("n" * 129), export("x", table="BILLS"), export("x", query="everything"), export("x", output={"Format": "TEXT_OR_CSV"}),
              export("x", output={"Compression": "GZIP"}), export("x", output={"Overwrite": "KEEP"}), export("x", output={"OutputType": "EXCEL"}),
              export("x", RefreshCadence={"Frequency": "HOURLY"})):
    refused(make, "ValidationException", 400, wanted=wrong)
long = export("x")
long["DestinationConfigurations"]["S3Destination"]["S3Prefix"] = "p" * 1025
refused(make, "ValidationException", 400, wanted=long)
# The quota is simulated, at five of a table.
for number in range(4):
    make(export(f"bills-{number}"))
refused(make, "ServiceQuotaExceededException", 400, wanted=export("bills-4"))
make(export("focus", table="FOCUS_1_2_AWS", output={"Format": "TEXT_OR_CSV", "Compression": "GZIP"}))
same([len(page["Exports"]) for page in exports.get_paginator("list_exports").paginate(PaginationConfig={"PageSize": 4})], [4, 2])
same(sum(len(page["Executions"]) for page in exports.get_paginator("list_executions").paginate(ExportArn=arn)), 3)
other = client("bcm-data-exports", account=1)
same(other.list_exports()["Exports"], [])
NONE = f"arn:aws:bcm-data-exports:us-east-1:{ids[0]}:export/none"
for name, more in (("get_export", {}), ("list_executions", {}), ("get_execution", {"ExecutionId": "none"})):
    call = getattr(exports, name)
    refused(call, "ResourceNotFoundException", 400, ExportArn=NONE, **more)
    refused(getattr(other, name), "ResourceNotFoundException", 400, ExportArn=arn, **more)
    refused(call, "ValidationException", 400, ExportArn="arn:aws:s3:::bucket/none", **more)
    fault("bcm-data-exports:*", "error-after")
    refused(call, "InternalServerException", 500, ExportArn=arn, **more)
    fault("bcm-data-exports:*", "throttled")
    refused(call, "ThrottlingException", 400, ExportArn=arn, **more)
refused(exports.get_execution, "ResourceNotFoundException", 400, ExportArn=arn, ExecutionId="none")
refused(exports.list_exports, "ValidationException", 400, NextToken="made-up")
refused(exports.list_exports, "ValidationException", 400, MaxResults=301)
fault("bcm-data-exports:CreateExport", "denied")
refused(make, "AccessDeniedException", 400, wanted=export("late", table="FOCUS_1_0_AWS"))
# An export that is made twice is refused the second time; the first one is there.
fault("bcm-data-exports:CreateExport", "duplicated")
refused(make, "ValidationException", 400, wanted=export("late", table="FOCUS_1_0_AWS"))
same([found["ExportName"] for found in exports.list_exports()["Exports"]][-1], "late")
# By groups, which are the business units, and with an account that is off; a month that is over keeps what was chosen in its last second.
category = f"arn:aws:ce::{ids[0]}:costcategory/"
control({"share": {"mode": "prioritized", "off": [ids[2]]}})
group, off = preferences("RI_SHARING")
assert group["key"].startswith(f"costcategory-prioritized/{category}") and group["value"] == "ENABLED", group
same(off, {"feature": "RI_SHARING", "key": ids[2], "value": "DISABLED", "accountId": ids[2], "accountName": "payments-prod"})
same(preferences("RI_SHARING", **only(group["key"])), [group])
same(preferences("CREDIT_SHARING")[0]["key"], "open-sharing")
before = [month["key"] for month in preferences("RI_SHARING_HISTORY")]
same(set(before), {"open-sharing"})
advance(days=31)
control({"share": {"mode": "restricted", "off": []}})
same([month["key"].split("/")[0] for month in preferences("RI_SHARING_HISTORY")], before + ["costcategory-prioritized", ids[2]])
assert preferences("RI_SHARING")[0]["key"].startswith(f"costcategory-restricted/{category}")
for wrong in ({"mode": "mixed", "off": []}, {"mode": "open", "off": ["1"]}):
    try:
        control({"share": wrong})
        raise AssertionError("it was chosen")
    except urllib.error.HTTPError as error:
        same(error.code, 400)
done()
