# Numbers and lengths beyond what a chip has: refused as there, and nothing of them lost or taken for another.
import _thread, asyncio, espnow, esp32, machine, network, os, random, select, socket, sys, time
from machine import PWM, RTC, WDT, Pin, Timer
from neopixel import NeoPixel


def attempt(name, function, *arguments):
    begin = time.ticks_ms()
    try:
        print(name, function(*arguments), time.ticks_diff(time.ticks_ms(), begin))
    except Exception as error:
        print(name, type(error).__name__, error)


strip = NeoPixel(Pin(48), 30000)
strip.fill((1, 2, 3))
attempt("strip", strip.write)
attempt("two octets a pixel", NeoPixel(Pin(48), 4, bpp=2).write)
attempt("bitstream", machine.bitstream, Pin(4), 0, (400, 850, 800, 450), bytes(100000))
for value in (-1, -1.5, -0.0, float("-inf"), -(2**40), "1", None):
    attempt("sleep %r" % value, time.sleep, value)
for value in (2**40, 2**31, -1, -(2**31), -(2**31) - 1, 10**30, 1.0, True):
    attempt("sleep_ms %r" % value, time.sleep_ms, value)
    attempt("sleep_us %r" % value, time.sleep_us, value)
attempt("ticks_add", time.ticks_add, 0, 2**40)
attempt("ticks_add", time.ticks_add, 0, 2**29)
attempt("gmtime", time.gmtime, 2**40)
attempt("mktime", time.mktime, (2**40, 1, 1, 0, 0, 0, 0, 0))


async def pause(seconds):
    await asyncio.sleep(seconds)


for value in (1e15, 2**40, 600000, 2**31 // 1000, float("nan"), float("inf"), float("-inf"), -1, -1e15):
    attempt("asyncio %r" % value, lambda: asyncio.run(pause(value)))
attempt("period", lambda: Timer(0).init(period=2**40))
attempt("long period", lambda: Timer(0).init(period=2**31 - 1))
attempt("negative period", lambda: Timer(0).init(period=-1))
attempt("no frequency", lambda: Timer(0).init(freq=0))
attempt("low frequency", lambda: Timer(0).init(freq=1e-30))
Timer(0).deinit()
attempt("memory", RTC().memory, bytes(100000))
attempt("date", RTC().datetime, (2**40, 1, 1, 1, 1, 1, 1, 1))
attempt("frequency", lambda: PWM(Pin(4), freq=2**40))
attempt("duty", lambda: PWM(Pin(4), freq=1000, duty=2**40))
attempt("lightsleep", machine.lightsleep, 2**40)
attempt("deepsleep", machine.deepsleep, 2**40)
attempt("pulse", machine.time_pulse_us, Pin(5), 1, 2**40)
attempt("watchdog", lambda: WDT(timeout=2**40))
network.WLAN().active(True)
now = espnow.ESPNow()
now.active(True)
now.add_peer(b"\xff" * 6)
attempt("recv", now.recv, 2**40)
attempt("timeout", lambda: now.config(timeout_ms=2**40))
for length in (1470, 1471, 100000):
    attempt("send %d" % length, now.send, b"\xff" * 6, bytes(length))
poll = select.poll()
poll.register(sys.stdin)
attempt("poll", poll.poll, 2**40)
attempt("poll", poll.poll, 1.5)
attempt("urandom", lambda: len(os.urandom(100000)))
attempt("bits", random.getrandbits, 2**40)
attempt("seed", random.seed, 2**40)
attempt("blob", lambda: esp32.NVS("x").set_blob("k", bytes(100000)))
attempt("socket", socket.socket().settimeout, 1e300)
attempt("lock", lambda: _thread.allocate_lock().acquire(1, 1e300))
