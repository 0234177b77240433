#!/usr/bin/env python3
"""Runs the same scenarios in ns-3 and in this simulator, and prints what came out as Markdown tables.

The two run alternately, one process at a time, with the same number of boards, period and path loss. Wall time
and peak memory are those of the whole process. See bench/README.md.
"""

import argparse
import json
import shlex
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BENCH = ROOT / "bench"
BUILT = ROOT / "target" / "bench"

NS3_LIBRARIES = [f"-lns3-{module}" for module in ("wifi", "propagation", "mobility", "network", "stats", "core")]

# Boards, path loss exponent, period in ms.
FIELDS = [(10, 3, 100), (100, 3, 100), (500, 3, 100), (100, 4, 1000), (500, 4, 1000), (1000, 4, 1000)]
QUICK_FIELDS = [(10, 3, 100), (100, 4, 1000)]
STATIONS = [1, 2, 5, 10, 20, 50]
QUICK_STATIONS = [1, 5, 20]
PAYLOAD_OF_SATURATION = 200


class Failure(Exception):
    """What went wrong, in a line."""


def main():
    arguments = parse_arguments()
    try:
        BUILT.mkdir(parents=True, exist_ok=True)
        bench = Bench(arguments)
        if arguments.what in ("field", "all"):
            bench.print_field()
        if arguments.what in ("saturation", "all"):
            bench.print_saturation()
    except Failure as failure:
        sys.exit(f"compare: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)


def parse_arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", nargs="?", choices=["field", "saturation", "all"], default="all")
    parser.add_argument("--quick", action="store_true", help="a few small rows, two seeds")
    parser.add_argument("--seeds", type=int, help="how many, from 1 (default 5; quick: 2)")
    parser.add_argument("--seconds", type=int, default=10, help="virtual seconds of a run (default 10)")
    parser.add_argument("--only", choices=["ns3", "sim"], help="leave the other one out")
    parser.add_argument("--sim", type=Path, help="this binary instead of the one that cargo builds")
    parser.add_argument("--ns3-sensitivity", action="store_true",
                        help="let ns-3 scale the sensitivity to the channel's width, as it does by default")
    parser.add_argument("--raw", type=argparse.FileType("w"), help="write every run to this file, a JSON line each")
    arguments = parser.parse_args()
    if arguments.seeds is None:
        arguments.seeds = 2 if arguments.quick else 5
    if arguments.seeds < 1 or arguments.seconds < 1:
        parser.error("--seeds and --seconds are at least 1")
    return arguments


class Bench:
    def __init__(self, arguments):
        self.arguments = arguments
        compile_cpp("measure", [])
        self.sides = {}
        if arguments.only != "sim":
            self.sides["ns3"] = Ns3(arguments)
        if arguments.only != "ns3":
            self.sides["sim"] = Sim(arguments)

    def print_field(self):
        columns = ["N", "exponent", "period", "delivery: sim", "ns-3", "difference", *COST_COLUMNS]
        rows = [columns]
        for boards, exponent, period in QUICK_FIELDS if self.arguments.quick else FIELDS:
            runs = self.alternate("field", boards=boards, exponent=exponent, period=period)
            rows.append([str(boards), str(exponent), f"{period} ms", *compared(runs, "delivery", ".4f"), *costs(runs)])
        print_table("A field of broadcasters", rows)

    def print_saturation(self):
        columns = ["N", "kbit/s: sim", "ns-3", "difference", "failure: sim", "ns-3", "difference", *COST_COLUMNS]
        rows = [columns]
        for stations in QUICK_STATIONS if self.arguments.quick else STATIONS:
            runs = self.alternate("saturation", stations=stations)
            rows.append([str(stations), *compared(runs, "kbit_per_s", ".1f"), *compared(runs, "failure", ".4f"),
                         *costs(runs)])
        print_table("Saturation", rows)

    def alternate(self, scenario, **settings):
        """Runs every seed on each side in turn. Returns the runs by side."""
        runs = {name: [] for name in self.sides}
        for seed in range(1, self.arguments.seeds + 1):
            for name, side in self.sides.items():
                run = getattr(side, scenario)(seed=seed, **settings)
                runs[name].append(run)
                print(f"{scenario} {settings} seed {seed}: {name} took {run['wall_s']:.2f} s", file=sys.stderr)
                if self.arguments.raw:
                    line = {"scenario": scenario, "side": name, "seed": seed, **settings, **run}
                    print(json.dumps(line), file=self.arguments.raw, flush=True)
        return runs


class Ns3:
    def __init__(self, arguments):
        self.seconds = arguments.seconds
        self.field_options = ["--scaledSensitivity"] if arguments.ns3_sensitivity else []
        for name in ("field", "saturation"):
            compile_cpp(f"ns3/{name}", NS3_LIBRARIES)

    def field(self, boards, exponent, period, seed):
        command = [BUILT / "field", f"--boards={boards}", f"--exponent={exponent}", f"--period={period}",
                   *self.field_options]
        cost, result = self.run(command, seed)
        return {"delivery": result["delivery"], "simulated_s": result["simulated_s"], **cost}

    def saturation(self, stations, seed):
        cost, result = self.run([BUILT / "saturation", f"--stations={stations}"], seed)
        return {"kbit_per_s": result["kbit_per_s"], "failure": result["failure"],
                "simulated_s": result["simulated_s"], **cost}

    def run(self, command, seed):
        cost, output = measured([*command, f"--seconds={self.seconds}", f"--seed={seed}"])
        return cost, parsed(output, "ns-3's result")


class Sim:
    def __init__(self, arguments):
        self.seconds = arguments.seconds
        self.binary = arguments.sim or self.build()
        known = checked([self.binary, "demos"]).split()
        scenarios = ["field", "saturation"] if arguments.what == "all" else [arguments.what]
        for scenario in scenarios:
            if scenario not in known:
                raise Failure(f"sim has no demo `{scenario}`, see `sim demos`; --only ns3 runs ns-3 alone")

    @staticmethod
    def build():
        try:
            status = subprocess.run(["cargo", "build", "--release", "-p", "sim"], cwd=ROOT, check=False).returncode
        except FileNotFoundError:
            raise Failure("no cargo on the PATH: install Rust with rustup") from None
        if status != 0:
            raise Failure("`cargo build --release -p sim` failed; the cause is above")
        return ROOT / "target" / "release" / "sim"

    def field(self, boards, exponent, period, seed):
        cost, report = self.run("field", seed, boards=boards, exponent=exponent, period=f"{period}ms")
        medium = member(report, "medium")
        delivery = ratio(member(medium, "receptions"), member(medium, "in_range"))
        return {"delivery": delivery, "simulated_s": virtual_seconds(report), **cost}

    def saturation(self, stations, seed):
        cost, report = self.run("saturation", seed, stations=stations)
        seconds = virtual_seconds(report)
        sending = [tx for tx in (member(board, "tx") for board in member(report, "boards")) if member(tx, "attempts")]
        acknowledged = sum(member(tx, "acked") for tx in sending)
        # With equal power no ACK is lost, so what was acknowledged is what was received once.
        kbit_per_s = ratio(acknowledged * PAYLOAD_OF_SATURATION * 8 / 1000, seconds)
        failure = 1 - ratio(acknowledged, sum(member(tx, "attempts") for tx in sending))
        return {"kbit_per_s": kbit_per_s, "failure": failure, "simulated_s": seconds, **cost}

    def run(self, demo, seed, **settings):
        with tempfile.TemporaryDirectory() as directory:
            path = Path(directory) / "report.json"
            command = [self.binary, "run", "--demo", demo]
            for name, value in settings.items():
                command += ["--set", f"{name}={value}"]
            command += ["--seed", str(seed), "--for", f"{self.seconds}s", "--headless", "--report", str(path)]
            cost, _ = measured(command)
            try:
                text = path.read_text(encoding="utf-8")
            except OSError as error:
                raise Failure(f"sim wrote no report: {error}") from None
        return cost, parsed(text, "sim's report")


def compile_cpp(source, libraries):
    """Builds bench/SOURCE.cc unless what is built is newer."""
    path = BENCH / f"{source}.cc"
    binary = BUILT / path.stem
    inputs = [path, *path.parent.glob("*.h")]
    if binary.exists() and all(binary.stat().st_mtime > file.stat().st_mtime for file in inputs):
        return
    command = ["g++", "-std=c++17", "-O3", str(path), "-o", str(binary), *libraries]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise Failure("no g++: apt-get install g++ libns3-dev") from None
    if "ns3/" in done.stderr and "No such file" in done.stderr:
        raise Failure("no headers of ns-3: apt-get install libns3-dev (ns-3.37)")
    if done.returncode != 0:
        sys.stderr.write(done.stderr)
        raise Failure(f"{path.relative_to(ROOT)} does not compile; the cause is above")


def checked(command, launcher=()):
    """Runs a command that has to succeed, through a launcher that knows better how. Returns its output."""
    try:
        words = [str(word) for word in [*launcher, *command]]
        done = subprocess.run(words, capture_output=True, text=True, check=False)
    except OSError as error:
        raise Failure(f"can't run {command[0]}: {error.strerror}") from None
    if done.returncode != 0:
        complaint = done.stderr.strip().splitlines() or [f"status {done.returncode}"]
        raise Failure(f"`{shlex.join(str(word) for word in command)}` failed: {complaint[-1]}")
    return done.stdout


def measured(command):
    """Runs a command. Returns its wall time, CPU time and peak memory, and its output."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "cost.json"
        output = checked(command, launcher=[BUILT / "measure", path])
        return json.loads(path.read_text(encoding="utf-8")), output


def parsed(text, what):
    try:
        value = json.loads(text)
    except ValueError as error:
        raise Failure(f"{what} is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise Failure(f"{what} is not a JSON object")
    return value


def member(value, name):
    try:
        return value[name]
    except (KeyError, TypeError):
        raise Failure(f"sim's report has no `{name}` where it should: is this sim older than the script?") from None


def virtual_seconds(report):
    return member(report, "virtual_us") / 1e6


def ratio(part, whole):
    if not whole:
        raise Failure("sim's report has nothing to count: no frames, or no virtual time")
    return part / whole


def compared(runs, name, form):
    """The means of both sides and their difference."""
    means = {side: statistics.mean(run[name] for run in of_side) for side, of_side in runs.items()}
    if len(means) == 2:
        difference = format(means["sim"] - means["ns3"], "+" + form)
    else:
        difference = "–"
    return [*(format(means[side], form) if side in means else "–" for side in ("sim", "ns3")), difference]


COST_COLUMNS = ["wall s per simulated s: sim", "ns-3", "ns-3 / sim", "peak MiB: sim", "ns-3"]


def costs(runs):
    """Medians of both sides: wall time with its ratio, memory."""
    pace = {side: statistics.median(run["wall_s"] / run["simulated_s"] for run in of_side)
            for side, of_side in runs.items()}
    memory = {side: statistics.median(run["peak_mib"] for run in of_side) for side, of_side in runs.items()}
    faster = f"{pace['ns3'] / pace['sim']:.1f}" if len(pace) == 2 else "–"
    return [*(f"{pace[side]:.4g}" if side in pace else "–" for side in ("sim", "ns3")), faster,
            *(f"{memory[side]:.1f}" if side in memory else "–" for side in ("sim", "ns3"))]


def print_table(title, rows):
    head, *body = rows
    print(f"\n## {title}\n")
    for row in [head, ["--:"] * len(head), *body]:
        print("| " + " | ".join(row) + " |")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
