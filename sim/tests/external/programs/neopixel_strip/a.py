from machine import Pin, bitstream
from neopixel import NeoPixel
import time

strip = NeoPixel(Pin(48), 3)
print(len(strip), strip[0], strip.n, strip.bpp, strip.ORDER)
strip[0] = (1, 2, 3)
strip[-1] = (7, 8, 9)
print(strip[0], strip[2], bytes(strip.buf))
time.sleep_ms(1)
start = time.ticks_us()
strip.write()  # only now
print(time.ticks_us() - start >= 90)
strip.fill((10, 20, 30))
print(list(strip[i] for i in range(len(strip))))
strip.write()
strip[0] = [300, -1, 5]
print(strip[0])
for attempt in (lambda: strip[3], lambda: strip.__setitem__(5, (1, 1, 1)), lambda: strip.__setitem__(0, (1, 2))):
    try:
        print(attempt())
    except IndexError:
        print("IndexError")
white = NeoPixel(Pin(48), 2, bpp=4, timing=0)
white[0] = (1, 2, 3, 4)
print(white[0], bytes(white.buf))
white.write()
bitstream(Pin(48), 0, (400, 850, 800, 450), b"\x01\x02\x03")
