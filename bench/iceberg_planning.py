#!/usr/bin/env python3
"""How long a scan of an Iceberg table with many data files is planned: synthetic manifests, one real data file.

    python3 bench/iceberg_planning.py [--files 1000000] [--per-manifest 1000] [--folder DIR]

The table is partitioned by days(ts); a manifest holds the files of one day, with counts and bounds of six columns. All entries
but one name files that don't exist: a query that gives an answer at all has left them out. Timed from outside, with one
`emery sql --protocol` process: the first query of a process (cold: nothing in memory but the process), then the same again
(warm), and the process's peak memory. Needs pyarrow.
"""
import argparse
import json
import os
import shutil
import struct
import sys
import tempfile
import time
import zlib

import pyarrow as pa
import pyarrow.parquet as pq

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
sys.path[:0] = [os.path.join(ROOT, "tests", "interop"), os.path.join(ROOT, "tests", "slt")]
import engine_process  # noqa: E402
from iceberg_by_hand import ML, avro, f, lng, mp, opt  # noqa: E402

ENTRY = {"type": "record", "name": "manifest_entry", "fields": [
    f("status", "int", 0), opt("snapshot_id", "long", 1), opt("sequence_number", "long", 3),
    opt("file_sequence_number", "long", 4), f("data_file", {"type": "record", "name": "r2", "fields": [
        f("content", "int", 134), f("file_path", "string", 100), f("file_format", "string", 101),
        f("partition", {"type": "record", "name": "r102", "fields": [
            opt("ts_day", {"type": "int", "logicalType": "date"}, 1000)]}, 102),
        f("record_count", "long", 103), f("file_size_in_bytes", "long", 104),
        opt("column_sizes", mp(0, "long", "k117", 117, 118), 108), opt("value_counts", mp(0, "long", "k119", 119, 120), 109),
        opt("null_value_counts", mp(0, "long", "k121", 121, 122), 110),
        opt("lower_bounds", mp(0, "bytes", "k126", 126, 127), 125),
        opt("upper_bounds", mp(0, "bytes", "k129", 129, 130), 128), opt("sort_order_id", "int", 140)]}, 2)]}
COLUMNS = [(1, "id", "long"), (2, "ts", "timestamptz"), (3, "customer", "long"), (4, "name", "string"), (5, "price", "double"),
           (6, "day", "date")]
FIRST_DAY = 18262  # 2020-01-01


def text(b):
    return lng(len(b)) + b


def counts(value):
    return lng(1) + lng(len(COLUMNS)) + b"".join(lng(c[0]) + lng(value) for c in COLUMNS) + lng(0)


def bounds(values):
    return lng(1) + lng(len(values)) + b"".join(lng(i + 1) + text(v) for i, v in enumerate(values)) + lng(0)


def manifest(path, folder, day, count, ids_per_file, real):
    """Entries of one day's files; `real`: (number within the day, path, size) of the file that exists."""
    fixed = counts(50_000) + counts(ids_per_file) + counts(0)
    rows = []
    for i in range(count):
        first = (day * count + i) * ids_per_file
        us = (FIRST_DAY + day) * 86_400_000_000 + i * 80_000_000
        name, size = f"{folder}/data/ts_day={day}/{i:05}-0c8b0a5e-3f7d-4f0e-9f43-7a1d2f0c9b11-00001.parquet", 3_000_000
        if real and real[0] == i:
            name, size = real[1:]
        low = [struct.pack("<q", first), struct.pack("<q", us), struct.pack("<q", i), b"aaaa%d" % i, struct.pack("<d", i), struct.pack("<i", FIRST_DAY + day)]
        high = [struct.pack("<q", first + ids_per_file - 1), struct.pack("<q", us + 79_999_999), struct.pack("<q", i + 900_000),
                b"zzzz%d" % i, struct.pack("<d", i + 1000), struct.pack("<i", FIRST_DAY + day)]
        rows.append(lng(1) + lng(1) + lng(1) + lng(0) + lng(0) + lng(0) + text(name.encode()) + text(b"PARQUET") + lng(1)
                    + lng(FIRST_DAY + day) + lng(ids_per_file) + lng(size) + fixed + bounds(low) + bounds(high) + lng(1) + lng(0))
    packer = zlib.compressobj(6, 8, -15)
    block = packer.compress(b"".join(rows)) + packer.flush()
    head = {"avro.schema": json.dumps(ENTRY), "avro.codec": "deflate"}
    with open(path, "wb") as out:
        out.write(b"Obj\x01" + lng(len(head)) + b"".join(text(k.encode()) + text(v.encode()) for k, v in head.items()) + lng(0)
                  + b"M" * 16 + lng(count) + text(block) + b"M" * 16)


def make(folder, files, per_manifest):
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder + "/metadata")
    os.makedirs(folder + "/data")
    days, ids = files // per_manifest, 100
    day, number = days // 2, per_manifest // 3
    first = (day * per_manifest + number) * ids
    us = (FIRST_DAY + day) * 86_400_000_000 + number * 80_000_000
    path = folder + "/data/real.parquet"

    def field(i, kind):
        return pa.field(COLUMNS[i][1], kind, metadata={"PARQUET:field_id": str(COLUMNS[i][0])})
    schema = pa.schema([field(0, pa.int64()), field(1, pa.timestamp("us", "UTC")), field(2, pa.int64()), field(3, pa.string()),
                        field(4, pa.float64()), field(5, pa.date32())])
    pq.write_table(pa.table([pa.array(range(first, first + ids)), pa.array([us + i for i in range(ids)], schema[1].type),
                             pa.array(range(ids)), pa.array(["name"] * ids), pa.array([1.5] * ids),
                             pa.array([FIRST_DAY + day] * ids, pa.date32())], schema=schema), path)
    entries = []
    for d in range(days):
        name = f"{folder}/metadata/m{d:05}.avro"
        manifest(name, folder, d, per_manifest, ids, (number, path, os.path.getsize(path)) if d == day else None)
        bound = struct.pack("<i", FIRST_DAY + d)
        entries.append(dict(manifest_path=name, manifest_length=os.path.getsize(name), partition_spec_id=0, content=0,
                            sequence_number=1, min_sequence_number=1, added_snapshot_id=1, added_files_count=per_manifest,
                            existing_files_count=0, deleted_files_count=0, added_rows_count=per_manifest * ids,
                            existing_rows_count=0, deleted_rows_count=0,
                            partitions=[dict(contains_null=False, contains_nan=False, lower_bound=bound, upper_bound=bound)]))
    avro(folder + "/metadata/snap-1.avro", ML, entries)
    fields = [{"id": i, "name": n, "required": False, "type": t} for i, n, t in COLUMNS]
    with open(folder + "/metadata/v1.metadata.json", "w") as out:
        json.dump({"format-version": 2, "table-uuid": "8f4b2a52-66a1-4b39-8f0c-3a3a33a1c0de", "location": folder,
                   "last-sequence-number": 1, "last-updated-ms": 1, "last-column-id": 6, "current-schema-id": 0,
                   "schemas": [{"type": "struct", "schema-id": 0, "fields": fields}], "default-spec-id": 0,
                   "partition-specs": [{"spec-id": 0, "fields": [{"name": "ts_day", "transform": "day", "source-id": 2, "field-id": 1000}]}],
                   "last-partition-id": 1000, "default-sort-order-id": 0, "sort-orders": [{"order-id": 0, "fields": []}],
                   "properties": {}, "current-snapshot-id": 1, "refs": {"main": {"snapshot-id": 1, "type": "branch"}},
                   "snapshots": [{"snapshot-id": 1, "timestamp-ms": 1, "sequence-number": 1, "schema-id": 0,
                                  "manifest-list": folder + "/metadata/snap-1.avro", "summary": {
                                      "operation": "append", "total-records": str(files * ids), "total-data-files": str(files)}}],
                   "snapshot-log": [{"snapshot-id": 1, "timestamp-ms": 1}], "metadata-log": []}, out)
    with open(folder + "/made.json", "w") as out:
        json.dump({"id": first + 7, "us": us}, out)


def peak_mb(pid):
    with open(f"/proc/{pid}/status") as status:
        return next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM"))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=1_000_000)
    parser.add_argument("--per-manifest", type=int, default=1000)
    parser.add_argument("--folder", default=os.path.join(tempfile.gettempdir(), "emery-iceberg-planning"))
    args = parser.parse_args()
    folder = os.path.join(args.folder, f"{args.files}-{args.per_manifest}")
    if not os.path.exists(folder + "/made.json"):
        start = time.time()
        make(folder, args.files, args.per_manifest)
        print(f"made {args.files} files in {time.time() - start:.0f} s")
    with open(folder + "/made.json") as made:
        known = json.load(made)
    table = f"iceberg.`{folder}`"
    day = known["us"] // 86_400_000_000 - FIRST_DAY
    queries = {
        "partition and column": f"SELECT count(*) FROM {table} WHERE ts >= TIMESTAMP'2020-01-01 00:00:00Z' + INTERVAL {day} DAYS AND ts < "
                                f"TIMESTAMP'2020-01-01 00:00:00Z' + INTERVAL {day + 1} DAYS AND id = {known['id']}",
        "column only": f"SELECT count(*) FROM {table} WHERE id = {known['id']}",
        "nothing left": f"SELECT count(*) FROM {table} WHERE ts < TIMESTAMP'2019-01-01 00:00:00Z'",
    }
    print(f"{'':22} {'cold ms':>9} {'warm ms':>9} {'peak MB':>9}")
    for name, sql in queries.items():
        scratch = tempfile.mkdtemp()
        emery = engine_process.start_emery(scratch)
        emery.sql("SELECT 1")
        times = []
        for _ in range(6):
            start = time.time()
            answer = emery.sql(sql, 600)
            times.append((time.time() - start) * 1000)
            wanted = [["0"]] if name == "nothing left" else [["1"]]
            if answer.get("rows") != wanted:
                print("WRONG", name, answer)
                return 1
        print(f"{name:22} {times[0]:9.1f} {min(times[1:]):9.1f} {peak_mb(emery.process.pid):9}")
        emery.close()
        shutil.rmtree(scratch, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
