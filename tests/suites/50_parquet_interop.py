#!/usr/bin/env python3
"""Parquet between engines: files of pyarrow and Spark read by Emery, files of Emery read by Spark and pyarrow.

The reference is always what real Spark reads. Damaged files must end in an error, with the process still answering.
"""
import os
import shutil
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, "tests", "interop"), os.path.join(ROOT, "tests", "slt")]
import pyarrow.parquet as pq  # noqa: E402

import compare  # noqa: E402
import engine_process  # noqa: E402
import parquet_files  # noqa: E402

# Filters that row-group statistics, page indexes, dictionaries and bloom filters can answer in part.
PROBES = [
    "SELECT count(*), min(id), max(id), sum(id) FROM {} WHERE id BETWEEN 1500 AND 1620",
    "SELECT id, s FROM {} WHERE s = 's500' OR id = 77",
    "SELECT count(*), count(i32), count(st), count(l), count(none) FROM {}",
    "SELECT id FROM {} WHERE n5 > 990.00 AND small IN (1, 3)",
    "SELECT id FROM {} WHERE n38 < -9999999999999999999999999999",
    "SELECT count(*) FROM {} WHERE w LIKE 'long%' AND b",
    "SELECT id, d FROM {} WHERE d = double('NaN') AND id < 50",
    "SELECT id, f FROM {} WHERE f >= 999999 AND id < 500",
    "SELECT count(*), min(ts), max(ts), min(day), max(ntz) FROM {} WHERE day > DATE'2100-01-01'",
    "SELECT id, st.z.w[0], ls[0].v, m['a'] FROM {} WHERE st.x = 5 AND id < 700",
    "SELECT small, count(*), sum(n18), max(w), min(bin) FROM {} GROUP BY small",
    "SELECT count(*) FROM {} WHERE none IS NOT NULL",
    "SELECT count(*) FROM {} WHERE i64 IS NULL OR i8 <=> NULL",
    "SELECT id FROM {} ORDER BY i64 DESC NULLS LAST, id LIMIT 5",
]


class Suite:
    def __init__(self):
        self.wanted = os.environ.get("EMERY_FILTER", "")
        self.passed = self.failed = 0
        self.folder = tempfile.mkdtemp(prefix="emery-interop-")
        for name in ("spark", "emery"):
            os.makedirs(os.path.join(self.folder, name))
        # Without pushdown: row-group statistics leave NaN out, and Spark then loses the rows of `d = NaN`.
        self.spark = engine_process.start_spark(os.path.join(self.folder, "spark"),
                                                {"spark.sql.parquet.filterPushdown": "false"})
        self.emery = None
        self.answers = {}

    def ask_emery(self, sql):
        if self.emery is None:
            shutil.rmtree(os.path.join(self.folder, "emery", "warehouse"), ignore_errors=True)
            self.emery = engine_process.start_emery(os.path.join(self.folder, "emery"))
        try:
            return self.emery.sql(sql, 120)
        except engine_process.EngineDied as death:
            self.emery = None
            return {"error": {"condition": "DIED", "message": str(death)}}

    def ask_spark(self, sql):
        if sql not in self.answers:
            self.answers[sql] = self.spark.sql(sql, 300)
        return self.answers[sql]

    def report(self, name, wrong):
        if wrong is None:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED {name}", *("    " + w[:400] for w in wrong), sep="\n", flush=True)

    def same(self, name, expected, found):
        self.report(name, differences(expected, found))

    def read(self, name, path, reference=None):
        """Emery reads `path` as Spark reads `reference` (default: the same)."""
        if self.wanted not in name:
            return
        for number, probe in enumerate(["SELECT * FROM {}", *PROBES]):
            expected = self.ask_spark(probe.format(f"parquet.`{reference or path}`"))
            if "error" in expected and number:
                break  # the data set has other columns
            found = self.ask_emery(probe.format(f"parquet.`{path}`"))
            self.same(f"{name}: {probe}", expected, found)

    def close(self):
        self.spark.close()
        if self.emery is not None:
            self.emery.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def differences(expected, found):
    if "error" in expected:
        return None if "error" in found else [f"Spark refuses: {expected['error']}"]
    if "error" in found:
        return [f"{found['error']['condition']}: {found['error'].get('message')}"]
    kinds = [c["type"] for c in expected["columns"]]
    if kinds != [c["type"] for c in found["columns"]]:
        return [f"types {kinds}", f"found {[c['type'] for c in found['columns']]}"]
    wrong = compare.first_difference(expected["rows"], found["rows"], kinds, ordered=False)
    if wrong is None:
        return None
    return [f"{len(wrong[0])} rows missing, {len(wrong[1])} too much", *(f"- {r}" for r in wrong[0][:2]),
            *(f"+ {r}" for r in wrong[1][:2])]


def spark_ways():
    """(name, session settings, table options) for Spark as the writer."""
    for codec in ("uncompressed", "snappy", "gzip", "zstd", "lz4_raw"):
        for version in ("v1", "v2"):
            yield f"spark_{codec}_{version}", {}, {"compression": codec, "parquet.writer.version": version}
    yield "spark_plain", {}, {"parquet.enable.dictionary": "false"}
    yield "spark_plain_v2", {}, {"parquet.enable.dictionary": "false", "parquet.writer.version": "v2"}
    yield "spark_pages", {}, {"parquet.page.size": "1024", "parquet.page.row.count.limit": "50"}
    yield "spark_groups", {}, {"parquet.block.size": "65536"}
    yield "spark_bloom", {}, {"parquet.bloom.filter.enabled": "true", "parquet.bloom.filter.expected.ndv#s": "3000"}
    yield "spark_int96", {"spark.sql.parquet.outputTimestampType": "INT96"}, {}
    yield "spark_millis", {"spark.sql.parquet.outputTimestampType": "TIMESTAMP_MILLIS"}, {}
    yield "spark_micros", {"spark.sql.parquet.outputTimestampType": "TIMESTAMP_MICROS"}, {}
    yield "spark_legacy", {"spark.sql.parquet.writeLegacyFormat": "true"}, {}


def options_text(options):
    return f" OPTIONS ({', '.join(f'{chr(39)}{k}{chr(39)} {chr(39)}{v}{chr(39)}' for k, v in options.items())})" \
        if options else ""


def must(answer):
    if "error" in answer:
        raise SystemExit(f"Spark could not prepare the test: {answer['error']}")


def emery_writes(suite, plain):
    """Emery writes the data set in its ways; Spark and pyarrow read it."""
    for codec in ("uncompressed", "snappy", "gzip", "zstd", "lz4_raw"):
        name = f"emery_{codec}"
        if suite.wanted not in name:
            continue
        target = os.path.join(suite.folder, name)
        wrote = suite.ask_emery(f"INSERT OVERWRITE DIRECTORY '{target}' USING parquet OPTIONS ('compression' '{codec}') "
                                f"SELECT * FROM parquet.`{plain}`")
        if "error" in wrote:
            suite.report(name, [f"{wrote['error']['condition']}: {wrote['error'].get('message')}"])
            continue
        suite.same(f"{name}: read by Spark", suite.ask_spark(f"SELECT * FROM parquet.`{plain}`"),
                   suite.ask_spark(f"SELECT * FROM parquet.`{target}`"))
        for probe in PROBES:
            suite.same(f"{name}: {probe} by Spark", suite.ask_spark(probe.format(f"parquet.`{plain}`")),
                       suite.ask_spark(probe.format(f"parquet.`{target}`")))
        suite.read(f"{name}: read by Emery", target, plain)
        try:
            files = [os.path.join(target, f) for f in os.listdir(target) if f.endswith(".parquet")]
            rows = sorted((row for f in files for row in pq.read_table(f).to_pylist()), key=lambda r: r["id"])
            original = pq.read_table(plain).to_pylist()
            wrong = [i for i, (a, b) in enumerate(zip(original, rows)) if str(a) != str(b)]
            suite.report(f"{name}: read by pyarrow", None if not wrong and len(rows) == len(original) else
                         [f"{len(rows)} rows", *(f"- {original[i]}\n    + {rows[i]}" for i in wrong[:1])])
        except Exception as error:  # whatever pyarrow says about our file is the finding
            suite.report(f"{name}: read by pyarrow", [str(error)])
    partitioned = os.path.join(suite.folder, "emery_partitioned")
    if suite.wanted in "emery_partitioned":
        made = suite.ask_emery(f"CREATE TABLE emery_partitioned USING parquet PARTITIONED BY (small, w) LOCATION "
                               f"'{partitioned}' AS SELECT id, s, st, small, w FROM parquet.`{plain}`")
        if "error" in made:
            suite.report("emery_partitioned", [f"{made['error']['condition']}: {made['error'].get('message')}"])
        else:
            suite.same("emery_partitioned: read by Spark",
                       suite.ask_spark(f"SELECT id, s, st, small, nullif(w, '') FROM parquet.`{plain}`"),
                       suite.ask_spark(f"SELECT id, s, st, small, w FROM parquet.`{partitioned}`"))


def main():
    suite = Suite()
    try:
        files = parquet_files.write_all(os.path.join(suite.folder, "pyarrow"))
        plain = files["plain"]
        for name, path in files.items():
            suite.read(f"pyarrow_{name}", path, None if name in parquet_files.OWN_REFERENCE else plain)
        for name, path in parquet_files.write_odd_shapes(os.path.join(suite.folder, "odd")).items():
            suite.read(f"pyarrow_{name}", path)
        for name, settings, options in spark_ways():
            if suite.wanted not in name:
                continue
            for key, value in settings.items():
                must(suite.spark.sql(f"SET {key}={value}"))
            target = os.path.join(suite.folder, name)
            must(suite.spark.sql(f"INSERT OVERWRITE DIRECTORY '{target}' USING parquet{options_text(options)} "
                                 f"SELECT * FROM parquet.`{plain}`", 300))
            for key in settings:
                must(suite.spark.sql(f"RESET {key}"))
            suite.read(name, target, target if name == "spark_millis" else plain)
        for name, path in parquet_files.write_broken(os.path.join(suite.folder, "broken")).items():
            if suite.wanted in name:
                found = suite.ask_emery(f"SELECT * FROM parquet.`{path}`")
                fine = "error" in found and found["error"]["condition"] not in ("DIED", "INTERNAL_ERROR")
                # Flipped bits inside values cannot be noticed without checksums.
                fine = fine or (name.startswith("data_") and "error" not in found)
                suite.report(f"broken {name}", None if fine else [str(found)[:300]])
        emery_writes(suite, plain)
    finally:
        suite.close()
    print(f"{suite.passed} passed, {suite.failed} failed")
    return 1 if suite.failed else 0


if __name__ == "__main__":
    sys.exit(main())
