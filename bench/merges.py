#!/usr/bin/env python3
"""Measures Emery against Apache Spark with Iceberg on 37 MERGE and DELETE statements; see merge_workload.py.

    ./run bench merges                     # scale 1: one warm-up and one measured pass of each engine
    ./run bench merges --sf 10 --passes 2
    ./run bench merges --mode merge-on-read --format-version 3

The table (partitioned, in a Hadoop catalog) and the sources are made once, the table by Spark. Passes alternate between the engines;
each starts from a byte copy of the table at the same place. After each statement, untimed, rows and sums are read back through the
engine that ran it, and must be the same for both.
"""
import argparse
import csv
import json
import math
import os
import shutil
import statistics
import subprocess
import sys
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
sys.path[:0] = [HERE, os.path.join(ROOT, "tests", "slt"), os.path.join(ROOT, "tests", "tpcds")]
import merge_workload  # noqa: E402
import process_tree  # noqa: E402

import engine_process  # noqa: E402
import peers  # noqa: E402

JAR = os.path.join(peers.JARS, "iceberg-spark-runtime-3.5_2.12-1.10.0.jar")
CHECK = ("SELECT count(*), sum(wr_order_number), sum(CAST(wr_item_sk AS BIGINT)), sum(wr_returned_date_sk), "
         "sum(wr_return_quantity), sum(wr_net_loss) FROM {target}")
TARGET = "ice.db.web_returns"
SECONDS_MAX = 900


def parse_arguments():
    parser = argparse.ArgumentParser(prog="./run bench merges", description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--sf", default="1", help="scale factor (default: 1)")
    parser.add_argument("--engines", default="emery,spark", help="which, separated by commas (default: %(default)s)")
    parser.add_argument("--passes", type=int, default=1, help="measured passes of each engine; the median counts (default: 1)")
    parser.add_argument("--cold", action="store_true", help="no warm-up pass")
    parser.add_argument("--mode", default="copy-on-write", choices=("copy-on-write", "merge-on-read"))
    parser.add_argument("--format-version", default="2", choices=("2", "3"))
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--memory", default="6g", help="Spark's heap (default: %(default)s)")
    parser.add_argument("--folder", help="where table and sources are kept for the next run")
    parser.add_argument("--web-returns", help="a folder of web_returns' Parquet files, instead of generating them")
    parser.add_argument("--out", default=os.path.join(ROOT, "bench", "results"))
    return parser.parse_args()


class Spark:
    def __init__(self, folders, options):
        self.process = engine_process.Engine(
            [peers.python("spark35"), os.path.join(HERE, "merges_spark_worker.py"), folders["warehouse"], str(options.threads),
             options.memory, folders["scratch"], JAR], folders["scratch"])
        self.version = self.process.next_document(600)["version"]

    def sql(self, text):
        answer = self.process.sql(text, SECONDS_MAX)
        if "error" in answer:
            raise SystemExit(f"spark: {answer['error']}\n{text}")
        return answer["rows"], answer["seconds"]

    def start(self, sources):
        self.sql(f"REFRESH TABLE {TARGET}")
        for view, path in sources.items():
            self.sql(f"CREATE OR REPLACE TEMPORARY VIEW {view} AS SELECT * FROM parquet.`{path}`")


class Emery:
    """Timed from outside: from the text's first byte to the answer's last."""
    version = "Emery"

    def __init__(self, folders, options):
        self.process = engine_process.start_emery(folders["scratch"], {
            "emery.threads": str(options.threads),
            "spark.sql.catalog.ice": "org.apache.iceberg.spark.SparkCatalog",
            "spark.sql.catalog.ice.type": "hadoop",
            "spark.sql.catalog.ice.warehouse": folders["warehouse"],
        })

    def sql(self, text):
        begin = time.perf_counter()
        answer = self.process.sql(text, SECONDS_MAX)
        seconds = time.perf_counter() - begin
        if "error" in answer:
            raise SystemExit(f"emery: [{answer['error']['condition']}] {answer['error']['message']}\n{text}")
        return answer["rows"], seconds

    def start(self, sources):
        for view, path in sources.items():
            self.sql(f"CREATE OR REPLACE TEMPORARY VIEW {view} AS SELECT * FROM parquet.`{path}`")


ENGINES = {"emery": Emery, "spark": Spark}


def web_returns(options):
    if options.web_returns:
        return options.web_returns
    import tpcds
    return os.path.join(tpcds.data_folder(options.sf), "web_returns")


def make_sources(options, folder):
    code = """
import duckdb, json, sys
db = duckdb.connect()
for path, sql in json.load(sys.stdin).items():
    db.execute(f"COPY ({sql}) TO '{path}' (FORMAT parquet, COMPRESSION zstd)")
"""
    data = web_returns(options)
    data = data if data.endswith(".parquet") else f"{data}/*.parquet"
    work, sources = {}, {}
    for name, statement in merge_workload.statements().items():
        if statement.source is None:
            continue
        path = os.path.join(folder, f"{name}.parquet")
        sources[f"source_{name}"] = path
        if not os.path.exists(path):
            work[path] = merge_workload.source_sql(name, statement, f"'{data}'")
    if work:
        subprocess.run([peers.python("duck"), "-c", code], input=json.dumps(work), text=True, check=True)
    return sources


def make_table(options, folders, engine):
    modes = ", ".join(f"'write.{command}.mode' = '{options.mode}'" for command in ("delete", "update", "merge"))
    data = web_returns(options)
    engine.sql("CREATE NAMESPACE IF NOT EXISTS ice.db")
    engine.sql(f"CREATE TABLE {TARGET} USING iceberg PARTITIONED BY (truncate({merge_workload.DAYS}, wr_returned_date_sk)) "
               f"TBLPROPERTIES ('format-version' = '{options.format_version}', {modes}) AS "
               f"SELECT {', '.join(merge_workload.COLUMNS)} FROM parquet.`{data}`")
    shutil.copytree(folders["table"], folders["prepared"])


def one_pass(engine, folders, sources, expected, wrong):
    shutil.rmtree(folders["table"], ignore_errors=True)
    shutil.copytree(folders["prepared"], folders["table"])
    engine.start(sources)
    seconds = {}
    for name, statement in merge_workload.statements().items():
        _, seconds[name] = engine.sql(statement.text.format(target=TARGET, source=f"source_{name}"))
        rows, _ = engine.sql(CHECK.format(target=TARGET))
        check = [str(value) for value in rows[0]]
        if expected.setdefault(name, check) != check:
            wrong.add(name)
            print(f"{name}: rows differ: {expected[name]} and {check}", file=sys.stderr)
    return seconds


def geometric_mean(values):
    return math.exp(sum(math.log(value) for value in values) / len(values))


def report(options, versions, results, wrong):
    os.makedirs(options.out, exist_ok=True)
    statements = merge_workload.statements()
    names = list(results)
    both = len(names) == 2
    print(f"\n{len(statements)} statements on web_returns, scale {options.sf}, {options.mode}, format {options.format_version}, "
          f"{options.threads} threads: {', '.join(versions[n] for n in names)}")
    print("".join(["statement ", *(f"{n:>10}" for n in names), "     ratio" if both else "", "  what"]))
    path = os.path.join(options.out, "merges.csv")
    with open(path, "w", newline="", encoding="utf-8") as file:
        out = csv.writer(file)
        out.writerow(["statement", *(f"{n}_seconds" for n in names), "what"])
        for name, statement in statements.items():
            row = [results[n][name] for n in names]
            ratio = f"{row[1] / row[0]:9.1f}x" if both else ""
            print(f"{name:10}" + "".join(f"{value:10.3f}" for value in row) + f"{ratio}  {statement.what}")
            out.writerow([name, *(f"{value:.4f}" for value in row), statement.what])
    totals = [sum(results[n].values()) for n in names]
    means = [geometric_mean(list(results[n].values())) for n in names]
    for title, row in (("total", totals), ("geomean", means)):
        print(f"{title:10}" + "".join(f"{value:10.3f}" for value in row) + (f"{row[1] / row[0]:9.1f}x" if both else ""))
    print(f"rows after each statement: {'differ: ' + ', '.join(sorted(wrong)) if wrong else 'the same'}; "
          f"load of the machine {os.getloadavg()[0]:.1f}; per statement: {os.path.relpath(path)}")


def main():
    options = parse_arguments()
    names = options.engines.split(",")
    base = options.folder or os.path.join(peers.DATA, "merges", f"sf{options.sf}-{options.mode}-v{options.format_version}")
    folders = {"base": base, "sources": os.path.join(base, "sources"), "warehouse": os.path.join(base, "warehouse"),
               "prepared": os.path.join(base, "prepared"), "scratch": os.path.join(base, "scratch")}
    folders["table"] = os.path.join(folders["warehouse"], "db", "web_returns")
    for key in ("sources", "scratch", "warehouse"):
        os.makedirs(folders[key], exist_ok=True)
    sources = make_sources(options, folders["sources"])
    if not os.path.isdir(folders["prepared"]):
        shutil.rmtree(folders["table"], ignore_errors=True)
        maker = Spark(folders, options)
        try:
            make_table(options, folders, maker)
        finally:
            maker.process.close()
    passes = {name: [] for name in names}
    versions, expected, wrong = {}, {}, set()
    opened = {}
    try:
        for number in range(options.passes + (0 if options.cold else 1)):
            for name in names:
                if name not in opened:
                    opened[name] = ENGINES[name](folders, options)
                    versions[name] = opened[name].version
                seconds = one_pass(opened[name], folders, sources, expected, wrong)
                print(f"pass {number}: {name} {sum(seconds.values()):.2f} s", file=sys.stderr, flush=True)
                if number > 0 or options.cold:
                    passes[name].append(seconds)
    finally:
        for engine in opened.values():
            engine.process.close()
    results = {name: {s: statistics.median(p[s] for p in passes[name]) for s in merge_workload.statements()} for name in names}
    report(options, versions, results, wrong)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
