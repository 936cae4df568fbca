"""Spark's answers over the generated files: asked for once, then kept in .data/answers."""
import json
import os
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "slt"))
sys.path.insert(0, HERE)
import engine_process  # noqa: E402
import peers  # noqa: E402
import texts  # noqa: E402


def benchmark(text_set):
    return "tpch" if text_set == "tpch" else "tpcds"


def data_folder(text_set, scale="1"):
    """The folder with one folder per table; made the first time."""
    kind = benchmark(text_set)
    folder = os.path.join(peers.DATA, kind, f"sf{scale}")
    if not os.path.exists(os.path.join(folder, "complete")):
        print(f"generating {kind} at scale {scale} in {folder}", file=sys.stderr, flush=True)
        subprocess.run([peers.python("duck"), os.path.join(HERE, "generate.py"), kind, scale, folder], check=True)
    return folder


def table_statements(text_set, scale="1"):
    folder = data_folder(text_set, scale)
    for table in sorted(os.listdir(folder)):
        if os.path.isdir(os.path.join(folder, table)):
            yield f"CREATE TABLE {table} USING parquet LOCATION '{folder}/{table}'"


def load(text_set, scale="1", only=None):
    """{query: protocol document}; runs Spark for the queries that have no answer yet."""
    folder = os.path.join(peers.DATA, "answers", f"{text_set}-sf{scale}")
    os.makedirs(folder, exist_ok=True)
    queries = {k: v for k, v in texts.load(text_set).items() if not only or k in only}
    missing = [q for q in queries if not os.path.exists(os.path.join(folder, q + ".json"))]
    if missing:
        ask(text_set, scale, {q: queries[q] for q in missing}, folder)
    answers = {}
    for query in queries:
        with open(os.path.join(folder, query + ".json"), encoding="utf-8") as file:
            answers[query] = json.load(file)
    return answers


def ask(text_set, scale, queries, folder):
    with tempfile.TemporaryDirectory(prefix="emery-spark-") as scratch:
        spark = engine_process.start_spark(scratch, {"spark.sql.shuffle.partitions": "4",
                                                     "spark.local.dir": scratch,
                                                     "spark.sql.files.openCostInBytes": "4194304"})
        try:
            for statement in table_statements(text_set, scale):
                answer = spark.sql(statement, 300)
                assert "error" not in answer, answer
            for query, text in queries.items():
                start = time.time()
                answer = spark.sql(text, 900)
                answer["seconds"] = round(time.time() - start, 2)
                print(f"spark {text_set} {query}: {answer['seconds']} s, "
                      f"{answer.get('error') or len(answer['rows'])}", file=sys.stderr, flush=True)
                path = os.path.join(folder, query + ".json")
                with open(path + ".part", "w", encoding="utf-8") as file:
                    json.dump(answer, file, ensure_ascii=False)
                os.replace(path + ".part", path)
        finally:
            spark.close()


if __name__ == "__main__":
    for name in sys.argv[1:] or ["v1_4", "v2_7", "tpch"]:
        load(name)
