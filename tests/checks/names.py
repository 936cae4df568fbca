"""File names say one concept: snake_case, no util, helper, common or misc; x_internal.h stays in its folder."""

import re

import tree

VAGUE = {"util", "utils", "utility", "utilities", "helper", "helpers", "common", "misc"}


def faults(root, binary):
    del binary
    found = []
    for name in tree.files(root):
        parts = re.split(r"[/_.\-]", name.lower())
        vague = VAGUE & set(parts)
        if vague:
            found.append(f"{name}: \"{vague.pop()}\" does not say what it holds")
    for name in tree.sources(root):
        if not re.fullmatch(r"src/([a-z0-9_]+/)+[a-z0-9_]+\.(cc|h)", name):
            found.append(f"{name}: file and folder names are snake_case")
        folder = name.rsplit("/", 1)[0].removeprefix("src/")
        for number, included, _ in tree.includes(root / name):
            if included.endswith("_internal.h"):
                home = included.rsplit("/", 1)[0]
                if folder != home and not folder.startswith(home + "/"):
                    found.append(f"{name}:{number}: {included} is for its own folder only")
    return found
