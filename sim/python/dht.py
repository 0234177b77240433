# MicroPython's `dht`: no sensor answers on a virtual board's pins.

import _errors


class DHTBase:
    def __init__(self, pin):
        self.pin = pin

    def measure(self):
        raise _errors.OSError(_errors.ETIMEDOUT)

    def humidity(self):
        return 0

    def temperature(self):
        return 0


DHT11 = DHT22 = DHTBase
