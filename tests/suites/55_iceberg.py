#!/usr/bin/env python3
"""Iceberg tables read by Emery: one written by hand, whole and damaged, and tables made by real Spark, more with --all.

tests/interop/iceberg_tables.py makes Spark's tables and records its answers, once; both are kept in EMERY_DATA; the same
statements must give the same rows. Damaged tables must end in an error that names the file, and filters must leave out
files and manifests.
"""
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, "tests", "interop"), os.path.join(ROOT, "tests", "slt")]
import compare  # noqa: E402
import engine_process  # noqa: E402
import iceberg_by_hand  # noqa: E402
import peers  # noqa: E402

MAKER = os.path.join(ROOT, "tests", "interop", "iceberg_tables.py")

# Damaged table: what the message must contain.
BROKEN = {
    "manifest_cut": "-m0.avro", "manifest_gone": "-m0.avro", "manifest_empty": "-m0.avro", "manifest_flipped": "-m0.avro",
    "manifest_text": "-m0.avro", "list_cut": "snap-", "list_gone": "snap-", "json_cut": "v2.metadata.json",
    "json_empty": "v2.metadata.json", "json_array": "v2.metadata.json", "json_members": "v2.metadata.json",
    "json_types": "v2.metadata.json", "json_format": "format version 9", "json_snapshot": "v2.metadata.json",
    "json_type": "strong", "data_gone": ".parquet", "data_cut": ".parquet",
}

# Statement, files of the table, files left out at least.
PRUNED_EVERYDAY = [
    ("SELECT * FROM ice.db.codec_zstd WHERE p = '3'", 8, 7),
    ("SELECT * FROM ice.db.codec_zstd WHERE p IS NULL", 8, 7),
]
PRUNED = [
    ("SELECT * FROM ice.db.p_identity WHERE i = -49000", 53, 52),
    ("SELECT * FROM ice.db.p_days WHERE ts < TIMESTAMP'1970-01-01 00:00:00Z'", 5, 3),
    ("SELECT * FROM ice.db.types_v2 WHERE id > 40", 2, 1),
    ("SELECT * FROM ice.db.types_v2 WHERE id > 4000", 2, 2),
    ("SELECT * FROM ice.db.p_bucket WHERE id = 3", 27, 26),
    ("SELECT * FROM ice.db.evolved WHERE renamed = 40", 6, 5),
]

# Of the table by hand: statement, rows in any order.
ALL_OLD = [["1", "a", "1.0"], ["2", None, "1.0"], ["3", "c", "1.0"], ["10", "x", "NaN"], ["11", "y", "NaN"], ["20", "n", None]]
BY_HAND = [
    ("SELECT * FROM ice.db.t", [["1", None, "a", "1.0"], ["11", None, "y", "NaN"], ["20", None, "n", None]]),
    ("SELECT s FROM ice.db.t", [["a"], ["y"], ["n"]]),
    ("SELECT count(*) FROM ice.db.t", [["3"]]),
    ("SELECT id, added FROM ice.db.t WHERE id = 11", [["11", None]]),
    ("SELECT * FROM ice.db.t VERSION AS OF 'old'", ALL_OLD),
    ("SELECT * FROM ice.db.t VERSION AS OF 7 WHERE d > 5", ALL_OLD[3:5]),
    ("SELECT * FROM ice.db.t VERSION AS OF 7 WHERE d = double('NaN')", ALL_OLD[3:5]),
    ("SELECT * FROM ice.db.t VERSION AS OF 7 WHERE d IS NULL", ALL_OLD[5:]),
    ("SELECT * FROM ice.db.t TIMESTAMP AS OF '2023-11-14 22:13:20.5Z'", ALL_OLD),
    ("SELECT count(*) FROM iceberg.`{warehouse}/db/t`", [["3"]]),
    ("SHOW TABLES IN ice.db", [["db", "t", "false"]]),
    ("SHOW NAMESPACES IN ice", [["db"]]),
]
BY_HAND_REFUSED = ["SELECT * FROM ice.db.t VERSION AS OF 9", "SELECT * FROM ice.db.t VERSION AS OF 'none'",
                   "SELECT * FROM ice.db.t TIMESTAMP AS OF '2001-01-01'", "SELECT * FROM ice.db.u", "SELECT old_s FROM ice.db.t"]
BY_HAND_PRUNED = [("SELECT * FROM ice.db.t WHERE d = 1", 3, 2), ("SELECT * FROM ice.db.t WHERE id > 11", 3, 2),
                  ("SELECT * FROM ice.db.t WHERE id > 99", 3, 3), ("SELECT * FROM ice.db.t WHERE d IS NULL", 3, 2)]


def cut(path):
    os.truncate(path, os.path.getsize(path) // 2)


def overwrite(path):
    with open(path, "w") as file:
        file.write("{]")


DAMAGE = [(change, name) for name in ("v2.metadata.json", "snap-8.avro", "m1.avro", "md.avro", "pd.parquet", "pd2.parquet", "eq.parquet", "c.parquet")
          for change in (cut, overwrite, os.remove) if (change, name) != (os.remove, "v2.metadata.json")]


def prepared(part):
    """The folder with tables and answers of a part ("everyday", "rest"), made if it is not there."""
    with open(MAKER, "rb") as file:
        version = hashlib.sha256(file.read()).hexdigest()[:12]
    folder = os.path.join(peers.DATA, f"iceberg-{part}-{version}")
    if os.path.exists(os.path.join(folder, "answers.json")):
        return folder
    shutil.rmtree(folder, ignore_errors=True)  # a run that was broken off
    os.makedirs(folder)
    spark = peers.python("spark")
    with open(os.path.join(ROOT, "setup", "jars.txt")) as file:
        jar = next(line.strip().split(":") for line in file if line.startswith("org.apache.iceberg:"))
    jar = os.path.join(peers.JARS, f"{jar[1]}-{jar[2]}.jar")
    subprocess.run([spark, MAKER, folder, jar, part], check=True, cwd=folder, stdout=sys.stderr, stderr=subprocess.DEVNULL)
    return folder


def differences(expected, found):
    if "error" in expected:
        if "error" not in found:
            return [f"Spark refuses: {expected['error']}"]
        return ["the process died"] if found["error"]["condition"] in ("DIED", "INTERNAL_ERROR") else None
    if "error" in found:
        return [f"{found['error']['condition']}: {found['error'].get('message')}"]
    kinds = [c["type"] for c in expected["columns"]]
    for key in ("type", "name"):
        if [c[key] for c in expected["columns"]] != [c[key] for c in found["columns"]]:
            return [f"{key}s {[c[key] for c in expected['columns']]}", f"found {[c[key] for c in found['columns']]}"]
    wrong = compare.first_difference(expected["rows"], found["rows"], kinds, ordered=False)
    if wrong is None:
        return None
    return [f"{len(wrong[0])} rows missing, {len(wrong[1])} too much", *(f"- {r}" for r in wrong[0][:3]),
            *(f"+ {r}" for r in wrong[1][:3])]


class Suite:
    def __init__(self):
        self.wanted = os.environ.get("EMERY_FILTER", "")
        self.warehouse = ""
        self.passed = self.failed = 0
        self.scratch = tempfile.mkdtemp(prefix="emery-iceberg-")
        self.emery = None

    def ask(self, sql):
        if self.emery is None:
            self.emery = engine_process.start_emery(self.scratch, {
                "spark.sql.catalog.ice": "org.apache.iceberg.spark.SparkCatalog", "spark.sql.catalog.ice.type": "hadoop",
                "spark.sql.catalog.ice.warehouse": self.warehouse})
        try:
            return self.emery.sql(sql, 60)
        except engine_process.EngineDied as death:
            self.emery = None
            return {"error": {"condition": "DIED", "message": str(death)}}

    def report(self, name, wrong):
        if self.wanted not in name:
            return
        if wrong is None:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED {name}", *("    " + w[:500] for w in wrong), sep="\n", flush=True)

    def broken(self, table, words):
        found = self.ask(f"SELECT * FROM ice.broken.{table}")
        error = found.get("error", {"condition": "none", "message": str(found)[:200]})
        fine = error["condition"] not in ("none", "DIED", "INTERNAL_ERROR") and words in error["message"]
        self.report(f"broken {table}", None if fine else [f"{error['condition']}: {error['message']}"])

    def pruned(self, sql, files, least):
        found = self.ask(f"EXPLAIN ANALYZE {sql}")
        text = str(found.get("rows", found))
        match = re.search(r"files (\d+) \((\d+) pruned\)", text)
        wrong = None if match and int(match[1]) == files and int(match[2]) >= least else [text]
        self.report(f"pruned: {sql}", wrong)

    def by_hand(self):
        self.warehouse = os.path.join(self.scratch, "hand")
        iceberg_by_hand.make(self.warehouse)
        for sql, rows in BY_HAND:
            found = self.ask(sql.format(warehouse=self.warehouse))
            same = sorted(map(str, found.get("rows", []))) == sorted(map(str, rows))
            self.report(sql, None if same else [str(found)])
        for sql in BY_HAND_REFUSED:
            condition = self.ask(sql).get("error", {"condition": "none"})["condition"]
            self.report(sql, [condition] if condition in ("none", "DIED", "INTERNAL_ERROR") else None)
        for sql, files, least in BY_HAND_PRUNED:
            self.pruned(sql, files, least)
        folder = os.path.join(self.warehouse, "db", "t")
        for change, name in DAMAGE:
            shutil.rmtree(self.warehouse)
            iceberg_by_hand.make(self.warehouse)
            change(os.path.join(folder, "data" if name.endswith(".parquet") else "metadata", name))
            found = self.ask("SELECT * FROM ice.db.t")
            error = found.get("error", {"condition": "none", "message": str(found)[:200]})
            fine = error["condition"] not in ("none", "DIED", "INTERNAL_ERROR") and name in error["message"]
            self.report(f"{change.__name__} {name}", None if fine else [f"{error['condition']}: {error['message']}"])

    def stop(self):
        if self.emery is not None:
            self.emery.close()
            self.emery = None

    def close(self):
        self.stop()
        shutil.rmtree(self.scratch, ignore_errors=True)


def with_spark(suite, folder):
    suite.warehouse = os.path.join(folder, "warehouse")
    with open(os.path.join(folder, "answers.json")) as file:
        for case in json.load(file):
            name = f"{case['name']}: {case['sql']}"
            if suite.wanted in name:
                suite.report(name, differences(case["answer"], suite.ask(case["sql"])))


def main():
    suite = Suite()
    try:
        suite.by_hand()
        suite.stop()
        with_spark(suite, prepared("everyday"))
        for sql, files, least in PRUNED_EVERYDAY:
            suite.pruned(sql, files, least)
        if os.environ.get("EMERY_ALL") == "1":
            suite.stop()
            with_spark(suite, prepared("rest"))
            for table, words in BROKEN.items():
                suite.broken(table, words)
            for sql, files, least in PRUNED:
                suite.pruned(sql, files, least)
    finally:
        suite.close()
    print(f"{suite.passed} passed, {suite.failed} failed")
    return 1 if suite.failed else 0


if __name__ == "__main__":
    sys.exit(main())
