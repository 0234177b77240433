#!/usr/bin/env python3
"""Runs the same scenarios in ns-3 and in this simulator, and prints what came out as a Markdown table.

The two run alternately, one process at a time. In a field they have the very same positions and phases. CPU time and peak
memory are those of the whole process, wall time is that of the run alone by each program's own clock. See bench/README.md.
"""

import argparse
import json
import statistics
import sys
import tempfile
from collections import namedtuple
from pathlib import Path

from runs import (BUILT, Failure, build_sim, checked, compile_cpp, measured, member, parsed, print_table, ratio, run_demo,
                  run_script, virtual_seconds)

NS3_LIBRARIES = [f"-lns3-{module}" for module in ("wifi", "propagation", "mobility", "network", "stats", "core")]

# `period` in ms. `most_seeds`: ns-3 needs minutes for one. `lengths`: a run is so many times as long as the others.
Field = namedtuple("Field", "boards exponent period most_seeds lengths", defaults=[1])
FIELDS = [
    Field(10, 3, 100, 99),
    Field(100, 3, 100, 99),
    Field(500, 3, 100, 1),
    Field(100, 4, 1000, 99),
    # Here a run of 10 s is over in 2 ms, and its process has taken as long to start.
    Field(100, 4, 1000, 99, lengths=10),
    Field(500, 4, 1000, 99),
    Field(1000, 4, 1000, 99),
]
QUICK_FIELDS = [FIELDS[0], FIELDS[3]]

# A run of this simulator that takes less is measured so many times.
SHORT_S = 0.1
SHORT_RUNS = 5

STATIONS = [1, 2, 5, 10, 20, 50]
QUICK_STATIONS = [1, 5, 20]
PAYLOAD_OF_SATURATION = 200
# kbit/s and failure of a third program: slots drawn event by event, nothing else of 802.11 in it.
MONTE_CARLO = {
    1: (569.3, 0),
    2: (581.7, 0.0585),
    5: (566.5, 0.1739),
    10: (536.1, 0.2839),
    20: (498.8, 0.3921),
    50: (437.6, 0.5358),
}


def main():
    arguments = parse_arguments()
    bench = Bench(arguments)
    if arguments.what in ("field", "all"):
        bench.print_field()
    if arguments.what == "all":
        print()
    if arguments.what in ("saturation", "all"):
        bench.print_saturation()
    if arguments.ns3_runs:
        print("\nns-3's runs are earlier ones; the two did not alternate.")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", choices=["field", "saturation", "all"], default="all")
    parser.add_argument("--quick", action="store_true", help="a few small rows, two seeds")
    parser.add_argument("--seeds", type=int, help="how many, from 1 (default 5; quick: 2)")
    parser.add_argument("--seconds", type=int, default=10, help="virtual seconds of a run (default 10)")
    parser.add_argument("--only", choices=["ns3", "sim"], help="leave the other one out")
    parser.add_argument("--sim", type=Path, help="this binary instead of the one that cargo builds")
    parser.add_argument("--unscaled-sensitivity", action="store_true",
                        help="have ns-3 hear down to -98 dBm, which it makes -97.6 by default; this simulator follows the default")
    parser.add_argument("--raw", type=argparse.FileType("w"), help="write every run to this file, a JSON line each")
    parser.add_argument("--ns3-runs", type=Path,
                        help="take ns-3's runs from this file, an earlier --raw, where it has them; its results are the same again")
    arguments = parser.parse_args()
    if arguments.seeds is None:
        arguments.seeds = 2 if arguments.quick else 5
    if arguments.seeds < 1 or arguments.seconds < 1:
        parser.error("--seeds and --seconds are at least 1")
    return arguments


class Bench:
    def __init__(self, arguments):
        self.arguments = arguments
        self.sides = {}
        # ns-3 comes first: it writes the field that the other reads.
        if arguments.only != "sim":
            self.sides["ns3"] = Ns3(arguments)
        if arguments.only != "ns3":
            self.sides["sim"] = Sim(arguments)

    def print_field(self):
        rows = [["N", "exponent", "period", "runs", "of s", "delivery: sim", "ns-3", "difference", "largest of a run", *COST_COLUMNS]]
        for boards, exponent, period, most_seeds, lengths in QUICK_FIELDS if self.arguments.quick else FIELDS:
            seeds = min(self.arguments.seeds, most_seeds)
            seconds = self.arguments.seconds * lengths
            runs = self.alternate("field", seeds, boards=boards, exponent=exponent, period=period, seconds=seconds)
            rows.append([str(boards), str(exponent), f"{period} ms", str(seeds), str(seconds), *compared(runs, "delivery", ".4f"),
                         largest_difference(runs, "delivery", ".4f"), *costs(runs)])
        print_table(rows)

    def print_saturation(self):
        rows = [["N", "kbit/s: sim", "ns-3", "difference", "Monte Carlo", "failure: sim", "ns-3", "difference", "Monte Carlo",
                 *COST_COLUMNS]]
        for stations in QUICK_STATIONS if self.arguments.quick else STATIONS:
            runs = self.alternate("saturation", self.arguments.seeds, stations=stations, seconds=self.arguments.seconds)
            kbit_per_s, failure = MONTE_CARLO[stations]
            rows.append([str(stations), *compared(runs, "kbit_per_s", ".1f"), f"{kbit_per_s:.1f}",
                         *compared(runs, "failure", ".4f"), f"{failure:.4f}", *costs(runs)])
        print_table(rows)

    def alternate(self, scenario, seeds, **settings):
        """Runs every seed on each side in turn. Returns the runs by side."""
        runs = {name: [] for name in self.sides}
        for seed in range(1, seeds + 1):
            with tempfile.TemporaryDirectory() as directory:
                places = Path(directory) / "places"
                for name, side in self.sides.items():
                    if scenario == "field":
                        run = side.field(seed=seed, places=places, **settings)
                    else:
                        run = side.saturation(seed=seed, **settings)
                    runs[name].append(run)
                    print(f"{scenario} {settings} seed {seed}: {name} took {run['cpu_s']:.4f} s", file=sys.stderr)
                    if self.arguments.raw:
                        line = {"side": name, **identity(scenario, seed, **settings), **run}
                        print(json.dumps(line), file=self.arguments.raw, flush=True)
        return runs


class Ns3:
    def __init__(self, arguments):
        self.field_options = ["--scaledSensitivity=false"] if arguments.unscaled_sensitivity else []
        self.earlier = earlier_runs(arguments.ns3_runs)
        for name in ("field", "saturation"):
            compile_cpp(f"ns3/{name}", NS3_LIBRARIES)

    def field(self, boards, exponent, period, seconds, seed, places):
        command = [BUILT / "field", f"--boards={boards}", f"--exponent={exponent}", f"--period={period}",
                   f"--write={places}", *self.field_options]
        earlier = self.find_earlier(seconds, identity("field", seed, boards=boards, exponent=exponent, period=period))
        if earlier:
            # It draws its field before the first frame.
            checked([*command, "--seconds=0.001", f"--seed={seed}"])
            return earlier
        cost, result = self.run(command, seconds, seed)
        kept = ("delivery", "transmissions", "in_range", "simulated_s")
        return {**{name: result[name] for name in kept}, **cost}

    def saturation(self, stations, seconds, seed):
        earlier = self.find_earlier(seconds, identity("saturation", seed, stations=stations))
        if earlier:
            return earlier
        cost, result = self.run([BUILT / "saturation", f"--stations={stations}"], seconds, seed)
        return {"kbit_per_s": result["kbit_per_s"], "failure": result["failure"],
                "simulated_s": result["simulated_s"], **cost}

    def find_earlier(self, seconds, wanted):
        for run in self.earlier:
            if run["simulated_s"] == seconds and all(run.get(name) == value for name, value in wanted.items()):
                return {name: value for name, value in run.items() if name not in wanted and name != "side"}
        return None

    def run(self, command, seconds, seed):
        cost, output = measured([*command, f"--seconds={seconds}", f"--seed={seed}"])
        result = parsed(output, "ns-3's result")
        return {**cost, "run_s": result["wall_s"]}, result


class Sim:
    def __init__(self, arguments):
        self.binary = arguments.sim or build_sim()
        known = checked([self.binary, "demos"]).split()
        scenarios = ["field", "saturation"] if arguments.what == "all" else [arguments.what]
        for scenario in scenarios:
            if scenario not in known:
                raise Failure(f"sim has no demo `{scenario}`, see `sim demos`; --only ns3 runs ns-3 alone")

    def field(self, boards, exponent, period, seconds, seed, places):
        settings = {"boards": boards, "exponent": exponent, "period": f"{period}ms"}
        if places.exists():
            settings["places"] = places
        cost, report = self.run("field", seed, seconds, **settings)
        medium = member(report, "medium")
        in_range = member(medium, "in_range")
        return {"delivery": ratio(member(medium, "receptions"), in_range), "transmissions": member(medium, "transmissions"),
                "in_range": in_range, "simulated_s": virtual_seconds(report), **cost}

    def saturation(self, stations, seconds, seed):
        cost, report = self.run("saturation", seed, seconds, stations=stations)
        seconds = virtual_seconds(report)
        sending = [tx for tx in (member(board, "tx") for board in member(report, "boards")) if member(tx, "attempts")]
        acknowledged = sum(member(tx, "acked") for tx in sending)
        # With equal power no ACK is lost, so what was acknowledged is what was received once.
        kbit_per_s = ratio(acknowledged * PAYLOAD_OF_SATURATION * 8 / 1000, seconds)
        failure = 1 - ratio(acknowledged, sum(member(tx, "attempts") for tx in sending))
        return {"kbit_per_s": kbit_per_s, "failure": failure, "simulated_s": seconds, **cost}

    def run(self, scenario, seed, seconds, **settings):
        """Short runs are measured several times."""
        costs = []
        while not costs or (costs[0]["wall_s"] < SHORT_S and len(costs) < SHORT_RUNS):
            cost, report = run_demo(self.binary, scenario, seed, seconds, **settings)
            costs.append({**cost, "run_s": member(report, "wall_us") / 1e6})
        return {name: statistics.median(cost[name] for cost in costs) for name in costs[0]}, report


def identity(scenario, seed, **settings):
    """What makes a run the same run."""
    return {"scenario": scenario, "seed": seed, **settings}


def earlier_runs(path):
    if path is None:
        return []
    try:
        runs = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError) as error:
        raise Failure(f"can't use {path}: {error}") from None
    return [run for run in runs if run["side"] == "ns3"]


def compared(runs, name, form):
    """The means of both sides and their difference."""
    means = {side: statistics.mean(run[name] for run in of_side) for side, of_side in runs.items()}
    if len(means) == 2:
        difference = format(means["sim"] - means["ns3"], "+" + form)
    else:
        difference = "–"
    return [*(format(means[side], form) if side in means else "–" for side in ("sim", "ns3")), difference]


def largest_difference(runs, name, form):
    """That of the run in which the two sides are furthest apart."""
    if len(runs) < 2:
        return "–"
    return format(max((sim[name] - ns3[name] for sim, ns3 in zip(runs["sim"], runs["ns3"])), key=abs), "+" + form)


# Seconds per simulated second.
COST_COLUMNS = ["run, wall: sim", "ns-3", "ns-3 / sim", "process, CPU: sim", "ns-3", "ns-3 / sim", "peak MiB: sim", "ns-3"]


def costs(runs):
    """Medians of both sides: wall time of the run alone and CPU time of the whole process with their ratios, memory."""
    run, process = (medians(runs, lambda run, name=name: run[name] / run["simulated_s"]) for name in ("run_s", "cpu_s"))
    memory = medians(runs, lambda run: run["peak_mib"])
    return [*both(run, ".2g"), faster(run), *both(process, ".2g"), faster(process), *both(memory, ".1f")]


def faster(times):
    return f"{times['ns3'] / times['sim']:.0f}" if len(times) == 2 else "–"


def medians(runs, figure):
    return {side: statistics.median(figure(run) for run in of_side) for side, of_side in runs.items()}


def both(values, form):
    return [format(values[side], form) if side in values else "–" for side in ("sim", "ns3")]


if __name__ == "__main__":
    run_script(main)
