"""Spark with Iceberg behind a pipe: {"sql": …} in, rows as text and seconds out.

merges_spark_worker.py WAREHOUSE THREADS MEMORY SCRATCH_FOLDER JAR
"""
import json
import os
import sys
import time


def main():
    from pyspark.sql import SparkSession
    warehouse, threads, memory, scratch, jar = sys.argv[1:6]
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what the JVM prints is no answer
    settings = {
        "spark.driver.memory": memory,
        "spark.ui.enabled": "false",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        # Spark's default of 200 is for clusters and would slow it down here.
        "spark.sql.shuffle.partitions": "8",
        "spark.jars": jar,
        "spark.local.dir": scratch,
        "spark.sql.warehouse.dir": os.path.join(scratch, "spark-warehouse"),
        "spark.sql.extensions": "org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
        "spark.sql.catalog.ice": "org.apache.iceberg.spark.SparkCatalog",
        "spark.sql.catalog.ice.type": "hadoop",
        "spark.sql.catalog.ice.warehouse": warehouse,
    }
    builder = SparkSession.builder.master(f"local[{threads}]").appName("merges")
    for key, value in settings.items():
        builder = builder.config(key, value)
    spark = builder.getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    answers.write(json.dumps({"version": f"Spark {spark.version} with {os.path.basename(jar)[:-4]}"}) + "\n")
    answers.flush()
    for line in sys.stdin:
        start = time.perf_counter()
        try:
            rows = spark.sql(json.loads(line)["sql"]).collect()
            seconds = time.perf_counter() - start
            answer = {"rows": [[None if v is None else str(v) for v in row] for row in rows], "seconds": seconds}
        except Exception as error:  # a failed statement is a result here
            answer = {"error": str(error)[:2000]}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
    spark.stop()


main()
