# MicroPython's `_onewire`: what of `onewire` is in C. Nothing is on the wire, so that it stays high.


def reset(pin):
    return False


def readbit(pin):
    return 1


def readbyte(pin):
    return 0xFF


def writebit(pin, value):
    pass


def writebyte(pin, value):
    pass


def crc8(data):
    crc = 0
    for octet in data:
        crc ^= octet
        for _ in range(8):
            crc = crc >> 1 ^ 0x8C if crc & 1 else crc >> 1
    return crc
