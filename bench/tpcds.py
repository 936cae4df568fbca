"""TPC-DS: the data, the 104 texts of version 1.4 as Spark has them, and what DuckDB needs changed in them."""
import os
import re
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
for folder in ("slt", "tpcds"):
    sys.path.insert(0, os.path.join(HERE, "..", "tests", folder))
import answers  # noqa: E402
import texts  # noqa: E402

TEXT_SET = "v1_4"


def data_folder(scale):
    """A folder of Parquet files per table; generated the first time."""
    return answers.data_folder(TEXT_SET, scale)


def tables(folder):
    return sorted(name for name in os.listdir(folder) if os.path.isdir(os.path.join(folder, name)))


def queries(only=None):
    """{name: text} in numeric order; `only`: a list of names, or None for all."""
    found = texts.load(TEXT_SET)
    unknown = set(only or ()) - set(found)
    if unknown:
        raise SystemExit(f"bench: no such query: {', '.join(sorted(unknown))}")
    return {name: text for name, text in found.items() if not only or name in only}


def for_duckdb(text):
    """Spark's text in DuckDB's spelling: quotes, intervals, and one alias that is a keyword there (q90)."""
    text = text.replace("`", '"')
    text = re.sub(r"\binterval\s+'?(\d+)'?\s+(day|month|year)s?\b", r"INTERVAL (\1) \2", text, flags=re.IGNORECASE)
    return re.sub(r"\)\s+at\s*,", ') AS "at",', text, flags=re.IGNORECASE)
