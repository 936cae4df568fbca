"""Writes the interop data set as Parquet with pyarrow, once for each way to write it."""
import datetime
import decimal
import os
import random

import pyarrow as pa
import pyarrow.parquet as pq

ROWS = 3000
SEED = 20240229


def arrays(rows, null_share, seed):
    """The columns of the data set; `null_share` is the chance of a null in each place that can hold one."""
    rng = random.Random(seed)
    maybe = lambda make: None if rng.random() < null_share else make()  # noqa: E731
    column = lambda kind, make: pa.array([maybe(make) for _ in range(rows)], kind)  # noqa: E731
    day = lambda: datetime.date(1900, 1, 1) + datetime.timedelta(days=rng.randrange(80000))  # noqa: E731
    instant = lambda: datetime.datetime(1950, 1, 1) + datetime.timedelta(  # noqa: E731
        microseconds=rng.randrange(4 * 10 ** 15))
    number = lambda digits, scale: decimal.Decimal(  # noqa: E731
        rng.randrange(-10 ** digits + 1, 10 ** digits)).scaleb(-scale, decimal.Context(prec=40))
    word = lambda: rng.choice(["", "a", "longer than sixteen bytes", "größe", "日本", "x" * rng.randrange(40)])  # noqa: E731
    some = lambda make, most=4: [maybe(make) for _ in range(rng.randrange(most))]  # noqa: E731
    utc = pa.timestamp("us", "UTC")
    struct = pa.struct([("x", pa.int32()), ("y", pa.string()), ("z", pa.struct([("w", pa.list_(pa.int64()))]))])
    make_struct = lambda: {"x": maybe(lambda: rng.randrange(100)), "y": maybe(word),  # noqa: E731
                           "z": maybe(lambda: {"w": maybe(lambda: some(lambda: rng.randrange(9)))})}
    pair = pa.struct([("k", pa.string()), ("v", pa.decimal128(7, 2))])
    keys = lambda: sorted({word() for _ in range(rng.randrange(4))})  # noqa: E731
    return {
        "id": pa.array(range(rows), pa.int64()),
        "b": column(pa.bool_(), lambda: rng.random() < 0.5),
        "i8": column(pa.int8(), lambda: rng.randrange(-128, 128)),
        "i16": column(pa.int16(), lambda: rng.randrange(-2 ** 15, 2 ** 15)),
        "i32": column(pa.int32(), lambda: rng.randrange(-2 ** 31, 2 ** 31)),
        "i64": column(pa.int64(), lambda: rng.choice([rng.randrange(-2 ** 63, 2 ** 63), rng.randrange(10)])),
        "small": column(pa.int32(), lambda: rng.randrange(5)),
        "f": column(pa.float32(), lambda: rng.choice([rng.uniform(-1e6, 1e6), float("nan"), float("inf"), -0.0])),
        "d": column(pa.float64(), lambda: rng.choice([rng.gauss(0, 1e9), float("nan"), -float("inf"), 0.0])),
        "n5": column(pa.decimal128(5, 2), lambda: number(5, 2)),
        "n18": column(pa.decimal128(18, 4), lambda: number(18, 4)),
        "n38": column(pa.decimal128(38, 10), lambda: number(38, 10)),
        "s": column(pa.string(), lambda: f"s{rng.randrange(10 ** 6)}"),
        "w": column(pa.string(), word),
        "bin": column(pa.binary(), lambda: rng.randbytes(rng.randrange(24))),
        "day": column(pa.date32(), day),
        "ts": column(utc, instant),
        "ntz": column(pa.timestamp("us"), instant),
        "l": column(pa.list_(pa.int32()), lambda: some(lambda: rng.randrange(100))),
        "ll": column(pa.list_(pa.list_(pa.string())), lambda: some(lambda: some(word), 3)),
        "st": column(struct, make_struct),
        "ls": column(pa.list_(pair), lambda: some(lambda: {"k": maybe(word), "v": maybe(lambda: number(7, 2))}, 3)),
        "m": column(pa.map_(pa.string(), pa.int32()), lambda: [(k, maybe(lambda: rng.randrange(9))) for k in keys()]),
        "ml": column(pa.map_(pa.string(), pa.list_(pa.float64())),
                     lambda: [(k, maybe(lambda: some(rng.random))) for k in keys()]),
        "none": pa.array([None] * rows, pa.int32()),
    }


def table(rows=ROWS, null_share=0.2, seed=SEED):
    return pa.table(arrays(rows, null_share, seed))


FLOATS, INTEGERS = ["f", "d"], ["id", "i32", "i64", "small", "day", "ts"]
TEXTS = ["s", "w", "bin"]


def ways():
    """(name, arguments of pyarrow's writer) for the common data set."""
    yield "plain", dict(compression="none", use_dictionary=False)
    for codec in ("none", "snappy", "gzip", "zstd", "lz4", "brotli"):
        for version in ("1.0", "2.0"):
            yield f"{codec}_pages{version[0]}", dict(compression=codec, data_page_version=version, row_group_size=1000)
    for version in ("1.0", "2.0"):
        tail = f"_pages{version[0]}"
        common = dict(compression="snappy", data_page_version=version, use_dictionary=False)
        yield "plain_values" + tail, dict(common)
        yield "delta_integers" + tail, dict(common, column_encoding={c: "DELTA_BINARY_PACKED" for c in INTEGERS})
        yield "delta_lengths" + tail, dict(common, column_encoding={c: "DELTA_LENGTH_BYTE_ARRAY" for c in TEXTS})
        yield "delta_texts" + tail, dict(common, column_encoding={c: "DELTA_BYTE_ARRAY" for c in TEXTS})
        yield "split_streams" + tail, dict(common, column_encoding={c: "BYTE_STREAM_SPLIT" for c in FLOATS})
        yield "tiny_pages" + tail, dict(common, data_page_size=256, write_batch_size=16)
        yield "tiny_dictionary" + tail, dict(compression="zstd", data_page_version=version, dictionary_pagesize_limit=1024)
    yield "boolean_runs", dict(compression="none", use_dictionary=False, data_page_version="2.0",
                               column_encoding={"b": "RLE"})
    yield "page_index", dict(compression="snappy", write_page_index=True, data_page_size=1024, row_group_size=700)
    yield "checksums", dict(compression="snappy", write_page_checksum=True)
    yield "int96", dict(compression="snappy", use_deprecated_int96_timestamps=True)
    yield "format_1", dict(compression="snappy", version="1.0")
    yield "format_2_4", dict(compression="snappy", version="2.4")
    yield "decimals_as_integers", dict(compression="snappy", store_decimal_as_integer=True)
    yield "old_lists", dict(compression="snappy", use_compliant_nested_type=False)
    yield "no_statistics", dict(compression="snappy", write_statistics=False)
    yield "small_groups", dict(compression="snappy", row_group_size=7)
    yield "millis", dict(compression="snappy", coerce_timestamps="ms", allow_truncated_timestamps=True)


# Ways that change the values or the schema, so that Spark must read the very same file for comparison.
OWN_REFERENCE = {"millis", "int96", "format_1"}


def write_all(folder):
    """{name: path of the file} of the common data set."""
    os.makedirs(folder, exist_ok=True)
    data, files = table(), {}
    for name, arguments in ways():
        path = os.path.join(folder, name + ".parquet")
        pq.write_table(data, path, **arguments)
        files[name] = path
    return files


def write_odd_shapes(folder):
    """{name: path} of files and folders with other data than the common one."""
    os.makedirs(folder, exist_ok=True)
    path = lambda name: os.path.join(folder, name)  # noqa: E731
    data = table()
    pq.write_table(data.slice(0, 0), path("no_rows.parquet"))
    with pq.ParquetWriter(path("no_row_groups.parquet"), data.schema):
        pass
    pq.write_table(data.slice(5, 1), path("one_row.parquet"))
    pq.write_table(table(500, 0.0, 7), path("no_nulls.parquet"))
    pq.write_table(table(500, 1.0, 8), path("only_nulls.parquet"))
    pq.write_table(table(4000, 0.9, 9), path("mostly_nulls.parquet"), data_page_version="2.0", compression="zstd")
    pq.write_table(pa.table({"dict": pa.array(["x", None, "y"] * 200).dictionary_encode(),
                             "large": pa.array(["p", "q" * 70, None] * 200, pa.large_string()),
                             "u8": pa.array([1, 255, None] * 200, pa.uint8()),
                             "u16": pa.array([1, 65535, None] * 200, pa.uint16()),
                             "u32": pa.array([1, 2 ** 32 - 1, None] * 200, pa.uint32()),
                             "u64": pa.array([1, 2 ** 64 - 1, None] * 200, pa.uint64()),
                             "fixed": pa.array([b"abcd", b"\0\0\0\1", None] * 200, pa.binary(4)),
                             "t32": pa.array([1, 2, None] * 200, pa.int32())}), path("other_types.parquet"))
    pq.write_table(pa.table({"id": pa.array([1], pa.int64())}), path("narrow.parquet"))
    required = pa.schema([pa.field("id", pa.int64(), nullable=False), pa.field("s", pa.string(), nullable=False),
                          pa.field("l", pa.list_(pa.field("element", pa.int32(), nullable=False)), nullable=False)])
    pq.write_table(pa.table({"id": [1, 2, 3], "s": ["a", "", "c"], "l": [[1], [], [2, 3]]}, schema=required),
                   path("required.parquet"))
    many = path("folder")
    os.makedirs(many, exist_ok=True)
    for part in range(3):
        pq.write_table(data.slice(part * 100, 100 if part != 1 else 0), os.path.join(many, f"part-{part}.parquet"))
    open(os.path.join(many, "_SUCCESS"), "w").close()
    open(os.path.join(many, "_notes.txt"), "w").close()
    open(os.path.join(many, ".hidden.parquet"), "w").close()
    for key, part in (("k=1", 0), ("k=2", 1), ("k=__HIVE_DEFAULT_PARTITION__", 2)):
        below = os.path.join(folder, "partitioned", key)
        os.makedirs(below, exist_ok=True)
        pq.write_table(data.slice(part * 50, 50), os.path.join(below, "x.parquet"))
    return {name.replace(".parquet", ""): path(name) for name in
            ("no_rows.parquet", "no_row_groups.parquet", "one_row.parquet", "no_nulls.parquet", "only_nulls.parquet",
             "mostly_nulls.parquet", "other_types.parquet", "narrow.parquet", "required.parquet", "folder",
             "partitioned")}


def write_broken(folder):
    """{name: path} of files that are no Parquet files, or damaged ones: reading them must end in an error, no more."""
    os.makedirs(folder, exist_ok=True)
    good = os.path.join(folder, "good.parquet")
    pq.write_table(table(1000), good, compression="snappy", row_group_size=300)
    with open(good, "rb") as file:
        content = file.read()
    os.remove(good)
    middle = len(content) // 2
    footer = len(content) - 8 - int.from_bytes(content[-8:-4], "little")
    variants = {
        "nothing": b"",
        "magic_only": b"PAR1",
        "text": b"id,name\n1,x\n" * 20,
        "cut_off": content[:middle],
        "no_tail": content[:-4],
        "footer_too_long": content[:-8] + b"\xff\xff\xff\x7f" + content[-4:],
        "footer_garbled": content[:footer] + bytes(reversed(content[footer:footer + 100])) + content[footer + 100:],
        "data_garbled": content[:1000] + bytes(b ^ 0x5A for b in content[1000:middle]) + content[middle:],
        "data_zeroed": content[:4] + bytes(middle) + content[4 + middle:],
    }
    for name, data in variants.items():
        os.makedirs(os.path.join(folder, name), exist_ok=True)
        with open(os.path.join(folder, name, "part.parquet"), "wb") as file:
            file.write(data)
    return {name: os.path.join(folder, name) for name in variants}
