"""Makes TPC-DS or TPC-H as Parquet, one folder per table: generate.py {tpcds|tpch} SCALE FOLDER.

Runs in an environment with duckdb and its extension packages. Types follow Spark's TPC-DS schema: surrogate keys and
counts are int, order and ticket numbers bigint, money decimal(7,2). Facts are sorted by date, as a daily load leaves them.
"""
import glob
import importlib
import os
import shutil
import sys

import duckdb

SORTED_BY = {
    "store_sales": "ss_sold_date_sk", "store_returns": "sr_returned_date_sk", "catalog_sales": "cs_sold_date_sk",
    "catalog_returns": "cr_returned_date_sk", "web_sales": "ws_sold_date_sk", "web_returns": "wr_returned_date_sk",
    "inventory": "inv_date_sk", "lineitem": "l_shipdate", "orders": "o_orderdate",
}
LONG_COLUMNS = ("_order_number", "_ticket_number")
SPARK_NAMES = {"c_last_review_date_sk": "c_last_review_date"}


def tpcds_column(name, kind):
    if kind == "BIGINT" and not name.endswith(LONG_COLUMNS):
        kind = "INTEGER"
    return f"CAST({name} AS {kind}) AS {SPARK_NAMES.get(name, name)}"


def main():
    benchmark, scale, folder = sys.argv[1], float(sys.argv[2]), sys.argv[3]
    package = importlib.import_module(f"duckdb_extension_{benchmark}")
    extension = glob.glob(os.path.join(os.path.dirname(package.__file__), "extensions", "*", "*.duckdb_extension"))[0]
    shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder)
    scratch = os.path.join(folder, "scratch.duckdb")
    db = duckdb.connect(scratch, config={"allow_unsigned_extensions": "true", "threads": "2", "memory_limit": "6GB"})
    db.execute(f"LOAD '{extension}'")
    db.execute(f"CALL {'dsdgen' if benchmark == 'tpcds' else 'dbgen'}(sf={scale:g})")
    for (table,) in db.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall():
        columns = "*"
        if benchmark == "tpcds":
            columns = ", ".join(tpcds_column(n, k) for n, k in db.execute(
                "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = ? ORDER BY column_index",
                [table]).fetchall())
        order = f" ORDER BY {SORTED_BY[table]} NULLS FIRST" if table in SORTED_BY else ""
        db.execute(f"COPY (SELECT {columns} FROM {table}{order}) TO '{folder}/{table}' "
                   "(FORMAT parquet, COMPRESSION zstd, FILE_SIZE_BYTES '128MB')")
    db.close()
    os.remove(scratch)
    with open(os.path.join(folder, "complete"), "w") as mark:
        mark.write(f"duckdb {duckdb.__version__}\n")


main()
