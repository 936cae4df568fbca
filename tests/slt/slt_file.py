"""Reads and writes .slt files. The format is described in README.md."""
import re
from dataclasses import dataclass, field


@dataclass
class Record:
    kind: str  # "ok", "error", "query" or "draft" (no directive yet)
    sql: str
    line: int
    ordered: bool = False
    names: bool = False
    condition: str = ""
    wants_message: bool = False
    wants_position: bool = False
    expected: list = field(default_factory=list)  # raw lines after ----
    comments: list = field(default_factory=list)  # comment lines above the record
    completed: bool = False  # has a ---- part, or needs none


def escape(value):
    if value is None:
        return "NULL"
    if value == "":
        return "(empty)"
    if value in ("NULL", "(empty)"):
        return "\\" + value
    return (value.replace("\\", "\\\\").replace("\t", "\\t").replace("\n", "\\n").replace("\r", "\\r")
            .replace("\0", "\\0"))


def unescape(text):
    if text == "NULL":
        return None
    if text == "(empty)":
        return ""
    named = {"t": "\t", "n": "\n", "r": "\r", "0": "\0"}
    return re.sub(r"\\(.)", lambda m: named.get(m.group(1), m.group(1)), text)


def split_drafts(text):
    """Cuts a block without directive into statements: a `;` at a line's end, outside quotes, ends one."""
    statements, current, quote = [], [], None
    for line in text.split("\n"):
        i = 0
        while i < len(line):
            c = line[i]
            if quote:
                if c == "\\" and quote != "`":
                    i += 1
                elif c == quote:
                    quote = None
            elif c in "'\"`":
                quote = c
            elif line.startswith("--", i):
                break
            i += 1
        if not quote and line.rstrip().endswith(";"):
            current.append(line.rstrip()[:-1])
            statements.append("\n".join(current))
            current = []
        else:
            current.append(line)
    if any(x.strip() for x in current):
        statements.append("\n".join(current))
    return statements


def select_items(sql):
    """The expressions of a SELECT that has nothing but a list of expressions; none for any other statement."""
    found = re.match(r"(?is)^\s*SELECT\s+(?!DISTINCT|ALL\b|/\*)(.*)$", sql)
    if not found:
        return []
    items, current, depth = [], "", 0
    token = r"([rR]'[^']*'|[rR]\"[^\"]*\"|'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`[^`]*`|[()\[\]<>,]|--.*)"
    for part in re.split(token, found.group(1), flags=re.DOTALL):
        if part in ("(", "["):
            depth += 1
        elif part in (")", "]"):
            depth -= 1
        elif part == "," and depth == 0:
            items.append(current.strip())
            current = ""
            continue
        elif depth == 0 and re.search(r"(?i)\b(from|where|union|order|lateral|limit|group)\b|--", part or "") \
                and part[:1] not in ("'", '"', "`"):
            return []
        current += part or ""
    return items + [current.strip()]


def parse(path):
    """Returns the list of records; comments that follow the last record come as a record of kind "end"."""
    with open(path, encoding="utf-8", newline="\n") as file:
        lines = file.read().split("\n")
    records, comments, i = [], [], 0
    while i < len(lines):
        line = lines[i]
        if not line.strip():
            if comments and comments[-1] != "":
                comments.append("")
            i += 1
            continue
        if line.startswith("#"):
            comments.append(line)
            i += 1
            continue
        start = i
        words = line.split()
        directive = (words[0] == "statement" and len(words) > 1 and words[1] in ("ok", "error")) or \
                    (words[0] == "query" and all(w in ("ordered", "rowsort", "names") for w in words[1:]))
        if directive:
            i += 1
        body = []
        while i < len(lines) and lines[i].strip() and lines[i] != "----":
            body.append(lines[i])
            i += 1
        expected, has_expected = [], False
        if directive and i < len(lines) and lines[i] == "----":
            has_expected = True
            i += 1
            while i < len(lines) and lines[i] != "":
                expected.append(lines[i])
                i += 1
        sql = "\n".join(body)
        if not directive:
            first = True
            for statement in split_drafts(sql):
                records.append(Record("draft", statement, start + 1, comments=comments if first else []))
                first = False
            comments = []
            continue
        record = Record("query" if words[0] == "query" else words[1], sql, start + 1,
                        comments=comments, expected=expected)
        if record.kind == "query":
            record.ordered = "ordered" in words
            record.names = "names" in words
            record.completed = has_expected
        elif record.kind == "error":
            rest = words[2:]
            record.wants_message = "message" in rest
            record.wants_position = "position" in rest
            record.condition = next((w for w in rest if w not in ("message", "position")), "")
            record.completed = bool(record.condition) and \
                (has_expected or not (record.wants_message or record.wants_position))
        else:
            record.completed = True
        records.append(record)
        comments = []
    if comments:
        records.append(Record("end", "", len(lines), comments=comments))
    return records


def write(path, records):
    out = []
    for record in records:
        if record.comments:
            out.extend(record.comments)
            if record.kind == "end":
                continue
        if record.kind == "ok":
            out += ["statement ok", record.sql]
        elif record.kind == "error":
            out += [" ".join(["statement error", record.condition or "UNKNOWN"]
                             + (["position"] if record.wants_position else [])
                             + (["message"] if record.wants_message else [])), record.sql]
            if record.wants_message or record.wants_position:
                out += ["----", *record.expected]
        elif record.kind == "query":
            out += [" ".join(["query"] + (["ordered"] if record.ordered else [])
                             + (["names"] if record.names else [])), record.sql, "----", *record.expected]
        elif record.kind == "draft":
            out += [record.sql + ";"]
        out.append("")
    text = "\n".join(out).rstrip("\n") + "\n"
    with open(path, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
