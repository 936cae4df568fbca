"""Sources are formatted as .clang-format says (clang-format-19); `./run format` mends it."""

import subprocess

import tree


def faults(root, binary):
    del binary
    names = [name for name in tree.files(root) if name.endswith(tree.SOURCE_SUFFIXES)]
    found = []
    for start in range(0, len(names), 100):
        try:
            done = subprocess.run(
                ["clang-format-19", "--dry-run", "--ferror-limit=1", *names[start:start + 100]],
                cwd=root, capture_output=True, text=True)
        except FileNotFoundError:
            return ["clang-format-19 is not installed: ./run setup"]
        found += sorted({line.split(": warning")[0] for line in done.stderr.splitlines()
                         if "-Wclang-format-violations" in line})
    return found
