#!/usr/bin/env python3
"""Measures Emery against DuckDB and Apache Spark on the TPC-DS queries, over the same Parquet files in the same run.

Each query goes to one engine after another before the next query's turn, so that what else the machine does hits all alike.
Ctrl-C ends the run and shows what is there. bench/README.md says more.
"""
import argparse
import os
import signal
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import engines  # noqa: E402
import report  # noqa: E402
import rows  # noqa: E402
import tpcds  # noqa: E402

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def parse_arguments():
    parser = argparse.ArgumentParser(prog="./run bench", description=__doc__.split("\n\n", maxsplit=1)[0])
    parser.add_argument("--engines", default="emery,duckdb,spark", help="which, separated by commas (default: %(default)s)")
    parser.add_argument("--skip-spark", action="store_true", help="without Spark, which takes most of the time")
    parser.add_argument("--only", help="names of queries, separated by commas: q3,q14a")
    parser.add_argument("--sf", default="1", help="scale factor: gigabytes of raw data, about (default: 1)")
    parser.add_argument("--rounds", type=int, default=3, help="measured rounds; the middle one counts (default: 3)")
    parser.add_argument("--cold", action="store_true", help="no warm-up round before the measured ones")
    parser.add_argument("--seconds", type=float, default=float("inf"), help="start no query after so many seconds")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="of every engine (default: the machine's cores)")
    parser.add_argument("--memory", default="8g", help="Spark's heap and DuckDB's limit (default: %(default)s)")
    parser.add_argument("--conf", action="append", default=[], help="a setting for Emery: emery.memory.limit=512m")
    parser.add_argument("--out", default=os.path.join(ROOT, "bench", "results"), help="folder of summary.csv")
    options = parser.parse_args()
    options.engines = [e for e in options.engines.split(",") if not (options.skip_spark and e == "spark")]
    unknown = set(options.engines) - set(engines.ENGINES)
    if unknown or not options.engines or options.rounds < 1:
        parser.error(f"unknown engine: {', '.join(sorted(unknown))}" if unknown else "nothing to run")
    return options


def progress(text):
    if sys.stderr.isatty():
        sys.stderr.write(f"\r{text}\x1b[K")
        sys.stderr.flush()
    else:
        print(text, file=sys.stderr, flush=True)


def open_engines(options, data, scratch):
    opened = {}
    for name in options.engines:
        progress(f"starting {name}")
        folder = os.path.join(scratch, name)
        os.makedirs(folder)
        try:
            opened[name] = engines.ENGINES[name](data, folder, options)
        except (engines.QueryFailed, engines.EngineDied) as failure:
            for engine in opened.values():
                engine.close()
            raise SystemExit(f"bench: {name} does not start: {failure}") from None
    return opened


def run_query(opened, query, text, results, measured):
    """One query on every engine. The first time, the answers are compared with Emery's."""
    answers, times = {}, []
    for name, engine in opened.items():
        if query in results.failures[name]:
            continue
        try:
            answer, seconds, cpu = engine.run(text)
        except engines.QueryFailed as failure:
            results.failures[name][query] = str(failure)
            times.append(f"{name} failed")
            continue
        times.append(f"{name} {seconds:.2f} s")
        answers[name] = answer
        if measured:
            results.seconds[name][query].append(seconds)
            results.cpu[name][query].append(cpu)
    if "emery" in answers:
        ours = answers["emery"]
        results.num_rows[query] = len(ours["rows"])
        results.emery_metrics[query] = ours.get("metrics", {})
        names = [column["name"] for column in ours["columns"]]
        for name, answer in answers.items():
            if name != "emery" and query not in results.verdicts[name]:
                results.verdicts[name][query] = rows.verdict(text, names, ours["rows"], answer["rows"])
    elif answers:
        results.num_rows.setdefault(query, len(next(iter(answers.values()))["rows"]))
    return ", ".join(times)


def run_rounds(opened, queries, options, results):
    begin = time.monotonic()
    rounds = [("", True)] * options.rounds if options.cold else [("warm-up", False)] + [("", True)] * options.rounds
    for number, (title, measured) in enumerate(rounds, 1 if options.cold else 0):
        for at, (query, text) in enumerate(queries.items(), 1):
            if time.monotonic() - begin > options.seconds:
                return
            times = run_query(opened, query, text, results, measured)
            progress(f"{title or f'round {number} of {options.rounds}'}, {at} of {len(queries)}: {query}: {times}")
            for name, engine in opened.items():
                results.peak_bytes[name] = engine.peak_bytes() or results.peak_bytes.get(name, 0)


def main():
    options = parse_arguments()
    data = tpcds.data_folder(options.sf)
    queries = tpcds.queries(options.only.split(",") if options.only else None)
    os.makedirs(options.out, exist_ok=True)
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    results = report.Results(options.engines, queries)
    load = os.getloadavg()[0]
    opened = {}
    with tempfile.TemporaryDirectory(prefix="emery-bench-") as scratch:
        try:
            opened = open_engines(options, data, scratch)
            results.versions = {name: engine.version for name, engine in opened.items()}
            run_rounds(opened, queries, options, results)
        except KeyboardInterrupt:
            print("\nended early", file=sys.stderr)
        finally:
            for engine in opened.values():
                engine.close()
    results.write_csv(os.path.join(options.out, "summary.csv"))
    if sys.stderr.isatty():
        progress("")
    print(f"\nTPC-DS, scale {options.sf}, {options.threads} threads: {', '.join(results.versions.values())}")
    results.print_all()
    print(f"load of the machine: {load:.1f} before, {os.getloadavg()[0]:.1f} after"
          + ("; others were busy: compare CPU seconds" if load > options.threads / 2 else ""))
    print(f"per query: {os.path.relpath(os.path.join(options.out, 'summary.csv'))}")
    wrong = any(results.failures.get("emery", {})) or any(
        v not in ("same", "ties") for p in results.peers() for v in results.verdicts[p].values())
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
