#!/usr/bin/env python3
"""Random queries over small tables with nulls: Emery's rows against DuckDB's. The seed is printed; see tests/random.

The everyday run repeats the queries of one seed, so that it says the same each time; --all takes a new seed and many more.
"""
import os
import random
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
sys.path.insert(0, os.path.join(ROOT, "tests", "random"))
import run_random  # noqa: E402

slow = os.environ.get("EMERY_ALL") == "1"
seed = int(os.environ.get("EMERY_SEED") or (random.SystemRandom().randrange(1 << 31) if slow else 610176252))
passed, failed, refused = run_random.run("emery", seed, 20000 if slow else 400, 300 if slow else 240)
print(f"{passed} passed, {failed} failed, {refused} skipped")
sys.exit(1 if failed or not passed else 0)
