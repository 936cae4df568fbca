#!/usr/bin/env python3
"""Iceberg tables written by Emery, read by pyiceberg and, with --all, by real Spark with Iceberg.

pyiceberg reads every table with its own reader and looks at metadata, manifests and statistics. Two processes append to one
table at once, and one is killed while it writes: no acknowledged row may be lost, and none may show up twice.
"""
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path[:0] = [os.path.join(ROOT, "tests", "interop"), os.path.join(ROOT, "tests", "slt")]
import engine_process  # noqa: E402
import peers  # noqa: E402

READER = os.path.join(ROOT, "tests", "interop", "iceberg_reader.py")
SPARK_READER = os.path.join(ROOT, "tests", "interop", "iceberg_spark_reader.py")

SETUP = """
CREATE NAMESPACE IF NOT EXISTS {c}.db;
CREATE TABLE {c}.db.plain_v{v} (id BIGINT, s STRING, d DOUBLE) USING iceberg TBLPROPERTIES ('format-version' = '{v}');
INSERT INTO {c}.db.plain_v{v} VALUES (1, 'a', 1.5), (2, NULL, double('NaN')), (3, 'a long text of more than sixteen', NULL);
INSERT INTO {c}.db.plain_v{v} SELECT id, concat('s', id), id / 2 FROM range(10, 1010);
CREATE TABLE {c}.db.types_v{v} (b BOOLEAN, i INT, l BIGINT, f FLOAT, d DOUBLE, n DECIMAL(9, 2), m DECIMAL(18, 4), w DECIMAL(38, 10),
 s STRING, x BINARY, day DATE, ts TIMESTAMP, tn TIMESTAMP_NTZ, a ARRAY<INT>, mp MAP<STRING, INT>, st STRUCT<p: INT, q: STRUCT<r: STRING>>)
 USING iceberg TBLPROPERTIES ('format-version' = '{v}');
INSERT INTO {c}.db.types_v{v} VALUES (true, 1, 2, 3.5, 4.5, 5.25, -6.125, 12345678901234567890.5, 's', X'00ff', DATE'2020-02-29',
 TIMESTAMP'2020-01-01 01:02:03.456789Z', TIMESTAMP_NTZ'1969-12-31 23:59:59', array(1, NULL), map('k', 1), named_struct('p', 1, 'q', named_struct('r', 'z'))),
 (NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
 (false, -1, -2, -3.5, -4.5, -5.25, 6.125, -12345678901234567890.5, '', X'', DATE'1969-12-31', TIMESTAMP'1969-12-31 23:59:59.999999Z',
 TIMESTAMP_NTZ'2020-01-01 00:00:00', array(), map(), named_struct('p', NULL, 'q', NULL));
CREATE TABLE {c}.db.parts_v{v} (id BIGINT, s STRING, n DECIMAL(9, 2), day DATE, ts TIMESTAMP, tn TIMESTAMP_NTZ, x BINARY) USING iceberg
 PARTITIONED BY (bucket(4, id), truncate(2, s), days(ts)) TBLPROPERTIES ('format-version' = '{v}');
INSERT INTO {c}.db.parts_v{v} SELECT id, concat('part', id % 3, 'x'), id / 4, date_add(DATE'1969-12-20', CAST(id AS INT)),
 timestamp_micros(id * 40000000000 - 100000000000), TIMESTAMP_NTZ'2020-01-01 00:00:00', X'0102' FROM range(40);
CREATE TABLE {c}.db.hours_v{v} (id INT, ts TIMESTAMP_NTZ, b BINARY, n DECIMAL(12, 3)) USING iceberg
 PARTITIONED BY (hours(ts), bucket(3, b), truncate(10, n)) TBLPROPERTIES ('format-version' = '{v}');
INSERT INTO {c}.db.hours_v{v} VALUES (1, TIMESTAMP_NTZ'1969-12-31 23:30:00', X'01', -0.005), (2, TIMESTAMP_NTZ'2020-01-01 01:00:00', X'', 12.345), (3, NULL, NULL, NULL);
CREATE TABLE {c}.db.months_v{v} (id INT, day DATE, ts TIMESTAMP, k STRING) USING iceberg
 PARTITIONED BY (months(day), years(ts), k) TBLPROPERTIES ('format-version' = '{v}');
INSERT INTO {c}.db.months_v{v} VALUES (1, DATE'1969-12-31', TIMESTAMP'1969-06-01 00:00:00Z', 'a/b c'), (2, DATE'2020-02-29', TIMESTAMP'2021-01-01 00:00:00Z', NULL), (3, NULL, NULL, '');
CREATE TABLE {c}.db.dynamic_v{v} (id INT, k STRING) USING iceberg PARTITIONED BY (k) TBLPROPERTIES ('format-version' = '{v}');
INSERT INTO {c}.db.dynamic_v{v} VALUES (1, 'a'), (2, 'b'), (3, 'c');
SET spark.sql.sources.partitionOverwriteMode = dynamic;
INSERT OVERWRITE {c}.db.dynamic_v{v} VALUES (20, 'b'), (21, 'b'), (40, 'd');
SET spark.sql.sources.partitionOverwriteMode = static;
INSERT OVERWRITE {c}.db.dynamic_v{v} PARTITION (k = 'c') SELECT 30;
CREATE TABLE {c}.db.ctas_v{v} USING iceberg PARTITIONED BY (k) TBLPROPERTIES ('format-version' = '{v}') AS SELECT id, k FROM {c}.db.dynamic_v{v};
CREATE OR REPLACE TABLE {c}.db.ctas_v{v} USING iceberg TBLPROPERTIES ('format-version' = '{v}') AS SELECT id, upper(k) AS k FROM {c}.db.dynamic_v{v} WHERE id > 1;
CREATE TABLE {c}.db.evolved_v{v} (id INT NOT NULL, f FLOAT, s STRING, st STRUCT<p: INT>, gone INT) USING iceberg PARTITIONED BY (s) TBLPROPERTIES ('format-version' = '{v}');
INSERT INTO {c}.db.evolved_v{v} VALUES (1, 1.5, 'a', named_struct('p', 1), 7);
ALTER TABLE {c}.db.evolved_v{v} ADD COLUMN added STRING COMMENT 'new' AFTER id;
ALTER TABLE {c}.db.evolved_v{v} ADD COLUMN st.q STRING;
ALTER TABLE {c}.db.evolved_v{v} ALTER COLUMN id TYPE BIGINT;
ALTER TABLE {c}.db.evolved_v{v} ALTER COLUMN f TYPE DOUBLE;
ALTER TABLE {c}.db.evolved_v{v} RENAME COLUMN st TO details;
ALTER TABLE {c}.db.evolved_v{v} DROP COLUMN gone;
ALTER TABLE {c}.db.evolved_v{v} ADD PARTITION FIELD bucket(8, id);
ALTER TABLE {c}.db.evolved_v{v} DROP PARTITION FIELD s;
ALTER TABLE {c}.db.evolved_v{v} WRITE ORDERED BY id DESC, added;
INSERT INTO {c}.db.evolved_v{v} VALUES (2, 'x', 2.5, 'b', named_struct('p', 2, 'q', 'w'));
ALTER TABLE {c}.db.evolved_v{v} CREATE BRANCH side RETAIN 7 DAYS;
ALTER TABLE {c}.db.evolved_v{v} CREATE TAG first;
INSERT INTO {c}.db.evolved_v{v} VALUES (3, NULL, NULL, NULL, NULL);
ALTER TABLE {c}.db.evolved_v{v} SET TBLPROPERTIES ('a' = 'b');
ALTER TABLE {c}.db.evolved_v{v} SET IDENTIFIER FIELDS id;
CREATE TABLE {c}.db.truncated_v{v} (id INT) USING iceberg TBLPROPERTIES ('format-version' = '{v}');
INSERT INTO {c}.db.truncated_v{v} VALUES (1), (2);
TRUNCATE TABLE {c}.db.truncated_v{v};
INSERT INTO {c}.db.truncated_v{v} VALUES (3)
"""
UPGRADED = """
CREATE TABLE {c}.db.upgraded (id INT, k INT) USING iceberg PARTITIONED BY (k) TBLPROPERTIES ('format-version' = '1');
INSERT INTO {c}.db.upgraded VALUES (1, 1), (2, 2);
ALTER TABLE {c}.db.upgraded SET TBLPROPERTIES ('format-version' = '2');
INSERT INTO {c}.db.upgraded VALUES (3, 1);
ALTER TABLE {c}.db.upgraded SET TBLPROPERTIES ('format-version' = '3');
INSERT INTO {c}.db.upgraded VALUES (4, 2)
"""
TABLES = ["plain", "types", "parts", "hours", "months", "dynamic", "ctas", "evolved", "truncated"]


def statements(text):
    return [s.strip() for s in text.split(";\n") if s.strip()]


def sorted_rows(rows):
    return sorted(json.dumps(r, sort_keys=True) for r in rows)


class Suite:
    def __init__(self):
        self.wanted = os.environ.get("EMERY_FILTER", "")
        self.passed = self.failed = 0
        self.scratch = tempfile.mkdtemp(prefix="emery-iceberg-write-")
        self.warehouse = os.path.join(self.scratch, "hadoop")
        self.sqlite = os.path.join(self.scratch, "jdbc", "catalog.sqlite")
        self.engines = []

    def settings(self):
        return {"spark.sql.catalog.h": "org.apache.iceberg.spark.SparkCatalog", "spark.sql.catalog.h.type": "hadoop",
                "spark.sql.catalog.h.warehouse": self.warehouse,
                "spark.sql.catalog.j": "org.apache.iceberg.spark.SparkCatalog", "spark.sql.catalog.j.type": "jdbc",
                "spark.sql.catalog.j.uri": f"jdbc:sqlite:{self.sqlite}",
                "spark.sql.catalog.j.warehouse": os.path.join(self.scratch, "jdbc"),
                "spark.sql.catalog.m": "org.apache.iceberg.spark.SparkCatalog",
                "spark.sql.catalog.m.catalog-impl": "org.apache.iceberg.inmemory.InMemoryCatalog"}

    def start(self):
        folder = tempfile.mkdtemp(dir=self.scratch)
        engine = engine_process.start_emery(folder, self.settings())
        self.engines.append(engine)
        return engine

    def report(self, name, wrong):
        if self.wanted not in name:
            return
        if not wrong:
            self.passed += 1
        else:
            self.failed += 1
            print(f"FAILED {name}", *("    " + str(w)[:1500] for w in wrong), sep="\n", flush=True)

    def run(self, engine, name, text):
        for sql in statements(text):
            answer = engine.sql(sql, 120)
            self.report(f"{name}: {sql[:90]}", [answer["error"]] if "error" in answer else None)

    def close(self):
        for engine in self.engines:
            engine.close()
        shutil.rmtree(self.scratch, ignore_errors=True)


def texts(engine, table):
    """Rows of a table, each column as text."""
    columns = engine.sql(f"SELECT * FROM {table} LIMIT 0", 60)
    if "error" in columns:
        return columns
    names = [c["name"] for c in columns["columns"]]
    return engine.sql("SELECT to_json(named_struct(" + ", ".join(f"'{n}', `{n}`" for n in names) + f")) FROM {table}", 60)


def read_by(interpreter, script, request, timeout=300):
    done = subprocess.run([interpreter, script], input=json.dumps(request), capture_output=True, text=True, timeout=timeout)
    lines = done.stdout.strip().splitlines()
    if done.returncode != 0 or not lines:
        return {"error": (done.stderr or done.stdout)[-3000:]}
    return json.loads(lines[-1])


def written_and_read(suite):
    engine = suite.start()
    for catalog in ("h", "j", "m"):
        for version in (1, 2, 3) if catalog == "h" else (2, 3):
            suite.run(engine, f"{catalog} v{version}", SETUP.format(c=catalog, v=version))
        suite.run(engine, f"{catalog} upgraded", UPGRADED.format(c=catalog))
    names = [f"{t}_v{v}" for v in (2, 3) for t in TABLES] + ["upgraded"]  # all three catalogs have these
    own = {}
    for name in names:
        answers = [texts(engine, f"{catalog}.db.{name}") for catalog in ("h", "j", "m")]
        rows = [sorted_rows(a.get("rows", [])) for a in answers]
        own[name] = answers[0].get("rows", [])
        wrong = None if rows[0] == rows[1] == rows[2] and rows[0] else [answers]
        suite.report(f"all catalogs give {name}", wrong)
    for v in (1, 2, 3):
        found = engine.sql(f"SELECT id, k FROM h.db.dynamic_v{v}", 60).get("rows", [])
        suite.report(f"overwritten partitions v{v}", None if sorted_rows(found) == sorted_rows(
            [["1", "a"], ["20", "b"], ["21", "b"], ["30", "c"], ["40", "d"]]) else [found])
        found = engine.sql(f"SELECT id, added, f, s, details.p, details.q FROM h.db.evolved_v{v} WHERE id < 3", 60)
        suite.report(f"evolved v{v}", None if sorted_rows(found.get("rows", [])) == sorted_rows(
            [["1", None, "1.5", "a", "1", None], ["2", "x", "2.5", "b", "2", "w"]]) else [found])
        found = engine.sql(f"SELECT count(*) FROM h.db.evolved_v{v} VERSION AS OF 'first'", 60)
        suite.report(f"tag v{v}", None if found.get("rows") == [["2"]] else [found])
    answer = read_by(peers.python("iceberg"), READER, {"sqlite": suite.sqlite, "warehouse": os.path.join(suite.scratch, "jdbc"),
                                                     "tables": names, "hadoop": suite.warehouse})
    if "error" in answer:
        suite.report("pyiceberg reads", [answer["error"]])
        return
    for name, result in answer.items():
        wrong = list(result["wrong"])
        if result["count"] is not None and result["count"] != len(own[name]):
            wrong.append(f"{result['count']} rows, not {len(own[name])}")
        suite.report(f"pyiceberg reads {name}", wrong)
    if os.environ.get("EMERY_ALL") == "1":
        by_spark(suite, own)


def by_spark(suite, own):
    with open(os.path.join(ROOT, "setup", "jars.txt")) as file:
        jar = next(line.strip().split(":") for line in file if line.startswith("org.apache.iceberg:"))
    jar = os.path.join(peers.JARS, f"{jar[1]}-{jar[2]}.jar")
    answer = read_by(peers.python("spark"), SPARK_READER,
                     {"jar": jar, "warehouse": suite.warehouse, "tables": list(own)}, 900)
    if "error" in answer:
        suite.report("Spark reads", [answer["error"]])
        return
    for name, rows in answer.items():
        mine = sorted_rows(own[name])
        suite.report(f"Spark reads {name}", None if sorted_rows(rows) == mine else [sorted_rows(rows)[:3], mine[:3]])


def several_writers(suite, catalog):
    """Two processes append rows; every one that was acknowledged is there once."""
    first = suite.start()
    table = f"{catalog}.db.concurrent"
    suite.run(first, catalog, f"CREATE TABLE {table} (w INT, i INT) USING iceberg "
                              "TBLPROPERTIES ('format-version' = '3', 'commit.retry.num-retries' = '50', 'commit.retry.min-wait-ms' = '5')")
    acknowledged = []

    def write(engine, writer):
        for i in range(12):
            answer = engine.sql(f"INSERT INTO {table} VALUES ({writer}, {i})", 120)
            if "error" not in answer:
                acknowledged.append([str(writer), str(i)])
            else:
                suite.report(f"{catalog}: append of a writer", [answer["error"]])

    threads = [threading.Thread(target=write, args=(e, w)) for w, e in enumerate([first, suite.start()])]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    found = first.sql(f"SELECT w, i FROM {table}", 60).get("rows", [])
    suite.report(f"{catalog}: concurrent appends", None if sorted_rows(found) == sorted_rows(acknowledged) and len(found) == 24
                 else [f"{len(found)} rows, {len(acknowledged)} acknowledged"])


def killed_writers(suite, seed=7):
    """Processes are killed while they append; the table stays readable and keeps what was acknowledged, once."""
    chance = random.Random(seed)
    engine = suite.start()
    suite.run(engine, "killed", "CREATE TABLE h.db.killed (i INT) USING iceberg")
    acknowledged = set()
    tried = 0
    for _ in range(6):
        victim = suite.start()
        end = time.monotonic() + chance.uniform(0.05, 0.8)

        def stop():
            time.sleep(max(0.0, end - time.monotonic()))
            victim.process.kill()

        killer = threading.Thread(target=stop)
        killer.start()
        try:
            while True:
                tried += 1
                if "error" not in victim.sql(f"INSERT INTO h.db.killed VALUES ({tried})", 60):
                    acknowledged.add(str(tried))
        except engine_process.EngineDied:
            pass
        killer.join()
    rows = [r[0] for r in engine.sql("SELECT i FROM h.db.killed", 60).get("rows", [["none"]])]
    wrong = [f"{len(rows)} rows, {len(acknowledged)} acknowledged"] if not acknowledged <= set(rows) or len(rows) != len(set(rows)) else None
    suite.report("killed writers lose nothing", wrong)
    answer = engine.sql("INSERT INTO h.db.killed VALUES (-1)", 60)
    suite.report("writing goes on after a killed writer", [answer["error"]] if "error" in answer else None)


def procedures(suite):
    engine = suite.start()
    suite.run(engine, "procedures", """CREATE TABLE j.db.history (i INT) USING iceberg;
INSERT INTO j.db.history VALUES (1);
INSERT INTO j.db.history VALUES (2);
INSERT INTO j.db.history VALUES (3)""")

    def rows(sql):
        answer = engine.sql(sql, 60)
        return answer["rows"] if "error" not in answer else [[str(answer["error"])]]

    ancestors = [r[0] for r in rows("CALL j.system.ancestors_of('db.history')")]
    suite.report("ancestors_of", None if len(ancestors) == 3 else [ancestors])
    if len(ancestors) != 3:
        return
    found = rows(f"CALL j.system.rollback_to_snapshot(table => 'db.history', snapshot_id => {ancestors[1]})")
    suite.report("rollback_to_snapshot", None if found == [[ancestors[0], ancestors[1]]] else [found])
    found = rows("SELECT i FROM j.db.history")
    suite.report("rows after the rollback", None if sorted_rows(found) == sorted_rows([["1"], ["2"]]) else [found])
    found = rows(f"CALL j.system.cherrypick_snapshot('db.history', {ancestors[0]})")
    suite.report("cherrypick_snapshot", None if found == [[ancestors[0], ancestors[0]]] else [found])
    found = rows("CALL j.system.expire_snapshots(table => 'db.history', older_than => TIMESTAMP'2100-01-01 00:00:00', retain_last => 1)")
    suite.report("expire_snapshots", None if found == [["0", "0", "0", "0", "2", "0"]] else [found])
    found = rows("CALL j.system.remove_orphan_files(table => 'db.history')")
    suite.report("remove_orphan_files", None if found == [] else [found])
    found = rows("SELECT i FROM j.db.history")
    suite.report("rows after maintenance", None if sorted_rows(found) == sorted_rows([["1"], ["2"], ["3"]]) else [found])
    suite.run(engine, "compaction", """CREATE TABLE j.db.small (id BIGINT, k STRING) USING iceberg PARTITIONED BY (k) TBLPROPERTIES ('format-version' = '3');
INSERT INTO j.db.small SELECT id, concat('k', id % 2) FROM range(10);
INSERT INTO j.db.small SELECT id, concat('k', id % 2) FROM range(10, 20);
INSERT INTO j.db.small SELECT id, concat('k', id % 2) FROM range(20, 30)""")
    lineage = "SELECT id, k, _row_id, _last_updated_sequence_number FROM j.db.small ORDER BY id"
    before = rows(lineage)
    found = rows("CALL j.system.rewrite_manifests('db.small')")
    suite.report("rewrite_manifests", None if found == [["3", "1"]] else [found])
    found = rows("CALL j.system.rewrite_data_files(table => 'db.small', options => map('min-input-files', '2'))")
    suite.report("rewrite_data_files", None if [r[:2] for r in found] == [["6", "2"]] else [found])
    suite.report("lineage after bin-packing", None if rows(lineage) == before else [rows(lineage)[:3], before[:3]])
    for order in ("id DESC NULLS LAST", "zorder(id, k)"):
        found = rows(f"CALL j.system.rewrite_data_files(table => 'db.small', strategy => 'sort', sort_order => '{order}', "
                     "options => map('rewrite-all', 'true'), where => 'k = \"k1\"')")
        suite.report(f"rewrite_data_files by {order}", None if [r[:2] for r in found] == [["1", "1"]] else [found])
        suite.report(f"lineage after {order}", None if rows(lineage) == before else [rows(lineage)[:3], before[:3]])
    answer = engine.sql("CALL j.system.no_such('x')", 60)
    suite.report("unknown procedure", None if "error" in answer else [answer])


def types_read_as_others(suite):
    """uuid is read as a string, fixed as binary: what was written so would be no uuid and no fixed value for others."""
    for place, column in (("top", "b BINARY"), ("nested", "n STRUCT<c: ARRAY<BINARY>>")):
        engine = suite.start()
        suite.run(engine, f"{place} level", f"CREATE TABLE h.db.odd_{place} (id BIGINT, {column}) USING iceberg;\n"
                                            f"INSERT INTO h.db.odd_{place} VALUES (1, NULL)")
        folder = os.path.join(suite.warehouse, "db", f"odd_{place}", "metadata")
        with open(os.path.join(folder, "version-hint.text")) as hint:
            path = os.path.join(folder, f"v{hint.read().strip()}.metadata.json")
        for other in ("fixed[4]", "uuid"):
            with open(path) as file:
                text = file.read()
            with open(path, "w") as file:
                file.write(text.replace('"binary"', f'"{other}"').replace('"fixed[4]"', f'"{other}"'))
            again = suite.start()
            answer = again.sql(f"INSERT INTO h.db.odd_{place} VALUES (2, NULL)", 60)
            told = answer.get("error", {}).get("message", "")
            suite.report(f"{other} at the {place} level is not written", None if other in told else [answer])
            answer = again.sql(f"SELECT id FROM h.db.odd_{place}", 60)
            suite.report(f"{other} at the {place} level is read", None if answer.get("rows") == [["1"]] else [answer])


def versions(suite):
    engine = suite.start()
    suite.run(engine, "versions", """CREATE TABLE h.db.versions (i INT) USING iceberg;
INSERT INTO h.db.versions VALUES (1);
INSERT INTO h.db.versions VALUES (2);
INSERT INTO h.db.versions VALUES (3)""")

    def rows(sql):
        answer = engine.sql(sql, 60)
        return answer["rows"] if "error" not in answer else [[str(answer["error"])]]

    ids = [r[0] for r in rows("SELECT snapshot_id FROM h.db.versions.snapshots ORDER BY committed_at")]
    times = [r[0] for r in rows("SELECT date_trunc('MILLISECOND', committed_at) + INTERVAL '0.001' SECOND "
                                "FROM h.db.versions.snapshots ORDER BY committed_at")]
    found = rows(f"CALL h.system.rollback_to_timestamp('db.versions', TIMESTAMP'{times[1]}')")
    suite.report("rollback_to_timestamp", None if found == [[ids[2], ids[1]]] else [found, ids, times])
    found = rows(f"CALL h.system.set_current_snapshot(table => 'db.versions', snapshot_id => {ids[2]})")
    suite.report("set_current_snapshot", None if found == [[ids[1], ids[2]]] else [found])
    suite.report("rows of the version", None if sorted_rows(rows("SELECT i FROM h.db.versions")) == sorted_rows([["1"], ["2"], ["3"]])
                 else ["other rows"])
    metadata = rows("SELECT file FROM h.db.versions.metadata_log_entries ORDER BY timestamp DESC LIMIT 1")[0][0]
    found = rows(f"CALL j.system.register_table(table => 'db.registered', metadata_file => '{metadata}')")
    suite.report("register_table", None if found and found[0][0] == ids[2] else [found])
    suite.report("rows of the registered table", None if sorted_rows(rows("SELECT i FROM j.db.registered")) ==
                 sorted_rows([["1"], ["2"], ["3"]]) else [rows("SELECT i FROM j.db.registered")])


def main():
    suite = Suite()
    try:
        written_and_read(suite)
        several_writers(suite, "h")
        several_writers(suite, "j")
        killed_writers(suite)
        procedures(suite)
        types_read_as_others(suite)
        versions(suite)
    finally:
        suite.close()
    print(f"{suite.passed} passed, {suite.failed} failed")
    return 1 if suite.failed else 0


if __name__ == "__main__":
    sys.exit(main())
