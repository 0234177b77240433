# One version of MicroPython all through, and what a chip's firmware has.
import esp, esp32, machine, network, os, socket, sys

print(os.uname())
print(sys.version, sys.version_info, sys.platform)
print(sys.implementation)
print(sys.implementation._mpy, sys.implementation._build, sys.implementation._machine == os.uname().machine)
for module, names in (
    (sys, "exc_info atexit settrace getsizeof"),
    (os, "machine platform struct path environ getenv system walk dupterm_notify VfsLfs2 VfsFat mount umount sep dupterm"),
    (esp, "sleep_type flash_id SLEEP_NONE osdebug"),
    (network, "WIFI_PS_NONE route struct time is_started"),
    (esp32, "wake_on_ext0 wake_on_ext1 wake_on_touch wake_on_ulp wake_on_gpio Pin waking_pins raw_temperature mcu_temperature"),
    (socket, "IPPROTO_ICMP SO_BINDTODEVICE MSG_PEEK MSG_DONTWAIT"),
):
    print(module.__name__, [name for name in names.split() if hasattr(module, name)])


def attempt(function, *arguments, **keywords):
    try:
        print(function(*arguments, **keywords))
    except (AttributeError, OSError, OverflowError, TypeError, ValueError) as error:
        print(type(error).__name__, error)


for pin in (1, 2, 17, 25, 33, 39):
    for wakes in ("wake_on_ext0", "wake_on_ext1"):
        if hasattr(esp32, wakes):
            try:
                getattr(esp32, wakes)(machine.Pin(pin) if wakes == "wake_on_ext0" else (machine.Pin(pin),), esp32.WAKEUP_ANY_HIGH)
                print(wakes, pin)
            except ValueError as error:
                print(wakes, pin, error)
nvs = esp32.NVS("name")
print(nvs)
attempt(esp32.NVS, "a name of 16 char")
attempt(esp32.NVS, "")
attempt(nvs.set_i32, "sixteen letters.", 1)
attempt(nvs.set_i32, "fifteen letters", 1)
attempt(nvs.get_i32, "fifteen letters")
attempt(nvs.set_i32, "key", "1")
attempt(nvs.set_i32, "key", 1.0)
attempt(nvs.set_i32, 5, 1)
attempt(nvs.set_i32, "key", 1 << 31)
attempt(nvs.set_i32, "key", -1 << 31)
attempt(nvs.get_i32, "key")
attempt(nvs.set_blob, "blob", 5)
attempt(nvs.set_blob, "blob", "text")
attempt(nvs.get_blob, "blob", bytearray(3))
attempt(nvs.get_i32, "blob")
attempt(nvs.erase_key, "nothing")
nvs.commit()
print(esp32.NVS("name").get_i32("fifteen letters"), ".nvs" in str(os.listdir()))
attempt(socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto, b"x", ("1.2.3.4", 5))
attempt(socket.socket().readinto, bytearray(4), 2)
attempt(socket.socket, 2.0)
attempt(lambda: socket.socket().__enter__)
print(socket.socket(), socket.SO_BINDTODEVICE)
Partition = esp32.Partition
running = Partition(Partition.RUNNING)
print(running, running.info(), [entry.info()[4] for entry in Partition.find(Partition.TYPE_DATA)])
print(Partition.find(label="factory")[0].ioctl(4, 0), Partition("vfs").ioctl(5, 0), running.mark_app_valid_cancel_rollback())
attempt(Partition, "ota_1")
attempt(running.get_next_update)
attempt(Partition("vfs").readblocks, 0, bytearray(4))
# What is the chip's is not the host's.
import array, binascii, collections, gc, heapq, math, platform, re, struct

print(platform.platform(), platform.libc_ver(), hasattr(platform, "processor") and platform.processor())
print(struct.calcsize("l"), struct.calcsize("bL"), struct.calcsize("P"), struct.calcsize("<q"), struct.pack("bl", 1, 2))
print(struct.unpack("L", b"\x01\x02\x00\x00"), struct.unpack_from("l", b"\x00\xfe\xff\xff\xff", 1))
print(gc.collect(), gc.mem_free(), gc.mem_alloc(), sys.argv)
for module, names in (
    (re, "compile match search sub findall fullmatch"),
    (math, "sin gamma isclose gcd hypot prod"),
    (collections, "deque namedtuple OrderedDict Counter defaultdict"),
    (binascii, "hexlify crc32 b2a_hex"),
    (heapq, "heappush merge"),
    (struct, "pack Struct iter_unpack"),
):
    print([name for name in names.split() if hasattr(module, name)])
