#!/usr/bin/env python3
"""TPC-H's 22 queries at scale 1: Emery's rows against real Spark's on the same files."""
import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "tpcds"))
import check  # noqa: E402

wanted = os.environ.get("EMERY_FILTER", "")
passed, failed, _ = check.run_set("tpch", only=[wanted] if wanted else None)
print(f"{passed} passed, {failed} failed")
sys.exit(1 if failed else 0)
