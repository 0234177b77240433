# machine.I2S and SDCard: parts that a virtual board has not.

import _errors


class I2S:
    def __init__(self, *_, **__):
        raise _errors.OSError(_errors.ENODEV)


class SDCard:
    def __init__(self, *_, **__):
        raise _errors.OSError(_errors.ENODEV)
