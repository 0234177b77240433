# One wire of bits whose length tells what they are, to a strip of pixels.

import _board

_PIXELS_A_REQUEST = 16000


def send(pin, octets, octets_a_pixel, timing_ns):
    """Sends octets as they are, and waits while the wire is busy."""
    if octets_a_pixel != 4:
        octets_a_pixel = 3  # whatever the program counts in
    head = bytes((pin, octets_a_pixel))
    # What the strip has not need not be told. A long one takes several requests, of which the last one shows all.
    shown, part = octets[: _board.info.pixels * octets_a_pixel], _PIXELS_A_REQUEST * octets_a_pixel
    for start in range(part, len(shown), part):
        first = start // octets_a_pixel
        _board.call(_board.PIXELS_AHEAD, head + bytes((first & 0xFF, first >> 8)) + shown[start : start + part])
    _board.call(_board.PIXELS, head + shown[:part])
    _board.wait(_board.now() + len(octets) * (8 * (timing_ns[0] + timing_ns[1]) // 1000))
