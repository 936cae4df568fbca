#!/usr/bin/env python3
"""Runs .slt files against Emery or Spark, or completes them with Spark's results. See README.md."""
import argparse
import concurrent.futures
import os
import re
import shutil
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import compare  # noqa: E402
import engine_process  # noqa: E402
import slt_file  # noqa: E402

SHOWN_ROWS = 6
HERE = os.path.dirname(os.path.abspath(__file__))
GAPS = os.path.join(HERE, "known_gaps.tsv")


def gap_key(path, sql):
    return os.path.relpath(path, os.path.join(HERE, "..", "..")), " ".join(sql.split())[:400]


def known_gaps():
    """Statements on which Emery is known to differ from Spark: {(file, statement): what it gives instead}."""
    if not os.path.exists(GAPS):
        return {}
    with open(GAPS, encoding="utf-8") as file:
        rows = [line.rstrip("\n").split("\t") for line in file if line.strip() and not line.startswith("#")]
    return {(row[0], row[1]): row[2] for row in rows}


def write_gaps(found):
    """Replaces the list by what differs now."""
    with open(GAPS, "w", encoding="utf-8") as file:
        file.write("# Statements of the SQL logic tests on which Emery still differs from Spark: file, statement, how. Each is a gap to\n"
                   "# close, not an accepted answer; the runner counts them apart and says when one has closed.\n")
        for (path, sql), difference in sorted(found.items()):
            file.write(f"{path}\t{sql}\t{difference}\n")


class Places:
    """Turns ${dir} and ${warehouse} into folders and back."""

    def __init__(self, folder, warehouse):
        self.pairs = [("${warehouse}", warehouse), ("${dir}", folder)]

    def expand(self, text):
        for name, path in self.pairs:
            text = text.replace(name, path)
        return text

    def contract(self, value):
        if value is not None:
            for name, path in self.pairs:
                value = value.replace(path, name)
        return value


def error_lines(record, error):
    lines = []
    if record.wants_position:
        place = error.get("position")
        lines.append(f"{place['line']}:{place['column']}" if place else "none")
    if record.wants_message:
        lines += [line if line.strip() else "(empty)" for line in (error.get("message") or "").split("\n")]
    return lines


def result_lines(record, answer, places):
    rows = [[slt_file.escape(places.contract(v)) for v in row] for row in answer["rows"]]
    if not record.ordered:
        rows.sort(key=lambda row: [(v != "NULL", v) for v in row])
    lines = ["\t".join(slt_file.escape(c["name"]) for c in answer["columns"])] if record.names else []
    return lines + ["\t".join(c["type"] for c in answer["columns"])] + ["\t".join(row) for row in rows]


def show_rows(sign, rows):
    shown = [f"    {sign} " + "\t".join(slt_file.escape(v) for v in row) for row in rows[:SHOWN_ROWS]]
    if len(rows) > SHOWN_ROWS:
        shown.append(f"    {sign} ... {len(rows) - SHOWN_ROWS} more")
    return shown


def check(record, answer, places):
    """None if the answer is the expected one, else the lines of a compact report."""
    error = answer.get("error")
    if record.kind == "error":
        if error is None:
            return [f"    expected error {record.condition}, got {len(answer['rows'])} rows"]
        if record.condition not in ("*", error["condition"]):
            return [f"    expected error {record.condition}",
                    f"    found {error['condition']}: {(error.get('message') or '')[:200]}"]
        found = [places.contract(line) for line in error_lines(record, error)]
        if found != record.expected:
            return [f"    - {x}" for x in record.expected] + [f"    + {x}" for x in found]
        return None
    if error is not None:
        return [f"    {error['condition']}: {(error.get('message') or '')[:300]}"]
    if record.kind == "ok":
        return None
    header = 2 if record.names else 1
    names = [c["name"] for c in answer["columns"]]
    kinds = [c["type"] for c in answer["columns"]]
    report = []
    if record.names and record.expected[0].split("\t") != [slt_file.escape(n) for n in names]:
        report += [f"    - names {record.expected[0]}", "    + names " + "\t".join(names)]
    expected_kinds = record.expected[header - 1].split("\t")
    if expected_kinds != kinds:
        report += ["    - types " + " | ".join(expected_kinds), "    + types " + " | ".join(kinds)]
    expected = [[slt_file.unescape(v) for v in line.split("\t")] for line in record.expected[header:]]
    found = [[places.contract(v) for v in row] for row in answer["rows"]]
    difference = compare.first_difference(expected, found, kinds, record.ordered)
    if difference:
        report += show_rows("-", difference[0]) + show_rows("+", difference[1])
        if not any(difference):
            report.append("    rows differ in their order")
    return report or None


# Spark has errors without a name that is meant to last: Java's exceptions, and conditions that it calls legacy.
CONDITION = re.compile(r"^(?!_LEGACY)[A-Z0-9_]+(\.[A-Z0-9_]+)?$")
ORDERED = re.compile(r"\border\s+by\b", re.IGNORECASE)


def is_ordered(sql):
    """Does an ORDER BY stand outside all parentheses?"""
    depth, plain = 0, []
    for part in re.split(r"('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`[^`]*`|[()])", sql):
        if part == "(":
            depth += 1
        elif part == ")":
            depth -= 1
        elif depth == 0 and part[:1] not in ("'", '"', "`"):
            plain.append(part)
    return bool(ORDERED.search(" ".join(plain)))


def complete(record, answer, places):
    """Fills in what the engine answered; a draft becomes the kind of record that fits."""
    error = answer.get("error")
    if record.kind == "draft":
        if error is not None:
            record.kind = "error"
        elif not answer["columns"] or re.match(r"(?i)\s*set\s+[\w.]+\s*=", record.sql):
            record.kind = "ok"
        else:
            record.kind, record.ordered = "query", is_ordered(record.sql)
    elif (record.kind == "error") != (error is not None):
        print(f"line {record.line}: the record says {record.kind}, Spark answers {str(answer)[:200]}")
        record.kind = "error" if error is not None else "query"
        record.wants_message = record.wants_position = False
    if record.kind == "error":
        record.condition = error["condition"] if CONDITION.match(error["condition"]) else "*"
        record.expected = [places.contract(line) for line in error_lines(record, error)]
    elif record.kind == "query":
        record.expected = result_lines(record, answer, places)
    record.completed = True


CHUNK = 4


def completed_drafts(record, engine, places, timeout):
    """A draft's records. A long list of expressions is cut into several statements, so that one wrong expression
    hides only few others; and a list that Spark refuses into one statement for each expression."""
    items = slt_file.select_items(record.sql)
    chunks = [items[i:i + CHUNK] for i in range(0, len(items), CHUNK)] or [None]
    out = []
    while chunks:
        chunk = chunks.pop(0)
        sql = "SELECT " + ", ".join(chunk) if chunk and len(items) > CHUNK or chunk and chunk != items else record.sql
        part = slt_file.Record("draft", sql, record.line, comments=[] if out else record.comments)
        answer = engine.sql(places.expand(part.sql), timeout)
        if "error" in answer and chunk and len(chunk) > 1:
            chunks[:0] = [[item] for item in chunk]
            continue
        complete(part, answer, places)
        out.append(part)
    return out


class SparkPool:
    """One Spark process for all files, reset between them."""

    def __init__(self, folder):
        self.folder = folder
        self.engine = engine_process.start_spark(folder)
        self.lock = threading.Lock()


def run_file(path, args, pool, root):
    """Returns (passed, failed, known gaps, report lines)."""
    records = slt_file.parse(path)
    folder = tempfile.mkdtemp(dir=root)
    if pool is not None:
        engine = pool.engine
        warehouse = os.path.join(pool.folder, "warehouse")
        engine.send({"reset": True}, 600)
    else:
        engine = engine_process.start_emery(folder)
        warehouse = os.path.join(folder, "warehouse")
    places = Places(folder, warehouse)
    passed, failed, known, report, dead = 0, 0, 0, [], None
    try:
        for record in list(records):
            if record.kind == "end":
                continue
            if args.complete:
                plain = not (record.names or record.wants_message or record.wants_position)
                if record.kind == "draft" or (args.again and plain and record.kind in ("query", "error")):
                    parts = completed_drafts(record, engine, places, args.timeout)
                    at = next(i for i, r in enumerate(records) if r is record)
                    records[at:at + 1] = parts
                    passed += len(parts)
                    continue
                if record.completed and not args.again:
                    engine.sql(places.expand(record.sql), args.timeout)
                else:
                    complete(record, engine.sql(places.expand(record.sql), args.timeout), places)
                passed += 1
                continue
            if not record.completed:
                wrong = ["    has no expected result yet: run --complete"]
            elif dead:
                wrong = [f"    not run: {dead}"]
            else:
                try:
                    wrong = check(record, engine.sql(places.expand(record.sql), args.timeout), places)
                except engine_process.EngineDied as death:
                    dead, wrong = "the engine had ended", [f"    DIED: {death}"]
            key = gap_key(path, record.sql)
            if wrong is None:
                passed += 1
                if pool is None and key in args.gaps:
                    report.append(f"{os.path.relpath(path)}:{record.line}: no longer a gap, take it off known_gaps.tsv")
                continue
            if pool is None and not dead and (key in args.gaps or args.write_gaps):
                known += 1
                args.found_gaps[key] = "; ".join(" ".join(line.split()) for line in wrong)[:200]
                continue
            failed += 1
            if wrong != [f"    not run: {dead}"]:
                name = os.path.relpath(path)
                report += [f"{name}:{record.line}: " + " ".join(record.sql.split())[:240], *wrong]
        if args.complete:
            slt_file.write(path, records)
    finally:
        if pool is None:
            engine.close()
        shutil.rmtree(folder, ignore_errors=True)
    return passed, failed, known, report


def find(paths):
    for path in paths:
        if os.path.isdir(path):
            for base, folders, names in os.walk(path):
                folders[:] = sorted(f for f in folders if not f.startswith(".") and f != "build")
                yield from (os.path.join(base, n) for n in sorted(names) if n.endswith(".slt"))
        else:
            yield path


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("paths", nargs="+", help="files, or folders that are searched for .slt files")
    parser.add_argument("--engine", choices=("emery", "spark"), default="emery")
    parser.add_argument("--complete", action="store_true", help="write the results that are missing, from Spark")
    parser.add_argument("--again", action="store_true", help="with --complete: write all results anew")
    parser.add_argument("--parallel", type=int, default=2)
    parser.add_argument("--timeout", type=float, default=60, help="seconds for one statement")
    parser.add_argument("--skip-slow", action="store_true", help="leave out *.slow.slt")
    parser.add_argument("--quiet", action="store_true", help="totals per file, without the differences")
    parser.add_argument("--write-gaps", action="store_true", help="write known_gaps.tsv anew from what differs")
    args = parser.parse_args()
    args.gaps, args.found_gaps = known_gaps(), {}
    spark = args.complete or args.engine == "spark"
    root = tempfile.mkdtemp(prefix="emery-slt-")
    pool, start, totals, bad_files = None, time.time(), [0, 0, 0], 0
    files = [f for f in find(args.paths) if not (args.skip_slow and f.endswith(".slow.slt"))]
    try:
        if spark:
            os.makedirs(os.path.join(root, "spark"))
            pool = SparkPool(os.path.join(root, "spark"))
        with concurrent.futures.ThreadPoolExecutor(1 if spark else args.parallel) as executor:
            futures = [executor.submit(run_file, f, args, pool, root) for f in files]
            for path, future in zip(files, futures):
                passed, failed, known, report = future.result()
                totals[0] += passed
                totals[1] += failed
                totals[2] += known
                bad_files += failed > 0
                if failed or args.complete:
                    print(f"{os.path.relpath(path)}: {passed} passed, {failed} failed")
                if not args.quiet:
                    print("\n".join(report), end="\n" if report else "", flush=True)
    finally:
        if pool is not None:
            pool.engine.close()
        shutil.rmtree(root, ignore_errors=True)
    if args.write_gaps:
        write_gaps(args.found_gaps)
    print(f"{len(files)} files, {totals[0]} statements passed, {totals[1]} failed in {bad_files} files, "
          f"{totals[2]} known gaps, {time.time() - start:.0f} s")
    return 1 if totals[1] else 0


if __name__ == "__main__":
    sys.exit(main())
