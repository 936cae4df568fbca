"""Random SELECT statements. All randomness comes from the given random.Random.

Strategy: a query is built from typed expressions over the columns in scope, so it is always valid; sizes are kept small by a
budget of depth. What is left out on purpose, as engines differ: overflow, division by zero, null order by default, order
of ties, totals of grouping sets over no rows, substring before position 1, concat with null arguments, doubles beyond simple averages.
"""

TABLES = {
    "t1": [("a", "int"), ("b", "int"), ("s", "str"), ("f", "bool")],
    "t2": [("a", "int"), ("c", "int"), ("s", "str"), ("d", "date")],
    "t3": [("b", "int"), ("c", "int"), ("u", "str")],
}
STRINGS = ["", "a", "b", "ab", "B", "zz", "abc", "é"]
DATES = ["2024-01-01", "2024-02-29", "2023-12-31", "1999-06-15"]
KINDS = {"int": "BIGINT", "str": "STRING", "bool": "BOOLEAN", "date": "DATE"}


def literal(rng, kind):
    if kind == "int":
        return str(rng.randint(-3, 9))
    if kind == "str":
        return f"'{rng.choice(STRINGS)}'"
    if kind == "bool":
        return rng.choice(["true", "false"])
    return f"DATE '{rng.choice(DATES)}'"


def table_rows(rng, table, count):
    rows = []
    for _ in range(count):
        rows.append("(" + ", ".join("NULL" if rng.random() < 0.25 else literal(rng, kind)
                                    for _, kind in TABLES[table]) + ")")
    return rows


def setup_statements(rng):
    """(table, columns with kinds, VALUES rows); t3 is sometimes empty."""
    for table, columns in TABLES.items():
        count = rng.choice([0, 3]) if table == "t3" and rng.random() < 0.3 else rng.randint(5, 25)
        yield table, columns, table_rows(rng, table, count)


class Generator:
    def __init__(self, rng):
        self.rng = rng
        self.names = 0

    def name(self, stem):
        self.names += 1
        return f"{stem}{self.names}"

    def pick(self, *choices):
        return self.rng.choice(choices)

    def chance(self, p):
        return self.rng.random() < p

    # Expressions. `scope` is a list of (qualified name, kind).

    def column(self, scope, kind):
        fitting = [n for n, k in scope if k == kind]
        return self.rng.choice(fitting) if fitting else None

    def value(self, scope, kind, depth):
        if depth <= 0 or self.chance(0.35):
            column = self.column(scope, kind)
            if column and self.chance(0.8):
                return column
            return "CAST(NULL AS %s)" % KINDS[kind] if self.chance(0.1) else literal(self.rng, kind)
        sub = lambda k=kind: self.value(scope, k, depth - 1)  # noqa: E731
        general = [
            lambda: f"coalesce({sub()}, {sub()})",
            lambda: f"CASE WHEN {self.predicate(scope, depth - 1)} THEN {sub()} ELSE {sub()} END",
            lambda: f"CASE WHEN {self.predicate(scope, depth - 1)} THEN {sub()} END",
            lambda: f"nullif({sub()}, {sub()})",
        ]
        special = {
            "int": [lambda: f"({sub()} + {sub()})", lambda: f"({sub()} - {sub()})",
                    lambda: f"({sub()} * {self.rng.randint(-2, 3)})", lambda: f"({sub()} % {self.pick(2, 3, 7)})",
                    lambda: f"abs({sub()})", lambda: f"CAST(length({sub('str')}) AS BIGINT)", lambda: f"(- {sub()})",
                    lambda: f"greatest({sub()}, {sub()})" if self.chance(0) else f"abs({sub()} + 1)"],
            "str": [lambda: f"({sub()} || {sub()})", lambda: f"upper({sub()})", lambda: f"lower({sub()})",
                    lambda: f"substring({sub()}, {self.pick(1, 2)}, {self.pick(1, 2)})", lambda: f"trim({sub()})",
                    lambda: f"replace({sub()}, 'a', 'x')", lambda: f"CAST({sub('int')} AS STRING)"],
            "bool": [lambda: f"({self.predicate(scope, depth - 1)})"],
            "date": [],
        }[kind]
        return self.rng.choice(special * 2 + general)()

    def predicate(self, scope, depth):
        kind = self.pick("int", "int", "str", "bool", "date")
        sub = lambda k=kind: self.value(scope, k, depth - 1)  # noqa: E731
        leaf = [
            lambda: f"{sub()} {self.pick('=', '<>', '<', '>', '<=', '>=')} {sub()}",
            lambda: f"{sub()} IS {self.pick('', 'NOT ')}NULL",
            lambda: f"{sub()} {self.pick('', 'NOT ')}IN ({', '.join(literal(self.rng, kind) for _ in range(3))})",
            lambda: f"{sub()} {self.pick('', 'NOT ')}IN ({literal(self.rng, kind)}, NULL)",
            lambda: f"{sub()} BETWEEN {literal(self.rng, kind)} AND {literal(self.rng, kind)}",
            lambda: f"{sub()} IS {self.pick('', 'NOT ')}DISTINCT FROM {sub()}",
            lambda: f"{sub('str')} {self.pick('', 'NOT ')}LIKE '{self.pick('%a%', 'a%', '_', '%b', '', 'ab_')}'",
        ]
        if depth <= 0 or self.chance(0.4):
            return self.rng.choice(leaf)()
        left, right = self.predicate(scope, depth - 1), self.predicate(scope, depth - 1)
        return self.pick(f"({left} AND {right})", f"({left} OR {right})", f"(NOT ({left}))")

    def subquery_predicate(self, scope):
        """EXISTS, IN or a scalar comparison, correlated half of the time."""
        table = self.rng.choice(list(TABLES))
        alias = self.name("q")
        inner = [(f"{alias}.{c}", k) for c, k in TABLES[table]]
        kind = self.pick("int", "str")
        outer, own = self.column(scope, kind), self.column(inner, kind)
        conditions = []
        if outer and own and self.chance(0.6):
            conditions.append(f"{own} = {outer}")
        if self.chance(0.5):
            conditions.append(self.predicate(inner, 1))
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        negated = self.pick("", "NOT ")
        shape = self.rng.random()
        if shape < 0.35:
            return f"{negated}EXISTS (SELECT 1 FROM {table} {alias}{where})"
        kind = self.pick("int", "str")
        value, own = self.value(scope, kind, 1), self.column(inner, kind)
        if shape < 0.7 and own:
            return f"{value} {negated}IN (SELECT {own} FROM {table} {alias}{where})"
        target = self.column(inner, "int")
        aggregate = self.pick("min", "max", "sum", "count")
        return (f"{self.value(scope, 'int', 1)} {self.pick('=', '<', '>=')} "
                f"(SELECT {aggregate}({target}) FROM {table} {alias}{where})")

    # FROM

    def source(self, depth):
        """(text, scope)"""
        alias = self.name("r")
        if depth > 0 and self.chance(0.25):
            text, columns = self.select(depth - 1, simple=True)
            return f"({text}) {alias}", [(f"{alias}.{c}", k) for c, k in columns]
        table = self.rng.choice(list(TABLES))
        return f"{table} {alias}", [(f"{alias}.{c}", k) for c, k in TABLES[table]]

    def joined(self, depth):
        text, scope = self.source(depth)
        for _ in range(self.rng.choice([0, 0, 1, 1, 1, 2])):
            right, right_scope = self.source(depth)
            kind = self.pick("INNER", "LEFT", "RIGHT", "FULL", "CROSS", "SEMI", "ANTI")
            if kind == "CROSS":
                text += f" CROSS JOIN {right}"
                scope = scope + right_scope
                continue
            shared = self.pick("int", "int", "str")
            left_key, right_key = self.column(scope, shared), self.column(right_scope, shared)
            parts = []
            if left_key and right_key and (kind == "FULL" or self.chance(0.85)):
                parts.append(f"{left_key} = {right_key}")
            # Full outer joins without a plain equality are refused by the reference.
            if not parts and kind == "FULL":
                kind = "LEFT"
            if not parts or (self.chance(0.35) and kind != "FULL"):
                parts.append(self.predicate(scope + right_scope, 1))
            text += f" {kind} JOIN {right} ON {' AND '.join(parts)}"
            if kind not in ("SEMI", "ANTI"):
                scope = scope + right_scope
        return text, scope

    # SELECT

    def select(self, depth, simple=False):
        """(text, [(column, kind)])"""
        source, scope = self.joined(depth)
        conditions = [self.predicate(scope, 2)] if self.chance(0.5) else []
        if self.chance(0.25):
            conditions.append(self.subquery_predicate(scope))
        where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
        shape = self.rng.random()
        if shape < 0.4:
            return self.grouped(source, scope, where)
        columns = []
        items = []
        for _ in range(self.rng.randint(1, 4)):
            kind = self.pick("int", "int", "str", "bool", "date")
            name = self.name("x")
            columns.append((name, kind))
            items.append(f"{self.value(scope, kind, 2)} AS {name}")
        if not simple and shape > 0.8 and self.chance(0.7):
            name = self.name("x")
            columns.append((name, "int"))
            items.append(f"{self.window(scope)} AS {name}")
        distinct = "DISTINCT " if self.chance(0.15) else ""
        return f"SELECT {distinct}{', '.join(items)} FROM {source}{where}", columns

    def window(self, scope):
        partition = self.column(scope, self.pick("int", "str")) or "1"
        order = ", ".join(f"{n} NULLS FIRST" for n, _ in scope)
        function = self.pick("row", "rank", "agg", "frame")
        number = self.column(scope, "int") or "1"
        # The order names all columns, so rows that tie are equal; row numbers would still be free to choose.
        if function == "row" or function == "rank":
            return f"{self.pick('rank', 'dense_rank')}() OVER (PARTITION BY {partition} ORDER BY {order})"
        aggregate = self.pick("sum", "min", "max", "count")
        if function == "agg":
            return f"{aggregate}({number}) OVER (PARTITION BY {partition})"
        return (f"{self.pick('sum', 'min', 'max', 'count')}({number}) OVER (PARTITION BY {partition} ORDER BY {number} "
                f"NULLS {self.pick('FIRST', 'LAST')})")

    def aggregate(self, scope):
        number = self.value(scope, "int", 1)
        text = self.value(scope, "str", 1)
        filtered = f" FILTER (WHERE {self.predicate(scope, 1)})" if self.chance(0.25) else ""
        return self.pick(f"count(*){filtered}", f"sum({number}){filtered}", f"min({number}){filtered}",
                         f"max({number}){filtered}", f"count({text}){filtered}", f"count(DISTINCT {number})",
                         f"sum(DISTINCT {number})", f"count(DISTINCT {text}){filtered}",
                         f"CAST(length(max({text})) AS BIGINT)", f"sum({number}) + count(*)")

    def grouped(self, source, scope, where):
        keys = []
        for _ in range(self.rng.choice([0, 1, 1, 2])):
            kind = self.pick("int", "str", "bool")
            keys.append((self.column(scope, kind) or self.value(scope, kind, 1), kind))
        keys = [(k, kind) for i, (k, kind) in enumerate(keys) if k not in [x for x, _ in keys[:i]] and "." in k]
        columns, items = [], []
        for key, kind in keys:
            name = self.name("x")
            columns.append((name, kind))
            items.append(f"{key} AS {name}")
        for _ in range(self.rng.randint(1, 3)):
            name = self.name("x")
            columns.append((name, "int"))
            items.append(f"{self.aggregate(scope)} AS {name}")
        group = ""
        plain = all(" " not in k and "(" not in k for k, _ in keys)
        if keys:
            listed = ", ".join(k for k, _ in keys)
            shape = self.rng.random()
            if plain and shape < 0.15:
                group = f" GROUP BY ROLLUP ({listed})"
            elif plain and shape < 0.3:
                group = f" GROUP BY CUBE ({listed})"
            elif plain and shape < 0.4:
                group = f" GROUP BY GROUPING SETS (({listed}), ())"
            else:
                group = f" GROUP BY {listed}"
        having = f" HAVING {self.aggregate(scope)} > {self.rng.randint(-2, 4)}" if self.chance(0.2) and keys else ""
        if group and " BY r" not in group:
            # Over no rows the total of a ROLLUP is one row in the reference and none in Spark.
            having = having + " AND count(*) > 0" if having else " HAVING count(*) > 0"
        return f"SELECT {', '.join(items)} FROM {source}{where}{group}{having}", columns

    def query(self):
        """A whole statement: set operations, a WITH, a total order with LIMIT on top of selects."""
        text, columns = self.select(2)
        if self.chance(0.2):
            other = ", ".join(f"{self.value([], k, 1)} AS {c}" for c, k in columns)
            operator = self.pick("UNION ALL", "UNION", "INTERSECT", "EXCEPT", "EXCEPT ALL", "INTERSECT ALL")
            second = self.rebuilt(columns) if self.chance(0.7) else f"SELECT {other}"
            text = f"({text}) {operator} ({second})"
        if self.chance(0.2):
            name = self.name("w")
            text = (f"WITH {name} AS ({text}) SELECT p.* FROM {name} p WHERE " +
                    f"(SELECT count(*) FROM {name}) {self.pick('>', '<')} {self.rng.randint(0, 10)}")
        if self.chance(0.3):
            order = ", ".join(f"{i + 1} {self.pick('ASC', 'DESC')} NULLS {self.pick('FIRST', 'LAST')}"
                              for i in range(len(columns)))
            text = f"SELECT * FROM ({text}) z ORDER BY {order} LIMIT {self.rng.randint(0, 8)}"
            if self.chance(0.3):
                text += f" OFFSET {self.rng.randint(0, 4)}"
        return text

    def rebuilt(self, columns):
        """Another SELECT with columns of the same kinds."""
        source, scope = self.joined(0)
        items = ", ".join(f"{self.value(scope, k, 1)} AS {c}" for c, k in columns)
        return f"SELECT {items} FROM {source}"
