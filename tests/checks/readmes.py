"""Each folder of src/ with code has a README.md, and each relative link in a Markdown file leads somewhere."""

import re

import tree


def faults(root, binary):
    del binary
    names = set(tree.files(root))
    found = [f"src/{room} has no README.md" for room in tree.rooms(root)
             if any(name.startswith(f"src/{room}/") for name in names)
             and f"src/{room}/README.md" not in names]
    for name in sorted(names):
        if not name.endswith(".md"):
            continue
        text = re.sub(r"```.*?```", "", (root / name).read_text(errors="replace"), flags=re.DOTALL)
        for target in re.findall(r"\]\(([^)\s]+)\)", text):
            if re.match(r"[a-z]+:|#", target):
                continue
            if not ((root / name).parent / target.split("#")[0]).exists():
                found.append(f"{name}: no such file: {target}")
    return found
