#!/usr/bin/env python3
"""Runs fields of growing size, and prints what they cost as a Markdown table; --svg draws it.

Each board broadcasts once a second. A reception is a pair of a frame on the air and a board in its range, whatever becomes
of the frame there. What it takes until the first frame is told apart from what a virtual second takes after that.
"""

import argparse
import json
import statistics
import sys
from collections import namedtuple
from pathlib import Path

from plot import Panel, Series, svg
from runs import Failure, build_sim, member, print_table, ratio, run_demo, run_script, virtual_seconds

Size = namedtuple("Size", "boards exponent seconds runs")
# At exponent 4 a board hears about 60 others, however many there are; at 3 up to 1200, and the air is full.
SPARSE = [Size(100, 4, 10, 5), Size(300, 4, 10, 5), Size(1000, 4, 10, 5), Size(3000, 4, 10, 3), Size(10_000, 4, 10, 3),
          Size(30_000, 4, 3, 1), Size(100_000, 4, 3, 1)]
DENSE = [Size(100, 3, 10, 5), Size(300, 3, 10, 3), Size(1000, 3, 3, 3), Size(3000, 3, 3, 1)]
START_SECONDS = 0.001


def main():
    arguments = parse_arguments()
    binary = arguments.sim or build_sim()
    costs = []
    for size in SPARSE + DENSE:
        if size.boards > arguments.most:
            continue
        cost = measure(binary, size)
        costs.append(cost)
        print(f"{size}: {cost['cpu_s']:.2f} s", file=sys.stderr)
        if arguments.raw:
            print(json.dumps(cost), file=arguments.raw, flush=True)
    print_table([HEAD, *(row(cost) for cost in costs)])
    if arguments.svg:
        arguments.svg.write_text(picture(costs, ns3_costs(arguments.field)), encoding="utf-8")


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--most", type=int, default=100_000, help="leave fields with more boards out")
    parser.add_argument("--sim", type=Path, help="this binary instead of the one that cargo builds")
    parser.add_argument("--raw", type=argparse.FileType("w"), help="write each size's costs to this file, a JSON line each")
    parser.add_argument("--svg", type=Path, help="draw the costs into this file")
    parser.add_argument("--field", type=Path, help="what `compare.py field --raw` wrote, to draw ns-3 beside it")
    return parser.parse_args()


def measure(binary, size):
    """Medians of a size's runs, one seed each."""
    runs = []
    for seed in range(1, size.runs + 1):
        settings = {"boards": size.boards, "exponent": size.exponent, "period": "1s"}
        start, _ = run_demo(binary, "field", seed, START_SECONDS, **settings)
        cost, report = run_demo(binary, "field", seed, size.seconds, **settings)
        seconds = virtual_seconds(report)
        receptions = member(member(report, "medium"), "in_range")
        cpu_per_s = max(cost["cpu_s"] - start["cpu_s"], 0) / seconds
        runs.append({
            "receptions_per_s": receptions / seconds,
            "start_s": start["cpu_s"],
            "cpu_per_s": cpu_per_s,
            "ns_per_reception": 1e9 * ratio(cpu_per_s * seconds, receptions),
            "whole_wall_per_s": cost["wall_s"] / seconds,
            "whole_cpu_per_s": cost["cpu_s"] / seconds,
            "cpu_s": cost["cpu_s"],
            "peak_mib": cost["peak_mib"],
        })
    medians = {name: statistics.median(run[name] for run in runs) for name in runs[0]}
    return {"boards": size.boards, "exponent": size.exponent, "seconds": size.seconds, **medians}


HEAD = ["boards", "exponent", "receptions a virtual s", "start, CPU s", "CPU s a virtual s", "ns a reception",
        "whole run: wall s a virtual s", "CPU s a virtual s", "peak MiB", "KiB a board"]


def row(cost):
    return [str(cost["boards"]), str(cost["exponent"]), f"{cost['receptions_per_s']:.0f}", f"{cost['start_s']:.2g}",
            f"{cost['cpu_per_s']:.2g}", f"{cost['ns_per_reception']:.0f}", f"{cost['whole_wall_per_s']:.2g}",
            f"{cost['whole_cpu_per_s']:.2g}", f"{cost['peak_mib']:.0f}", f"{cost['peak_mib'] * 1024 / cost['boards']:.1f}"]


def ns3_costs(path):
    """Medians of ns-3's runs, from the raw file of the comparison."""
    if path is None:
        return []
    try:
        runs = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    except (OSError, ValueError) as error:
        raise Failure(f"can't use {path}: {error}") from None
    fields = {}
    for run in runs:
        if run["side"] == "ns3" and run["scenario"] == "field":
            fields.setdefault((run["boards"], run["period"]), []).append(run)
    costs = []
    for (boards, period), of_field in fields.items():
        figures = {
            "receptions_per_s": [run["in_range"] / run["simulated_s"] for run in of_field],
            "cpu_per_s": [run["cpu_s"] / run["simulated_s"] for run in of_field],
            "peak_mib": [run["peak_mib"] for run in of_field],
        }
        medians = {name: statistics.median(values) for name, values in figures.items()}
        costs.append({"boards": boards, "period": period, **medians})
    return costs


def picture(costs, ns3):
    sparse = [cost for cost in costs if cost["exponent"] == 4]
    dense = [cost for cost in costs if cost["exponent"] == 3]
    ns3_every_second = [cost for cost in ns3 if cost["period"] == 1000]

    def series(x, y):
        # Boards that send more often cost more, so against boards only those that send as often are drawn.
        others = ns3_every_second if x == "boards" else ns3
        every = [
            Series("sim, exponent 4", "#0072b2", points(sparse, x, y), joined=True),
            Series("sim, exponent 3", "#56b4e9", points(dense, x, y), joined=True),
            Series("ns-3.37", "#d55e00", points(others, x, y), joined=False),
        ]
        return [one for one in every if one.points]

    return svg([
        Panel("CPU s a virtual s", "receptions a virtual s", series("receptions_per_s", "cpu_per_s"), (1, "real time")),
        Panel("CPU s a virtual s", "boards", series("boards", "cpu_per_s"), (1, "real time")),
        Panel("peak memory, MiB", "boards", series("boards", "peak_mib"), (1024, "1 GiB")),
    ])


def points(costs, x, y):
    return sorted((cost[x], cost[y]) for cost in costs if cost[x] > 0 and cost[y] > 0)


if __name__ == "__main__":
    run_script(main)
