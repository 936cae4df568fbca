"""Reads Iceberg tables that Emery wrote with real Spark. Runs in the Spark environment: iceberg_read_back.py WORK.json JAR.

WORK.json is a list of {"warehouse", "table", "columns"}; to each is added "found": the rows as text, or the error.
"""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.dirname(os.path.abspath(__file__))), "slt"))
import spark_engine  # noqa: E402


def main():
    work, jar = sys.argv[1:3]
    with open(work, encoding="utf-8") as file:
        cases = json.load(file)
    names = {warehouse: f"w{i}" for i, warehouse in enumerate(sorted({case["warehouse"] for case in cases}))}
    settings = {"spark.sql.session.timeZone": "America/Los_Angeles", "spark.jars": jar, "spark.network.timeout": "900s",
                "spark.driver.host": "127.0.0.1", "spark.driver.bindAddress": "127.0.0.1"}
    for warehouse, name in names.items():
        settings[f"spark.sql.catalog.{name}"] = "org.apache.iceberg.spark.SparkCatalog"
        settings[f"spark.sql.catalog.{name}.type"] = "hadoop"
        settings[f"spark.sql.catalog.{name}.warehouse"] = warehouse
    spark = spark_engine.open_spark(settings, "1g")
    for case in cases:
        table = case["table"].replace("ice.", names[case["warehouse"]] + ".", 1)
        try:
            case["found"] = spark_engine.run(spark, f"SELECT {case.get('columns', '*')} FROM {table}")["rows"]
        except Exception as error:  # whatever Spark says is the answer
            case["found"] = str(error)[:500]
    with open(work, "w", encoding="utf-8") as file:
        json.dump(cases, file)
    spark.stop()


main()
