#!/usr/bin/env python3
"""Checks on the tree and the binary: every module of tests/checks, one test each.

A check is a module with a function `faults(root, binary)` that returns a line per fault; its docstring's first line
says what it proves.
"""

import importlib
import os
import sys
from pathlib import Path


def main():
    root = Path(os.environ["EMERY_ROOT"])
    binary = Path(os.environ["EMERY_BIN"])
    wanted = os.environ.get("EMERY_FILTER", "")
    sys.path[:0] = [str(root / "tests" / "checks"), str(root / "tests")]
    passed = failed = 0
    for path in sorted((root / "tests" / "checks").glob("*.py")):
        if wanted not in path.stem:
            continue
        check = importlib.import_module(path.stem)
        found = check.faults(root, binary)
        title = check.__doc__.strip().splitlines()[0]
        if found:
            failed += 1
            print(f"FAILED {path.stem}: {title}")
            for line in found[:50]:
                print(f"  {line}")
            if len(found) > 50:
                print(f"  and {len(found) - 50} more")
        else:
            passed += 1
            print(f"passed {path.stem}: {title}")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


sys.exit(main())
