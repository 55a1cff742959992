"""What the peer, DuckDB, is asked to do: the same work on the same files with its best settings."""

import glob
import json
import os
import shutil
import sys

import duckdb

# The columns of a legacy CUR that Tenor keeps, by canonical name; the file's own spelling is looked up.
TEXTS = """line_item_availability_zone bill_payer_account_id line_item_currency_code line_item_line_item_description bill_invoice_id
pricing_unit product_region product_location line_item_resource_id product_sku pricing_rate_id line_item_usage_account_id
line_item_line_item_type bill_bill_type bill_billing_entity line_item_product_code line_item_usage_type line_item_operation pricing_term
pricing_purchase_option pricing_offering_class pricing_lease_contract_length product_product_family product_product_name
product_instance_type product_instance_family product_operating_system product_tenancy product_pre_installed_sw product_license_model
product_capacitystatus product_database_engine product_database_edition product_deployment_option product_cache_engine
reservation_subscription_id reservation_reservation_a_r_n reservation_start_time reservation_end_time reservation_availability_zone
reservation_modification_status savings_plan_savings_plan_a_r_n savings_plan_start_time savings_plan_end_time savings_plan_offering_type
savings_plan_payment_option savings_plan_purchase_term savings_plan_instance_type_family savings_plan_region product_from_location
product_to_location line_item_tax_type line_item_legal_entity identity_time_interval""".split()
AMOUNTS = """line_item_unblended_cost line_item_net_unblended_cost line_item_unblended_rate pricing_public_on_demand_cost
pricing_public_on_demand_rate line_item_usage_amount line_item_normalization_factor line_item_normalized_usage_amount
reservation_effective_cost reservation_net_effective_cost reservation_amortized_upfront_fee_for_billing_period
reservation_unused_amortized_upfront_fee_for_billing_period reservation_unused_recurring_fee reservation_amortized_upfront_cost_for_usage
reservation_recurring_fee_for_usage reservation_upfront_value reservation_number_of_reservations reservation_units_per_reservation
reservation_normalized_units_per_reservation reservation_total_reserved_units reservation_total_reserved_normalized_units
reservation_unused_quantity reservation_unused_normalized_unit_quantity savings_plan_savings_plan_effective_cost
savings_plan_savings_plan_rate savings_plan_total_commitment_to_date savings_plan_used_commitment
savings_plan_amortized_upfront_commitment_for_billing_period savings_plan_recurring_commitment_for_billing_period""".split()
MOMENTS = """bill_billing_period_start_date bill_billing_period_end_date line_item_usage_start_date line_item_usage_end_date""".split()


def canonical(name):
    out = "".join("_" + c.lower() if c.isascii() and c.isupper() else c if c.isascii() and c.isalnum() else "_" for c in name)
    return "_".join(part for part in out.split("_") if part)


def connect():
    connection = duckdb.connect()
    connection.execute("SET threads = 2")
    connection.execute("SET enable_progress_bar = false")
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def convert(source, out):
    """Converts the columns Tenor keeps of every part below `source` to zstd Parquet, amounts as DECIMAL(38,12)."""
    connection = connect()
    connection.execute("SET preserve_insertion_order = false")
    parts = sorted(glob.glob(os.path.join(source, "**", "*.csv.gz"), recursive=True))
    reader = "read_csv" if parts else "read_parquet"
    parts = parts or sorted(glob.glob(os.path.join(source, "**", "*.parquet"), recursive=True))
    if not parts:
        sys.exit(f"no data files below {source}: name a folder that generate-bill wrote")
    described = connection.execute(f"DESCRIBE SELECT * FROM {reader}({parts[:1]}{csv_header(reader)})").fetchall()
    names, held = [row[0] for row in described], {row[0]: row[1] for row in described}
    types, select = {}, []
    for name in names:
        known = canonical(name)
        kind = "DECIMAL(38,12)" if known in AMOUNTS else "TIMESTAMP" if known in MOMENTS else "VARCHAR"
        types[name] = kind
        if known in TEXTS or known in AMOUNTS or known in MOMENTS or known.startswith("resource_tags_"):
            # Some numbers of a legacy report in Parquet are text, and nothing is an empty one.
            cell = f"nullif(\"{name}\", '')" if held[name] == "VARCHAR" and kind != "VARCHAR" else f'"{name}"'
            select.append(f'CAST({cell} AS {kind}) AS "{name}"' if reader == "read_parquet" else f'"{name}"')
    options = f", header = true, columns = {json_struct(types)}, auto_detect = false, delim = ',', quote = '\"', escape = '\"'" if reader == "read_csv" else ""
    shutil.rmtree(out, ignore_errors=True)
    connection.execute(
        f"COPY (SELECT {', '.join(select)} FROM {reader}({parts}{options})) TO '{out}' "
        "(FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 131072, PER_THREAD_OUTPUT true)"
    )
    return len(select)


def csv_header(reader):
    return ", header = true, all_varchar = true" if reader == "read_csv" else ""


def json_struct(types):
    return json.dumps(types).replace('"', "'")
