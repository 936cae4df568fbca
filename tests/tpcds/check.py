#!/usr/bin/env python3
"""Runs a set of benchmark queries on Emery and compares every answer with real Spark's on the same files."""
import argparse
import json
import os
import shutil
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "slt")]
import answers  # noqa: E402
import compare  # noqa: E402
import engine_process  # noqa: E402
import order  # noqa: E402
import peers  # noqa: E402
import texts  # noqa: E402

SHOWN_ROWS = 3


def differences(sql, expected, found):
    """None if `found` is a right answer, else lines that say what is wrong. Both are protocol documents."""
    if "error" in found:
        return [f"{found['error']['condition']}: {(found['error'].get('message') or '')[:300]}"]
    names = [c["name"] for c in expected["columns"]]
    kinds = [c["type"] for c in expected["columns"]]
    lines = []
    if kinds != [c["type"] for c in found["columns"]]:
        lines += [f"types {kinds}", f"found {[c['type'] for c in found['columns']]}"]
    if [n.lower() for n in names] != [c["name"].lower() for c in found["columns"]]:
        lines += [f"names {names}", f"found {[c['name'] for c in found['columns']]}"]
    if lines:
        return lines
    columns, complete = order.sort_columns(sql, names)
    at = order.first_disorder(found["rows"], columns, kinds)
    if at is not None:
        lines += [f"rows {at} and {at + 1} stand in the wrong order:", *map(show, found["rows"][at:at + 2])]
    wrong = compare.first_difference(expected["rows"], found["rows"], kinds, ordered=False)
    if wrong is None or tied_at_limit(sql, expected["rows"], found["rows"], wrong, columns, complete):
        return lines or None
    missing, extra = wrong
    lines.append(f"{len(expected['rows'])} rows expected, {len(found['rows'])} found; "
                 f"{len(missing)} missing, {len(extra)} too much")
    lines += ["- " + show(r) for r in missing[:SHOWN_ROWS]] + ["+ " + show(r) for r in extra[:SHOWN_ROWS]]
    return lines


def show(row):
    return " | ".join("NULL" if v is None else v for v in row)[:300]


def tied_at_limit(sql, expected, found, wrong, columns, complete):
    """Rows that share the last row's sort keys may be chosen freely by a LIMIT."""
    if not (complete and columns and order.clauses(sql)[1] and len(expected) == len(found) and expected):
        return False
    last = [expected[-1][i] for i, _, _ in columns]
    return all([row[i] for i, _, _ in columns] == last for side in wrong for row in side)


def peak_megabytes(process_id):
    try:
        with open(f"/proc/{process_id}/status") as status:
            return next(int(line.split()[1]) // 1024 for line in status if line.startswith("VmHWM"))
    except (OSError, StopIteration):
        return 0


def run_set(text_set, scale="1", only=None, settings=None, save=None, timeout=300):
    """Returns (passed, failed, seconds by query) and prints what is wrong."""
    expected = answers.load(text_set, scale, only)
    queries = {k: v for k, v in texts.load(text_set).items() if k in expected}
    folder = tempfile.mkdtemp(prefix="emery-tpc-")
    passed, failed, times, peak = 0, 0, {}, 0

    def start():
        engine = engine_process.start_emery(folder, settings)
        for statement in answers.table_statements(text_set, scale):
            answer = engine.sql(statement, 60)
            if "error" in answer:
                raise SystemExit(f"{statement}: {answer['error']}")
        return engine

    engine = start()
    try:
        for query, sql in queries.items():
            begin = time.monotonic()
            try:
                found = engine.sql(sql, timeout)
                peak = max(peak, peak_megabytes(engine.process.pid))
            except engine_process.EngineDied as death:
                found = {"error": {"condition": "DIED", "message": str(death)}}
                engine.close()
                shutil.rmtree(os.path.join(folder, "warehouse"), ignore_errors=True)
                engine = start()
            times[query] = time.monotonic() - begin
            if save:
                os.makedirs(save, exist_ok=True)
                with open(os.path.join(save, f"{query}.json"), "w", encoding="utf-8") as file:
                    json.dump(found, file, ensure_ascii=False)
            if "error" in expected[query]:
                wrong = None if "error" in found else [f"Spark refuses this: {expected[query]['error']}"]
            else:
                wrong = differences(sql, expected[query], found)
            if wrong is None:
                passed += 1
            else:
                failed += 1
                print("\n".join([f"{text_set} {query} ({times[query]:.2f} s)", *("    " + w for w in wrong)]), flush=True)
    finally:
        engine.close()
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{text_set}: {passed} right, {failed} wrong, {sum(times.values()):.1f} s, peak {peak} MB", flush=True)
    return passed, failed, times


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("sets", nargs="*", default=["v1_4", "v2_7", "tpch"])
    parser.add_argument("--only", help="comma separated names of queries")
    parser.add_argument("--scale", default="1")
    parser.add_argument("--conf", action="append", default=[])
    parser.add_argument("--times", action="store_true", help="print each query's time")
    parser.add_argument("--save", help="folder for Emery's answers")
    parser.add_argument("--timeout", type=float, default=300)
    args = parser.parse_args()
    only = args.only.split(",") if args.only else None
    bad = 0
    for text_set in args.sets:
        _, failed, times = run_set(text_set, args.scale, only, dict(c.split("=", 1) for c in args.conf), args.save,
                                   args.timeout)
        bad += failed
        if args.times:
            for query, seconds in times.items():
                print(f"{text_set} {query} {seconds:.3f}")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
