#!/usr/bin/env python3
"""Bad input and bad weather: damaged files, lost files, no permission, a full disk, a writer that is killed.

Each ends in an error with Spark's condition that names the place; nothing that was stored before is lost, and the same
table takes the next statement.
"""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

EMERY = os.environ["EMERY_BIN"]
CASES = []


class Skipped(Exception):
    pass


def case(function):
    CASES.append(function)
    return function


def equal(found, expected):
    assert found == expected, f"\n  found    {found!r}\n  expected {expected!r}"


class Place:
    """A folder with a warehouse; every call is a process of its own, so that nothing survives in memory."""

    def __init__(self, folder, prefix=()):
        self.folder, self.prefix = folder, list(prefix)

    def run(self, *statements, settings=(), user=None):
        confs = [part for setting in settings for part in ("--conf", setting)]
        command = [*self.prefix, EMERY, "sql", "--format", "csv", *confs]
        done = subprocess.run(command, input=";\n".join(statements) + ";\n", capture_output=True, text=True, timeout=300,
                              cwd=self.folder, user=user, env=dict(os.environ, HOME=self.folder))
        return done.returncode, done.stdout, done.stderr

    def good(self, *statements, settings=()):
        code, out, err = self.run(*statements, settings=settings)
        equal((code, err), (0, ""))
        return out

    def bad(self, statement, *words, settings=(), user=None):
        """The statement ends in code 1 with an error that holds the words."""
        code, out, err = self.run(statement, settings=settings, user=user)
        assert code == 1, f"code {code} for {statement}: {out[-300:]!r} {err[-600:]!r}"
        for word in words:
            assert word in err, f"no {word!r} in {err[-800:]!r}"
        assert "what():" not in err and "terminate" not in err, err
        return err


def place(function):
    def run():
        with tempfile.TemporaryDirectory(prefix="emery-faults-") as folder:
            os.chmod(folder, 0o755)
            function(Place(folder))
    run.__name__ = function.__name__
    return run


def data_files(folder):
    return sorted(path for path in Path(folder).rglob("*.parquet"))


@case
@place
def names_and_types(at):
    at.good("CREATE TABLE people (id INT, name STRING) USING parquet")
    at.bad("SELECT * FROM peeple", "[TABLE_OR_VIEW_NOT_FOUND]", "peeple")
    at.bad("SELECT nam FROM people", "[UNRESOLVED_COLUMN.WITH_SUGGESTION]", "`name`", "^")
    at.bad("SELECT id + array(1) FROM people", "[DATATYPE_MISMATCH")
    at.bad("SELECT 1 / 0", "[DIVIDE_BY_ZERO]")
    at.bad("SELECT 2147483647 + 1", "[ARITHMETIC_OVERFLOW]")
    at.bad("SELECT CAST('x' AS INT)", "[CAST_INVALID_INPUT]")
    at.bad("SELECT * FROM parquet.`nowhere/*.parquet`", "[PATH_NOT_FOUND]", "nowhere")


@case
@place
def damaged_parquet(at):
    at.good("CREATE TABLE t (id BIGINT, s STRING) USING parquet",
            "INSERT INTO t SELECT id, concat('text ', id) FROM range(0, 50000, 1, 1)")
    whole = data_files(at.folder)[0]
    good = whole.read_bytes()
    size = len(good)
    footer = size - 8 - int.from_bytes(good[-8:-4], "little")
    damages = {
        "empty": b"",
        "cut": good[:size // 2],
        "no tail": good[:-1],
        "text": b"id,s\n1,a\n" * 100,
        "footer too long": good[:-8] + (size * 2).to_bytes(4, "little") + b"PAR1",
        "footer torn": good[:footer] + bytes(60) + good[footer + 60:],
        "pages torn": good[:4] + bytes(size // 2) + good[4 + size // 2:],
    }
    for name, content in damages.items():
        whole.write_bytes(content)
        error = at.bad("SELECT sum(id), max(s) FROM t", whole.name)
        assert "[FAILED_READ_FILE" in error or "[CANNOT_READ_FILE" in error or "PARQUET" in error, f"{name}: {error}"
    whole.write_bytes(good)
    equal(at.good("SELECT sum(id), count(s) FROM t").splitlines()[1], "1249975000,50000")


@case
@place
def bit_flips_do_not_crash(at):
    at.good("CREATE TABLE t (id BIGINT, s STRING, l ARRAY<INT>) USING parquet",
            "INSERT INTO t SELECT id, concat('text ', id % 100), array(1, 2) FROM range(0, 3000, 1, 1)")
    whole = data_files(at.folder)[0]
    good = whole.read_bytes()
    for number in range(60):
        at_byte = (number * 7919 + 13) % len(good)
        torn = bytearray(good)
        torn[at_byte] ^= 1 << (number % 8)
        whole.write_bytes(bytes(torn))
        code, _, err = at.run("SELECT count(id), max(s), max(l) FROM t")
        assert code in (0, 1) and (code == 0 or err.startswith("[")), f"byte {at_byte}: code {code}: {err[-300:]}"


@case
@place
def truncated_csv(at):
    folder = Path(at.folder, "csv")
    folder.mkdir()
    (folder / "a.csv").write_text('1,"one",1.5\n2,"two')
    table = f"CREATE TABLE c (id INT, s STRING, d DOUBLE) USING csv LOCATION '{folder}'"
    at.good(table)
    equal(at.good("SELECT id, s, d FROM c ORDER BY id").splitlines()[1:], ["1,one,1.5", "2,two,"])
    at.good(f"CREATE TABLE f (id INT, s STRING, d DOUBLE) USING csv OPTIONS (mode 'FAILFAST') LOCATION '{folder}'")
    at.bad("SELECT id, s, d FROM f", "[FAILED_READ_FILE.NO_HINT]", "a.csv", "Malformed records are detected")


@case
@place
def a_file_that_goes_away(at):
    at.good("CREATE TABLE t (id BIGINT) USING parquet", "INSERT INTO t SELECT id FROM range(10)",
            "CREATE TABLE u (id BIGINT) USING parquet", "INSERT INTO u SELECT id FROM range(10)")
    shutil.rmtree(Path(at.folder, "spark-warehouse", "u"))
    code, out, err = at.run("SELECT count(*) FROM u")
    assert (code == 0 and out.splitlines()[1:] == ["0"]) or (code == 1 and "[PATH_NOT_FOUND]" in err), (code, out, err)
    equal(at.good("SELECT count(*) FROM t").splitlines()[1], "10")


@case
@place
def no_permission(at):
    at.good("CREATE TABLE t (id BIGINT) USING parquet", "INSERT INTO t SELECT id FROM range(10)")
    # Root may read and write everything, so the program then runs as nobody.
    user = 65534 if os.geteuid() == 0 else None
    if user is not None:
        reachable = subprocess.run([EMERY, "sql", "-e", "SELECT 1"], user=user, cwd=at.folder, capture_output=True)
        if reachable.returncode != 0:
            raise Skipped("the program can't be started as another user")
    path = data_files(at.folder)[0]
    os.chmod(path, 0)
    at.bad(f"SELECT count(id), sum(id) FROM parquet.`{path.parent}`", path.name, "ermission", user=user)
    os.chmod(path, 0o644)
    target = Path(at.folder, "locked")
    target.mkdir()
    os.chmod(target, 0o555)
    scratch = Path(at.folder, "scratch")
    scratch.mkdir()
    os.chmod(scratch, 0o777)
    other = Place(str(scratch))
    other.bad(f"CREATE TABLE w USING parquet LOCATION '{target}/w' AS SELECT 1 AS a", "ermission", user=user)
    os.chmod(target, 0o755)
    equal(at.good("SELECT count(*) FROM t").splitlines()[1], "10")


def small_disk(function, size):
    """Runs the case with a folder `disk` of so many bytes, in a mount namespace of its own."""
    def run():
        with tempfile.TemporaryDirectory(prefix="emery-faults-") as folder:
            disk = Path(folder, "disk")
            disk.mkdir()
            unshare = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--user", "--map-root-user", "--mount"]
            mounted = f"mount -t tmpfs -o size={size} none '{disk}' && "
            if shutil.which("unshare") is None or subprocess.run(
                    [*unshare, "sh", "-c", mounted + "true"], capture_output=True).returncode != 0:
                raise Skipped("no small file system can be mounted here")
            function(folder, lambda script: subprocess.run(
                [*unshare, "sh", "-c", mounted + script], capture_output=True, text=True, timeout=300, cwd=folder))
    run.__name__ = function.__name__
    return run


def full_disk_while_spilling(folder, shell):
    sort = ("SELECT max(n), max(s) FROM (SELECT row_number() OVER (ORDER BY s) AS n, s FROM (SELECT concat(md5(CAST(id AS STRING)),"
            " sha1(CAST(id AS STRING)), md5(CAST(-id AS STRING))) AS s FROM range(2000000)))")
    limits = "--conf emery.memory.limit=64m --conf emery.spill.directory=disk"
    done = shell(f"'{EMERY}' sql {limits} -e '{sort}; SELECT 2' ; echo code $?; ls -A disk")
    assert "[TASK_WRITE_FAILED]" in done.stderr and "full" in done.stderr, (done.stdout, done.stderr[-500:])
    equal(done.stdout, "code 1\n")  # and nothing stays in the folder


def full_disk_while_writing(folder, shell):
    make = "CREATE TABLE t (id BIGINT, s STRING) USING parquet; INSERT INTO t SELECT id, uuid() FROM range(1000)"
    fill = "INSERT INTO t SELECT id, concat(uuid(), uuid(), uuid(), uuid()) FROM range(1000000)"
    sql = f"'{EMERY}' sql --format csv --conf spark.sql.warehouse.dir=warehouse"
    done = shell(f"cd disk && {sql} -e '{make}' && {sql} -e '{fill}'; echo code $?; {sql} -e 'SELECT count(*) FROM t';"
                 f" {sql} -e 'INSERT INTO t VALUES (1, \"x\")'; {sql} -e 'SELECT count(*) FROM t';"
                 " find warehouse -name '*.parquet' -o -name '*temporary*' | wc -l")
    assert "[TASK_WRITE_FAILED]" in done.stderr or "space" in done.stderr, (done.stdout, done.stderr[-500:])
    equal(done.stdout.split()[:2], ["code", "1"])
    equal(done.stdout.split()[2:6], ["count(1)", "1000", "count(1)", "1001"])


CASES.append(small_disk(full_disk_while_spilling, "20m"))
CASES.append(small_disk(full_disk_while_writing, "40m"))


@case
@place
def a_killed_writer_leaves_nothing_visible(at):
    at.good("CREATE TABLE t (id BIGINT, s STRING) USING parquet", "INSERT INTO t SELECT id, uuid() FROM range(1000)")
    for _ in range(3):
        writer = subprocess.Popen([EMERY, "sql", "-e", "INSERT INTO t SELECT id, repeat(uuid(), 30) FROM range(3000000)"],
                                  cwd=at.folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(0.7)
        assert writer.poll() is None, "the write ended before it was killed"
        writer.send_signal(signal.SIGKILL)
        writer.wait()
        equal(at.good("SELECT count(*) FROM t").splitlines()[1], "1000")
    at.good("INSERT INTO t SELECT id, 'after' FROM range(5)")
    equal(at.good("SELECT count(*) FROM t").splitlines()[1], "1005")


@case
@place
def a_failed_statement_leaves_the_table(at):
    at.good("CREATE TABLE t (id INT) USING parquet", "INSERT INTO t SELECT CAST(id AS INT) FROM range(100)")
    before = data_files(at.folder)
    at.bad("INSERT OVERWRITE t SELECT CAST(1000000 / (id - 199999) AS INT) FROM range(200000)", "[")
    equal(data_files(at.folder), before)
    equal(at.good("SELECT count(*) FROM t").splitlines()[1], "100")
    at.bad("CREATE TABLE u USING parquet AS SELECT id / (id - 199999) AS a FROM range(200000)", "[DIVIDE_BY_ZERO]")
    at.bad("SELECT * FROM u", "[TABLE_OR_VIEW_NOT_FOUND]")
    at.good("CREATE TABLE u USING parquet AS SELECT 1 AS a")


@case
@place
def memory_that_cannot_do(at):
    at.bad("SELECT length(max(l)) FROM (SELECT array_join(collect_list(repeat('x', 1000)), '') AS l FROM range(200000))",
           "[UNABLE_TO_ACQUIRE_MEMORY]", settings=["emery.memory.limit=32m"])


@case
@place
def a_set_of_few_values_needs_little_memory(at):
    for query in ("SELECT size(collect_set(id % 10)) AS n FROM range(10000000)",
                  "SELECT max(size(s)) AS n FROM (SELECT collect_set(id % 20) AS s FROM range(10000000) GROUP BY id % 2)"):
        equal(at.good(query, settings=["emery.memory.limit=64m"]), "n\n10\n")


def main():
    wanted = os.environ.get("EMERY_FILTER", "")
    passed = failed = skipped = 0
    for function in CASES:
        if wanted not in function.__name__:
            continue
        try:
            function()
            passed += 1
        except Skipped as reason:
            skipped += 1
            print(f"skipped {function.__name__}: {reason}")
        except Exception as error:  # whatever went wrong is the test's failure
            failed += 1
            print(f"FAILED {function.__name__}: {type(error).__name__}: {error}", flush=True)
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed else 0


sys.exit(main())
