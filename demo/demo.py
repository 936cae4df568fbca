#!/usr/bin/env python3
"""The demonstration: TPC-DS from its real generator, written to tables by Emery, all queries run, results shown.

    ./run demo [--scale 1] [--folder demo-data] [--queries q1,q2] [--fresh]

Needs the Python packages duckdb and duckdb-extension-tpcds (./run sets them up); nothing is downloaded while it runs.
"""
import argparse
import glob
import importlib
import json
import os
import re
import shutil
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SAMPLES = (
    ("q3", "What one manufacturer's brands sold each November, year by year"),
    ("q52", "Brands that sold best in one month"),
    ("q98", "What each item brought, and its share of its class"),
)
LONG_COLUMNS = ("_order_number", "_ticket_number")
SPARK_NAMES = {"c_last_review_date_sk": "c_last_review_date"}


class Emery:
    """An Emery process that speaks the protocol: one statement in, its rows and metrics out."""

    def __init__(self, binary, warehouse, settings=()):
        command = [binary, "sql", "--protocol", "--conf", f"spark.sql.warehouse.dir={warehouse}",
                   "--conf", "spark.sql.ansi.doubleQuotedIdentifiers=true"]
        for setting in settings:
            command += ["--conf", setting]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def sql(self, text):
        self.process.stdin.write(json.dumps({"sql": text}) + "\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            sys.exit(f"demo: emery ended with code {self.process.wait()} in: {text[:200]}")
        return json.loads(line)

    def must(self, text):
        answer = self.sql(text)
        if "error" in answer:
            sys.exit(f"demo: {answer['error']['message']}\n  in: {text[:300]}")
        return answer

    def close(self):
        self.process.stdin.close()
        self.process.wait()


class Bar:
    """A progress bar on a terminal; a line per step elsewhere."""

    def __init__(self, title, total):
        self.title, self.total, self.done = title, total, 0
        self.terminal = sys.stderr.isatty()
        self.start = time.monotonic()

    def step(self, name):
        if self.terminal:
            filled = int(30 * self.done / self.total)
            sys.stderr.write(f"\r{self.title} [{'=' * filled}{' ' * (30 - filled)}] {self.done}/{self.total}  "
                             f"{time.monotonic() - self.start:.0f} s  {name}\x1b[K")
            sys.stderr.flush()
        self.done += 1

    def end(self):
        seconds = time.monotonic() - self.start
        sys.stderr.write(("\r\x1b[K" if self.terminal else "") +
                         f"{self.title}: {self.total} in {seconds:.1f} s\n")


def size_text(size):
    for unit in ("B", "KiB", "MiB", "GiB"):
        if size < 1024 or unit == "GiB":
            return f"{size:.0f} {unit}" if unit == "B" else f"{size:.1f} {unit}"
        size /= 1024


def open_generator(folder, scale):
    """A DuckDB database that holds the generated tables, and its TPC-DS extension."""
    import duckdb
    package = importlib.import_module("duckdb_extension_tpcds")
    extension = glob.glob(os.path.join(os.path.dirname(package.__file__), "extensions", "*", "*.duckdb_extension"))[0]
    path = os.path.join(folder, "generator.duckdb")
    database = duckdb.connect(path, config={"allow_unsigned_extensions": "true", "memory_limit": "4GB"})
    database.execute(f"LOAD '{extension}'")
    return database, path


def generate(folder, scale):
    """Writes the generator's tables as plain Parquet, and its queries' texts."""
    raw = os.path.join(folder, "generated")
    if os.path.exists(os.path.join(raw, "complete")):
        return raw
    shutil.rmtree(raw, ignore_errors=True)
    os.makedirs(raw)
    print(f"Generating TPC-DS at scale {scale:g} with dsdgen …", file=sys.stderr)
    database, path = open_generator(folder, scale)
    try:
        database.execute(f"CALL dsdgen(sf={scale:g})")
        for (table,) in database.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall():
            columns = []
            for name, kind in database.execute(
                    "SELECT column_name, data_type FROM duckdb_columns() WHERE table_name = ? ORDER BY column_index",
                    [table]).fetchall():
                if kind == "BIGINT" and not name.endswith(LONG_COLUMNS):
                    kind = "INTEGER"
                columns.append(f"CAST({name} AS {kind}) AS {SPARK_NAMES.get(name, name)}")
            database.execute(f"COPY (SELECT {', '.join(columns)} FROM {table}) TO '{raw}/{table}.parquet' (FORMAT parquet)")
        texts = {f"q{number}": text for number, text in
                 database.execute("SELECT query_nr, query FROM tpcds_queries()").fetchall()}
        with open(os.path.join(raw, "queries.json"), "w", encoding="utf-8") as file:
            json.dump(texts, file)
    finally:
        database.close()
        os.remove(path)
    with open(os.path.join(raw, "complete"), "w", encoding="utf-8"):
        pass
    return raw


def query_texts(raw):
    """Spark's own texts where the tests have fetched them, else those of the generator's package."""
    found = sorted(glob.glob(os.path.join(os.environ.get("EMERY_DATA", os.path.join(ROOT, ".data")),
                                          "queries", "v1_4", "*.sql")))
    if found:
        texts = {}
        for path in found:
            with open(path, encoding="utf-8") as file:
                texts[os.path.basename(path)[:-4]] = file.read().strip().rstrip(";")
    else:
        with open(os.path.join(raw, "queries.json"), encoding="utf-8") as file:
            texts = {name: text.strip().rstrip(";").replace("c_last_review_date_sk", "c_last_review_date")
                     for name, text in json.load(file).items()}
    natural = sorted(texts, key=lambda name: [int(p) if p.isdigit() else p for p in re.split(r"(\d+)", name)])
    return {name: texts[name] for name in natural}


def load_tables(emery, raw):
    """Writes every table through Emery; those that are there already stay."""
    emery.must("CREATE DATABASE IF NOT EXISTS tpcds")
    emery.must("USE tpcds")
    there = {row[1] for row in emery.must("SHOW TABLES")["rows"]}
    files = sorted(glob.glob(os.path.join(raw, "*.parquet")))
    names = [os.path.basename(path)[:-len(".parquet")] for path in files]
    missing = [(name, path) for name, path in zip(names, files) if name not in there]
    if missing:
        bar = Bar("Writing tables", len(missing))
        for name, path in missing:
            bar.step(name)
            emery.must(f"CREATE TABLE {name} USING parquet AS SELECT * FROM parquet.`{path}`")
        bar.end()
    return names


def run_queries(emery, texts):
    results = []
    bar = Bar("Running queries", len(texts))
    for name, text in texts.items():
        bar.step(name)
        answer = emery.sql(text)
        results.append((name, answer))
    bar.end()
    return results


def print_results(results):
    print(f"\n{'query':<8}{'rows':>8}{'seconds':>10}{'bytes read':>14}{'peak memory':>14}")
    total = 0.0
    failed = []
    for name, answer in results:
        if "error" in answer:
            failed.append(name)
            print(f"{name:<8}  failed: [{answer['error']['condition']}] {answer['error']['message'][:90]}")
            continue
        metrics = answer["metrics"]
        total += metrics["seconds"]
        print(f"{name:<8}{len(answer['rows']):>8}{metrics['seconds']:>10.3f}{size_text(metrics['bytes_read']):>14}"
              f"{size_text(metrics['peak_memory_bytes']):>14}")
    print(f"{'total':<8}{'':>8}{total:>10.3f}")
    if failed:
        print(f"{len(failed)} of {len(results)} failed: {' '.join(failed)}")
    return not failed


def print_chart(results):
    times = [(name, answer["metrics"]["seconds"]) for name, answer in results if "error" not in answer]
    if not times:
        return
    print("\nThe twenty slowest queries, in seconds")
    slowest = sorted(times, key=lambda one: -one[1])[:20]
    for name, seconds in slowest:
        print(f"{name:>7} {'█' * max(1, round(50 * seconds / slowest[0][1]))} {seconds:.2f}")


def print_sample(name, title, answer, rows=8):
    print(f"\n{title} ({name}, {len(answer['rows'])} rows)")
    names = [column["name"] for column in answer["columns"]]
    numbers = [column["type"].startswith(("int", "bigint", "decimal", "double")) for column in answer["columns"]]
    cells = [["NULL" if value is None else value.strip()[:28] for value in row] for row in answer["rows"][:rows]]
    widths = [max(len(name), *(len(row[i]) for row in cells)) if cells else len(name) for i, name in enumerate(names)]

    def line(values):
        return "  " + "  ".join(value.rjust(w) if right else value.ljust(w)
                                for value, w, right in zip(values, widths, numbers)).rstrip()
    print(line(names))
    for row in cells:
        print(line(row))
    if len(answer["rows"]) > rows:
        print("  …")


def main():
    parser = argparse.ArgumentParser(prog="./run demo", description=__doc__.splitlines()[0])
    parser.add_argument("--scale", type=float, default=1.0, help="TPC-DS scale factor: gigabytes of raw data, about")
    parser.add_argument("--folder", default=os.path.join(ROOT, "demo", "data"), help="where data and tables go")
    parser.add_argument("--queries", help="only these, separated by commas")
    parser.add_argument("--conf", action="append", default=[], help="a setting for Emery, e.g. emery.memory.limit=512m")
    parser.add_argument("--fresh", action="store_true", help="makes data and tables anew")
    args = parser.parse_args()
    binary = os.environ.get("EMERY_BIN", os.path.join(ROOT, "build", "release", "bin", "emery"))
    folder = os.path.join(os.path.abspath(args.folder), f"sf{args.scale:g}")
    if args.fresh:
        shutil.rmtree(folder, ignore_errors=True)
    os.makedirs(folder, exist_ok=True)
    raw = generate(folder, args.scale)
    warehouse = os.path.join(folder, "warehouse")
    emery = Emery(binary, warehouse, args.conf)
    names = load_tables(emery, raw)
    texts = query_texts(raw)
    if args.queries:
        wanted = args.queries.split(",")
        texts = {name: text for name, text in texts.items() if name in wanted}
    results = run_queries(emery, texts)
    complete = print_results(results)
    print_chart(results)
    answers = dict(results)
    for name, title in SAMPLES:
        if name in answers and "error" not in answers[name]:
            print_sample(name, title, answers[name])
    emery.close()
    shown = os.path.relpath(warehouse)
    print(f"""
The {len(names)} tables are Parquet files below {shown}/tpcds.db; the generator's own files are in
{os.path.relpath(raw)} and may be deleted. What to try next:

  ./run emery sql --conf spark.sql.warehouse.dir={shown} --database tpcds
      a shell on these tables: SHOW TABLES; DESCRIBE store_sales; EXPLAIN ANALYZE SELECT …;
  ./run emery sql -e "SELECT count(*) FROM parquet.`{shown}/tpcds.db/store_sales`"
      files without a table
  ./run demo --conf emery.memory.limit=512m
      the same with little memory: what doesn't fit is spilled
  ./run test --all tpcds
      every answer compared with real Spark""")
    return 0 if complete else 1


if __name__ == "__main__":
    sys.exit(main())
