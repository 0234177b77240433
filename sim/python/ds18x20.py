# MicroPython's `ds18x20`: thermometers on a bus with nothing on it.

from micropython import const

_FAMILIES = (0x10, 0x22, 0x28)


class DS18X20:
    def __init__(self, onewire):
        self.ow = onewire
        self.buf = bytearray(9)

    def scan(self):
        return [rom for rom in self.ow.scan() if rom[0] in _FAMILIES]

    def convert_temp(self):
        self.ow.reset(True)

    def read_scratch(self, rom):
        # Nobody pulls the wire down after a reset, which this raises.
        self.ow.reset(True)

    def write_scratch(self, rom, buf):
        self.ow.reset(True)

    def read_temp(self, rom):
        self.read_scratch(rom)
