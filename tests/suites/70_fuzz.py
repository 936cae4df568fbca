#!/usr/bin/env python3
"""Fuzz targets (`*_fuzz.cc`), with --all every one, for two minutes each, under address and undefined-behaviour sanitizers.

First the inputs kept in tests/fuzz/<target>/ (found faults and seeds), then new ones grown from them. EMERY_FUZZ_SECONDS
is another time, EMERY_FUZZ_SEED another seed. What a target finds is left in build/fuzz/found/; once mended, it belongs in
tests/fuzz/<target>/.
"""

import concurrent.futures
import os
import random
import re
import subprocess
import sys
from pathlib import Path

SECONDS = int(os.environ.get("EMERY_FUZZ_SECONDS", "120"))
SEED = int(os.environ.get("EMERY_FUZZ_SEED", str(random.SystemRandom().randrange(1, 2**31))))


def run_target(root, name):
    """Returns (whether it passed, what to print)."""
    kept = root / "tests" / "fuzz" / name
    grown = root / "build" / "fuzz" / "corpus" / name
    found = root / "build" / "fuzz" / "found"
    for folder in (grown, found):
        folder.mkdir(parents=True, exist_ok=True)
    command = [
        str(root / "build" / "fuzz" / "bin" / name),
        f"-max_total_time={SECONDS}", f"-seed={SEED}", "-timeout=20", "-rss_limit_mb=2560",
        "-print_final_stats=1", f"-artifact_prefix={found}/{name}-", str(grown),
    ]
    if kept.is_dir():
        command.append(str(kept))
    for dictionary in (root / "src").rglob(f"{name}.dict"):
        command.append(f"-dict={dictionary}")
    environment = dict(os.environ, ASAN_OPTIONS="detect_leaks=0:allocator_may_return_null=1",
                       UBSAN_OPTIONS="print_stacktrace=1")
    try:
        done = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True,
                              errors="replace", timeout=SECONDS + 180)
    except subprocess.TimeoutExpired:
        return False, f"FAILED {name}: did not end in {SECONDS + 180} s"
    runs = re.search(r"stat::number_of_executed_units: +(\d+)", done.stderr)
    coverage = re.findall(r"cov: (\d+)", done.stderr)
    summary = (f"{name}: {runs.group(1) if runs else '?'} inputs, "
               f"{coverage[-1] if coverage else '?'} edges, seed {SEED}")
    if done.returncode == 0:
        return True, f"passed {summary}"
    return False, f"FAILED {summary}\n" + "\n".join(done.stderr.splitlines()[-40:])


def main():
    root = Path(os.environ["EMERY_ROOT"])
    wanted = os.environ.get("EMERY_FILTER", "")
    # The everyday run takes the targets that name the few folders they need; the others build most of src/ again.
    everything = os.environ.get("EMERY_ALL") == "1"
    targets = sorted({path.stem for path in (root / "src").rglob("*_fuzz.cc")
                      if wanted in path.stem and (everything or path.read_text().startswith("// Sources: "))})
    if not targets:
        print("0 passed, 0 failed")
        return 0
    built = subprocess.run([str(root / "run"), "build", "fuzz", *targets], cwd=root, capture_output=True, text=True)
    if built.returncode != 0:
        print("FAILED to build the fuzz targets")
        print("\n".join((built.stdout + built.stderr).splitlines()[-40:]))
        print(f"0 passed, {len(targets)} failed")
        return 1
    passed = 0
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for good, text in pool.map(lambda name: run_target(root, name), targets):
            passed += good
            print(text, flush=True)
    print(f"{passed} passed, {len(targets) - passed} failed")
    return 0 if passed == len(targets) else 1


sys.exit(main())
