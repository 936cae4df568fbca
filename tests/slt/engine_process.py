"""Starts an engine and talks the protocol of README.md with it: one statement in, one JSON document out."""
import json
import os
import queue
import subprocess
import threading

import peers

SESSION = {"spark.sql.session.timeZone": "America/Los_Angeles"}
HERE = os.path.dirname(os.path.abspath(__file__))


class EngineDied(Exception):
    pass


class Engine:
    """One process. Not thread-safe: one statement at a time."""

    def __init__(self, command, folder, environment=None):
        self.log = open(os.path.join(folder, "stderr.log"), "wb")
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=self.log,
                                        cwd=folder, env={**os.environ, **(environment or {})})
        self.lines = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.put(line)
        self.lines.put(None)

    def send(self, document, timeout):
        try:
            self.process.stdin.write(json.dumps(document).encode() + b"\n")
            self.process.stdin.flush()
        except (BrokenPipeError, OSError):
            self.lines.put(None)
        return self.next_document(timeout)

    def next_document(self, timeout):
        """The document that the process writes next, also one that nobody asked for (a greeting)."""
        try:
            line = self.lines.get(timeout=timeout)
        except queue.Empty:
            self.process.kill()
            raise EngineDied(f"no answer within {timeout} s") from None
        if line is None:
            raise EngineDied(f"process ended with code {self.process.wait()}: {self.last_words()}")
        try:
            return json.loads(line)
        except ValueError:
            self.process.kill()
            raise EngineDied(f"not JSON: {line[:300]!r}") from None

    def last_words(self):
        with open(self.log.name, "rb") as file:
            return file.read()[-400:].decode(errors="replace").strip()

    def sql(self, text, timeout=120):
        return self.send({"sql": text}, timeout)

    def close(self):
        try:
            self.process.stdin.close()
            self.process.wait(timeout=20)
        except (OSError, subprocess.TimeoutExpired):
            self.process.kill()
        self.process.wait()
        self.log.close()


def start_emery(folder, settings=None):
    """An Emery process in `folder`; its warehouse is `folder`/warehouse."""
    command = [peers.emery(), "sql", "--format", "json", "--protocol"]
    settings = {**SESSION, "spark.default.parallelism": "1", "spark.sql.warehouse.dir": os.path.join(folder, "warehouse"), **(settings or {})}
    for key, value in settings.items():
        command += ["--conf", f"{key}={value}"]
    return Engine(command, folder)


def start_spark(folder, settings=None, memory="4g"):
    """A Spark process. Send {"reset": folder} for a fresh session; its warehouse is `folder`/warehouse for good."""
    settings = {**SESSION, "spark.sql.warehouse.dir": os.path.join(folder, "warehouse"), **(settings or {})}
    command = ["nice", "-n", "5", peers.python("spark"), os.path.join(HERE, "spark_engine.py"), "--memory", memory]
    for key, value in settings.items():
        command += ["--conf", f"{key}={value}"]
    return Engine(command, folder)
