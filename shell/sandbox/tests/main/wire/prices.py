"""Price lists: asked for product by product, and as files. [BOTO:pricing]; prices are those of data/ec2_prices.csv.

Never refused here: ExpiredNextTokenException, since tokens do not expire."""
import json
import urllib.error
import urllib.request

from session import ENDPOINT, client, done, fault, has, pages, refused, same

pricing = client("pricing")
services = pricing.describe_services()
same(services["FormatVersion"], "aws_v1")
for service in services["Services"]:
    has(service, "ServiceCode", "AttributeNames")
codes = [service["ServiceCode"] for service in services["Services"]]
assert {"AmazonEC2", "AmazonRDS", "AmazonElastiCache", "AmazonMemoryDB", "AmazonES", "AmazonRedshift", "AWSLambda"} <= set(codes), codes
[ec2] = pricing.describe_services(ServiceCode="AmazonEC2", FormatVersion="aws_v1")["Services"]
assert {"instanceType", "operatingSystem", "location", "usagetype", "operation", "regionCode", "servicecode"} <= set(ec2["AttributeNames"])
same(sorted(code for page in pricing.get_paginator("describe_services").paginate(PaginationConfig={"PageSize": 2}) for code in
            [service["ServiceCode"] for service in page["Services"]]), codes)

values = [value["Value"] for value in pricing.get_attribute_values(ServiceCode="AmazonEC2", AttributeName="regionCode")["AttributeValues"]]
same(values, ["eu-west-1", "us-east-1", "us-west-2"])
found = pages(pricing.get_attribute_values, "AttributeValues", ServiceCode="AmazonEC2", AttributeName="instanceType", MaxResults=10)
same(len(found[0]), 10)
assert {"Value": "m5.large"} in [value for page in found for value in page]


def match(field, value, kind="TERM_MATCH"):
    return {"Type": kind, "Field": field, "Value": value}


def products(*filters, service="AmazonEC2", **more):
    found = pages(pricing.get_products, "PriceList", ServiceCode=service, Filters=list(filters), FormatVersion="aws_v1", **more)
    return [json.loads(product) for page in found for product in page]


m5 = [match("instanceType", "m5.large"), match("location", "US East (N. Virginia)"), match("operatingSystem", "Linux"), match("capacitystatus", "Used")]
[product] = [product for product in products(*m5)]
has(product, "product", "serviceCode", "terms", "version", "publicationDate")
attributes, sku = product["product"]["attributes"], product["product"]["sku"]
same((attributes["usagetype"], attributes["operation"], attributes["vcpu"], product["product"]["productFamily"]),
     ("BoxUsage:m5.large", "RunInstances", "2", "Compute Instance"))
[term] = product["terms"]["OnDemand"].values()
[dimension] = term["priceDimensions"].values()
same((dimension["pricePerUnit"], dimension["unit"], term["sku"]), ({"USD": "0.096"}, "Hrs", sku))
reserved = {tuple(term["termAttributes"].values()): term["priceDimensions"] for term in product["terms"]["Reserved"].values()}
same(len(reserved), 12)
[dimension] = [dimensions for term, dimensions in reserved.items() if set(term) == {"3yr", "standard", "No Upfront"}]
same([price["pricePerUnit"]["USD"] for price in dimension.values()], ["0.041"])
[dimension] = [dimensions for term, dimensions in reserved.items() if set(term) == {"1yr", "standard", "All Upfront"}]
same(sorted((price["unit"], price["pricePerUnit"]["USD"]) for price in dimension.values()), [("Hrs", "0"), ("Quantity", "489")])

# Filters of every type.
region = match("regionCode", "us-east-1")
kinds = lambda *filters: sorted({product["product"]["attributes"]["instanceType"] for product in products(region, match("operatingSystem", "Linux"), *filters)})
same(kinds(match("instanceType", "m5.large", "EQUALS")), ["m5.large"])
same(kinds(match("instanceType", "m5.large, r5.large", "ANY_OF")), ["m5.large", "r5.large"])
assert all(kind.startswith("m5.") for kind in kinds(match("instanceType", "m5.", "CONTAINS")))
assert "m5.large" not in kinds(match("instanceType", "m5.large", "NONE_OF"))
same(products(match("ServiceCode", "AmazonRDS")), [])
same(products(match("colour", "red")), [])
same(len(products(match("productFamily", "Database Instance"), match("regionCode", "eu-west-1"), service="AmazonRDS", MaxResults=7)), 32)
first = pricing.get_products(ServiceCode="AmazonEC2", MaxResults=1)
same(len(first["PriceList"]), 1)
refused(pricing.get_products, "InvalidNextTokenException", 400, ServiceCode="AmazonRDS", NextToken=first["NextToken"])

refused(pricing.get_products, "InvalidParameterException", 400, ServiceCode="AmazonEC2", Filters=[match("instanceType", "m5", "LIKE")])
refused(pricing.get_products, "InvalidParameterException", 400, ServiceCode="AmazonEC2", FormatVersion="aws_v2")
refused(pricing.get_attribute_values, "NotFoundException", 400, ServiceCode="AmazonEC2", AttributeName="colour")
for name, more in (("describe_services", {}), ("get_attribute_values", {"AttributeName": "location"}), ("get_products", {})):
    call = getattr(pricing, name)
    refused(call, "NotFoundException", 400, ServiceCode="AmazonMoon", **more)
    refused(call, "InvalidParameterException", 400, ServiceCode="AmazonEC2", MaxResults=10_001, **more)
    refused(call, "InvalidNextTokenException", 400, ServiceCode="AmazonEC2", NextToken="made-up", **more)
    fault("pricing:*", "error-after")
    refused(call, "InternalErrorException", 500, ServiceCode="AmazonEC2", **more)
    fault("pricing:*", "throttled")
    refused(call, "ThrottlingException", 400, ServiceCode="AmazonEC2", **more)
    fault("pricing:*", "denied")
    refused(call, "AccessDeniedException", 400, ServiceCode="AmazonEC2", **more)

# Files: their addresses lead to the sandbox itself, and whoever has one may read it.
dated = {"ServiceCode": "AmazonEC2", "EffectiveDate": "2025-01-01T00:00:00Z", "CurrencyCode": "USD"}
lists = pricing.list_price_lists(**dated)["PriceLists"]
for found in lists:
    has(found, "PriceListArn", "RegionCode", "CurrencyCode", "FileFormats")
same([found["RegionCode"] for found in lists], ["us-east-1", "us-west-2", "eu-west-1"])
same([len(page["PriceLists"]) for page in pricing.get_paginator("list_price_lists").paginate(PaginationConfig={"PageSize": 2}, **dated)], [2, 1])
[list] = pricing.list_price_lists(RegionCode="us-east-1", **dated)["PriceLists"]
same((list["PriceListArn"], list["FileFormats"]), ("arn:aws:pricing:::price-list/aws/AmazonEC2/USD/20250404000000/us-east-1", ["json"]))
url = pricing.get_price_list_file_url(PriceListArn=list["PriceListArn"], FileFormat="json")["Url"]
assert url.startswith(ENDPOINT + "/price-list/"), url
file = json.load(urllib.request.urlopen(url))
same((file["offerCode"], file["version"], file["products"][sku]), ("AmazonEC2", "20250404000000", product["product"]))
same({term: prices[sku] for term, prices in file["terms"].items()}, product["terms"])
same(set(file["products"]), set(file["terms"]["OnDemand"]))
try:
    urllib.request.urlopen(url.replace("AmazonEC2", "AmazonMoon"))
    raise AssertionError("there is no such list")
except urllib.error.HTTPError as error:
    same(error.code, 404)

# Plans: EC2 Instance plans charge what standard reservations do, Compute plans what convertible ones do (simulated).
[list] = pricing.list_price_lists(**{**dated, "ServiceCode": "ComputeSavingsPlans"}, RegionCode="us-east-1")["PriceLists"]
file = json.load(urllib.request.urlopen(pricing.get_price_list_file_url(PriceListArn=list["PriceListArn"], FileFormat="json")["Url"]))
plans = {plan["sku"]: plan for plan in file["products"]}
same(len(plans), len(file["products"]))
rates = {}
for term in file["terms"]["savingsPlan"]:
    plan = plans[term["sku"]]
    for rate in term["rates"]:
        key = plan["productFamily"], term["leaseContractLength"]["duration"], plan["attributes"]["purchaseOption"], rate["discountedSku"]
        rates[key] = rate["discountedRate"]["price"]
same(rates["EC2InstanceSavingsPlans", 3, "No Upfront", sku], "0.041")
same(rates["ComputeSavingsPlans", 1, "No Upfront", sku], "0.071")

for name, more in (("list_price_lists", dated), ("get_price_list_file_url", {"PriceListArn": list["PriceListArn"], "FileFormat": "json"})):
    call = getattr(pricing, name)
    fault("pricing:*", "error-after")
    refused(call, "InternalErrorException", 500, **more)
    fault("pricing:*", "throttled")
    refused(call, "ThrottlingException", 400, **more)
    fault("pricing:*", "denied")
    refused(call, "AccessDeniedException", 400, **more)
for wrong in ({"ServiceCode": "AmazonMoon"}, {"CurrencyCode": "CNY"}, {"RegionCode": "moon-1"}):
    refused(pricing.list_price_lists, "ResourceNotFoundException", 400, **{**dated, **wrong})
refused(pricing.list_price_lists, "InvalidParameterException", 400, **{**dated, "CurrencyCode": "dollars"})
refused(pricing.list_price_lists, "InvalidNextTokenException", 400, NextToken="made-up", **dated)
refused(pricing.get_price_list_file_url, "ResourceNotFoundException", 400, PriceListArn=list["PriceListArn"] + "9", FileFormat="json")
refused(pricing.get_price_list_file_url, "InvalidParameterException", 400, PriceListArn=list["PriceListArn"], FileFormat="csv")
refused(pricing.get_price_list_file_url, "InvalidParameterException", 400, PriceListArn="arn:aws:s3:::bucket/none", FileFormat="json")
done()
