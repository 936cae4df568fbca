"""What a process and its children have used, from /proc."""
import os


def children_of_all():
    children = {}
    for name in os.listdir("/proc"):
        if name.isdigit():
            fields = stat_fields(int(name))
            if fields:
                children.setdefault(int(fields[1]), []).append(int(name))
    return children


def stat_fields(process_id):
    """The fields of /proc/…/stat behind the command's name: state, parent, …; None if the process is gone."""
    try:
        with open(f"/proc/{process_id}/stat", encoding="utf-8", errors="replace") as file:
            return file.read().rpartition(")")[2].split()
    except OSError:
        return None


def tree(root):
    children = children_of_all()
    found = [root]
    for process_id in found:
        found += children.get(process_id, [])
    return found


def cpu_seconds(process_ids):
    """User and system time of all threads together."""
    ticks = 0
    for process_id in process_ids:
        fields = stat_fields(process_id)
        if fields:
            ticks += int(fields[11]) + int(fields[12])
    return ticks / os.sysconf("SC_CLK_TCK")


def peak_resident_bytes(process_ids):
    """The sum of each process's highest resident memory so far."""
    total = 0
    for process_id in process_ids:
        try:
            with open(f"/proc/{process_id}/status", encoding="utf-8", errors="replace") as file:
                total += sum(int(line.split()[1]) * 1024 for line in file if line.startswith("VmHWM"))
        except OSError:
            pass
    return total
