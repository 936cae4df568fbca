#!/usr/bin/env python3
"""DELETE, UPDATE and MERGE on Iceberg tables in all modes; with --all, read back by real Spark.

The statements and answers are those of tests/sql/iceberg/{delete,update,merge}.slt, which Spark recorded on copy-on-write tables of
format 2. The answers of merge-on-read and of format 3 are the same, so every file runs once in each mode. Row lineage is checked by
what the specification says of it. With --all, real Spark reads every table of every mode as Emery left it.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, "tests", "slt"), os.path.join(ROOT, "tests", "interop")]
import compare  # noqa: E402
import engine_process  # noqa: E402
import peers  # noqa: E402
import slt_file  # noqa: E402

FILES = ["delete", "update", "merge"]
READER = os.path.join(ROOT, "tests", "interop", "iceberg_read_back.py")


def properties(version, mode, more=""):
    modes = ", ".join(f"'write.{command}.mode' = '{mode}'" for command in ("delete", "update", "merge"))
    return f"TBLPROPERTIES ('format-version' = '{version}', {modes}{more})"


MODES = {
    "cow_v2": properties(2, "copy-on-write"),
    "mor_v2": properties(2, "merge-on-read"),
    "mor_v2_partition": properties(2, "merge-on-read", ", 'write.delete.granularity' = 'partition'"),
    "cow_v3": properties(3, "copy-on-write"),
    "mor_v3": properties(3, "merge-on-read"),
}

# Statements and rows; ids are given in the order of rows in files, sequence numbers by commit.
LINEAGE = [
    ("CREATE TABLE ice.db.l (id INT, v STRING) USING iceberg {properties}", None),
    ("INSERT INTO ice.db.l SELECT * FROM VALUES (1, 'a'), (2, 'b'), (3, 'c') AS x(id, v) ORDER BY id", None),
    ("SELECT _row_id, _last_updated_sequence_number, * FROM ice.db.l", ["0 1 1 a", "1 1 2 b", "2 1 3 c"]),
    ("UPDATE ice.db.l SET v = 'B' WHERE id = 2", None),
    ("SELECT _row_id, _last_updated_sequence_number, * FROM ice.db.l", ["0 1 1 a", "1 2 2 B", "2 1 3 c"]),
    ("DELETE FROM ice.db.l WHERE id = 1", None),
    ("SELECT _row_id, _last_updated_sequence_number, * FROM ice.db.l", ["1 2 2 B", "2 1 3 c"]),
    ("MERGE INTO ice.db.l t USING (SELECT 3 AS id, 'C' AS v) s ON t.id = s.id WHEN MATCHED THEN UPDATE SET v = s.v", None),
    ("SELECT _row_id, _last_updated_sequence_number, * FROM ice.db.l", ["1 2 2 B", "2 4 3 C"]),
]


class Suite:
    def __init__(self):
        self.wanted = os.environ.get("EMERY_FILTER", "")
        self.scratch = tempfile.mkdtemp(prefix="emery-changes-")
        self.passed = self.failed = 0
        self.emery = None
        self.read_back = []  # what Spark is to find: {"table", "rows"}

    def start(self, folder, warehouse):
        self.emery = engine_process.start_emery(folder, {
            "spark.sql.catalog.ice": "org.apache.iceberg.spark.SparkCatalog", "spark.sql.catalog.ice.type": "hadoop",
            "spark.sql.catalog.ice.warehouse": warehouse})

    def ask(self, sql):
        try:
            return self.emery.sql(sql, 120)
        except engine_process.EngineDied as death:
            return {"error": {"condition": "DIED", "message": str(death)}}

    def report(self, name, wrong):
        if wrong is None:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED {name}", *("    " + w[:500] for w in wrong), sep="\n", flush=True)

    def check(self, record, answer):
        error = answer.get("error")
        if record.kind == "error":
            if error is None:
                return ["no error"]
            wrong = record.condition not in ("*", error["condition"])
            return [f"expected {record.condition}, found {error['condition']}: {error['message']}"] if wrong else None
        if error is not None:
            return [f"{error['condition']}: {error['message']}"]
        if record.kind == "ok":
            return None
        kinds = record.expected[0].split("\t")
        expected = [[slt_file.unescape(v) for v in line.split("\t")] for line in record.expected[1:]]
        difference = compare.first_difference(expected, answer["rows"], kinds, record.ordered)
        return difference and [f"- {r}" for r in difference[0][:3]] + [f"+ {r}" for r in difference[1][:3]]

    def run_file(self, name, mode):
        warehouse = os.path.join(self.scratch, mode, name)
        folder = os.path.join(self.scratch, f"{mode}-{name}")
        os.makedirs(folder)
        self.start(folder, warehouse)
        tables = []
        for record in slt_file.parse(os.path.join(ROOT, "tests", "sql", "iceberg", f"{name}.slt")):
            sql = record.sql.replace("${dir}", folder)
            if sql.startswith("SET spark.sql.catalog.ice"):
                continue
            created = re.match(r"CREATE TABLE (ice\.\S+)", sql)
            if created and "USING iceberg" in sql:
                tables.append(created[1])
                sql = sql.replace("USING iceberg", f"USING iceberg {MODES[mode]}")
            title = f"{mode} {name}:{record.line}: {record.sql}"
            wrong = self.check(record, self.ask(sql))
            if self.wanted in title:
                self.report(title, wrong)
        for table in tables:
            rows = self.ask(f"SELECT * FROM {table}").get("rows")
            self.read_back.append({"warehouse": warehouse, "table": table, "rows": rows})
        self.emery.close()

    def lineage(self, mode):
        warehouse = os.path.join(self.scratch, mode, "lineage")
        folder = os.path.join(self.scratch, f"{mode}-lineage")
        os.makedirs(folder)
        self.start(folder, warehouse)
        for sql, rows in LINEAGE:
            answer = self.ask(sql.format(properties=MODES[mode]))
            found = sorted(" ".join(map(str, row)) for row in answer.get("rows", []))
            wrong = [str(answer["error"])] if "error" in answer else None
            if rows is not None and found != sorted(rows):
                wrong = wrong or [f"expected {sorted(rows)}", f"found {found}"]
            self.report(f"{mode} lineage: {sql}", wrong)
        self.read_back.append({"warehouse": warehouse, "table": "ice.db.l",
                               "columns": "_row_id, _last_updated_sequence_number, *",
                               "rows": self.ask("SELECT _row_id, _last_updated_sequence_number, * FROM ice.db.l").get("rows")})
        self.emery.close()

    def with_spark(self):
        with open(os.path.join(ROOT, "setup", "jars.txt"), encoding="utf-8") as file:
            jar = next(line.strip().split(":") for line in file if line.startswith("org.apache.iceberg:"))
        jar = os.path.join(peers.JARS, f"{jar[1]}-{jar[2]}.jar")
        work = os.path.join(self.scratch, "read_back.json")
        with open(work, "w", encoding="utf-8") as file:
            json.dump(self.read_back, file)
        subprocess.run([peers.python("spark"), READER, work, jar], check=True, cwd=self.scratch, stderr=subprocess.DEVNULL)
        with open(work, encoding="utf-8") as file:
            for case in json.load(file):
                key = sorted(map(str, case["rows"] or []))
                found = sorted(map(str, case["found"])) if isinstance(case["found"], list) else [case["found"]]
                self.report(f"Spark reads {case['warehouse']} {case['table']}",
                            None if key == found else [f"Emery {key[:5]}", f"Spark {found[:5]}"])


def main():
    suite = Suite()
    try:
        for mode in MODES:
            for name in FILES:
                suite.run_file(name, mode)
        suite.lineage("cow_v3")
        suite.lineage("mor_v3")
        if os.environ.get("EMERY_ALL") == "1":
            suite.with_spark()
    finally:
        if suite.emery is not None:
            suite.emery.close()
        shutil.rmtree(suite.scratch, ignore_errors=True)
    print(f"{suite.passed} passed, {suite.failed} failed")
    return 1 if suite.failed else 0


if __name__ == "__main__":
    sys.exit(main())
