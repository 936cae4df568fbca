#!/usr/bin/env python3
"""Reads tables of a Hadoop catalog with real Spark and Iceberg: {table: rows as JSON texts} on stdout."""
import json
import sys

from pyspark.sql import SparkSession


def main():
    request = json.load(sys.stdin)
    spark = (SparkSession.builder.master("local[2]").config("spark.jars", request["jar"]).config("spark.ui.enabled", "false")
             .config("spark.driver.memory", "1g").config("spark.sql.session.timeZone", "America/Los_Angeles")
             .config("spark.sql.extensions", "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions")
             .config("spark.sql.catalog.h", "org.apache.iceberg.spark.SparkCatalog").config("spark.sql.catalog.h.type", "hadoop")
             .config("spark.sql.catalog.h.warehouse", request["warehouse"]).getOrCreate())
    answer = {}
    for name in request["tables"]:
        table = spark.table(f"h.db.{name}")
        columns = ", ".join(f"'{c}', `{c}`" for c in table.columns)
        answer[name] = [[r[0]] for r in spark.sql(f"SELECT to_json(named_struct({columns})) FROM h.db.{name}").collect()]
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
