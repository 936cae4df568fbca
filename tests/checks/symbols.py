"""No two libraries that the binary loads define one symbol, and the binary exports nothing of its own.

Arrow's wheel bundles other versions of libraries that Debian has too. Where one symbol is defined twice, the dynamic
linker takes the first for both, and calls run into the wrong version. Weak and unique symbols (inline functions,
templates, type information of the C++ standard library) are meant to be merged and are left out; so are symbols that
libraries of one wheel share, which were built together from one source.
"""

import re
import subprocess
from collections import defaultdict
from pathlib import Path

# The C and C++ runtime defines some names in several of its own parts by design; none of them is bundled by anyone.
RUNTIME = re.compile(r"/(ld-linux[^/]*|libc|libm|libpthread|librt|libdl|libgcc_s|libstdc\+\+|libmvec)\.so[.0-9]*$")
# Marks that the static linker puts into every file.
LINKER_MARKS = {"_init", "_fini", "__bss_start", "_edata", "_end", "__end__", "edata", "end", "etext",
                "_etext", "__data_start", "data_start", "_IO_stdin_used"}


def loaded_libraries(binary):
    done = subprocess.run(["ldd", str(binary)], capture_output=True, text=True, check=True)
    return re.findall(r"(/\S+) \(0x", done.stdout)


def defined_symbols(path):
    """(type letter, name without its version) of the symbols that a file exports."""
    done = subprocess.run(["nm", "-D", "--defined-only", str(path)], capture_output=True, text=True,
                          check=True)
    found = []
    for line in done.stdout.splitlines():
        parts = line.split()
        if len(parts) == 3:
            found.append((parts[1], parts[2]))
    return found


def origin(library):
    """What was built together: the libraries of one wheel's folder, else each library alone."""
    return str(Path(library).parent) if "site-packages" in library else library


def faults(root, binary):
    del root
    if not binary.exists():
        return [f"{binary} is not built"]
    found = []
    definers = defaultdict(list)
    for library in loaded_libraries(binary):
        if RUNTIME.search(library):
            continue
        for kind, name in defined_symbols(library):
            plain = re.sub(r"@.*", "", name)
            if kind in "TDBRG" and plain not in LINKER_MARKS:
                definers[name].append(library)
    for name, libraries in sorted(definers.items()):
        if len({origin(library) for library in libraries}) > 1:
            found.append(f"{name} is defined by {' and '.join(sorted(libraries))}")
    for kind, name in defined_symbols(binary):
        plain = re.sub(r"@.*", "", name)
        if kind in "TDBRG" and plain not in LINKER_MARKS and "@" not in name:
            found.append(f"the binary exports {name}")
        elif "5emery" in plain:
            found.append(f"the binary exports {name} of ours")
    return found
