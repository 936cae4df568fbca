"""Do two engines agree on a query's rows? In any order; numbers within the tolerance that their types leave."""
import math

import tpcds  # noqa: F401  (puts the tests' modules on the path)

import order

# DuckDB and Spark round averages of decimals at different places.
RELATIVE, ABSOLUTE = 2e-4, 1e-6


def number(text):
    try:
        return float(text)
    except ValueError:
        return None


def same_value(left, right):
    if left == right:
        return True
    if left is None or right is None:
        return False
    a, b = number(left), number(right)
    if a is None or b is None:
        return left.rstrip() == right.rstrip()
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    return abs(a - b) <= max(ABSOLUTE, RELATIVE * max(abs(a), abs(b)))


def same_row(left, right):
    return len(left) == len(right) and all(map(same_value, left, right))


def key(row):
    """What must be equal as text: everything that is no number."""
    return tuple(None if v is None else "#" if number(v) is not None else v.rstrip() for v in row)


def unmatched(left, right):
    """Rows of each side that have no partner on the other."""
    groups = {}
    for row in right:
        groups.setdefault(key(row), []).append(row)
    missing = []
    for row in left:
        candidates = groups.get(key(row), [])
        partner = next((i for i, other in enumerate(candidates) if same_row(row, other)), None)
        if partner is None:
            missing.append(row)
        else:
            del candidates[partner]
    return missing, [row for rows in groups.values() for row in rows]


def verdict(sql, names, ours, theirs):
    """ "same", "ties" (rows that tie at the LIMIT were chosen differently) or what differs."""
    missing, extra = unmatched(ours, theirs)
    if not missing and not extra:
        return "same"
    if len(ours) == len(theirs) and order.clauses(sql)[1]:
        columns, complete = order.sort_columns(sql, names)
        if complete and columns:
            last = [ours[-1][i] for i, _, _ in columns]
            if all(same_row([row[i] for i, _, _ in columns], last) for row in missing + extra):
                return "ties"
    return f"{len(missing)} of {len(ours)} rows differ from {len(theirs)}"
