"""Makes Iceberg tables with Spark in a Hadoop catalog `ice`, and records what Spark reads from them.

Runs in the Spark environment: iceberg_tables.py FOLDER JAR everyday|rest. Leaves FOLDER/warehouse and FOLDER/answers.json, a list of
{"name", "sql", "answer"} where `answer` is Spark's, in the form of tests/slt/README.md. Snapshot ids and times in the
statements are those of the tables, so statements and tables belong together. Tables of the namespace `broken` are
damaged afterwards; what must be said of them is the suite's to know.
"""
import glob
import json
import os
import re
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "slt"))
import spark_engine  # noqa: E402

ALL_TYPES = """id BIGINT, b BOOLEAN, i INT, l BIGINT, f FLOAT, d DOUBLE, n5 DECIMAL(5,2), n18 DECIMAL(18,4),
    n38 DECIMAL(38,10), s STRING, bin BINARY, day DATE, ts TIMESTAMP, ntz TIMESTAMP_NTZ, a ARRAY<INT>,
    st STRUCT<x: INT, y: STRING, z: STRUCT<w: ARRAY<STRING>>>, m MAP<STRING, INT>, ls ARRAY<STRUCT<u: INT, v: STRING>>,
    mm MAP<INT, STRUCT<p: DOUBLE, q: ARRAY<DATE>>>"""
ROWS = """SELECT id, id % 3 = 0, IF(id % 7 = 0, NULL, int(id * 1000 - 50000)), id * 10000000000 - 7,
    CASE id % 10 WHEN 0 THEN float('NaN') WHEN 1 THEN float('-Infinity') WHEN 2 THEN float('-0.0') ELSE float(id) / 8 END,
    CASE id % 10 WHEN 3 THEN double('NaN') WHEN 4 THEN double('Infinity') WHEN 5 THEN NULL ELSE id / 16D END,
    CAST(id - 50 AS DECIMAL(5,2)) / 4, CAST(id * 123456 - 999 AS DECIMAL(18,4)),
    CAST(id - 30 AS DECIMAL(38,10)) * 1234567890123456.25BD, IF(id % 9 = 0, NULL, concat('text ', id, ' ü€')),
    IF(id % 8 = 0, NULL, unhex(hex(id * 257))), date_add(DATE'1969-12-01', int(id)),
    timestamp_micros(id * 3600123456 - 90000000000), TIMESTAMP_NTZ'1969-12-31 20:00:00' + make_dt_interval(0, int(id), 0, 1.5),
    IF(id % 5 = 0, NULL, sequence(0, int(id % 4))),
    IF(id % 6 = 0, NULL, named_struct('x', int(id), 'y', string(id), 'z', IF(id % 4 = 0, NULL,
       named_struct('w', array(string(id), NULL))))),
    IF(id % 11 = 0, NULL, map('a', int(id), concat('k', id), NULL)),
    IF(id % 5 = 1, array(), array(named_struct('u', int(id), 'v', 'v'), NULL)),
    map(int(id), named_struct('p', double(id), 'q', array(DATE'2020-01-01', NULL)))
    FROM range({}, {})"""
FILTERS = ["id = 17", "i > 30000", "i IS NULL", "l < 50000000000", "f > 5", "f = 0", "d <= 1", "d > 5", "d IS NULL", "n5 = -1.25",
           "n18 BETWEEN 0 AND 1000000", "n38 < 0", "s = 'text 5 ü€'", "s LIKE 'text 1%'", "s > 'text 8'", "bin = X'0101'",
           "day < DATE'1970-01-01'", "day = DATE'1970-01-15'", "ts >= TIMESTAMP'1970-01-03 00:00:00'",
           "ts < TIMESTAMP'1970-01-01 00:00:00Z'", "ntz < TIMESTAMP_NTZ'1970-01-01 00:00:00'", "b", "NOT b", "st IS NULL",
           "st.x = 7", "st.z.w[0] = '9'", "m['a'] = 5", "a IS NOT NULL AND id IN (1, 2, 99, 1000)", "i <=> NULL OR id = 3",
           "i IN (-49000, 1)", "s IN ('text 1 ü€', 'text 99 ü€')", "NOT (i > 0)", "s IS NULL AND day > DATE'1970-02-01'"]
# Partition transforms: name, clause, filters beside those above.
TRANSFORMS = [
    ("p_identity", "i", []),
    ("p_text", "s", []),
    ("p_double", "d", ["d = double('NaN')", "isnan(d)", "d > 1000", "d = double('Infinity')"]),
    ("p_float", "f", ["f = float('NaN')", "f > 1000", "f = float('-0.0')", "f < 0"]),
    ("p_bool", "b", []),
    ("p_date", "day", []),
    ("p_binary", "bin", []),
    ("p_decimal", "n38", []),
    ("p_ts", "ts", []),
    ("p_years", "years(day), years(ntz)", ["day >= DATE'1970-01-01'"]),
    ("p_months", "months(ts)", []),
    ("p_days", "days(ts)", ["ts BETWEEN TIMESTAMP'1969-12-31 16:00:00' AND TIMESTAMP'1970-01-01 20:00:00'"]),
    ("p_hours", "hours(ntz)", ["ntz = TIMESTAMP_NTZ'1969-12-31 23:00:01.5'"]),
    ("p_bucket", "bucket(4, id), bucket(3, s)", ["id IN (3, 4)", "s = 'text 1 ü€' AND id = 1"]),
    ("p_bucket_more", "bucket(2, n18), bucket(2, day), bucket(2, bin), bucket(2, ts)",
     ["n18 = 122457", "ts = timestamp_micros(3 * 3600123456 - 90000000000)"]),
    ("p_truncate", "truncate(6, s), truncate(1000, i), truncate(50, n5)", ["s LIKE 'text 55%'", "n5 < -10", "i < -40500"]),
    ("p_truncate_bin", "truncate(1, bin), truncate(1000000000, l)", ["l > 200000000000", "bin > X'2020'"]),
]
COLUMNS = "id, i, f, d, s, day, st, m"


class Maker:
    def __init__(self, folder, jar):
        self.folder = folder
        self.warehouse = os.path.join(folder, "warehouse")
        self.answers = []
        self.spark = spark_engine.open_spark({
            "spark.sql.session.timeZone": "America/Los_Angeles",
            "spark.jars": jar,
            "spark.network.timeout": "900s",  # a busy machine starts slowly
            "spark.driver.host": "127.0.0.1",
            "spark.driver.bindAddress": "127.0.0.1",
            "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
            "spark.sql.catalog.ice": "org.apache.iceberg.spark.SparkCatalog",
            "spark.sql.catalog.ice.type": "hadoop",
            "spark.sql.catalog.ice.warehouse": self.warehouse,
            "spark.sql.catalog.spark_catalog": "org.apache.iceberg.spark.SparkSessionCatalog",
            "spark.sql.catalog.spark_catalog.type": "hadoop",
            "spark.sql.catalog.spark_catalog.warehouse": os.path.join(folder, "session"),
            "spark.sql.warehouse.dir": os.path.join(folder, "session"),
        }, "3g")

    def do(self, *statements):
        for statement in statements:
            self.spark.sql(statement)

    def ask(self, name, *statements):
        for statement in statements:
            try:
                answer = spark_engine.run(self.spark, statement)
            except Exception as error:  # whatever Spark says is the answer
                answer = {"error": spark_engine.describe(error, statement)}
            self.answers.append({"name": name, "sql": statement, "answer": answer})

    def filters(self, table, more=()):
        for wanted in [*FILTERS, *more]:
            self.ask_filter(table, f"SELECT {COLUMNS} FROM ice.db.{table} WHERE {{}}", wanted)

    def ask_filter(self, name, statement, wanted):
        """Iceberg prunes floating-point columns as if NaN were not the greatest value and -0.0 not equal to 0.0, by which
        rows get lost: the answer is what Spark says where it can't push the filter down."""
        hidden = re.sub(r"(?<![\w.'(])([fdq])(?= *(=|<|>|BETWEEN))", r"(\1 * 1)", wanted)
        self.ask(name, statement.format(hidden))
        if self.answers[-1]["answer"].get("error", {}).get("condition") == "INTERNAL_ERROR":
            # IN over a column by whose texts the table is partitioned fails in Spark's optimizer.
            self.answers.pop()
            self.ask(name, statement.format(f"coalesce({wanted}, false)"))
        self.answers[-1]["sql"] = statement.format(wanted)

    def snapshots(self, table):
        """(snapshot id, time as text just after it) of a table, oldest first."""
        rows = self.spark.sql(f"SELECT snapshot_id, string(committed_at + INTERVAL 1 MILLISECOND) FROM ice.db.{table}.snapshots "
                              "ORDER BY committed_at").collect()
        return [(row[0], row[1]) for row in rows]


def plain_tables(m):
    m.do("CREATE NAMESPACE ice.broken", "CREATE NAMESPACE ice.db.inner", "CREATE NAMESPACE ice.other")
    for version in (1, 2):
        name = f"types_v{version}"
        m.do(f"CREATE TABLE ice.db.{name} ({ALL_TYPES}) USING iceberg TBLPROPERTIES ('format-version'='{version}')",
             *(f"INSERT INTO ice.db.{name} {ROWS.format(i, i + 25)}" for i in (0, 25)))
        m.ask(name, f"SELECT * FROM ice.db.{name}", f"SELECT count(*), sum(l), max(ts), min(s) FROM ice.db.{name}",
              f"SELECT st.z.w, ls[0].v, mm FROM ice.db.{name}", f"DESCRIBE ice.db.{name}",
              f"SELECT x.id, y.s FROM ice.db.{name} x JOIN ice.db.{name} y ON x.id = y.id + 1 WHERE x.id < 9")
        m.filters(name)
    m.do("CREATE TABLE ice.db.empty (id BIGINT, s STRING) USING iceberg PARTITIONED BY (s)",
         "CREATE TABLE ice.db.inner.deep (id INT NOT NULL COMMENT 'the key', s STRING) USING iceberg COMMENT 'a table'",
         "INSERT INTO ice.db.inner.deep VALUES (1, 'x')")
    m.ask("empty", "SELECT * FROM ice.db.empty", "SELECT count(*) FROM ice.db.empty WHERE id > 3")
    m.ask("names", "SHOW NAMESPACES IN ice", "SHOW NAMESPACES IN ice.db", "SHOW NAMESPACES IN ice.other",
          "SHOW TABLES IN ice.other", "SHOW TABLES IN ice.db.inner", "SELECT * FROM ice.db.inner.deep", "DESCRIBE ice.db.inner.deep",
          "SELECT * FROM ice.db.nothing", "SELECT nothing FROM ice.db.empty", "SHOW TABLES IN ice.nowhere",
          "SHOW COLUMNS IN ice.db.inner.deep",
          "SELECT * FROM ice.db.types_v2 VERSION AS OF 1", "SELECT * FROM ice.db.types_v2 VERSION AS OF 'nobranch'",
          "SELECT * FROM ice.db.types_v2 TIMESTAMP AS OF '2001-01-01'", "SELECT * FROM ice.db.empty TIMESTAMP AS OF '2001-01-01'")
    m.do("CREATE TABLE ice.db.`odd name-ü 100%` (`a b` INT, `c.d` STRING, `e``f` STRUCT<`g h`: INT>) USING iceberg "
         "PARTITIONED BY (`c.d`)",
         "INSERT INTO ice.db.`odd name-ü 100%` VALUES (1, 'a/b=c%d e+f', struct(5)), (2, 'ü:?#&', NULL), (3, NULL, struct(NULL)), "
         "(4, '', struct(7))")
    m.ask("odd names", "SELECT * FROM ice.db.`odd name-ü 100%`", "SELECT `a b`, `e``f`.`g h` FROM ice.db.`odd name-ü 100%` "
          "WHERE `c.d` = 'a/b=c%d e+f'", "SELECT `a b` FROM ice.db.`odd name-ü 100%` WHERE `c.d` = '' OR `c.d` IS NULL")


def partitioned_tables(m):
    for number, (name, clause, more) in enumerate(TRANSFORMS):
        m.do(f"CREATE TABLE ice.db.{name} ({ALL_TYPES}) USING iceberg PARTITIONED BY ({clause}) "
             f"TBLPROPERTIES ('format-version'='{1 + number % 2}', 'write.spark.fanout.enabled'='true', "
             "'write.distribution-mode'='none')", f"INSERT INTO ice.db.{name} {ROWS.format(0, 30)}",
             f"INSERT INTO ice.db.{name} {ROWS.format(30, 60)}")
        m.ask(name, f"SELECT * FROM ice.db.{name}")
        m.filters(name, more)
    # Only NaN and null: the manifest's summary has no bounds.
    m.do("CREATE TABLE ice.db.nan_only (id BIGINT, d DOUBLE) USING iceberg PARTITIONED BY (d)",
         "INSERT INTO ice.db.nan_only VALUES (1, double('NaN')), (2, NULL)")
    for wanted in ("d = double('NaN')", "d > 5", "d IS NULL", "d IS NOT NULL", "d < 5"):
        m.ask_filter("nan_only", "SELECT * FROM ice.db.nan_only WHERE {}", wanted)


def evolved_tables(m):
    t = "ice.db.evolved"
    m.do(f"CREATE TABLE {t} (id INT, a INT, b FLOAT, c DECIMAL(5,2), st STRUCT<x: INT, y: STRING>, ls ARRAY<STRUCT<u: INT>>, "
         "mp MAP<STRING, STRUCT<u: INT>>, gone STRING) USING iceberg PARTITIONED BY (a)",
         f"INSERT INTO {t} VALUES (1, 10, 1.5, 1.25, struct(1, 'one'), array(struct(1)), map('k', struct(1)), 'old'), "
         "(2, 20, 2.5, 2.25, NULL, NULL, NULL, 'old')",
         f"ALTER TABLE {t} ADD COLUMN added STRING AFTER id", f"ALTER TABLE {t} DROP COLUMN gone",
         f"ALTER TABLE {t} RENAME COLUMN a TO renamed", f"ALTER TABLE {t} ALTER COLUMN b TYPE DOUBLE",
         f"ALTER TABLE {t} ALTER COLUMN c TYPE DECIMAL(12,2)", f"ALTER TABLE {t} ALTER COLUMN renamed TYPE BIGINT",
         f"ALTER TABLE {t} ADD COLUMN gone INT",  # the same name, another column
         f"ALTER TABLE {t} ADD COLUMN st.z DATE FIRST", f"ALTER TABLE {t} RENAME COLUMN st.x TO xx",
         f"ALTER TABLE {t} ALTER COLUMN st.xx TYPE BIGINT", f"ALTER TABLE {t} DROP COLUMN st.y", f"ALTER TABLE {t} ADD COLUMN st.y INT",
         f"ALTER TABLE {t} ADD COLUMN ls.element.v STRING", f"ALTER TABLE {t} ADD COLUMN mp.value.v STRING",
         f"ALTER TABLE {t} ALTER COLUMN ls.element.u TYPE BIGINT", f"ALTER TABLE {t} ALTER COLUMN c FIRST",
         f"INSERT INTO {t} SELECT 3.5, 3, 'new', 30000000000, 3.5D, named_struct('z', DATE'2020-01-01', 'xx', 3L, 'y', 7), "
         "array(named_struct('u', 5L, 'v', 'v')), map('k', named_struct('u', 1, 'v', 'w')), 9",
         f"ALTER TABLE {t} ADD PARTITION FIELD bucket(2, id)", f"INSERT INTO {t} (id, renamed, b) VALUES (4, 40, 4.5)",
         f"ALTER TABLE {t} DROP PARTITION FIELD renamed", f"INSERT INTO {t} (id, renamed, b) VALUES (5, 10, 5.5)",
         f"ALTER TABLE {t} REPLACE PARTITION FIELD bucket(2, id) WITH truncate(10, id)", f"INSERT INTO {t} (id, renamed) VALUES (6, 20)")
    m.ask("evolved", f"SELECT * FROM {t}", f"DESCRIBE {t}", *(f"SELECT id, added, renamed, gone FROM {t} WHERE {f}" for f in
          ("renamed = 10", "renamed > 15", "b < 3", "b >= 2.5", "c = 2.25", "st.xx = 1", "gone IS NULL", "gone = 9", "added IS NULL",
           "id = 4", "id IN (5, 6)", "renamed IS NOT NULL AND added IS NULL", "st.y IS NULL", "st.y = 7")))
    for identifier, when in m.snapshots("evolved"):
        m.ask("evolved travel", f"SELECT * FROM {t} VERSION AS OF {identifier}", f"SELECT * FROM {t} TIMESTAMP AS OF '{when}'")
    # A partition column that was dropped, in format 1 (void stays) and 2; widened float and decimal partitions.
    for version, late in ((1, False), (1, True), (2, False), (2, True)):
        name = f"dropped_v{version}{'_late' if late else ''}"
        t = f"ice.db.{name}"
        m.do(f"CREATE TABLE {t} (id INT, p STRING, q FLOAT, r DECIMAL(5,2)) USING iceberg PARTITIONED BY (p, q, r) "
             f"TBLPROPERTIES ('format-version'='{version}')", f"INSERT INTO {t} VALUES (1, 'a', 1.5, 1.5), (2, 'b', 2.5, 2.5)",
             f"ALTER TABLE {t} ALTER COLUMN q TYPE DOUBLE", f"ALTER TABLE {t} ALTER COLUMN r TYPE DECIMAL(9,2)",
             f"INSERT INTO {t} VALUES (3, 'c', 3.5, 1234.5), (4, 'd', 0.1, NULL)",
             f"ALTER TABLE {t} DROP PARTITION FIELD p", f"INSERT INTO {t} VALUES (5, 'a', 1.5, 1.5)")
        if not late:
            m.ask(name, f"SELECT * FROM {t}", *(f"SELECT * FROM {t} WHERE {f}" for f in
                  ("p = 'a'", "q = 1.5", "q > 2", "q = 0.1", "r = 2.5", "r > 1000", "r IS NULL", "p IN ('b', 'zz')")))
            continue
        m.do(f"ALTER TABLE {t} DROP COLUMN p" if version == 2 else f"ALTER TABLE {t} RENAME COLUMN p TO pp",
             f"INSERT INTO {t} (id, q, r) VALUES (6, 6.5, 6.5)")
        m.ask(name, f"SELECT * FROM {t}", f"SELECT * FROM {t} WHERE q >= 2.5")


def snapshot_tables(m):
    t = "ice.db.history"
    m.do(f"CREATE TABLE {t} (id INT, s STRING) USING iceberg", f"INSERT INTO {t} VALUES (1, 'a')", f"INSERT INTO {t} VALUES (2, 'b')",
         f"ALTER TABLE {t} CREATE TAG two", f"ALTER TABLE {t} CREATE BRANCH side", f"INSERT INTO {t}.branch_side VALUES (100, 'side')",
         f"ALTER TABLE {t} ADD COLUMN extra INT", f"INSERT INTO {t} VALUES (3, 'c', 3)", f"DELETE FROM {t} WHERE id = 1",
         f"INSERT OVERWRITE {t} VALUES (9, 'z', 9)", f"ALTER TABLE {t} CREATE TAG `12345`")
    m.ask("history", f"SELECT * FROM {t}", *(f"SELECT * FROM {t} VERSION AS OF '{v}'" for v in ("two", "side", "main", "12345", "none")))
    for identifier, when in m.snapshots("history"):
        m.ask("history", f"SELECT * FROM {t} VERSION AS OF {identifier}", f"SELECT * FROM {t} FOR VERSION AS OF {identifier} WHERE id > 1",
              f"SELECT * FROM {t} TIMESTAMP AS OF '{when}'")
    oldest = m.snapshots("history")[0][0]
    m.do("CREATE TABLE ice.db.updated (id INT, s STRING) USING iceberg", "INSERT INTO ice.db.updated VALUES (1, 'a'), (2, 'b'), (3, 'c')",
         "UPDATE ice.db.updated SET s = 'new' WHERE id = 2", "DELETE FROM ice.db.updated WHERE id = 3")
    for name, more in (("db.history", ""), ("db.updated", ", identifier_columns => array('id')"), ("db.updated", ", changelog_view => 'v'"),
                       ("db.updated", ", compute_updates => true"), ("db.history", f", options => map('start-snapshot-id', '{oldest}')")):
        m.ask("changelog view", f"CALL ice.system.create_changelog_view(table => '{name}'{more})",
              f"SELECT * FROM {'v' if 'v' in more.split(chr(39)) else name[3:] + '_changes'}")
    m.do("CREATE TABLE ice.db.rolled (id INT) USING iceberg", "INSERT INTO ice.db.rolled VALUES (1)",
         "INSERT INTO ice.db.rolled VALUES (2)")
    m.do(f"CALL ice.system.rollback_to_snapshot('db.rolled', {m.snapshots('rolled')[0][0]})", "INSERT INTO ice.db.rolled VALUES (3)")
    m.ask("rolled", "SELECT * FROM ice.db.rolled", *(f"SELECT * FROM ice.db.rolled TIMESTAMP AS OF '{w}'" for _, w in m.snapshots("rolled")))
    assert oldest


def delete_tables(m):
    for partitioned in (False, True):
        name = "deletes_partitioned" if partitioned else "deletes"
        t = f"ice.db.{name}"
        m.do(f"CREATE TABLE {t} (id BIGINT, p INT, s STRING) USING iceberg {'PARTITIONED BY (p)' if partitioned else ''} TBLPROPERTIES "
             "('format-version'='2', 'write.delete.mode'='merge-on-read', 'write.update.mode'='merge-on-read', "
             f"'write.merge.mode'='merge-on-read', 'write.delete.granularity'='{'partition' if partitioned else 'file'}')",
             f"INSERT INTO {t} SELECT id, int(id % 5), concat('s', id) FROM range(1000)",
             f"INSERT INTO {t} SELECT id, int(id % 5), concat('s', id) FROM range(1000, 2000)",
             f"DELETE FROM {t} WHERE id % 10 = 3", f"UPDATE {t} SET s = 'updated' WHERE id BETWEEN 990 AND 1010",
             f"INSERT INTO {t} VALUES (3, 3, 'again')", f"DELETE FROM {t} WHERE id % 100 = 7 AND p = 2",
             f"MERGE INTO {t} t USING (SELECT id FROM range(1990, 2010)) u ON t.id = u.id WHEN MATCHED AND t.id % 2 = 0 THEN DELETE "
             "WHEN MATCHED THEN UPDATE SET s = 'merged' WHEN NOT MATCHED THEN INSERT (id, p, s) VALUES (u.id, 1, 'inserted')")
        m.ask(name, f"SELECT * FROM {t}", f"SELECT count(*), sum(id) FROM {t}", *(f"SELECT * FROM {t} WHERE {f}" for f in
              ("id < 30", "s = 'updated'", "s = 'merged' OR s = 'inserted'", "p = 2 AND id > 1900", "id = 3", "id = 13")))
        for identifier, _ in m.snapshots(name):
            m.ask(name, f"SELECT count(*), sum(id), count(DISTINCT s) FROM {t} VERSION AS OF {identifier}")


def encoded_tables(m):
    for codec in ("gzip", "zstd", "snappy", "uncompressed"):
        t = f"ice.db.codec_{codec}"
        m.do(f"CREATE TABLE {t} (id BIGINT, p STRING) USING iceberg PARTITIONED BY (p) TBLPROPERTIES ('write.avro.compression-codec'="
             f"'{codec}', 'write.metadata.compression-codec'='{'gzip' if codec == 'gzip' else 'none'}', 'write.metadata.metrics.default'="
             f"'{'none' if codec == 'zstd' else 'counts' if codec == 'snappy' else 'full'}', 'write.parquet.compression-codec'='{codec}')",
             f"INSERT INTO {t} SELECT id, string(id % 7) FROM range(100)", f"INSERT INTO {t} SELECT id, NULL FROM range(10)")
        m.ask(f"codec_{codec}", f"SELECT * FROM {t}", f"SELECT count(*) FROM {t} WHERE p = '3'", f"SELECT * FROM {t} WHERE p IS NULL AND id > 5",
              f"SELECT * FROM {t} WHERE id > 95")
    # Long texts: bounds are cut off.
    m.do("CREATE TABLE ice.db.long_text (id INT, s STRING, bin BINARY) USING iceberg", "INSERT INTO ice.db.long_text VALUES "
         "(1, repeat('z', 40), unhex(repeat('FF', 40))), (2, concat(repeat('z', 40), 'b'), X'00')")
    m.ask("long_text", *(f"SELECT id FROM ice.db.long_text WHERE {f}" for f in ("s = repeat('z', 40)", "s > repeat('z', 40)",
          "s = concat(repeat('z', 40), 'b')", "s LIKE 'zzzzzzzzzzzzzzzzzzzzzzzzzzzzz%'", "bin = unhex(repeat('FF', 40))", "bin > X'FF'")))
    # Files of another writer without field ids: read by the table's name mapping.
    m.do("CREATE TABLE spark_catalog.default.plain (id INT, s STRING, st STRUCT<x: INT>) USING parquet",
         "INSERT INTO spark_catalog.default.plain VALUES (1, 'one', struct(1)), (2, NULL, NULL)",
         "CREATE TABLE ice.db.mapped (id INT, s STRING, st STRUCT<x: INT>) USING iceberg",
         "CALL ice.system.add_files(table => 'db.mapped', source_table => 'spark_catalog.default.plain')",
         "ALTER TABLE ice.db.mapped RENAME COLUMN s TO text", "ALTER TABLE ice.db.mapped ADD COLUMN s INT",
         "INSERT INTO ice.db.mapped VALUES (3, 'three', struct(3), 33)")
    m.ask("mapped", "SELECT * FROM ice.db.mapped", "SELECT id FROM ice.db.mapped WHERE text = 'one'", "SELECT s, st.x FROM ice.db.mapped")
    m.do("CREATE TABLE ice.db.metadata_columns (id INT) USING iceberg", "INSERT INTO ice.db.metadata_columns VALUES (5), (6)")
    m.ask("metadata columns", "SELECT id, _pos, _file LIKE '%.parquet' FROM ice.db.metadata_columns")


def java_tables(m):
    """What only the Java library can make: uuid, fixed, and equality deletes."""
    jvm = m.spark._jvm
    java = jvm.org.apache.iceberg
    catalog = java.hadoop.HadoopCatalog(m.spark._jsc.hadoopConfiguration(), m.warehouse)

    def identifier(name):
        return java.catalog.TableIdentifier.parse(f"db.{name}")

    def row(schema, **values):
        record = java.data.GenericRecord.create(schema)
        for key, value in values.items():
            record.setField(key, value)
        return record

    types = java.types.Types
    field = types.NestedField
    fields = jvm.java.util.ArrayList()
    for f in (field.required(1, "id", types.IntegerType.get()), field.optional(2, "u", types.UUIDType.get()),
              field.optional(3, "fx", types.FixedType.ofLength(3)), field.optional(4, "s", types.StringType.get())):
        fields.append(f)
    schema = java.Schema(fields)

    def write(table, rows):
        out = table.io().newOutputFile(table.locationProvider().newDataLocation(f"{time.time_ns()}.parquet"))
        appender = java.data.GenericAppenderFactory(table.schema(), table.spec())
        writer = appender.newDataWriter(java.encryption.EncryptedFiles.plainAsEncryptedOutput(out),
                                        java.FileFormat.PARQUET, None)
        for r in rows:
            writer.write(r)
        writer.close()
        table.newAppend().appendFile(writer.toDataFile()).commit()

    def delete(table, column_ids, column_names, rows):
        columns = table.schema().select(column_names)
        array = m.spark.sparkContext._gateway.new_array(jvm.int, len(column_ids))
        for i, c in enumerate(column_ids):
            array[i] = c
        appender = java.data.GenericAppenderFactory(table.schema(), table.spec(), array, columns, None)
        out = table.io().newOutputFile(table.locationProvider().newDataLocation(f"{time.time_ns()}.parquet"))
        writer = appender.newEqDeleteWriter(java.encryption.EncryptedFiles.plainAsEncryptedOutput(out), java.FileFormat.PARQUET, None)
        for r in rows:
            writer.write(row(columns, **r))
        writer.close()
        table.newRowDelta().addDeletes(writer.toDeleteFile()).commit()

    # Columns with default values, and a type that only they need.
    properties = jvm.java.util.HashMap()
    properties.put("format-version", "3")
    table = catalog.createTable(identifier("defaults"), schema, java.PartitionSpec.unpartitioned(), properties)
    write(table, [row(schema, id=1, s="old")])
    literal = java.expressions.Expressions.lit
    (table.updateSchema().addColumn("i", types.IntegerType.get(), "", literal(7))
     .addColumn("t", types.StringType.get(), "", literal("text")).addColumn("b", types.BooleanType.get(), "", literal(True))
     .addColumn("x", types.DoubleType.get(), "", literal(1.5))
     .addColumn("n", types.DecimalType.of(9, 2), "", literal(jvm.java.math.BigDecimal("-14.20")))
     .addColumn("day", types.DateType.get(), "", literal("2020-01-31").to(types.DateType.get()))
     .addColumn("ts", types.TimestampType.withZone(), "", literal("2020-01-31T01:02:03.5+00:00").to(types.TimestampType.withZone()))
     .addColumn("nothing", types.UnknownType.get(), "").commit())
    write(table, [row(table.schema(), id=2, s="new", i=8)])
    # Iceberg prunes files that lack a column as if it were null there, and its vectorised reader fails on decimals.
    m.do("SET spark.sql.iceberg.vectorization.enabled=false")
    m.ask("defaults", "SELECT * FROM ice.db.defaults", "SELECT count(i), sum(x) FROM ice.db.defaults")
    for wanted, hidden in (("i = 7", "coalesce(i, 0) = 7"), ("n < 0", "coalesce(n, 0) < 0"), ("t = 'text' AND b", "coalesce(t, '') = 'text' AND coalesce(b, false)"),
                           ("day = DATE'2020-01-31'", "coalesce(day, DATE'1970-01-01') = DATE'2020-01-31'"), ("i IS NULL OR i = 8", "coalesce(i, 8) = 8")):
        m.ask("defaults", f"SELECT id, n FROM ice.db.defaults WHERE {hidden}")
        m.answers[-1]["sql"] = f"SELECT id, n FROM ice.db.defaults WHERE {wanted}"
    m.do("RESET spark.sql.iceberg.vectorization.enabled")

    table = catalog.createTable(identifier("uuids"), schema)
    uuid = jvm.java.util.UUID.fromString
    write(table, [row(schema, id=1, u=uuid("f79c3e09-677c-4bbd-a479-3f349cb785e7"), fx=b"abc", s="x"),
                  row(schema, id=2, u=uuid("00000000-677c-4bbd-a479-3f349cb785e7"), s="y"), row(schema, id=3)])
    m.ask("uuids", "SELECT * FROM ice.db.uuids", "SELECT id FROM ice.db.uuids WHERE fx = X'616263'",
          "SELECT id FROM ice.db.uuids WHERE u IS NULL",
          "SELECT id FROM ice.db.uuids WHERE u > 'a'", "DESCRIBE ice.db.uuids")
    # Spark finds nothing where the filter is pushed down.
    m.ask("uuids", "SELECT id FROM ice.db.uuids WHERE concat(u, '') = 'f79c3e09-677c-4bbd-a479-3f349cb785e7'")
    m.answers[-1]["sql"] = "SELECT id FROM ice.db.uuids WHERE u = 'f79c3e09-677c-4bbd-a479-3f349cb785e7'"

    properties = jvm.java.util.HashMap()
    properties.put("format-version", "2")
    for late in (False, True):
        name = "equality_late" if late else "equality"
        t = f"ice.db.{name}"
        table = catalog.createTable(identifier(name), schema, java.PartitionSpec.unpartitioned(), properties)
        write(table, [row(schema, id=i, s=None if i % 4 == 0 else f"s{i % 3}") for i in range(20)])
        delete(table, [1], ["id"], [{"id": 3}, {"id": 4}, {"id": 77}])
        write(table, [row(schema, id=3, s="again"), row(schema, id=30, s="s1")])
        if late:
            delete(table, [4], ["s"], [{"s": "s1"}, {"s": None}])
            delete(table, [1, 4], ["id", "s"], [{"id": 5, "s": "s2"}, {"id": 8, "s": "zz"}])
            write(table, [row(schema, id=40, s="s1"), row(schema, id=41)])
        m.ask(name, f"SELECT * FROM {t}", f"SELECT s FROM {t}", f"SELECT id FROM {t}", f"SELECT count(*), count(s) FROM {t}",
              f"SELECT count(*) FROM {t}", f"SELECT s FROM {t} WHERE id = 3", f"SELECT id FROM {t} WHERE s = 's1'",
              f"SELECT s FROM {t} WHERE id > 4", f"SELECT id FROM {t} WHERE s IS NULL", f"SELECT id, _pos, _deleted FROM {t}",
              f"SELECT content, record_count, equality_ids FROM {t}.delete_files")


METADATA_TABLES = ("history", "snapshots", "refs", "metadata_log_entries", "manifests", "all_manifests", "files", "data_files",
                   "delete_files", "all_files", "all_data_files", "all_delete_files", "entries", "all_entries", "partitions",
                   "position_deletes")


def imported_tables(m):
    """Files of other writers: without field ids, without their partition columns; read by name mappings."""
    m.do("CREATE TABLE spark_catalog.default.hive (id INT, st STRUCT<x: INT, y: STRING>, ls ARRAY<STRUCT<u: INT>>, p STRING, q INT) "
         "USING parquet PARTITIONED BY (p, q)",
         "INSERT INTO spark_catalog.default.hive VALUES (1, struct(1, 'one'), array(struct(1), NULL), 'a', 1), (2, NULL, NULL, 'a', 2), "
         "(3, struct(3, NULL), array(), 'b', 1), (4, struct(NULL, 'four'), array(struct(NULL)), 'b', 1)",
         "CREATE TABLE ice.db.hive (id INT, st STRUCT<x: INT, y: STRING>, ls ARRAY<STRUCT<u: INT>>, p STRING, q INT) USING iceberg "
         "PARTITIONED BY (p, q)",
         "CALL ice.system.add_files(table => 'db.hive', source_table => 'spark_catalog.default.hive')",
         "ALTER TABLE ice.db.hive RENAME COLUMN st.x TO xx", "ALTER TABLE ice.db.hive ADD COLUMN st.x BIGINT",
         "ALTER TABLE ice.db.hive RENAME COLUMN ls.element.u TO v", "ALTER TABLE ice.db.hive ADD COLUMN ls.element.u STRING",
         "INSERT INTO ice.db.hive VALUES (5, named_struct('xx', 5, 'y', 'five', 'x', 55L), array(named_struct('v', 5, 'u', 'new')), 'c', NULL)")
    m.ask("hive", "SELECT * FROM ice.db.hive", "SELECT id, st.x, st.xx, st.y FROM ice.db.hive", "SELECT ls.v, ls.u FROM ice.db.hive",
          "SELECT id FROM ice.db.hive WHERE st.xx = 3", "SELECT id FROM ice.db.hive WHERE st.x = 55", "SELECT count(*) FROM ice.db.hive WHERE p = 'b'",
          "SELECT p, q, count(*) FROM ice.db.hive GROUP BY p, q", "SELECT DISTINCT p FROM ice.db.hive", "SELECT max(q), min(p) FROM ice.db.hive",
          "SELECT id FROM ice.db.hive WHERE q IS NULL", "SELECT id, p FROM ice.db.hive WHERE q = 1 AND id > 1")


def listed(table, partitioned):
    """The columns of a metadata table in a form that has one text: maps have no order, and bytes may be no UTF-8."""
    if not table.endswith(("files", "entries")):
        return "*"
    prefix = "data_file." if table.endswith("entries") else ""
    plain = ["content", "file_path", "file_format", "spec_id", *(["partition"] if partitioned else []), "record_count",
             "file_size_in_bytes", "split_offsets", "equality_ids", "sort_order_id", "first_row_id", "referenced_data_file",
             "content_offset", "content_size_in_bytes"]
    columns = ["status", "snapshot_id", "sequence_number", "file_sequence_number"] if prefix else []
    columns += [prefix + c for c in plain] + [f"hex({prefix}key_metadata)", "readable_metrics"]
    columns += [f"array_sort(map_entries({prefix}{c})) AS {c}" for c in ("column_sizes", "value_counts", "null_value_counts",
                                                                        "nan_value_counts")]
    columns += [f"array_sort(transform(map_entries({prefix}{c}), e -> struct(e.key, hex(e.value)))) AS {c}"
                for c in ("lower_bounds", "upper_bounds")]
    return ", ".join(columns)


def metadata_tables(m):
    types = """id BIGINT NOT NULL COMMENT 'the key', p STRING, d DOUBLE, n DECIMAL(9,2), day DATE, ts TIMESTAMP, ntz TIMESTAMP_NTZ,
        bin BINARY, b BOOLEAN, st STRUCT<x: INT, `y z`: STRING>, a ARRAY<INT>, mm MAP<STRING, STRUCT<u: INT>>"""
    rows = """SELECT id, IF(id % 5 = 0, NULL, concat('p', id % 3)), IF(id % 4 = 0, double('NaN'), id / 8D), CAST(id AS DECIMAL(9,2)),
        date_add(DATE'1969-12-30', int(id)), timestamp_micros(id * 3600123456 - 7200000000), TIMESTAMP_NTZ'2020-01-01 00:00:00'
        + make_dt_interval(0, int(id), 0, 0.5), unhex(hex(id)), id % 2 = 0, named_struct('x', int(id), 'y z', string(id)),
        array(int(id), NULL), map('k', named_struct('u', int(id))) FROM range({}, {})"""
    for version in (1, 2, 3):
        t = f"ice.db.meta_v{version}"
        modes = "'write.delete.mode'='merge-on-read', 'write.update.mode'='merge-on-read', 'write.merge.mode'='merge-on-read', "
        m.do(f"CREATE TABLE {t} ({types}) USING iceberg PARTITIONED BY (p, bucket(2, id)) TBLPROPERTIES ("
             f"{modes if version > 1 else ''}'format-version'='{version}', 'write.distribution-mode'='hash')",
             f"INSERT INTO {t} {rows.format(0, 6)}", f"ALTER TABLE {t} CREATE TAG first RETAIN 30 DAYS",
             f"ALTER TABLE {t} CREATE BRANCH side WITH SNAPSHOT RETENTION 2 SNAPSHOTS 5 DAYS",
             f"INSERT INTO {t}.branch_side {rows.format(100, 102)}", f"ALTER TABLE {t} ADD COLUMN extra FLOAT",
             f"ALTER TABLE {t} ADD PARTITION FIELD days(ts)", f"INSERT INTO {t} SELECT *, float(1.5) FROM ({rows.format(6, 10)})",
             f"DELETE FROM {t} WHERE id IN (1, 7)", f"ALTER TABLE {t} DROP PARTITION FIELD p",
             f"ALTER TABLE {t} ADD PARTITION FIELD truncate(10, n) AS n_by_10", f"ALTER TABLE {t} ADD PARTITION FIELD hours(ntz)",
             f"ALTER TABLE {t} RENAME COLUMN d TO renamed", f"INSERT INTO {t} SELECT *, float(2.5) FROM ({rows.format(20, 22)})")
        first, *_, last = m.snapshots(f"meta_v{version}")
        for table in METADATA_TABLES:
            m.ask(f"meta_v{version}", f"SELECT {listed(table, True)} FROM {t}.{table}")
            if table != "position_deletes":  # its partitions are columns inside another
                m.ask(f"meta_v{version}", f"DESCRIBE {t}.{table}")
            m.ask(f"meta_v{version} travel", f"SELECT {listed(table, True)} FROM {t}.{table} VERSION AS OF {first[0]}")
        m.ask(f"meta_v{version}", f"SELECT count(*) FROM {t}.files", f"SELECT file_path, partition.p FROM {t}.files WHERE partition.p = 'p1'",
              f"SELECT readable_metrics.id.lower_bound, readable_metrics.`st.x`.value_count FROM {t}.data_files",
              f"SELECT data_file.file_path, status FROM {t}.entries WHERE status = 1",
              f"SELECT max(committed_at) IS NOT NULL FROM {t}.snapshots", f"SELECT * FROM {t}.nothing",
              f"SELECT h.snapshot_id, s.operation FROM {t}.history h JOIN {t}.snapshots s ON h.snapshot_id = s.snapshot_id",
              f"SELECT count(*) FROM {t}.files VERSION AS OF 'side'", f"SELECT count(*) FROM {t}.files VERSION AS OF 'first'")
        lineage = ", _row_id, _last_updated_sequence_number" if version == 3 else ""
        m.ask(f"meta_v{version} columns", f"SELECT id, _spec_id, _partition, _file, _pos{lineage} FROM {t}",
              f"SELECT id, _deleted FROM {t}", f"SELECT count(*) FROM {t} WHERE _pos = 0", f"SELECT id FROM {t} WHERE _spec_id = 1",
              f"SELECT DISTINCT _partition.p FROM {t}", f"SELECT id, _row_id FROM {t}")
        # The commits' times are milliseconds; a selector names the same instant.
        when = m.spark.sql(f"SELECT unix_millis(max(committed_at)) FROM {t}.snapshots WHERE snapshot_id = {first[0]}").first()[0]
        for selector in ("branch_side", "tag_first", f"snapshot_id_{first[0]}", f"at_timestamp_{when}", "branch_none", "tag_side",
                         "snapshot_id_5", "at_timestamp_5"):
            m.ask(f"meta_v{version} selectors", f"SELECT * FROM {t}.{selector}")
        m.ask(f"meta_v{version} selectors", f"SELECT * FROM {t}.tag_first VERSION AS OF {first[0]}")
        changes = "id, extra, _change_type, _change_ordinal, _commit_snapshot_id"
        m.ask(f"meta_v{version} changes", f"SELECT {changes} FROM {t}.changes", f"SELECT count(*) FROM {t}.changes",
              f"SELECT _change_type, count(*) FROM {t}.changes GROUP BY _change_type",
              f"SELECT {changes} FROM {t}.changes WITH ('start-snapshot-id' = '{first[0]}')")
        m.ask(f"meta_v{version} incremental", f"SELECT id FROM {t} WITH ('start-snapshot-id' = '{first[0]}')",
              f"SELECT id FROM {t} WITH ('start-snapshot-id' = '{first[0]}', 'end-snapshot-id' = '{last[0]}')",
              f"SELECT id FROM {t} WITH ('branch' = 'side')", f"SELECT id FROM {t} WITH ('start-snapshot-id' = '5')")
    m.do("CREATE TABLE ice.db.meta_empty (id INT) USING iceberg", "CREATE TABLE ice.db.meta_plain (id INT) USING iceberg",
         "INSERT INTO ice.db.meta_plain VALUES (1), (NULL)")
    for table in METADATA_TABLES:
        m.ask("meta_plain", f"SELECT count(*) FROM ice.db.meta_empty.{table}",
              f"SELECT {listed(table, False)} FROM ice.db.meta_plain.{table}",
              f"DESCRIBE ice.db.meta_plain.{table}")
    m.ask("meta_plain", "SELECT id, _partition, _spec_id FROM ice.db.meta_plain")
    # Row lineage through every kind of change.
    for mode in ("copy-on-write", "merge-on-read"):
        t = f"ice.db.lineage_{mode[:4]}"
        m.do(f"CREATE TABLE {t} (id BIGINT, s STRING) USING iceberg TBLPROPERTIES ('format-version'='3', 'write.delete.mode'='{mode}', "
             f"'write.update.mode'='{mode}', 'write.merge.mode'='{mode}')", f"INSERT INTO {t} SELECT id, string(id) FROM range(10)",
             f"INSERT INTO {t} SELECT id, string(id) FROM range(10, 20)", f"UPDATE {t} SET s = 'updated' WHERE id IN (3, 15)",
             f"DELETE FROM {t} WHERE id = 4", f"MERGE INTO {t} t USING (SELECT id FROM range(8, 22)) u ON t.id = u.id "
             "WHEN MATCHED AND t.id % 2 = 0 THEN UPDATE SET s = 'merged' WHEN MATCHED AND t.id = 9 THEN DELETE "
             "WHEN NOT MATCHED THEN INSERT (id, s) VALUES (u.id, 'inserted')", f"INSERT INTO {t} VALUES (99, 'late')")
        m.ask(f"lineage {mode}", f"SELECT id, s, _row_id, _last_updated_sequence_number FROM {t}",
              f"SELECT id FROM {t} WHERE _row_id = 3", f"SELECT id FROM {t} WHERE _last_updated_sequence_number > 2",
              f"SELECT max(_row_id), count(DISTINCT _row_id) FROM {t}", f"SELECT _row_id FROM {t} WHERE id = 15")
    # A table of format 2 that becomes one of format 3: old rows get ids with the next commit.
    t = "ice.db.upgraded"
    m.do(f"CREATE TABLE {t} (id BIGINT) USING iceberg TBLPROPERTIES ('format-version'='2')", f"INSERT INTO {t} VALUES (1), (2)",
         f"ALTER TABLE {t} SET TBLPROPERTIES ('format-version'='3')")
    upgraded = m.snapshots("upgraded")[0][0]
    m.do(f"INSERT INTO {t} VALUES (3)")
    m.ask("upgraded", f"SELECT id, _row_id, _last_updated_sequence_number FROM {t}",
          f"SELECT id, _row_id, _last_updated_sequence_number FROM {t} VERSION AS OF {upgraded}", f"SELECT first_row_id FROM {t}.files")


def broken_tables(m):
    def damage(name, pattern, change):
        m.do(f"CREATE TABLE ice.broken.{name} (id INT, s STRING) USING iceberg", f"INSERT INTO ice.broken.{name} VALUES (1, 'a')")
        files = sorted(glob.glob(os.path.join(m.warehouse, "broken", name, pattern)))
        change(files[-1])

    def cut(path):
        os.truncate(path, os.path.getsize(path) // 2)

    def overwrite(text):
        def change(path):
            with open(path, "w") as file:
                file.write(text)
        return change

    def replace(old, new):
        def change(path):
            with open(path) as file:
                text = file.read()
            changed = re.sub(old, new, text)
            assert changed != text
            with open(path, "w") as file:
                file.write(changed)
        return change

    def flip(path):
        with open(path, "r+b") as file:
            content = bytearray(file.read())
            for i in range(len(content) * 3 // 4, len(content) - 20):
                content[i] ^= 0x5A
            file.seek(0)
            file.write(content)

    damage("manifest_cut", "metadata/*-m0.avro", cut)
    damage("manifest_gone", "metadata/*-m0.avro", os.remove)
    damage("manifest_empty", "metadata/*-m0.avro", overwrite(""))
    damage("manifest_flipped", "metadata/*-m0.avro", flip)
    damage("manifest_text", "metadata/*-m0.avro", overwrite("not avro at all"))
    damage("list_cut", "metadata/snap-*.avro", cut)
    damage("list_gone", "metadata/snap-*.avro", os.remove)
    damage("json_cut", "metadata/v2.metadata.json", cut)
    damage("json_empty", "metadata/v2.metadata.json", overwrite(""))
    damage("json_array", "metadata/v2.metadata.json", overwrite("[]"))
    damage("json_members", "metadata/v2.metadata.json", overwrite('{"format-version": 2}'))
    damage("json_types", "metadata/v2.metadata.json", replace(r'"schemas" ?: ?\[', '"schemas" : [ 5, '))
    damage("json_format", "metadata/v2.metadata.json", replace(r'"format-version" ?: ?2', '"format-version" : 9'))
    damage("json_snapshot", "metadata/v2.metadata.json", replace(r'"current-snapshot-id" ?: ?', '"current-snapshot-id" : 1'))
    damage("json_type", "metadata/v2.metadata.json", replace('"string"', '"strong"'))
    damage("data_gone", "data/*.parquet", os.remove)
    damage("data_cut", "data/*.parquet", cut)


PARTS = {"everyday": (snapshot_tables, java_tables, encoded_tables, imported_tables, metadata_tables, delete_tables),
         "rest": (plain_tables, evolved_tables, broken_tables, partitioned_tables)}


def main():
    m = Maker(os.path.abspath(sys.argv[1]), sys.argv[2])
    m.do("CREATE NAMESPACE ice.db")
    for make in PARTS[sys.argv[3]]:
        start = time.time()
        make(m)
        print(f"{make.__name__}: {time.time() - start:.1f} s, {len(m.answers)} answers", flush=True)
        with open(os.path.join(m.folder, "answers.part"), "w") as file:
            json.dump(m.answers, file)
    os.rename(os.path.join(m.folder, "answers.part"), os.path.join(m.folder, "answers.json"))
    m.spark.stop()


if __name__ == "__main__":
    main()
