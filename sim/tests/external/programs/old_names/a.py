# Names and modules of older code, and what is refused.
import sys
import uasyncio, ubinascii, ucollections, uerrno, uhashlib, uio, ujson, uos, urandom, ure, uselect, usocket, ustruct, usys, utime
import array, binascii, cmath, collections, errno, gc, hashlib, heapq, io, json, math, os, random, re, select, struct, time
import _thread, esp, machine, micropython, network, ntptime, umqtt.simple, urequests, vfs
from machine import Pin as OldPin
from micropython import const
from utime import sleep_ms, ticks_ms

_ANSWER = const(42)
print(sys.platform, usys.platform, sys.implementation.name, sys.implementation._machine, sys.byteorder)
print(uos.uname().sysname, os.uname().machine == sys.implementation._machine, "MicroPython" in sys.version)
print(ujson.dumps({"a": [1, None, True]}), json.loads('{"b": 2.5}'), ustruct.pack("<HB", 1, 2), ubinascii.hexlify(b"\x01\xff"))
print(binascii.unhexlify("01ff"), ubinascii.hexlify(b"\x34\x85", ":").decode(), hashlib.sha256(b"x").digest()[:4])
print(ure.match("a(b+)", "abbb").group(1), ucollections.OrderedDict([(1, 2)])[1], uerrno.ENOENT, uio.StringIO("text").read())
sleep_ms(20)
print(ticks_ms(), utime.ticks_ms() == time.ticks_ms(), _ANSWER)


@micropython.native
def twice(number):
    return 2 * number


@micropython.viper
def thrice(number: int) -> int:
    return 3 * number


print(twice(4), thrice(5), micropython.opt_level(), micropython.alloc_emergency_exception_buf(100))
gc.collect()
print(gc.mem_free() > 0, gc.mem_alloc() > 0, gc.isenabled())
micropython.schedule(lambda argument: print("scheduled", argument), 7)
sleep_ms(1)
for name in ("threading", "datetime", "typing", "numpy", "bluetooth"):
    try:
        __import__(name)
        print(name)
    except ImportError as error:
        print(error)
for name, attempt in (
    ("name", lambda: usocket.getaddrinfo("micropython.org", 80)),
    ("connect", lambda: usocket.socket().connect(("192.168.1.1", 80))),
    ("request", lambda: urequests.get("http://192.168.1.1/")),
    ("ntp", ntptime.settime),
    ("mqtt", lambda: umqtt.simple.MQTTClient("id", "192.168.1.1").connect()),
    ("mount", lambda: vfs.mount(None, "/sd")),
    ("flash", lambda: esp.flash_read(0, bytearray(4))),
):
    try:
        print(name, attempt())
    except OSError as error:
        print(name, "OSError", error)
lock = _thread.allocate_lock()
with lock:
    print(lock.locked(), lock.acquire(False))


@micropython.viper
def inverted(buffer: ptr8, count: int):
    octets = ptr8(buffer)
    for i in range(count):
        octets[i] = 255 - octets[i]


picture = bytearray(b"\x00\x01\xff")
inverted(picture, 3)
print(picture)
from utime import *
from umachine import *
from ustruct import *
from micropython import *
from gc import *

print(callable(sleep_us), callable(ADC), calcsize("<I"), const(3), callable(mem_free))
import ubinascii, ucollections, ucryptolib, uhashlib, uheapq, uio, ujson, ure, uarray, uplatform, umachine, uerrno
import cryptolib

print(ucryptolib.aes is cryptolib.aes, uheapq.heappop is heapq.heappop, ujson.loads is json.loads, ure.match is re.match)
# The old names of what is no file of the firmware's, and can't be replaced, do not exist any more.
for name in ("umicropython", "ugc", "ussl", "umath", "unetwork", "uthreading"):
    try:
        __import__(name)
        print(name)
    except ImportError as error:
        print(error)
