# MicroPython's `machine` on a virtual board.

import _board
import _chip
import _clock
import _errors
import _waking
import _wire
from _absent import I2S, SDCard
from _analog import ADC, DAC, ADCBlock, TouchPad
from _convert import any_integer as _any_integer, integer as _integer, octets as _octets
from _i2c import I2C, SoftI2C
from _pins import Pin, Signal, pin_id as _pin_id
from _pwm import PWM
from _spi import SPI, SoftSPI
from _strict import ANY as _ANY, INT as _INT, count as _count, items as _items, parse as _parse, writable as _writable
from _timer import Timer
from _uart import UART
from micropython import const

if not _chip.chip.dac_pins:
    del DAC
if not _chip.chip.touch_pins:
    del TouchPad

PWRON_RESET, HARD_RESET, WDT_RESET, DEEPSLEEP_RESET, SOFT_RESET = 1, 2, 3, 4, 5
SLEEP, DEEPSLEEP = 2, 4
PIN_WAKE = EXT0_WAKE = 2
EXT1_WAKE, TIMER_WAKE, TOUCHPAD_WAKE, ULP_WAKE = 3, 4, 5, 6

_RTC_MEMORY_AT_MOST = 2048
_STOP_US = 1000
_WDT = (("id", _ANY, 0), ("timeout", _INT, 5000))


def unique_id():
    return _board.info.address


def freq(*hz):
    if not hz:
        return _chip.mhz() * 1000000
    mhz = _integer(hz[0]) // 1000000
    if mhz not in _chip.chip.frequencies_mhz:
        raise ValueError(_chip.chip.frequency_words)
    _chip.set_mhz(mhz)


def reset():
    _settle()
    _board.restart(_board.HARD_RESET)


def soft_reset():
    _settle()
    _board.exit(_board.SOFT_RESET)


def _settle():
    """What a chip takes to stop: longer than the ACK of what it has just received."""
    _board.wait(_board.now() + _STOP_US)


def reset_cause():
    return _board.info.reset_cause


def wake_reason():
    return _waking.reason()


def wake_pins():
    return _waking.pins()


if _chip.chip.has_bootloader:

    def bootloader(*_):
        reset()


def idle():
    _board.look()


def lightsleep(*ms):
    ms = _sleep_of(ms)
    _waking.doze(None if ms is None else _board.now() + ms * 1000)


sleep = lightsleep


def deepsleep(*ms):
    ms = _sleep_of(ms)
    sources = _waking.sources(DEEPSLEEP)
    _settle()
    _board.restart(_board.DEEP_SLEEP, None if ms is None else ms * 1000, sources)


def _sleep_of(ms):
    _count(ms, None, 0, 1)
    # It is a number without a sign there, and what is negative very long.
    return _integer(ms[0]) & 0xFFFFFFFFFFFF if ms else None


def disable_irq():
    return 0


def enable_irq(state):
    _integer(state)


def time_pulse_us(pin, pulse_level, timeout_us=1000000):
    pin = Pin(_pin_id(pin))
    pulse_level = 1 if pulse_level else 0
    timeout_us = _integer(timeout_us)
    begin = _board.now()
    while pin.value() != pulse_level:
        if _board.now() - begin >= timeout_us:
            return -2
    begin = _board.now()
    while pin.value() == pulse_level:
        if _board.now() - begin >= timeout_us:
            return -1
    return _board.now() - begin


def bitstream(pin, encoding, timing, data):
    pin, encoding, data = _pin_id(pin), _integer(encoding), _octets(data)
    if encoding != 0:
        raise ValueError("encoding")
    _wire.send(pin, data, 3, [_integer(time) for time in _items(timing, 4)])


def dht_readinto(pin, buf):
    _pin_id(pin)
    _writable(buf)
    raise _errors.OSError(_errors.ETIMEDOUT)


class RTC:
    _one = None

    def __new__(cls, *places, **keywords):
        _count(places, keywords, 0, 0)
        if RTC._one is None:
            RTC._one = object.__new__(cls)
            RTC._one._memory = _board.info.rtc_memory
        return RTC._one

    def __init__(self, *places, **keywords):
        pass

    def __repr__(self):
        return "<RTC>"

    def datetime(self, *date):
        if date:
            return self._set(date[0], 4)
        us = _clock.now_us()
        year, month, day, weekday, _ = _clock.date(us // 86400000000)
        seconds = us // 1000000 % 86400
        return year, month, day, weekday, seconds // 3600, seconds // 60 % 60, seconds % 60, us % 1000000

    def init(self, date):
        self._set(date, 3)

    def _set(self, date, hour):
        date = _items(date, 8)
        for place in (0, 1, 2, hour, hour + 1, hour + 2, 7):
            _integer(date[place])
        seconds = date[hour] * 3600 + date[hour + 1] * 60 + date[hour + 2]
        _clock.set_us((_clock.days(date[0], date[1], date[2]) * 86400 + seconds) * 1000000 + date[7])

    def memory(self, *data):
        if not data:
            return self._memory
        octets = _octets(data[0])
        if len(octets) > _RTC_MEMORY_AT_MOST:
            raise ValueError("buffer too long")
        _board.call(_board.RTC_MEMORY, octets)
        self._memory = octets


class WDT:
    _one = None
    _pending = None
    _timeout_us = 0

    def __new__(cls, *places, **keywords):
        id, timeout = _parse(places, keywords, _WDT)
        if id != 0:
            raise ValueError()
        if timeout <= 0:
            raise ValueError("WDT timeout too short")
        WDT._timeout_us = timeout * 1000
        if WDT._one is None:
            WDT._one = object.__new__(cls)
        return WDT._one

    def __init__(self, *places, **keywords):
        self.feed()

    def __repr__(self):
        return "<WDT>"

    def feed(self):
        if WDT._pending is not None:
            _board.cancel_timer(WDT._pending)
        WDT._pending = _board.add_timer(_board.now() + WDT._timeout_us, _bite)


def _bite():
    _board.restart(_board.WATCHDOG)


class _Memory:
    # mem8, mem16 and mem32: a chip's registers mean nothing here.

    def __init__(self, octets):
        self._octets = octets

    def __repr__(self):
        return "<%d-bit memory>" % (8 * self._octets)

    def _check(self, address):
        address = _any_integer(address)
        if address % self._octets:
            raise ValueError("address %08x is not aligned to %d bytes" % (address, self._octets))

    def __getitem__(self, address):
        self._check(address)
        return 0

    def __setitem__(self, address, value):
        self._check(address)
        _any_integer(value)


mem8, mem16, mem32 = _Memory(1), _Memory(2), _Memory(4)
