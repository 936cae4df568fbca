"""Apache Spark behind a pipe: {"sql": …} in, rows as text and seconds out. Runs in an environment with pyspark.

spark_worker.py DATA_FOLDER THREADS MEMORY SCRATCH_FOLDER
"""
import json
import os
import sys
import time


def open_spark(threads, memory, scratch):
    from pyspark.sql import SparkSession
    settings = {
        "spark.driver.memory": memory,
        "spark.ui.enabled": "false",
        # Spark's default of 200 is for clusters and would slow it down here.
        "spark.sql.shuffle.partitions": "8",
        "spark.sql.session.timeZone": "America/Los_Angeles",
        "spark.local.dir": scratch,
        "spark.sql.warehouse.dir": os.path.join(scratch, "spark-warehouse"),
    }
    builder = SparkSession.builder.master(f"local[{threads}]").appName("bench")
    for key, value in settings.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    return session


def main():
    data, threads, memory, scratch = sys.argv[1:5]
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what the JVM prints is no answer
    spark = open_spark(threads, memory, scratch)
    for table in sorted(os.listdir(data)):
        if os.path.isdir(os.path.join(data, table)):
            spark.read.parquet(os.path.join(data, table)).createOrReplaceTempView(table)
    answers.write(json.dumps({"version": f"Spark {spark.version}, local[{threads}]"}) + "\n")
    answers.flush()
    for line in sys.stdin:
        start = time.perf_counter()
        try:
            rows = spark.sql(json.loads(line)["sql"]).collect()
            seconds = time.perf_counter() - start
            answer = {"rows": [[None if v is None else str(v) for v in row] for row in rows], "seconds": seconds}
        except Exception as error:  # a failed query is a result here
            answer = {"error": str(error)[:500]}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()
    spark.stop()


main()
