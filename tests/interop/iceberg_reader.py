#!/usr/bin/env python3
"""Reads tables with pyiceberg and compares what the metadata says with the rows: {table: {count, wrong}} on stdout."""
import json
import math
import sys

from pyiceberg.catalog.sql import SqlCatalog
from pyiceberg.conversions import from_bytes
from pyiceberg.types import NestedField


def wrong_of(table, rows):
    """Counts and bounds of the manifests against the rows; only for tables without deletes."""
    wrong = []
    snapshot = table.current_snapshot()
    if snapshot is None:
        return wrong
    summary = snapshot.summary.additional_properties
    if summary.get("total-records") != str(len(rows)):
        wrong.append(f"summary says {summary.get('total-records')} records, there are {len(rows)}")
    files = [e.data_file for m in snapshot.manifests(table.io) for e in m.fetch_manifest_entry(table.io)]
    if summary.get("total-data-files") != str(len(files)):
        wrong.append(f"summary says {summary.get('total-data-files')} files, there are {len(files)}")
    if sum(f.record_count for f in files) != len(rows):
        wrong.append("record counts don't add up")
    if summary.get("total-files-size") != str(sum(f.file_size_in_bytes for f in files)):
        wrong.append("file sizes don't add up")
    for field in table.schema().fields:
        if not isinstance(field, NestedField) or not field.field_type.is_primitive or len(table.schemas()) > 1:
            continue
        values = [r[field.name] for r in rows]
        nulls = sum((f.null_value_counts or {}).get(field.field_id, 0) for f in files)
        if nulls != sum(v is None for v in values):
            wrong.append(f"{field.name}: {nulls} nulls in the manifests")
        known = [v for v in values if v is not None and not (isinstance(v, float) and math.isnan(v))]
        nans = sum((f.nan_value_counts or {}).get(field.field_id, 0) for f in files)
        if nans != sum(isinstance(v, float) and math.isnan(v) for v in values):
            wrong.append(f"{field.name}: {nans} NaNs in the manifests")
        lowest = [f.lower_bounds[field.field_id] for f in files if field.field_id in (f.lower_bounds or {})]
        highest = [f.upper_bounds[field.field_id] for f in files if field.field_id in (f.upper_bounds or {})]
        if bool(known) != bool(lowest) and str(field.field_type) != "binary":
            wrong.append(f"{field.name}: bounds are missing, or there without values")
        if str(field.field_type) in ("int", "long", "float", "double", "string", "boolean") or str(field.field_type).startswith("decimal"):
            low = min((from_bytes(field.field_type, b) for b in lowest), default=None)
            high = max((from_bytes(field.field_type, b) for b in highest), default=None)
            if known and (low > min(known) or (high is not None and high < max(known))):
                wrong.append(f"{field.name}: bounds {low} to {high} leave out {min(known)} to {max(known)}")
            if known and str(field.field_type) != "string" and (low != min(known) or high != max(known)):
                wrong.append(f"{field.name}: bounds {low} to {high} are not {min(known)} to {max(known)}")
    return wrong


def main():
    request = json.load(sys.stdin)
    catalog = SqlCatalog("j", uri=f"sqlite:///{request['sqlite']}", warehouse=request["warehouse"])
    answer = {}
    for name in request["tables"]:
        count, wrong = None, []
        try:
            table = catalog.load_table(f"db.{name}")
            rows = table.scan().to_arrow().to_pylist()
            count = len(rows)
            wrong = wrong_of(table, rows)
        except Exception as error:  # what pyiceberg can't do must not hide the other tables
            wrong = [f"{type(error).__name__}: {error}"]
        answer[name] = {"count": count, "wrong": wrong}
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
