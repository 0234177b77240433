"""Building and running what the benchmarks measure, one process at a time."""

import json
import shlex
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BENCH = ROOT / "bench"
BUILT = ROOT / "target" / "bench"


class Failure(Exception):
    """What went wrong, in a line."""


def run_script(main):
    """Runs a script's `main`; a failure is a line on standard error and status 1."""
    try:
        BUILT.mkdir(parents=True, exist_ok=True)
        compile_cpp("measure", [])
        main()
    except Failure as failure:
        sys.exit(f"{Path(sys.argv[0]).stem}: {failure}")
    except KeyboardInterrupt:
        sys.exit(130)


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


def build_sim():
    try:
        status = subprocess.run(["cargo", "build", "--release", "-p", "sim"], cwd=ROOT, check=False).returncode
    except FileNotFoundError:
        raise Failure("no cargo on the PATH: install Rust with rustup") from None
    if status != 0:
        raise Failure("`cargo build --release -p sim` failed; the cause is above")
    return ROOT / "target" / "release" / "sim"


def run_demo(binary, demo, seed, seconds, **settings):
    """Runs a demo without a screen. Returns what it cost, and its report."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "report.json"
        command = [binary, "run", "--demo", demo]
        for name, value in settings.items():
            command += ["--set", f"{name}={value}"]
        command += ["--seed", str(seed), "--for", f"{seconds}s", "--headless", "--report", str(path)]
        cost, _ = measured(command)
        try:
            text = path.read_text(encoding="utf-8")
        except OSError as error:
            raise Failure(f"sim wrote no report: {error}") from None
    return cost, parsed(text, "sim's report")


def measured(command):
    """Runs a command. Returns its wall time, CPU time and peak memory, and its output."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / "cost.json"
        output = checked(command, launcher=[BUILT / "measure", path])
        return json.loads(path.read_text(encoding="utf-8")), output


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


def print_table(rows):
    head, *body = rows
    for row in [head, ["--:"] * len(head), *body]:
        print("| " + " | ".join(row) + " |")
    sys.stdout.flush()
