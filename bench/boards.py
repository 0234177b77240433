#!/usr/bin/env python3
"""Runs two boards a metre apart, frames back to back, and prints frames a second beside those of real boards.

The measured figures are others': two ESP32, 1 m apart, 250-octet frames, best second, long preamble. They are good to about
10 %: those at 1 Mbit/s are above what the air allows at all.
"""

import argparse
from pathlib import Path

from runs import build_sim, member, print_table, ratio, run_demo, run_script, virtual_seconds

# Rate, then frames a second: acknowledged and broadcast.
MEASURED = {"1M": (357, 404), "11M": (1397, 1988), "54M": (3114, 3852)}
REPLIES = {"ack": "acknowledged", "none": "broadcast"}
SECONDS = 10


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sim", type=Path, help="this binary instead of the one that cargo builds")
    arguments = parser.parse_args()
    binary = arguments.sim or build_sim()
    rows = [["rate", "frames", "a second: sim", "measured", "difference"]]
    for rate, of_rate in MEASURED.items():
        for reply, measured in zip(REPLIES, of_rate):
            _, report = run_demo(binary, "pair", 1, SECONDS, rate=rate, reply=reply)
            received = member(member(member(report, "boards")[1], "rx"), "frames")
            frames = ratio(received, virtual_seconds(report))
            rows.append([f"{rate.removesuffix('M')} Mbit/s", REPLIES[reply], f"{frames:.0f}", str(measured), f"{frames / measured - 1:+.1%}"])
    print_table(rows)


if __name__ == "__main__":
    run_script(main)
