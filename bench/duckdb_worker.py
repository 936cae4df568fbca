"""DuckDB behind a pipe: {"sql": …} in, rows as text and seconds out. Runs in an environment with duckdb.

duckdb_worker.py DATA_FOLDER THREADS MEMORY SPILL_FOLDER
"""
import json
import os
import sys
import time

import duckdb


def main():
    data, threads, memory, spill = sys.argv[1:5]
    database = duckdb.connect(config={"threads": threads, "memory_limit": memory, "temp_directory": spill})
    database.execute("SET default_null_order = 'nulls_first_on_asc_last_on_desc'")  # as Spark orders
    for table in sorted(os.listdir(data)):
        if os.path.isdir(os.path.join(data, table)):
            database.execute(f"CREATE VIEW {table} AS SELECT * FROM read_parquet('{data}/{table}/*.parquet')")
    print(json.dumps({"version": f"DuckDB {duckdb.__version__}"}), flush=True)
    for line in sys.stdin:
        start = time.perf_counter()
        try:
            rows = database.execute(json.loads(line)["sql"]).fetchall()
            seconds = time.perf_counter() - start
            answer = {"rows": [[None if v is None else str(v) for v in row] for row in rows], "seconds": seconds}
        except duckdb.Error as error:
            answer = {"error": str(error)}
        print(json.dumps(answer), flush=True)


main()
