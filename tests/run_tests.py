#!/usr/bin/env python3
"""Runs the suites of tests/suites in order and closes with one line, `N passed, N failed[, N skipped]`.

usage: run_tests.py [--all] [FILTER]

A suite is an executable file in tests/suites, ordered by the number that its name starts with. It prints what it
likes, and as its last line `N passed, N failed[, N skipped]`. It gets these environment variables:

    EMERY_ROOT, EMERY_BIN     the checkout; the built binary
    EMERY_ALL                 1 with --all: slow tests run too; else 0
    EMERY_FILTER              text that the names of the tests to run contain; empty: all
    EMERY_PYTHON              Python with pyarrow and duckdb
    EMERY_SPARK_PYTHON        Python with real Spark
    EMERY_JARS                folder of jars

FILTER picks the suites whose name contains it; when there is none, all suites get it as EMERY_FILTER.
"""

import os
import re
import subprocess
import sys
import time
from pathlib import Path

COUNTS = re.compile(r"^(\d+) passed, (\d+) failed(?:, (\d+) skipped)?\s*$")
# A suite that takes longer hangs. The whole command has 45 minutes.
SUITE_SECONDS_MAX = 40 * 60


def run_suite(path, environment):
    """Runs one suite, shows its output as it comes, and returns (passed, failed, skipped)."""
    counts = None
    start = time.monotonic()
    with subprocess.Popen(
        [sys.executable, str(path)] if path.suffix == ".py" else [str(path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        env=environment,
        cwd=environment["EMERY_ROOT"],
    ) as process:
        for line in process.stdout:
            match = COUNTS.match(line)
            if match:
                counts = tuple(int(group or 0) for group in match.groups())
            else:
                print(f"    {line}", end="", flush=True)
            if time.monotonic() - start > SUITE_SECONDS_MAX:
                process.kill()
                print(f"    the suite ran for more than {SUITE_SECONDS_MAX} s and was ended")
                counts = (counts or (0, 0, 0))[:1] + (1, 0)
                break
        code = process.wait()
    if counts is None:
        print(f"    the suite ended with code {code} and no counts")
        return 0, 1, 0
    if code != 0 and counts[1] == 0:
        print(f"    the suite counted no failure but ended with code {code}")
        return counts[0], 1, counts[2]
    return counts


def count_line(passed, failed, skipped):
    return f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else "")


def main():
    arguments = [argument for argument in sys.argv[1:] if argument != "--all"]
    if len(arguments) > 1 or any(argument.startswith("-") for argument in arguments):
        print(__doc__, file=sys.stderr)
        return 2
    wanted = arguments[0] if arguments else ""
    root = Path(__file__).resolve().parent.parent
    suites = sorted(
        path
        for path in (root / "tests" / "suites").iterdir()
        if re.match(r"\d\d_", path.name) and os.access(path, os.X_OK)
    )
    environment = dict(os.environ)
    environment.setdefault("EMERY_BIN", str(root / "build" / "release" / "bin" / "emery"))
    environment.setdefault("EMERY_PYTHON", sys.executable)
    environment["EMERY_ROOT"] = str(root)
    environment["EMERY_ALL"] = "1" if "--all" in sys.argv else "0"
    environment["EMERY_FILTER"] = ""
    environment["PYTHONUNBUFFERED"] = "1"
    if wanted:
        named = [path for path in suites if wanted in path.stem]
        if named:
            suites = named
        else:
            environment["EMERY_FILTER"] = wanted

    rows = []
    for number, path in enumerate(suites, 1):
        print(f"==> [{number}/{len(suites)}] {path.stem}", flush=True)
        start = time.monotonic()
        counts = run_suite(path, environment)
        seconds = time.monotonic() - start
        rows.append((path.stem, counts, seconds))
        print(f"    {count_line(*counts)} ({seconds:.1f} s)", flush=True)

    print("==> summary")
    for name, counts, seconds in rows:
        print(f"    {name:24} {count_line(*counts):40} {seconds:8.1f} s")
    passed, failed, skipped = (sum(counts[i] for _, counts, _ in rows) for i in range(3))
    if passed + failed == 0:
        print("no test ran" + (f' for the filter "{wanted}"' if wanted else ""))
    print(count_line(passed, failed, skipped), flush=True)
    return 1 if failed or passed == 0 else 0


if __name__ == "__main__":
    sys.exit(main())
