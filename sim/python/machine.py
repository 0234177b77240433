# MicroPython's `machine` on a virtual board.

import _board
import _clock
import struct
from _analog import ADC, DAC, PWM, TouchPad
from _buses import I2C, I2S, SPI, UART, SDCard, SoftI2C, SoftSPI
from _pins import Pin, Signal

if _board.info.chip != 2:
    del DAC
if _board.info.chip in (1, 3):
    del TouchPad

PWRON_RESET, HARD_RESET, WDT_RESET, DEEPSLEEP_RESET, SOFT_RESET = 1, 2, 3, 4, 5
SLEEP, DEEPSLEEP = 2, 4
PIN_WAKE = EXT0_WAKE = 2
EXT1_WAKE, TIMER_WAKE, TOUCHPAD_WAKE, ULP_WAKE = 3, 4, 5, 6

_RTC_MEMORY_AT_MOST = 2048
_STOP_US = 1000
_frequency = (240000000, 160000000, 160000000, 80000000)[_board.info.chip]


def unique_id():
    return _board.info.address


def freq(*hz):
    global _frequency
    if not hz:
        return _frequency
    mhz = hz[0] // 1000000
    if _board.info.chip == 1:
        if mhz not in (20, 40, 80, 160):
            raise ValueError("frequency must be 20MHz, 40MHz, 80Mhz or 160MHz")
    elif mhz not in (20, 40, 80, 160, 240):
        raise ValueError("frequency must be 20MHz, 40MHz, 80Mhz, 160MHz or 240MHz")
    _frequency = mhz * 1000000


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
    return TIMER_WAKE if _board.info.reset_cause == DEEPSLEEP_RESET else 0


def wake_pins():
    return ()


def bootloader(*_):
    reset()


def idle():
    _board.look()


def lightsleep(*ms):
    wait_for_wake(_board.now() + ms[0] * 1000 if ms else None)


sleep = lightsleep


def wait_for_wake(until):
    """Sleeps until then, or until a pin that may wake has its level."""
    import esp32

    pins = esp32._waking_pins() + [(pin, pin._wake) for pin in Pin._pins.values() if pin._wake is not None]
    if not pins:
        _board.wait(until)
        return
    for pin, _ in pins:
        _board.call(_board.PIN_WATCH, bytes((pin._id, 3)))
    while not any(pin.value() == level for pin, level in pins):
        if not _board.wait(until, _board.PIN):
            return
        _board.call(_board.PIN_EDGES)


def deepsleep(*ms):
    _settle()
    _board.restart(_board.DEEP_SLEEP, ms[0] * 1000 if ms else None)


def disable_irq():
    return 0


def enable_irq(state):
    pass


def time_pulse_us(pin, pulse_level, timeout_us=1000000):
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
    import neopixel

    if encoding != 0:
        raise ValueError("encoding")
    neopixel.transmit(pin, bytes(data), 3, timing)


class Timer:
    ONE_SHOT, PERIODIC = 0, 1

    _hardware = {}
    _HARDWARE_TIMERS = (4, 2, 4, 0)[_board.info.chip]

    def __new__(cls, id=-1, **_):
        if id >= Timer._HARDWARE_TIMERS:
            raise ValueError(
                "Timer(%d) doesn't exist, there are only %d hardware timers" % (id, Timer._HARDWARE_TIMERS)
            )
        timer = Timer._hardware.get(id) if id >= 0 else None
        if timer is None:
            timer = object.__new__(cls)
            timer._id = id
            timer._pending = None
            timer._period_us = 0
            timer._periodic = False
            timer._callback = None
            timer._started = timer._stopped = 0
            if id >= 0:
                Timer._hardware[id] = timer
        return timer

    def __init__(self, id=-1, **values):
        if values:
            self.init(**values)

    def __repr__(self):
        mode = "PERIODIC" if self._periodic else "ONE_SHOT"
        return "Timer(%d, mode=%s, period=%d)" % (self._id, mode, self._period_us // 1000)

    def init(self, *, mode=PERIODIC, callback=None, period=0xFFFFFFFF, tick_hz=1000, freq=None, hard=False):
        self.deinit()
        if hard:
            raise ValueError("hard Timers are not implemented")
        period_us = int(1000000 / freq) if freq is not None else period * 1000000 // tick_hz
        if period_us <= 0:
            raise ValueError("Timer period is too short for this timer")
        self._period_us, self._periodic, self._callback = period_us, bool(mode), callback
        self._begin(_board.now())

    def _begin(self, at):
        self._started = at
        self._pending = _board.add_timer(at + self._period_us, self._fire)

    def _fire(self):
        at = self._started + self._period_us
        if self._periodic:
            now = _board.now()
            if at + self._period_us <= now:
                at = now - (now - at) % self._period_us  # those that nobody handled are skipped
            self._begin(at)
        else:
            self._pending = None
            self._stopped = at
        if self._callback is not None:
            self._callback(self)

    def deinit(self):
        if self._pending is not None:
            _board.cancel_timer(self._pending)
            self._pending = None
            self._stopped = _board.now()
        self._callback = None

    def value(self):
        end = self._stopped if self._pending is None else _board.now()
        return (end - self._started) // 1000


class RTC:
    _one = None

    def __new__(cls):
        if RTC._one is None:
            RTC._one = object.__new__(cls)
            RTC._one._memory = _board.info.rtc_memory
        return RTC._one

    def __init__(self):
        pass

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
        if len(date) != 8:
            raise ValueError("requested length 8 but object has length %d" % len(date))
        seconds = date[hour] * 3600 + date[hour + 1] * 60 + date[hour + 2]
        _clock.set_us((_clock.days(date[0], date[1], date[2]) * 86400 + seconds) * 1000000 + date[7])

    def memory(self, *data):
        if not data:
            return self._memory
        octets = data[0].encode() if isinstance(data[0], str) else bytes(memoryview(data[0]))
        if len(octets) > _RTC_MEMORY_AT_MOST:
            raise ValueError("buffer too long")
        _board.call(_board.RTC_MEMORY, octets)
        self._memory = octets


class WDT:
    _pending = None
    _timeout_us = 0

    def __init__(self, id=0, timeout=5000):
        if id != 0:
            raise ValueError()
        if timeout <= 0:
            raise ValueError("WDT timeout too short")
        WDT._timeout_us = timeout * 1000
        self.feed()

    def feed(self):
        if WDT._pending is not None:
            _board.cancel_timer(WDT._pending)
        WDT._pending = _board.add_timer(_board.now() + WDT._timeout_us, _bite)


def _bite():
    _board.restart(_board.WATCHDOG)


class _Memory:
    # mem8, mem16 and mem32: a chip's registers mean nothing here.

    def __getitem__(self, address):
        return 0

    def __setitem__(self, address, value):
        pass


mem8 = mem16 = mem32 = _Memory()
