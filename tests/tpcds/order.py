"""Does a result lie in the order that its query asks for? Reads the outermost ORDER BY as far as it names output columns."""
import decimal
import math
import re

TOKEN = re.compile(r"('(?:[^'\\]|\\.)*'|\"[^\"]*\"|`[^`]*`|--[^\n]*|[(),]|[A-Za-z_][\w.]*|\d+|\s+|.)", re.DOTALL)
NUMERIC = re.compile(r"^(tinyint|smallint|int|bigint|float|double|decimal)")


def outermost(sql):
    """Tokens outside all parentheses; a parenthesis with its content becomes one token."""
    tokens, depth, inner = [], 0, ""
    for token in TOKEN.findall(sql):
        if token.startswith("--") or token.isspace():
            inner += " " if depth else ""
            continue
        if token == "(":
            depth += 1
        if depth:
            inner += token
        else:
            tokens.append(token)
        if token == ")":
            depth -= 1
            if depth == 0:
                tokens.append(inner)
                inner = ""
    return tokens


def clauses(sql):
    """([(column text, descending, nulls first)], has a LIMIT) of the outermost query."""
    tokens = outermost(sql)
    lower = [t.lower() for t in tokens]
    starts = [i for i, t in enumerate(lower) if t == "order" and lower[i + 1:i + 2] == ["by"]]
    limited = "limit" in lower
    if not starts:
        return [], limited
    items, current = [], []
    for token in tokens[starts[-1] + 2:]:
        if token.lower() in ("limit", "offset"):
            break
        if token == ",":
            items.append(current)
            current = []
        elif token != ";":
            current.append(token)
    keys = []
    for item in [*items, current]:
        words = [t.lower() for t in item]
        descending = "desc" in words
        nulls_first = "first" in words if "nulls" in words else not descending
        text = [t for t in item if t.lower() not in ("asc", "desc", "nulls", "first", "last")]
        keys.append(("".join(text), descending, nulls_first))
    return keys, limited


def sort_columns(sql, names):
    """([(column index, descending, nulls first)], complete): the leading sort keys that are output columns."""
    keys, _ = clauses(sql)
    found, lower = [], [n.lower() for n in names]
    for text, descending, nulls_first in keys:
        name = text.strip("`").split(".")[-1].lower()
        if text.isdigit() and 0 < int(text) <= len(names):
            index = int(text) - 1
        elif re.fullmatch(r"[\w.`]+", text) and lower.count(name) == 1:
            index = lower.index(name)
        elif text.lower().replace(" ", "") in [n.replace(" ", "") for n in lower]:
            index = [n.replace(" ", "") for n in lower].index(text.lower().replace(" ", ""))
        else:
            return found, False
        found.append((index, descending, nulls_first))
    return found, True


def comparable(value, kind):
    if not NUMERIC.match(kind):
        return value.encode()
    if kind in ("double", "float"):
        number = float(value)
        return (1, 0.0) if math.isnan(number) else (0, number)
    return decimal.Decimal(value)


def precedes_or_ties(left, right, columns, kinds):
    """False if row `left` must not stand before row `right`."""
    for index, descending, nulls_first in columns:
        a, b = left[index], right[index]
        if a == b:
            continue
        if a is None or b is None:
            return (a is None) == nulls_first
        a, b = comparable(a, kinds[index]), comparable(b, kinds[index])
        if a != b:
            return (a > b) if descending else (a < b)
    return True


def first_disorder(rows, columns, kinds):
    """Index of the first row that stands before one it should follow, or None."""
    for i in range(len(rows) - 1):
        if not precedes_or_ties(rows[i], rows[i + 1], columns, kinds):
            return i
    return None
