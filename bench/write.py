#!/usr/bin/env python3
"""Writes the figures of the last runs into BENCHMARKS.md, between its markers. `bench/all.sh` runs this at its end.

A marker is a line `<!-- NAME -->`, and `<!-- end -->` closes it.
"""

import json
import os
import platform
import re
import statistics
import sys
from pathlib import Path

from runs import ROOT, Failure, checked

PAGE = ROOT / "BENCHMARKS.md"
FIGURES = ROOT / "target" / "bench" / "figures"
CRITERION = ROOT / "target" / "criterion"
BLOCK = re.compile(r"<!-- (?!end)(\w+) -->\n.*?<!-- end -->", re.DOTALL)

NS3_GOAL = 200
PACE_GOAL = 10
MEMORY_GOAL_MIB = 1024


def main():
    blocks = {"machine": machine, "criterion": criterion, "goals": goals}

    def block(match):
        name = match[1]
        text = blocks[name]() if name in blocks else read(f"{name}.md")
        return f"<!-- {name} -->\n{text.strip()}\n<!-- end -->"

    try:
        PAGE.write_text(BLOCK.sub(block, PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    except Failure as failure:
        sys.exit(f"write: {failure}")


def read(name):
    try:
        return (FIGURES / name).read_text(encoding="utf-8")
    except OSError:
        raise Failure(f"no {FIGURES / name}: run bench/all.sh") from None


def rows(name):
    return [json.loads(line) for line in read(name).splitlines()]


def machine():
    """The machine in a line, with how busy it was."""
    try:
        names = re.findall(r"^model name\s*: (.*)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    except OSError:
        names = []
    processor = names[0] if names else platform.machine()
    memory_gib = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    rustc = checked(["rustc", "--version"]).split()[1]
    load = os.getloadavg()[2]
    others = " Other programs ran at the same time, so wall times are too long." if load > 1.3 else ""
    return (f"{processor}, {os.cpu_count()} cores, {memory_gib:.0f} GiB, {platform.system()}; Rust {rustc}. Load average over\n"
            f"the last 15 minutes of the runs: {load:.1f}; the benchmarks alone are 1.0.{others}")


def criterion():
    """The medians that Criterion left behind."""
    lines = ["| step | median | a second |", "|---|--:|--:|"]
    found = sorted(CRITERION.glob("**/new/estimates.json"), key=step_order)
    if not found:
        raise Failure(f"no medians in {CRITERION}: run bench/all.sh")
    for path in found:
        step = described(path)
        median_ns = json.loads(path.read_text(encoding="utf-8"))["median"]["point_estimate"]
        lines.append(f"| {step['full_id']} | {duration(median_ns)} | {throughput(step.get('throughput'), median_ns)} |")
    return "\n".join(lines)


def described(path):
    return json.loads(path.with_name("benchmark.json").read_text(encoding="utf-8"))


def step_order(path):
    step = described(path)
    value = step.get("value_str") or ""
    return step["group_id"], step["function_id"] or "", int(value) if value.isdigit() else 0


def throughput(each, median_ns):
    if not each:
        return ""
    ((unit, count),) = each.items()
    per_second = count / median_ns * 1e9
    return f"{per_second / 2**20:.0f} MiB" if unit == "Bytes" else f"{per_second / 1e6:.3g} million"


def duration(ns):
    for unit, scale in (("ns", 1), ("µs", 1e3), ("ms", 1e6)):
        if ns < 1000 * scale:
            return f"{ns / scale:.3g} {unit}"
    return f"{ns / 1e9:.3g} s"


def goals():
    lines = ["| goal | measured | |", "|---|---|---|"]
    for what, name in [("the run", "run_s"), ("the whole process", "cpu_s")]:
        ratios = ns3_ratios(name)
        lowest, highest = min(ratios.values()), max(ratios.values())
        short = [field for field, faster in ratios.items() if faster < NS3_GOAL]
        detail = f"; below it: {', '.join(short)}" if 0 < len(short) < len(ratios) else ""
        lines.append(f"| {NS3_GOAL} times ns-3's speed from 100 boards on: {what} | {lowest:.0f} to {highest:.0f} times{detail} "
                     f"| {verdict(not short)} |")
    sizes = {cost["boards"]: cost for cost in rows("scaling.jsonl") if cost["exponent"] == 4}
    pace = 1 / sizes[10_000]["whole_cpu_per_s"]
    lines.append(f"| 10 000 boards {PACE_GOAL} times faster than real time | {pace:.1f} times | {verdict(pace >= PACE_GOAL)} |")
    memory = sizes[100_000]["peak_mib"]
    lines.append(f"| 100 000 boards in less than 1 GiB | {memory:.0f} MiB | {verdict(memory < MEMORY_GOAL_MIB)} |")
    return "\n".join(lines)


def ns3_ratios(name):
    """By how much this simulator is faster in each field of 100 boards or more, by the medians of a time."""
    times = {}
    for run in rows("field.jsonl"):
        if run["boards"] >= 100:
            field_name = f"{run['boards']} boards at exponent {run['exponent']} for {run['simulated_s']:.0f} s"
            field = times.setdefault(field_name, {"sim": [], "ns3": []})
            field[run["side"]].append(run[name])
    return {name: statistics.median(of["ns3"]) / statistics.median(of["sim"]) for name, of in times.items()}


def verdict(met):
    return "met" if met else "not met"


if __name__ == "__main__":
    main()
