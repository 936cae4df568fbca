"""The queries' texts, from the test jar of Apache Spark on Maven Central."""
import os
import re
import subprocess
import sys
import tempfile
import zipfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "slt"))
import peers  # noqa: E402

ARTIFACT = "org.apache.spark:spark-sql_2.12:3.5.6:jar:tests"
SETS = {
    "v1_4": re.compile(r"^(?:tpcds/|tpcds-modifiedQueries/(?=ss_max\.))([^/]+)\.sql$"),
    "v2_7": re.compile(r"^tpcds-v2\.7\.0/([^/]+)\.sql$"),
    "tpch": re.compile(r"^tpch/([^/]+)\.sql$"),
}
COUNTS = {"v1_4": 104, "v2_7": 32, "tpch": 22}


def fetch_jar(folder):
    subprocess.run(["mvn", "-q", "-B", "dependency:copy", f"-Dartifact={ARTIFACT}", f"-DoutputDirectory={folder}"],
                   check=True, stdout=sys.stderr)
    return os.path.join(folder, next(n for n in os.listdir(folder) if n.endswith(".jar")))


def extract(jar):
    with zipfile.ZipFile(jar) as archive:
        for name in archive.namelist():
            for text_set, pattern in SETS.items():
                found = pattern.match(name)
                if found:
                    folder = os.path.join(peers.DATA, "queries", text_set)
                    os.makedirs(folder, exist_ok=True)
                    with open(os.path.join(folder, found.group(1) + ".sql"), "wb") as file:
                        file.write(archive.read(name))


def natural(name):
    return [int(p) if p.isdigit() else p for p in re.split(r"(\d+)", name)]


def load(text_set):
    """{query name: text}, in numeric order; fetches the jar the first time."""
    folder = os.path.join(peers.DATA, "queries", text_set)
    if not os.path.isdir(folder):
        with tempfile.TemporaryDirectory() as scratch:
            extract(fetch_jar(scratch))
    texts = {}
    for name in sorted(os.listdir(folder), key=natural):
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            texts[name[:-4]] = file.read().strip().rstrip(";")
    assert len(texts) == COUNTS[text_set], f"{folder}: {len(texts)} texts instead of {COUNTS[text_set]}"
    return texts
