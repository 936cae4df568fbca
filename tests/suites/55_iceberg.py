#!/usr/bin/env python3
"""Iceberg tables made by real Spark, read by Emery: the same statements must give the same rows.

tests/interop/iceberg_tables.py makes the tables and records Spark's answers, once; both are kept in EMERY_DATA. Damaged
tables must end in an error that names the file, and filters must leave out files and manifests.
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
sys.path.insert(0, os.path.join(ROOT, "tests", "slt"))
import compare  # noqa: E402
import engine_process  # noqa: E402
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
PRUNED = [
    ("SELECT * FROM ice.db.p_identity WHERE i = -49000", 53, 52),
    ("SELECT * FROM ice.db.p_days WHERE ts < TIMESTAMP'1970-01-01 00:00:00Z'", 4, 2),
    ("SELECT * FROM ice.db.codec_zstd WHERE p = '3'", 8, 7),
    ("SELECT * FROM ice.db.codec_zstd WHERE p IS NULL", 8, 7),
    ("SELECT * FROM ice.db.types_v2 WHERE id > 40", 2, 1),
    ("SELECT * FROM ice.db.types_v2 WHERE id > 4000", 2, 2),
    ("SELECT * FROM ice.db.p_bucket WHERE id = 3", 24, 12),
    ("SELECT * FROM ice.db.evolved WHERE renamed = 40", 6, 5),
]


def prepared():
    """The folder with tables and answers, made if it is not there."""
    with open(MAKER, "rb") as file:
        version = hashlib.sha256(file.read()).hexdigest()[:12]
    folder = os.path.join(peers.DATA, f"iceberg-{version}")
    if os.path.exists(os.path.join(folder, "answers.json")):
        return folder
    shutil.rmtree(folder, ignore_errors=True)  # a run that was broken off
    os.makedirs(folder)
    spark = peers.python("spark")
    with open(os.path.join(ROOT, "setup", "jars.txt")) as file:
        jar = next(line.strip().split(":") for line in file if line.startswith("org.apache.iceberg:"))
    jar = os.path.join(peers.JARS, f"{jar[1]}-{jar[2]}.jar")
    subprocess.run([spark, MAKER, folder, jar], check=True, cwd=folder, stdout=sys.stderr, stderr=subprocess.DEVNULL)
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
    def __init__(self, folder):
        self.wanted = os.environ.get("EMERY_FILTER", "")
        self.warehouse = os.path.join(folder, "warehouse")
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

    def close(self):
        if self.emery is not None:
            self.emery.close()
        shutil.rmtree(self.scratch, ignore_errors=True)


def main():
    folder = prepared()
    suite = Suite(folder)
    try:
        with open(os.path.join(folder, "answers.json")) as file:
            for case in json.load(file):
                name = f"{case['name']}: {case['sql']}"
                if suite.wanted in name:
                    suite.report(name, differences(case["answer"], suite.ask(case["sql"])))
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
