"""Finds the Python environments that hold the engines we compare with; makes them on first use.

Each is looked for in an environment variable (EMERY_SPARK_PYTHON, EMERY_DUCK_PYTHON, EMERY_ARROW_PYTHON), then in
.data/venvs/<name> of the tree. Versions are pinned here and nowhere else.
"""
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
DATA = os.environ.get("EMERY_DATA", os.path.join(ROOT, ".data"))

SPARK_VERSION = "4.1.4"
PACKAGES = {
    "spark": [f"pyspark=={SPARK_VERSION}", "pyarrow==26.0.1", "pandas"],
    "duck": ["duckdb==1.5.5", "duckdb-extension-tpcds==1.5.5", "duckdb-extension-tpch==1.5.5", "pyarrow==26.0.1"],
    "arrow": ["pyarrow==26.0.1"],
}


def python(name):
    """Path of the interpreter of environment `name`; installs it if it is not there."""
    given = os.environ.get(f"EMERY_{name.upper()}_PYTHON")
    if given:
        return given
    folder = os.path.join(DATA, "venvs", name)
    interpreter = os.path.join(folder, "bin", "python")
    if not os.path.exists(os.path.join(folder, "complete")):
        print(f"making the {name} environment in {folder}: {' '.join(PACKAGES[name])}", file=sys.stderr, flush=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        subprocess.run([interpreter, "-m", "pip", "install", "-q", *PACKAGES[name]], check=True)
        open(os.path.join(folder, "complete"), "w").close()
    return interpreter


def emery():
    """Path of the binary under test: EMERY_BINARY, else the first preset that has been built."""
    given = os.environ.get("EMERY_BINARY")
    if given:
        return given
    for preset in ("release", "dev"):
        for path in (f"build/{preset}/emery", f"build/{preset}/bin/emery", f"build/{preset}/src/cli/emery"):
            full = os.path.join(ROOT, path)
            if os.path.exists(full):
                return full
    raise SystemExit("no emery binary: build it first (./run build), or set EMERY_BINARY")
