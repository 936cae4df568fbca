#!/usr/bin/env python3
"""The GoogleTest binaries of all rooms, each run whole; a crash counts as one failure and names the test it was in.

Faster than ctest's process per test, and the tests of one room must not depend on each other's order anyway.
"""

import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path

TEST_SECONDS_MAX = 600


def run_room(binary, root, wanted):
    """Returns (passed, failed, skipped) of one binary and prints what failed."""
    with tempfile.TemporaryDirectory(prefix="emery-unit-") as folder:
        report = Path(folder) / "report.json"
        command = [str(binary), "--gtest_brief=0", "--gtest_color=no", f"--gtest_output=json:{report}"]
        if wanted:
            command.append(f"--gtest_filter=*{wanted}*")
        environment = dict(os.environ, TMPDIR=folder)
        try:
            done = subprocess.run(
                command, cwd=root, env=environment, capture_output=True, text=True, errors="replace",
                timeout=TEST_SECONDS_MAX)
            output, code = done.stdout + done.stderr, done.returncode
        except subprocess.TimeoutExpired as expired:
            output, code = (expired.stdout or b"").decode(errors="replace"), "timeout"
        if report.exists():
            tests = [
                test
                for suite in json.loads(report.read_text())["testsuites"]
                for test in suite["testsuite"]
            ]
            failed = [test for test in tests if test.get("failures")]
            skipped = [test for test in tests if test["result"] in ("SKIPPED", "SUPPRESSED")]
            for test in failed:
                print(f"FAILED {binary.name}: {test['classname']}.{test['name']}")
                for failure in test["failures"][:3]:
                    for line in failure["failure"].splitlines()[:12]:
                        print(f"    {line}")
            return len(tests) - len(failed) - len(skipped), len(failed), len(skipped)
        started = re.findall(r"^\[ RUN      \] (\S+)", output, re.MULTILINE)
        finished = re.findall(r"^\[       OK \] (\S+)", output, re.MULTILINE)
        print(f"FAILED {binary.name}: ended with {code} in {started[-1] if started else 'start-up'}")
        for line in output.splitlines()[-12:]:
            print(f"    {line}")
        return len(finished), 1, 0


def main():
    root = Path(os.environ["EMERY_ROOT"])
    folder = Path(os.environ["EMERY_BIN"]).parent
    wanted = os.environ.get("EMERY_FILTER", "")
    rooms = [line for line in (root / "cmake" / "layers.txt").read_text().split("\n")
             if re.match("[a-z]", line)]
    totals = [0, 0, 0]
    for room in rooms:
        if not list((root / "src" / room).rglob("*_test.cc")):
            continue
        binary = folder / f"{room}_test"
        if not binary.exists():
            print(f"FAILED {room}_test: not built")
            totals[1] += 1
            continue
        start = time.monotonic()
        counts = run_room(binary, root, wanted)
        totals = [total + count for total, count in zip(totals, counts)]
        print(f"{room}_test: {counts[0]} passed, {counts[1]} failed in {time.monotonic() - start:.1f} s")
    print(f"{totals[0]} passed, {totals[1]} failed" + (f", {totals[2]} skipped" if totals[2] else ""))
    return 1 if totals[1] else 0


sys.exit(main())
