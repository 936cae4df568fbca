#!/usr/bin/env python3
"""Every example of every function that real Spark documents, run by Spark and by Emery: types and rows must agree.

The examples come out of Spark itself (DESCRIBE FUNCTION EXTENDED). tests/slt/function_gaps.tsv lists, with the reason,
functions that Emery lacks and examples that may differ; an entry that is no longer needed is a failure too.
"""
import os
import re
import shutil
import sys
import tempfile

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "slt"))
import compare  # noqa: E402
import engine_process  # noqa: E402

GAPS = os.path.join(ROOT, "tests", "slt", "function_gaps.tsv")


def read_gaps():
    """{function: reason} and {(function, statement): reason}."""
    functions, statements = {}, {}
    with open(GAPS, encoding="utf-8") as file:
        for line in file:
            if not line.strip() or line.startswith("#"):
                continue
            function, statement, reason = line.rstrip("\n").split("\t")
            if statement == "*":
                functions[function] = reason
            else:
                statements[function, statement] = reason
    return functions, statements


def examples_of(description):
    """The statements of a function's description: `> SELECT ...;`, over one line or several."""
    statements, current = [], None
    for line in description.split("\n"):
        text = line.strip()
        if current is None and text.startswith("> "):
            current = text[2:]
        elif current is not None:
            current += " " + text
        if current is not None and current.rstrip().endswith(";"):
            statements.append(current.rstrip()[:-1])
            current = None
    return statements


def all_examples(spark):
    """[(function, [statements])] of all built-in functions, by name."""
    names = [row[0] for row in spark.sql("SHOW FUNCTIONS")["rows"]]
    out = []
    for name in names:
        if not re.fullmatch(r"\w+", name):
            out.append((name, []))  # operators: the .slt files have them
            continue
        description = spark.sql(f"DESCRIBE FUNCTION EXTENDED {name}")
        rows = description.get("rows", [])
        out.append((name, examples_of("\n".join(row[0] or "" for row in rows))))
    return out


def differences(expected, found):
    if "error" in expected:
        if "error" not in found:
            return [f"Spark refuses: {expected['error']['condition']}"]
        if expected["error"]["condition"] != found["error"]["condition"]:
            return [f"expected error {expected['error']['condition']}", f"found {found['error']['condition']}"]
        return None
    if "error" in found:
        return [f"{found['error']['condition']}: {(found['error'].get('message') or '')[:200]}"]
    kinds = [c["type"] for c in expected["columns"]]
    wrong = []
    for what in ("name", "type"):
        if [c[what] for c in expected["columns"]] != [c[what] for c in found["columns"]]:
            wrong += [f"- {what}s {[c[what] for c in expected['columns']]}", f"+ {what}s {[c[what] for c in found['columns']]}"]
    rows = compare.first_difference(expected["rows"], found["rows"], kinds, ordered=False)
    if rows is not None:
        wrong += [f"- {r}" for r in rows[0][:3]] + [f"+ {r}" for r in rows[1][:3]]
    return wrong or None


def main():
    wanted = os.environ.get("EMERY_FILTER", "")
    if os.environ.get("EMERY_ALL") != "1":
        print("Spark's function examples run with --all")
        print("0 passed, 0 failed, 1 skipped")
        return 0
    missing_allowed, differing_allowed = read_gaps()
    folder = tempfile.mkdtemp(prefix="emery-examples-")
    for name in ("spark", "emery"):
        os.makedirs(os.path.join(folder, name))
    passed = failed = known = 0
    used = set()
    spark = engine_process.start_spark(os.path.join(folder, "spark"), memory="1g")
    emery = engine_process.start_emery(os.path.join(folder, "emery"))
    try:
        present = {row[0] for row in emery.sql("SHOW FUNCTIONS")["rows"]}
        for name, statements in all_examples(spark):
            if wanted not in name or not re.fullmatch(r"\w+", name):
                continue
            if name not in present:
                if name in missing_allowed:
                    used.add(name)
                    known += 1
                else:
                    failed += 1
                    print(f"FAILED {name}: Emery has no such function", flush=True)
                continue
            for statement in statements:
                key = (name, statement)
                expected = spark.sql(statement, 120)
                try:
                    wrong = differences(expected, emery.sql(statement, 60))
                except engine_process.EngineDied as death:
                    wrong = [f"DIED: {death}"]
                    emery = engine_process.start_emery(os.path.join(folder, "emery"))
                if wrong is not None and key in differing_allowed:
                    used.add(key)
                    known += 1
                elif wrong is not None:
                    failed += 1
                    print(f"FAILED {name}: {statement}", *("    " + line[:300] for line in wrong), sep="\n", flush=True)
                else:
                    passed += 1
        if not wanted:
            for entry in [*missing_allowed, *differing_allowed]:
                if entry not in used:
                    failed += 1
                    print(f"FAILED {entry}: no longer differs, take it off function_gaps.tsv")
    finally:
        spark.close()
        emery.close()
        shutil.rmtree(folder, ignore_errors=True)
    print(f"{passed} passed, {failed} failed, {known} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
