# One wire of bits whose length tells what they are, to a strip of pixels.

import _board


def send(pin, octets, octets_a_pixel, timing_ns):
    """Sends octets as they are, and waits while the wire is busy."""
    _board.call(_board.PIXELS, bytes((pin, octets_a_pixel)) + octets)
    _board.wait(_board.now() + len(octets) * (8 * (timing_ns[0] + timing_ns[1]) // 1000))
