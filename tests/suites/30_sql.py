#!/usr/bin/env python3
"""SQL logic tests: every .slt file of tests/sql and src against Emery; results were written by real Spark.

Files named *.slow.slt run only with --all.
"""
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "slt"))
import run_slt  # noqa: E402

wanted = os.environ.get("EMERY_FILTER", "")
files = [f for f in run_slt.find([os.path.join(ROOT, "tests", "sql"), os.path.join(ROOT, "src")])
         if wanted in os.path.relpath(f, ROOT)]
if os.environ.get("EMERY_ALL") != "1":
    files = [f for f in files if not f.endswith(".slow.slt")]
if not files:
    print("0 passed, 0 failed")
    sys.exit(0)
runner = subprocess.Popen([sys.executable, os.path.join(ROOT, "tests", "slt", "run_slt.py"), *files],
                          stdout=subprocess.PIPE, text=True, errors="replace")
totals = None
for line in runner.stdout:
    print(line, end="", flush=True)
    totals = re.match(r"\d+ files, (\d+) statements passed, (\d+) failed in \d+ files, (\d+) known", line) or totals
runner.wait()
passed, failed, known = totals.groups() if totals else (0, 1, 0)
print(f"{passed} passed, {failed} failed, {known} skipped")
sys.exit(runner.returncode)
