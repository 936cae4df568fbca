#!/usr/bin/env python3
"""Runs random queries on Emery (or Spark) and on DuckDB, and compares their rows. Runs where duckdb can be imported."""
import argparse
import os
import random
import shutil
import sys
import tempfile
import time

import duckdb

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "..", "slt")]
import compare  # noqa: E402
import engine_process  # noqa: E402
import generator  # noqa: E402

QUERIES_PER_DATABASE = 50


def as_text(value):
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value)


def reference(db, sql):
    """Rows of DuckDB, or None where it refuses the query."""
    try:
        return [[as_text(v) for v in row] for row in db.execute(sql).fetchall()]
    except duckdb.Error:
        return None


def create(engine, db, rng):
    script = []
    for table, columns, rows in generator.setup_statements(rng):
        db.execute(f"CREATE OR REPLACE TABLE {table} ({', '.join(f'{c} {generator.KINDS[k]}' for c, k in columns)})")
        statements = [f"DROP TABLE IF EXISTS {table}",
                      f"CREATE TABLE {table} ({', '.join(f'{c} {generator.KINDS[k]}' for c, k in columns)}) USING parquet"]
        if rows:
            db.execute(f"INSERT INTO {table} VALUES {', '.join(rows)}")
            statements.append(f"INSERT INTO {table} VALUES {', '.join(rows)}")
        for statement in statements:
            answer = engine.sql(statement)
            if "error" in answer:
                raise SystemExit(f"{statement}: {answer['error']}")
        script += statements
    return script


def run(engine_name, seed, count, budget, verbose=False):
    """Returns (passed, failed, refused by the reference); stops after `budget` seconds."""
    start_engine = engine_process.start_spark if engine_name == "spark" else engine_process.start_emery
    folder = tempfile.mkdtemp(prefix="emery-random-")
    engine = start_engine(folder)
    passed = failed = refused = 0
    begin = time.monotonic()
    try:
        for index in range(count):
            if time.monotonic() - begin > budget:
                break
            if index % QUERIES_PER_DATABASE == 0:
                db = duckdb.connect()
                script = create(engine, db, random.Random(f"{seed}/{index}"))
            # Each query has its own generator, so that one can be repeated without those before it.
            sql = generator.Generator(random.Random(f"{seed}/{index}/query")).query()
            expected = reference(db, sql)
            if expected is None:
                refused += 1
                if verbose:
                    print(f"refused {index}: {sql}")
                continue
            try:
                found = engine.sql(sql, 60)
            except engine_process.EngineDied as death:
                found = {"error": {"condition": "DIED", "message": str(death)}}
                engine.close()
                shutil.rmtree(os.path.join(folder, "warehouse"), ignore_errors=True)
                engine = start_engine(folder)
                script = create(engine, db, random.Random(f"{seed}/{index - index % QUERIES_PER_DATABASE}"))
            if "error" in found:
                wrong = [f"{found['error']['condition']}: {(found['error'].get('message') or '')[:200]}"]
            else:
                kinds = [c["type"] for c in found["columns"]]
                different = compare.first_difference(expected, found["rows"], kinds, ordered="LIMIT" in sql)
                wrong = different and [f"- {r}" for r in different[0][:4]] + [f"+ {r}" for r in different[1][:4]]
            if not wrong:
                passed += 1
                continue
            failed += 1
            print(f"query {index} of seed {seed}:", sql, *("    " + w for w in wrong), sep="\n", flush=True)
            if failed == 1:
                print("tables of this seed:", *("    " + s for s in script), sep="\n")
    finally:
        engine.close()
        shutil.rmtree(folder, ignore_errors=True)
    print(f"seed {seed}: {passed} queries agree, {failed} differ, {refused} refused by the reference")
    return passed, failed, refused


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--engine", choices=("emery", "spark"), default="emery")
    parser.add_argument("--seed", type=int, default=None)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--budget", type=float, default=120, help="seconds")
    parser.add_argument("--verbose", action="store_true")
    args = parser.parse_args()
    seed = args.seed if args.seed is not None else random.SystemRandom().randrange(1 << 31)
    return 1 if run(args.engine, seed, args.count, args.budget, args.verbose)[1] else 0


if __name__ == "__main__":
    sys.exit(main())
