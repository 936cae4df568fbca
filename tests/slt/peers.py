"""Finds the Python environments that hold the engines we compare with, and the binary under test.

`./run setup` makes the environments (versions: setup/python-*.txt). An environment variable (EMERY_SPARK_PYTHON,
EMERY_DUCK_PYTHON, EMERY_ARROW_PYTHON, EMERY_ICEBERG_PYTHON) names another interpreter; EMERY_DEPS another folder that setup filled.
"""
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# What tests generate and may keep between runs.
DATA = os.environ.get("EMERY_DATA", os.path.join(ROOT, ".data"))
DEPS = os.environ.get("EMERY_DEPS", os.path.join(ROOT, ".deps"))
JARS = os.environ.get("EMERY_JARS", os.path.join(DEPS, "jars"))

VENVS = {"spark": "spark4", "spark35": "spark35", "duck": "venv", "arrow": "venv", "iceberg": "iceberg"}


def python(name):
    """Path of the interpreter of environment `name`; sets it up if it is not there."""
    given = os.environ.get(f"EMERY_{name.upper()}_PYTHON")
    if given:
        return given
    interpreter = os.path.join(DEPS, VENVS[name], "bin", "python")
    if not os.path.exists(interpreter):
        part = "bench" if name == "spark35" else "test"
        subprocess.run([os.path.join(ROOT, "run"), "setup", part], check=True, stdout=sys.stderr)
    return interpreter


def emery():
    """Path of the binary under test: EMERY_BIN, else the first preset that has been built."""
    given = os.environ.get("EMERY_BIN")
    if given:
        return given
    for preset in ("release", "dev"):
        path = os.path.join(ROOT, "build", preset, "bin", "emery")
        if os.path.exists(path):
            return path
    raise SystemExit("no emery binary: build it first (./run build), or set EMERY_BIN")
