"""The write benchmark: 37 MERGE and DELETE statements, in order, on one copy of TPC-DS web_returns, and their sources.

Partitions of the table are ranges of DAYS days of wr_returned_date_sk. A source is a sample of the original rows: `match` percent
with keys that the table has by then and other values, `new` percent with order numbers of their own (statement i adds i * SHIFT).
"""
from dataclasses import dataclass

DAYS = 30
FIRST_DAY = 2450820
SHIFT = 1_000_000_000
COLUMNS = ("wr_returned_date_sk wr_returned_time_sk wr_item_sk wr_refunded_customer_sk wr_refunded_cdemo_sk wr_refunded_hdemo_sk "
           "wr_refunded_addr_sk wr_returning_customer_sk wr_returning_cdemo_sk wr_returning_hdemo_sk wr_returning_addr_sk "
           "wr_web_page_sk wr_reason_sk wr_order_number wr_return_quantity wr_return_amt wr_return_tax wr_return_amt_inc_tax wr_fee "
           "wr_return_ship_cost wr_refunded_cash wr_reversed_charge wr_account_credit wr_net_loss").split()


def day(partition):
    return FIRST_DAY + DAYS * partition


@dataclass
class Sample:
    start: float          # percent of the rows, in the order `by`
    match: float = 0      # percent of the rows
    new: float = 0
    by: str = "hash"      # "hash": all over the table; "date": few partitions
    generation: int = 0   # whose keys match: 0 the original rows, i those that statement i inserted


@dataclass
class Days:
    """All original rows of these days instead."""
    first: int
    end: int


@dataclass
class Statement:
    what: str
    text: str             # {target}, {source}
    source: object = None


def merge(what, clauses, source=None, on="exact", using="{source}"):
    conditions = {
        "exact": "t.wr_order_number = s.wr_order_number AND t.wr_item_sk = s.wr_item_sk",
        "any": f"t.wr_order_number % {SHIFT} = s.wr_order_number AND t.wr_item_sk = s.wr_item_sk",
        "between": "t.wr_returned_date_sk >= s.lo AND t.wr_returned_date_sk <= s.hi",
    }
    return Statement(what, f"MERGE INTO {{target}} t USING {using} s ON {conditions.get(on, on)} {clauses}", source)


def days_of_target(first, end):
    return f"t.wr_returned_date_sk >= {day(first)} AND t.wr_returned_date_sk < {day(end)}"


INSERT = "WHEN NOT MATCHED THEN INSERT *"
INSERT_TWICE = f"WHEN NOT MATCHED AND s.wr_item_sk % 2 = 0 THEN INSERT * {INSERT}"
UPSERT = f"WHEN MATCHED THEN UPDATE SET * {INSERT}"
DELETE = "WHEN MATCHED THEN DELETE"
BOUNDS = "(SELECT min(wr_returned_date_sk) AS lo, max(wr_returned_date_sk) AS hi FROM {source})"


def inserts():
    for start, new, clauses in ((40, 5, INSERT), (20, 10, INSERT_TWICE), (50, 25, INSERT), (0, 50, INSERT_TWICE), (25, 75, INSERT),
                                (0, 100, INSERT_TWICE)):
        yield merge(f"insert {new}% new", clauses, Sample(start, new=new))


def upserts():
    for start, match, new, by in ((30, 1, 10, "hash"), (60, 5, 5, "date"), (80, 10, 1, "hash"), (30, 10, 10, "date"), (0, 25, 25, "hash"),
                                  (45, 50, 10, "date"), (0, 50, 50, "hash"), (20, 75, 5, "hash"), (0, 99, 1, "hash")):
        yield merge(f"upsert {match}/{new} by {by}", UPSERT, Sample(start, match, new, by))


def deletes_and_mixtures():
    yield merge("delete 5% of the rows, few files", DELETE, Sample(20, 5, by="date"), on="any")
    yield merge("delete 5% of the rows, all files", DELETE, Sample(0, 5), on="any")
    yield merge("delete by order, duplicates in source", DELETE, Sample(5, 10), on="t.wr_order_number = s.wr_order_number",
                using="(SELECT ALL wr_order_number FROM {source})")
    yield merge("delete some days, bounds from source", DELETE, Sample(70, 0.1, by="date"), on="between", using=BOUNDS)
    yield merge("delete 1 partition, bounds given", DELETE, on="between", using=f"(SELECT {day(6)} AS lo, {day(7) - 1} AS hi)")
    yield Statement("DELETE 3 partitions", f"DELETE FROM {{target}} AS t WHERE {days_of_target(8, 11)}")
    yield Statement("DELETE 30 days of 2 partitions",
                    f"DELETE FROM {{target}} WHERE wr_returned_date_sk BETWEEN {day(12) + 10} AND {day(12) + 39}")
    yield merge("delete half of 4 partitions", DELETE, Sample(15, 50),
                on=f"t.wr_order_number % {SHIFT} = s.wr_order_number AND t.wr_item_sk = s.wr_item_sk AND {days_of_target(14, 18)}")
    yield merge("delete by key and condition", "WHEN MATCHED AND t.wr_return_quantity > 50 THEN DELETE", Sample(15, 25))
    yield merge("delete, update or insert", f"WHEN MATCHED AND s.wr_return_quantity % 4 = 0 THEN DELETE {UPSERT}", Sample(40, 20, 25))
    yield Statement("DELETE 10% of the items", "DELETE FROM {target} WHERE wr_item_sk % 10 = 3")
    yield merge("delete what the source lacks", f"WHEN NOT MATCHED BY SOURCE AND {days_of_target(20, 30)} THEN DELETE", Sample(0, 50),
                on="any")
    yield merge("delete 4 partitions by join on date", DELETE, Days(day(30), day(34)), on="t.wr_returned_date_sk = s.day",
                using="(SELECT DISTINCT wr_returned_date_sk AS day FROM {source})")
    yield Statement("DELETE the null partition", "DELETE FROM {target} WHERE wr_returned_date_sk IS NULL")
    yield merge("delete 16 partitions, bounds from source", DELETE, Days(day(34), day(50)), on="between", using=BOUNDS)
    yield merge("delete the rows of half of the keys", DELETE, Sample(0, 50), on="any")
    yield merge("delete, update a column or insert", "WHEN MATCHED AND t.wr_net_loss < 500 THEN DELETE "
                f"WHEN MATCHED THEN UPDATE SET wr_return_quantity = t.wr_return_quantity + 10 {INSERT}", Sample(50, 20, 75))
    yield Statement("DELETE by subquery", "DELETE FROM {target} WHERE wr_order_number IN (SELECT ALL wr_order_number FROM {source})",
                    Sample(60, 15, generation=33))
    yield merge("delete, move, insert, delete what the source lacks",
                "WHEN MATCHED AND s.wr_return_quantity % 3 = 0 THEN DELETE "
                f"WHEN MATCHED THEN UPDATE SET wr_returned_date_sk = s.wr_returned_date_sk + {DAYS} {INSERT} "
                "WHEN NOT MATCHED BY SOURCE AND t.wr_item_sk % 2 = 0 THEN DELETE", Sample(50, 40, 50, generation=33))
    yield merge("delete the rows of 75% of the keys", DELETE, Sample(0, 75), on="any")
    yield merge("delete 66 partitions, bounds from source", DELETE, Days(day(0), day(66)), on="between", using=BOUNDS)


def statements():
    """{"m1": Statement, …, "m37": …}"""
    first_delete = merge("delete 5% of N, few files", DELETE, Sample(50, 5, by="date", generation=6))
    every = [*inserts(), first_delete, *upserts(), *deletes_and_mixtures()]
    return {f"m{number}": statement for number, statement in enumerate(every, 1)}


def source_sql(name, statement, table):
    """The rows of a statement's source, for DuckDB; `table` holds web_returns."""
    source, number = statement.source, int(name[1:])
    if isinstance(source, Days):
        return f"SELECT {', '.join(COLUMNS)} FROM {table} WHERE wr_returned_date_sk >= {source.first} AND wr_returned_date_sk < {source.end}"
    order = "hash(wr_order_number, wr_item_sk), wr_order_number, wr_item_sk"
    order = order if source.by == "hash" else f"wr_returned_date_sk NULLS LAST, {order}"

    def rows(percent, **changed):
        columns = ", ".join(f"{changed[c]} AS {c}" if c in changed else c for c in COLUMNS)
        return (f"SELECT {columns} FROM ranked WHERE place * 100 >= total * {source.start} "
                f"AND place * 100 < total * {source.start + percent}")

    parts = []
    if source.match:
        parts.append(rows(source.match, wr_order_number=f"wr_order_number + {source.generation * SHIFT}",
                          wr_return_quantity="wr_return_quantity + 1",
                          wr_net_loss="CAST(wr_net_loss + 1 AS DECIMAL(7, 2))"))
    if source.new:
        parts.append(rows(source.new, wr_order_number=f"wr_order_number + {number * SHIFT}"))
    return (f"WITH ranked AS (SELECT *, count(*) OVER () AS total, row_number() OVER (ORDER BY {order}) - 1 AS place FROM {table}) "
            + " UNION ALL ".join(parts))
