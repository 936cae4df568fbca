"""The files of the source tree, as the checks see them: what git tracks and what it would."""

import re
import subprocess

SOURCE_SUFFIXES = (".cc", ".h")


def files(root):
    """All files that git tracks or has not been told to ignore, as paths relative to `root`."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=root, capture_output=True, text=True)
    if listed.returncode == 0:
        names = listed.stdout.splitlines()
    else:  # an unpacked archive
        names = [str(path.relative_to(root)) for path in root.rglob("*")
                 if not {"build", ".deps"} & set(path.relative_to(root).parts)]
    return sorted(name for name in set(names) if (root / name).is_file())


def sources(root):
    return [name for name in files(root) if name.startswith("src/") and name.endswith(SOURCE_SUFFIXES)]


def rooms(root):
    """The folders of src/, lowest first."""
    return [line for line in (root / "cmake" / "layers.txt").read_text().splitlines()
            if re.match("[a-z]", line)]


def includes(path):
    """(line number, included name, whether in quotes) of each include of a file."""
    found = []
    for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
        match = re.match(r'\s*#\s*include\s*(["<])([^">]+)[">]', line)
        if match:
            found.append((number, match.group(2), match.group(1) == '"'))
    return found
