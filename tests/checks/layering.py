"""A folder of src/ includes only from itself and from lower ones (cmake/layers.txt)."""

import tree


def faults(root, binary):
    del binary
    order = {room: rank for rank, room in enumerate(tree.rooms(root))}
    found = []
    for name in tree.sources(root):
        room = name.split("/")[1]
        if room not in order:
            found.append(f"{name}: src/{room} is not in cmake/layers.txt")
            continue
        for number, included, quoted in tree.includes(root / name):
            target = included.split("/")[0]
            if target in order and order[target] > order[room]:
                found.append(f"{name}:{number}: {room} includes {included}, and {target} is above it")
            elif quoted and target not in order and included.startswith("."):
                found.append(f"{name}:{number}: write the include from src/: {included}")
    return found
