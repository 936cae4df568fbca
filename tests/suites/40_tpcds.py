#!/usr/bin/env python3
"""All TPC-DS queries, 1.4 and 2.7, at scale 1: Emery's rows against real Spark's on the same files.

With --all once more under a memory limit of 512 MB, where joins, aggregations and sorts must spill.
"""
import os
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "tpcds"))
import check  # noqa: E402

wanted = os.environ.get("EMERY_FILTER", "")
only = [wanted] if wanted else None
counts = [0, 0]
runs = [("v1_4", {}), ("v2_7", {})]
if os.environ.get("EMERY_ALL") == "1":
    runs += [(name, {"emery.memory.limit": "512m"}) for name in ("v1_4", "v2_7")]
for text_set, settings in runs:
    if settings:
        print(f"with {settings}")
    passed, failed, _ = check.run_set(text_set, only=only, settings=settings)
    counts[0] += passed
    counts[1] += failed
print(f"{counts[0]} passed, {counts[1]} failed")
sys.exit(1 if counts[1] else 0)
