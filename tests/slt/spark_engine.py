"""Apache Spark behind the protocol of README.md. Runs in an environment with pyspark.

Besides {"sql": ...} it takes {"reset": true}: drops all that was created, and goes on with a new session.
"""
import argparse
import json
import os
import re
import shutil
import sys


def open_spark(settings, memory):
    from pyspark.sql import SparkSession
    merged = {
        "spark.driver.memory": memory,
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "1",
        "spark.default.parallelism": "1",
        "spark.sql.files.openCostInBytes": "134217728",
        "spark.driver.extraJavaOptions": "-Xss16m -XX:+UseSerialGC -XX:TieredStopAtLevel=4 -Dlog4j2.level=ERROR",
        **settings,
    }
    builder = SparkSession.builder.master(merged.pop("master", "local[2]"))
    for key, value in merged.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    return spark


def columns_of(frame):
    return [{"name": f.name, "type": f.dataType.simpleString()} for f in frame.schema.fields]


def full_types(frame):
    """simpleString cuts long structs off; ask the JVM for the untruncated text."""
    fields = frame._jdf.schema().fields()
    return [{"name": f.name(), "type": f.dataType().catalogString()} for f in fields]


def run(spark, text):
    frame = spark.sql(text)
    columns = full_types(frame)
    if not columns:
        return {"columns": [], "rows": []}
    named = frame.toDF(*[f"c{i}" for i in range(len(columns))])
    as_text = [f"hex(c{i})" if c["type"] == "binary" else f"CAST(c{i} AS STRING)" for i, c in enumerate(columns)]
    rows = [list(row) for row in named.selectExpr(*as_text).collect()]
    return {"columns": columns, "rows": rows}


def throwable(java):
    """The first exception of the chain that names an error condition."""
    seen = 0
    while java is not None and seen < 30:
        try:
            condition = java.getCondition()
            if condition:
                return java, condition
        except Exception:  # not a SparkThrowable
            pass
        java, seen = java.getCause(), seen + 1
    return None, None


def place(statement, java):
    try:
        contexts = java.getQueryContext()
        if len(contexts):
            start = contexts[0].startIndex()
            before = statement[:start]
            return {"line": before.count("\n") + 1, "column": start - (before.rfind("\n") + 1) + 1}
    except Exception:
        pass
    try:
        found = re.search(r"\(line (\d+), pos (\d+)\)", java.getMessage() or "")
        if found:
            return {"line": int(found.group(1)), "column": int(found.group(2)) + 1}
    except Exception:
        pass
    return None


def bare_message(text):
    text = re.sub(r"^\s*\[[A-Z0-9_.]+\] ", "", text or "")
    return re.split(r" ?SQLSTATE: |\n== SQL|; line \d+ pos \d+", text)[0].rstrip()


def describe(error, statement):
    java = getattr(error, "_origin", None) or getattr(error, "java_exception", None)
    found, condition = throwable(java) if java is not None else (None, None)
    if found is None:
        name = getattr(error, "getCondition", lambda: None)() or type(error).__name__
        return {"condition": name, "sqlState": None, "message": str(error)[:2000], "position": None}
    return {"condition": condition, "sqlState": found.getSqlState(), "message": bare_message(found.getMessage()),
            "position": place(statement, found)}


def reset(spark):
    for row in spark.sql("SHOW DATABASES").collect():
        if row[0] != "default":
            spark.sql(f"DROP DATABASE `{row[0]}` CASCADE")
    spark.sql("USE default")
    for row in spark.sql("SHOW TABLES IN default").collect():
        if not row[2]:
            kind = "VIEW" if any(v[1] == row[1] for v in spark.sql("SHOW VIEWS IN default").collect()) else "TABLE"
            spark.sql(f"DROP {kind} IF EXISTS default.`{row[1]}`")
    spark.catalog.clearCache()
    warehouse = spark.conf.get("spark.sql.warehouse.dir").replace("file:", "")
    if os.path.isdir(warehouse):
        for name in os.listdir(warehouse):
            shutil.rmtree(os.path.join(warehouse, name), ignore_errors=True)
    spark._jsparkSession.sharedState().globalTempViewManager().clear()
    return spark.newSession()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--conf", action="append", default=[])
    parser.add_argument("--memory", default="4g")
    args = parser.parse_args()
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # the JVM writes to stdout now and then
    spark = open_spark(dict(c.split("=", 1) for c in args.conf), args.memory).newSession()
    for line in sys.stdin:
        request = json.loads(line)
        if "reset" in request:
            spark = reset(spark)
            answer = {"columns": [], "rows": []}
        else:
            try:
                answer = run(spark, request["sql"])
            except Exception as error:  # whatever the engine says is the answer
                answer = {"error": describe(error, request["sql"])}
        answers.write(json.dumps(answer, ensure_ascii=False) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
