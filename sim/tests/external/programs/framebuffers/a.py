# Pictures have the same octets on every interpreter, whatever is drawn in whatever format.
import array
import framebuf
import random

random.seed(5)
def crc(b):
    c = 0
    for x in b: c = (c * 31 + x) & 0xffffffff
    return c
for f in range(7):
    b = bytearray(64*40*2)
    fb = framebuf.FrameBuffer(b, 61, 37, f)
    for k in range(60):
        r = lambda lo=-10, hi=70: random.randint(lo, hi)
        c = random.randint(0, 0xffff)
        k = k % 12
        if k==0: fb.line(r(), r(), r(), r(), c)
        if k==1: fb.rect(r(), r(), r(), r(), c)
        if k==2: fb.fill_rect(r(), r(), r(0, 9), r(0,9), c)
        if k==3: fb.ellipse(r(), r(), r(0, 30), r(0, 30), c)
        if k==4: fb.ellipse(r(), r(), r(0, 30), r(0, 30), c, True, r(0, 15))
        if k==5: fb.poly(r(), r(), array.array("h", [r() for _ in range(r(0, 12))]), c)
        if k==6: fb.poly(r(), r(), array.array("h", [r() for _ in range(r(0, 12))]), c, True)
        if k==7: fb.scroll(r(-12, 12), r(-12, 12))
        if k==8: fb.blit(framebuf.FrameBuffer(bytearray([r(0,255) for _ in range(64)]), 8, 4, f), r(), r(), r(-1, 1))
        if k==9: fb.hline(r(), r(), r(), c); fb.vline(r(), r(), r(), c); fb.pixel(r(), r(), c)
        if k==10: fb.blit((bytearray([r(0,255) for _ in range(64)]), 8, 8, framebuf.MONO_HLSB), r(), r(), -1, framebuf.FrameBuffer(bytearray([1,2,3,4]), 2, 1, framebuf.GS8))
        if k==11: fb.rect(r(), r(), r(), r(), c, True)
    print(f, crc(b), fb.pixel(3, 3), fb.pixel(100, 3))
for arguments in (
    (bytearray(9), 8, 8, 9),
    (bytearray(7), 8, 8, 0),
    (bytearray(8), 0, 8, 0),
    (bytearray(8), 8, 8, 0, 7),
    (bytearray(8), 8, 8.0, 0),
):
    try:
        print(framebuf.FrameBuffer(*arguments))
    except (ValueError, TypeError) as error:
        print(type(error).__name__, error)


class Display(framebuf.FrameBuffer):
    # As drivers of displays are made.

    def __init__(self, width, height):
        self.buffer = bytearray(width * height // 8)
        super().__init__(self.buffer, width, height, framebuf.MONO_VLSB)


display = Display(128, 64)
display.fill(0)
display.text("ESP-NOW", 0, 0)
print(any(display.buffer[:64]), any(display.buffer[64:]), len(bytes(display.buffer).rstrip(b"\0")) < 64)
