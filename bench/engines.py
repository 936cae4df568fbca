"""The engines that are measured, each a process (with its children) that answers one query at a time."""
import os
import time

import process_tree
import tpcds

import engine_process
import peers
from engine_process import EngineDied

HERE = os.path.dirname(os.path.abspath(__file__))
START_SECONDS_MAX = 300
QUERY_SECONDS_MAX = 900


class QueryFailed(Exception):
    pass


class Engine:
    """Subclasses start `self.process` and say in `ask` how a query goes."""

    def __init__(self, process):
        self.process = process
        self.process_ids = process_tree.tree(process.process.pid)

    def run(self, text):
        """(document with rows, seconds, CPU seconds)."""
        before = process_tree.cpu_seconds(self.process_ids)
        try:
            answer, seconds = self.ask(text)
        except EngineDied as death:
            raise QueryFailed(f"died: {death}") from None
        return answer, seconds, process_tree.cpu_seconds(self.process_ids) - before

    def peak_bytes(self):
        return process_tree.peak_resident_bytes(self.process_ids)

    def close(self):
        self.process.close()


class Emery(Engine):
    """Timed from outside: from the text's first byte to the answer's last, all values as text."""

    def __init__(self, data, scratch, options):
        settings = dict(setting.split("=", 1) for setting in options.conf)
        settings.setdefault("emery.threads", str(options.threads))
        super().__init__(engine_process.start_emery(scratch, settings))
        self.version = "Emery"
        for table in tpcds.tables(data):
            self.run(f"CREATE TABLE {table} USING parquet LOCATION '{data}/{table}'")

    def ask(self, text):
        start = time.perf_counter()
        answer = self.process.sql(text, QUERY_SECONDS_MAX)
        seconds = time.perf_counter() - start
        if "error" in answer:
            raise QueryFailed(f"[{answer['error']['condition']}] {answer['error']['message']}")
        return answer, seconds


class Worker(Engine):
    """A Python process that times the query itself: from the text to all rows as Python values."""

    def __init__(self, interpreter, script, data, scratch, options):
        super().__init__(engine_process.Engine(
            [interpreter, os.path.join(HERE, script), data, str(options.threads), options.memory, scratch], scratch))
        self.version = self.process.next_document(START_SECONDS_MAX)["version"]
        self.process_ids = process_tree.tree(self.process.process.pid)

    def ask(self, text):
        answer = self.process.sql(text, QUERY_SECONDS_MAX)
        if "error" in answer:
            raise QueryFailed(answer["error"])
        return answer, answer["seconds"]


class DuckDB(Worker):
    def __init__(self, data, scratch, options):
        super().__init__(peers.python("duck"), "duckdb_worker.py", data, scratch, options)

    def ask(self, text):
        return super().ask(tpcds.for_duckdb(text))


class Spark(Worker):
    def __init__(self, data, scratch, options):
        super().__init__(peers.python("spark35"), "spark_worker.py", data, scratch, options)


ENGINES = {"emery": Emery, "duckdb": DuckDB, "spark": Spark}
