"""Compares result rows: text for text, except that float and double columns may differ by a relative 1e-9."""
import math

TOLERANCE = 1e-9


def is_floating(kind):
    return kind in ("double", "float")


def same_number(left, right, tolerance=TOLERANCE):
    if left == right:
        return True
    try:
        a, b = float(left), float(right)
    except (TypeError, ValueError):
        return False
    if math.isnan(a) or math.isnan(b):
        return math.isnan(a) and math.isnan(b)
    if math.isinf(a) or math.isinf(b):
        return a == b
    return abs(a - b) <= tolerance * max(abs(a), abs(b))


def same_row(left, right, floating, tolerance=TOLERANCE):
    if len(left) != len(right):
        return False
    return all(a == b or (f and same_number(a, b, tolerance)) for a, b, f in zip(left, right, floating))


def sort_key(row, floating):
    """Orders rows so that values which count as equal lie together: doubles come last and rounded."""
    exact, rounded = [], []
    for value, is_float in zip(row, floating):
        if value is None:
            (rounded if is_float else exact).append((0, ""))
        elif is_float:
            try:
                rounded.append((1, "%.6e" % float(value)))
            except ValueError:
                rounded.append((2, value))
        else:
            exact.append((1, value))
    return exact, rounded


def text_key(row):
    return [(value is not None, value or "") for value in row]


def first_difference(expected, found, kinds, ordered, tolerance=TOLERANCE):
    """None if the rows are the same, else (what is missing, what is too much) as lists of rows."""
    if not ordered:
        expected, found = sorted(expected, key=text_key), sorted(found, key=text_key)
    if expected == found:
        return None
    floating = [is_floating(k) for k in kinds]
    if any(floating) and len(expected) == len(found):
        if not ordered:
            expected = sorted(expected, key=lambda r: sort_key(r, floating))
            found = sorted(found, key=lambda r: sort_key(r, floating))
        if all(same_row(a, b, floating, tolerance) for a, b in zip(expected, found)):
            return None
        if not ordered and matches_as_bags(expected, found, floating, tolerance):
            return None
    if ordered:
        wrong = [(a, b) for a, b in zip(expected, found) if not same_row(a, b, floating, tolerance)]
        missing = [a for a, _ in wrong] + expected[len(found):]
        extra = [b for _, b in wrong] + found[len(expected):]
        return missing, extra
    missing, extra = list(expected), []
    for row in found:
        if row in missing:
            missing.remove(row)
        else:
            extra.append(row)
    return missing, extra


def matches_as_bags(expected, found, floating, tolerance):
    """For rows whose doubles fall on both sides of a rounding edge. Quadratic within rows of equal exact part."""
    groups = {}
    exact = lambda row: tuple(v for v, f in zip(row, floating) if not f)  # noqa: E731
    for row in expected:
        groups.setdefault(exact(row), []).append(row)
    for row in found:
        rest = groups.get(exact(row), [])
        for i, candidate in enumerate(rest):
            if same_row(candidate, row, floating, tolerance):
                del rest[i]
                break
        else:
            return False
    return True
