# What wakes the board from its sleep, as the firmware keeps it (its `machine_rtc_config`), and what has woken it.

import _board
import struct
from _chip import chip as _chip

SLEEP, DEEPSLEEP = 2, 4
EXT0, EXT1, TIMER, GPIO = 2, 3, 4, 7  # what wakes, as ESP-IDF numbers it
_ANY_LOW, _ANY_HIGH, _ALL_LOW = 0, 1, 2  # what pins have to show, in a request

# What has woken the board last, and the bits of the pins that the chip tells of.
_reason, _pins = _board.info.woken


class waking:
    """What is set."""

    ext0 = -1  # a pin's number
    ext0_level = False
    ext0_kinds = 0  # of sleep
    ext1 = 0  # bits of pins
    ext1_level = False
    gpio = 0
    gpio_level = False
    on_touch = False
    on_ulp = False


def refuse(*conflicts):
    if any(conflicts):
        raise ValueError("no resources")


def sources(kind):
    """The pins that wake from this kind of sleep, as a request has them."""
    found = b""
    if waking.ext0 != -1 and waking.ext0_kinds & kind:
        found += _source(EXT0, _ANY_HIGH if waking.ext0_level else _ANY_LOW, 1 << waking.ext0)
    if waking.ext1:
        low = _ALL_LOW if _chip.ext1_wants_all_low else _ANY_LOW
        found += _source(EXT1, _ANY_HIGH if waking.ext1_level else low, waking.ext1)
    if waking.gpio:
        if kind == DEEPSLEEP:
            if not _chip.deep_sleep_gpio:
                raise ValueError("DEEPSLEEP with gpio pins not supported on this chip")
            if waking.gpio & ~sum([1 << pin for pin in _chip.deep_sleep_gpio]):
                raise ValueError("wake-up pin not supported")
        found += _source(GPIO, _ANY_HIGH if waking.gpio_level else _ANY_LOW, waking.gpio)
    return found


def _source(number, condition, pins):
    return struct.pack("<BBQ", number, condition, pins)


def doze(until):
    """Sleeps lightly until then (µs, None: for ever), or until a pin wakes the board."""
    global _reason, _pins
    _reason, _pins = _board.doze(until, sources(SLEEP)) or (TIMER, 0)
    if _reason == GPIO:
        # These the chip tells after a deep sleep only.
        _pins = 0


def reason():
    return _reason


def pins():
    if _reason == EXT0:
        return ()  # the chip has no register for the only one
    return tuple([pin for pin in range(64) if _pins >> pin & 1])
