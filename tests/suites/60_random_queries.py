#!/usr/bin/env python3
"""Random queries over small tables with nulls: Emery's rows against DuckDB's. The seed is printed; see tests/random."""
import os
import random
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "random"))
import run_random  # noqa: E402

slow = os.environ.get("EMERY_ALL") == "1"
seed = int(os.environ.get("EMERY_SEED") or random.SystemRandom().randrange(1 << 31))
passed, failed, refused = run_random.run("emery", seed, 20000 if slow else 1000, 300 if slow else 60)
print(f"{passed} passed, {failed} failed, {refused} skipped")
sys.exit(1 if failed or not passed else 0)
