"""The queries' texts, from the test jar of Apache Spark that `./run setup test` fetches."""
import glob
import os
import re
import subprocess
import sys
import zipfile

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "slt"))
import peers  # noqa: E402

SETS = {
    "v1_4": re.compile(r"^(?:tpcds/|tpcds-modifiedQueries/(?=ss_max\.))([^/]+)\.sql$"),
    "v2_7": re.compile(r"^tpcds-v2\.7\.0/([^/]+)\.sql$"),
    "tpch": re.compile(r"^tpch/([^/]+)\.sql$"),
}
COUNTS = {"v1_4": 104, "v2_7": 32, "tpch": 22}


def find_jar():
    pattern = os.path.join(peers.JARS, "spark-sql*tests.jar")
    if not glob.glob(pattern):
        subprocess.run([os.path.join(peers.ROOT, "run"), "setup", "test"], check=True, stdout=sys.stderr)
    return glob.glob(pattern)[0]


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
    """{query name: text}, in numeric order; taken out of the jar the first time."""
    folder = os.path.join(peers.DATA, "queries", text_set)
    if not os.path.isdir(folder):
        extract(find_jar())
    texts = {}
    for name in sorted(os.listdir(folder), key=natural):
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            texts[name[:-4]] = file.read().strip().rstrip(";")
    assert len(texts) == COUNTS[text_set], f"{folder}: {len(texts)} texts instead of {COUNTS[text_set]}"
    return texts
