# machine.I2C, SPI, UART and their like: buses with nothing on them.

from errno import ENODEV


class I2C:
    def __init__(self, id=0, *arguments, scl=None, sda=None, freq=400000, timeout=50000):
        self._freq = freq

    def init(self, **_):
        pass

    def deinit(self):
        pass

    def scan(self):
        return []

    def _nobody(self, *_, **__):
        raise OSError(ENODEV)

    readfrom = readfrom_into = writeto = writevto = _nobody
    readfrom_mem = readfrom_mem_into = writeto_mem = _nobody

    def start(self):
        pass

    def stop(self):
        pass

    def readinto(self, buf, nack=True):
        _fill(buf, 0xFF)

    def write(self, buf):
        return 0  # acknowledgements


class SoftI2C(I2C):
    def __init__(self, scl=None, sda=None, *, freq=400000, timeout=50000):
        super().__init__(freq=freq)


class SPI:
    MSB, LSB, CONTROLLER = 0, 1, 0

    def __init__(self, id=1, baudrate=1000000, **_):
        self._baudrate = baudrate

    def init(self, *_, **__):
        pass

    def deinit(self):
        pass

    def read(self, nbytes, write=0):
        return b"\xff" * nbytes

    def readinto(self, buf, write=0):
        _fill(buf, 0xFF)

    def write(self, buf):
        pass

    def write_readinto(self, write_buf, read_buf):
        if len(write_buf) != len(read_buf):
            raise ValueError("buffers must be the same length")
        _fill(read_buf, 0xFF)


class SoftSPI(SPI):
    def __init__(self, baudrate=500000, **_):
        super().__init__(baudrate=baudrate)


class UART:
    INV_TX, INV_RX, RTS, CTS = 16, 4, 1, 2
    IRQ_RX, IRQ_RXIDLE, IRQ_BREAK = 1, 2, 4

    def __init__(self, id, baudrate=115200, *_, **__):
        self._baudrate = baudrate

    def init(self, *_, **__):
        pass

    def deinit(self):
        pass

    def any(self):
        import _board

        _board.look()
        return 0

    def read(self, nbytes=-1):
        self.any()
        return None

    readline = read

    def readinto(self, buf, nbytes=-1):
        return self.read()

    def write(self, buf):
        return len(buf)

    def flush(self):
        pass

    def txdone(self):
        return True

    def sendbreak(self):
        pass

    def irq(self, handler=None, trigger=0, hard=False):
        return None

    def ioctl(self, request, flags):
        return flags & 4 if request == 3 else -1  # it can be written to


class I2S:
    def __init__(self, *_, **__):
        raise OSError(ENODEV)


class SDCard:
    def __init__(self, *_, **__):
        raise OSError(ENODEV)


def _fill(buf, octet):
    for i in range(len(buf)):
        buf[i] = octet
