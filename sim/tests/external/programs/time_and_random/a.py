import os
import random
import time

start = time.ticks_us()
time.sleep(1)
time.sleep(0.25)
time.sleep_ms(500)
time.sleep_us(250)
print(time.ticks_diff(time.ticks_us(), start) // 100)
print(time.ticks_ms(), time.time(), time.localtime(), time.time_ns() // 1000000)
print(time.ticks_add(time.ticks_ms(), -5000) > 1 << 29, time.ticks_diff(1, (1 << 30) - 1), time.ticks_diff(5, 10))
try:
    time.ticks_add(0, 1 << 29)
except OverflowError as error:
    print(error)
for seconds in (0, 86399, 86400, 820540800, 951782400, -1):
    print(time.gmtime(seconds), time.mktime(time.gmtime(seconds)) == seconds)
try:
    time.mktime((2026, 1, 1))
except TypeError as error:
    print(error)

random.seed(42)
print([random.getrandbits(8) for _ in range(4)], random.getrandbits(32), random.getrandbits(0))
print(random.randint(1, 6), random.randrange(10), random.randrange(5, 50, 5), random.choice("abcdef"))
print(0 <= random.random() < 1, 2 <= random.uniform(2, 3) < 3)
for attempt in (
    lambda: random.getrandbits(33),
    lambda: random.randrange(0),
    lambda: random.randint(2, 1),
    lambda: random.choice([]),
):
    try:
        attempt()
    except (ValueError, IndexError) as error:
        print(type(error).__name__, error)
random.seed()
print(random.getrandbits(30), os.urandom(4), len(os.urandom(3000)))
