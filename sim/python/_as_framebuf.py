# MicroPython's `framebuf`, for CPython. Characters have the usual 5 by 7 points of displays; a board's are another font of the same width.

from _convert import integer as _integer

MONO_VLSB = MVLSB = 0
RGB565, GS4_HMSB, MONO_HLSB, MONO_HMSB, GS2_HMSB, GS8 = 1, 2, 3, 4, 5, 6

_LARGEST = 0xFFFF
# By format: bits of a pixel, and how many pixels a row is rounded up to.
_BITS = {MONO_VLSB: (1, 1), RGB565: (16, 1), GS4_HMSB: (4, 2), MONO_HLSB: (1, 8), MONO_HMSB: (1, 8), GS2_HMSB: (2, 4), GS8: (8, 1)}

# From the space on: five columns each, the lowest bit on top.
_FONT = bytes.fromhex(
    "000000000000005f00000007000700147f147f14242a7f2a12231308646236495522500005030000001c2241000041221c00"
    "14083e081408083e08080050300000080808080800606000002010080402"
    "3e5149453e00427f400042615149462141454b311814127f1027454545393c4a49493001710905033649494936064949291e"
    "0036360000005636000008142241001414141414004122140802015109063249794 13e".replace(" ", "")
    + "7e1111117e7f494949363e414141227f4141221c7f494949417f090909013e4149497a7f0808087f00417f41002040413f01"
    "7f081422417f404040407f020c027f7f0408107f3e4141413e7f090909063e4151215e7f09192946464949493101017f0101"
    "3f4040403f1f2040201f3f4038403f631408146307087008076151494543"
    "007f4141000204081020004141 7f0004020102044040404040 0001020400".replace(" ", "")
    + "20545454787f4844443838444444203844 44487f3854545418087e0901020c5252523e7f0804047800447d40002040443d00"
    "7f1028440000417f40007c041804787c0804047838444444387c14141408081414187c7c080404084854545420043f444020"
    "3c4040207c1c2040201c3c4030403c44281028440c5050503c4464544c44"
    "000836410000007f000000413608001008081008 7f4141417f".replace(" ", "")
)


class FrameBuffer:
    def __init__(self, buffer, width, height, format, stride=None):
        width, height, format = _integer(width), _integer(height), _integer(format)
        stride = width if stride is None else _integer(stride)
        if not (1 <= width <= _LARGEST and 1 <= height <= _LARGEST and width <= stride <= _LARGEST):
            raise ValueError()
        if format not in _BITS:
            raise ValueError("invalid format")
        self._octets = memoryview(buffer).cast("B")
        bits, step = _BITS[format]
        stride, row = (stride + step - 1) // step * step, (width + step - 1) // step * step
        rows, before = height, height - 1
        if format == MONO_VLSB:
            rows = (height + 7) // 8 * 8
            before = rows - 8
        if (before * stride + (rows - before) * row) * bits // 8 > len(self._octets):
            raise ValueError()
        self._width, self._height, self._format, self._stride = width, height, format, stride

    def _get(self, x, y):
        octets, place = self._octets, x + y * self._stride
        if self._format == MONO_VLSB:
            return octets[(y >> 3) * self._stride + x] >> (y & 7) & 1
        if self._format == MONO_HLSB:
            return octets[place >> 3] >> (7 - (x & 7)) & 1
        if self._format == MONO_HMSB:
            return octets[place >> 3] >> (x & 7) & 1
        if self._format == GS2_HMSB:
            return octets[place >> 2] >> 2 * (x & 3) & 3
        if self._format == GS4_HMSB:
            return octets[place >> 1] >> (0 if x & 1 else 4) & 15
        if self._format == GS8:
            return octets[place]
        return octets[2 * place] | octets[2 * place + 1] << 8

    def _put(self, place, shift, mask, colour):
        self._octets[place] = self._octets[place] & ~(mask << shift) & 0xFF | (colour & mask) << shift

    def _set(self, x, y, colour):
        """Colours a pixel, if it is one."""
        if not (0 <= x < self._width and 0 <= y < self._height):
            return
        place = x + y * self._stride
        if self._format == MONO_VLSB:
            self._put((y >> 3) * self._stride + x, y & 7, 1, colour != 0)
        elif self._format == MONO_HLSB:
            self._put(place >> 3, 7 - (x & 7), 1, colour != 0)
        elif self._format == MONO_HMSB:
            self._put(place >> 3, x & 7, 1, colour != 0)
        elif self._format == GS2_HMSB:
            self._put(place >> 2, 2 * (x & 3), 3, colour)
        elif self._format == GS4_HMSB:
            self._put(place >> 1, 0 if x & 1 else 4, 15, colour)
        elif self._format == GS8:
            self._octets[place] = colour & 0xFF
        else:
            self._octets[2 * place] = colour & 0xFF
            self._octets[2 * place + 1] = colour >> 8 & 0xFF

    def fill(self, colour):
        self.fill_rect(0, 0, self._width, self._height, colour)

    def fill_rect(self, x, y, width, height, colour):
        x, y, width, height, colour = (_integer(value) for value in (x, y, width, height, colour))
        for row in range(max(y, 0), min(y + height, self._height)):
            for column in range(max(x, 0), min(x + width, self._width)):
                self._set(column, row, colour)

    def pixel(self, x, y, *colour):
        x, y = _integer(x), _integer(y)
        if colour:
            self._set(x, y, _integer(colour[0]))
        elif 0 <= x < self._width and 0 <= y < self._height:
            return self._get(x, y)

    def hline(self, x, y, width, colour):
        self.fill_rect(x, y, width, 1, colour)

    def vline(self, x, y, height, colour):
        self.fill_rect(x, y, 1, height, colour)

    def rect(self, x, y, width, height, colour, filled=False):
        if filled:
            return self.fill_rect(x, y, width, height, colour)
        self.hline(x, y, width, colour)
        self.hline(x, y + height - 1, width, colour)
        self.vline(x, y, height, colour)
        self.vline(x + width - 1, y, height, colour)

    def line(self, x1, y1, x2, y2, colour):
        x, y, x2, y2, colour = (_integer(value) for value in (x1, y1, x2, y2, colour))
        # Bresenham's, along the longer side; the last point is set by itself.
        far, wide = abs(x2 - x), abs(y2 - y)
        right, down = (1 if x2 > x else -1), (1 if y2 > y else -1)
        is_steep = wide > far
        if is_steep:
            far, wide = wide, far
        error = 2 * wide - far
        for _ in range(far):
            self._set(x, y, colour)
            while error >= 0 and far:
                x, y = (x + right, y) if is_steep else (x, y + down)
                error -= 2 * far
            x, y = (x, y + down) if is_steep else (x + right, y)
            error += 2 * wide
        self._set(x2, y2, colour)

    def ellipse(self, x, y, x_radius, y_radius, colour, filled=False, mask=15):
        x, y, a, b, colour, mask = (_integer(value) for value in (x, y, x_radius, y_radius, colour, mask))
        mask &= 15
        if a == 0 and b == 0:
            if mask:
                self._set(x, y, colour)
            return
        for far, high in _ellipse(a, b):
            # Quadrants: right above, left above, left below, right below.
            for bit, right, down in ((1, 1, -1), (2, -1, -1), (4, -1, 1), (8, 1, 1)):
                if not mask & bit:
                    continue
                if filled:
                    self.fill_rect(x if right > 0 else x - far, y + down * high, far + 1, 1, colour)
                else:
                    self._set(x + right * far, y + down * high, colour)

    def poly(self, x, y, coords, colour, filled=False):
        x, y, colour = _integer(x), _integer(y), _integer(colour)
        count = len(coords) // 2
        points = [(_integer(coords[2 * i]), _integer(coords[2 * i + 1])) for i in range(count)]
        if not points:
            return
        # From the first point on backwards, as a board goes.
        edges = [(points[0 if i == count - 1 else i + 1], points[i]) for i in range(count - 1, -1, -1)]
        if not filled:
            for one, other in edges:
                self.line(x + one[0], y + one[1], x + other[0], y + other[1], colour)
            return
        rows = [point[1] for point in points]
        for row in range(min(rows), max(rows) + 1):
            crossed = []
            for (x1, y1), (x2, y2) in edges:
                if y1 != y2 and (y1 > row >= y2 or y1 <= row < y2):
                    crossed.append(_quotient(32 * x1 + _quotient(32 * (x2 - x1) * (row - y1), y2 - y1) + 16, 32))
                elif row == max(y1, y2):
                    if y1 < y2:
                        self._set(x + x2, y + y2, colour)
                    elif y2 < y1:
                        self._set(x + x1, y + y1, colour)
                    else:
                        self.line(x + x1, y + y1, x + x2, y + y2, colour)
            crossed.sort()
            for left, right in zip(crossed[::2], crossed[1::2]):
                self.fill_rect(x + left, y + row, right - left + 1, 1, colour)

    def blit(self, source, x, y, key=-1, palette=None):
        x, y, key = _integer(x), _integer(y), _integer(key)
        source = _readable(source)
        palette = None if palette is None else _readable(palette)
        for row in range(source._height):
            for column in range(source._width):
                if 0 <= x + column < self._width and 0 <= y + row < self._height:
                    colour = source._get(column, row)
                    if palette is not None:
                        colour = palette._get(colour, 0)
                    if colour != key:
                        self._set(x + column, y + row, colour)

    def scroll(self, xstep, ystep):
        right, down = _integer(xstep), _integer(ystep)
        if abs(right) >= self._width or abs(down) >= self._height:
            return
        columns = range(max(right, 0), min(self._width, self._width + right))
        rows = range(max(down, 0), min(self._height, self._height + down))
        # What is still to be moved must not be written over.
        for y in rows if down < 0 else reversed(rows):
            for x in columns if right < 0 else reversed(columns):
                self._set(x, y, self._get(x - right, y - down))

    def text(self, text, x, y, colour=1):
        x, y, colour = _integer(x), _integer(y), _integer(colour)
        for octet in text.encode() if isinstance(text, str) else bytes(text):
            glyph = 5 * ((octet if 32 <= octet <= 127 else 127) - 32)
            for column in range(5):
                for row in range(7):
                    if _FONT[glyph + column] >> row & 1:
                        self._set(x + 1 + column, y + row, colour)
            x += 8


def _quotient(value, divisor):
    """Division as in C, towards zero."""
    quotient = abs(value) // abs(divisor)
    return quotient if (value < 0) == (divisor < 0) else -quotient


def _ellipse(a, b):
    """The points (to the right, up) of a quarter of an ellipse: where it is steep, then where it is flat."""
    for steep in (True, False):
        long, short = (a, b) if steep else (b, a)
        along, across = 0, long
        change, cross = long * long, short * short * (1 - 2 * long)
        error, stop, end = 0, 2 * short * short * long, 0
        while stop >= end:
            yield (across, along) if steep else (along, across)
            along += 1
            end += 2 * long * long
            error += change
            change += 2 * long * long
            if 2 * error + cross > 0:
                across -= 1
                stop -= 2 * short * short
                error += cross
                cross += 2 * short * short


def _readable(source):
    if isinstance(source, FrameBuffer):
        return source
    if len(source) not in (4, 5):
        raise ValueError()
    return FrameBuffer(*source)


def FrameBuffer1(buffer, width, height, stride=None):
    return FrameBuffer(buffer, width, height, MONO_VLSB, stride)
