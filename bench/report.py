"""What a run found, as a table for people and as CSV."""
import csv
import statistics


def medians(times):
    return {query: statistics.median(seconds) for query, seconds in times.items() if seconds}


def geometric_mean(values):
    return statistics.geometric_mean(max(v, 1e-6) for v in values)


def ratio(ours, theirs):
    return f"{theirs / ours:.1f}x" if ours else ""


class Results:
    """Seconds, CPU seconds, rows and failures, by engine and query."""

    def __init__(self, engines, queries):
        self.engines, self.queries = list(engines), list(queries)
        self.seconds = {e: {q: [] for q in queries} for e in engines}
        self.cpu = {e: {q: [] for q in queries} for e in engines}
        self.failures = {e: {} for e in engines}
        self.num_rows = {}
        self.verdicts = {e: {} for e in engines}
        self.emery_metrics = {}
        self.peak_bytes = {}
        self.versions = {}

    def peers(self):
        return [e for e in self.engines if e != "emery"]

    def common(self):
        """Queries that every engine answered."""
        return [q for q in self.queries if all(self.seconds[e][q] and q not in self.failures[e] for e in self.engines)]

    def write_csv(self, path):
        with open(path, "w", newline="", encoding="utf-8") as file:
            out = csv.writer(file)
            head = ["query", "rows"]
            for engine in self.engines:
                head += [f"{engine}_seconds", f"{engine}_min", f"{engine}_max", f"{engine}_cpu"]
            head += [f"{p}_over_emery" for p in self.peers()] if "emery" in self.engines else []
            head += [f"{p}_rows" for p in self.peers()] + ["emery_peak_budget_bytes", "emery_bytes_read", "emery_spilled_bytes"]
            out.writerow(head)
            medians_of = {e: medians(self.seconds[e]) for e in self.engines}
            for query in self.queries:
                row = [query, self.num_rows.get(query, "")]
                for engine in self.engines:
                    seconds = self.seconds[engine][query]
                    if query in self.failures[engine] or not seconds:
                        row += [self.failures[engine].get(query, "not run")[:200], "", "", ""]
                    else:
                        row += [f"{v:.4f}" for v in (medians_of[engine][query], min(seconds), max(seconds),
                                                     statistics.median(self.cpu[engine][query]))]
                if "emery" in self.engines:
                    ours = medians_of["emery"].get(query)
                    row += [f"{medians_of[p][query] / ours:.2f}" if ours and query in medians_of[p] else ""
                            for p in self.peers()]
                row += [self.verdicts[p].get(query, "") for p in self.peers()]
                metrics = self.emery_metrics.get(query, {})
                row += [metrics.get(k, "") for k in ("peak_memory_bytes", "bytes_read", "spilled_bytes")]
                out.writerow(row)

    def print_all(self):
        self.print_queries()
        self.print_totals()
        self.print_disagreements()

    def print_queries(self):
        ours = "emery" in self.engines
        head = f"{'query':<8}{'rows':>7}" + "".join(f"{e + ' s':>11}" for e in self.engines)
        print("\n" + head + ("".join(f"{p + '/emery':>15}" for p in self.peers()) if ours else ""))
        middle = {e: medians(self.seconds[e]) for e in self.engines}
        for query in self.queries:
            if not any(self.seconds[e][query] or query in self.failures[e] for e in self.engines):
                continue
            line = f"{query:<8}{self.num_rows.get(query, ''):>7}"
            for engine in self.engines:
                failed = query in self.failures[engine]
                line += f"{'failed' if failed else format(middle[engine][query], '.3f') if query in middle[engine] else '':>11}"
            for peer in self.peers() if ours else ():
                both = query in middle["emery"] and query in middle[peer]
                line += f"{ratio(middle['emery'][query], middle[peer][query]) if both else '':>15}"
            print(line)

    def print_totals(self):
        common = self.common()
        if not common:
            return
        rounds = max(len(s) for s in self.seconds[self.engines[0]].values())
        print(f"\n{len(common)} queries that all answered, medians of {rounds} round{'s' if rounds > 1 else ''}")
        print(f"{'':<28}" + "".join(f"{e:>11}" for e in self.engines))
        rows = []
        for label, source, combine in (("total, seconds", self.seconds, sum), ("geometric mean, seconds", self.seconds, geometric_mean),
                                       ("CPU seconds", self.cpu, sum)):
            rows.append((label, {e: combine([medians(source[e])[q] for q in common]) for e in self.engines}))
        for label, values in rows:
            print(f"{label:<28}" + "".join(f"{values[e]:>11.3f}" for e in self.engines))
        print(f"{'peak memory, MiB':<28}" + "".join(f"{self.peak_bytes.get(e, 0) / 2**20:>11.0f}" for e in self.engines))
        if "emery" in self.engines:
            for peer in self.peers():
                faster = [q for q in common if medians(self.seconds["emery"])[q] < medians(self.seconds[peer])[q]]
                parts = [f"{label.split(',')[0]} {ratio(values['emery'], values[peer])}" for label, values in rows]
                print(f"{self.versions.get(peer, peer)} over Emery: {', '.join(parts)}; Emery is faster in {len(faster)} of {len(common)}")

    def print_disagreements(self):
        for engine in self.engines:
            for query, message in self.failures[engine].items():
                print(f"{engine} failed in {query}: {' '.join(message.split())[:200]}")
        for peer in self.peers():
            verdicts = self.verdicts[peer]
            ties = [q for q, v in verdicts.items() if v == "ties"]
            wrong = {q: v for q, v in verdicts.items() if v not in ("same", "ties")}
            if verdicts:
                print(f"rows against {peer}: {len(verdicts) - len(ties) - len(wrong)} the same, {len(ties)} but for ties at "
                      f"the LIMIT{' (' + ' '.join(ties) + ')' if ties else ''}, {len(wrong)} different")
            for query, verdict in wrong.items():
                print(f"  {query}: {verdict}")
