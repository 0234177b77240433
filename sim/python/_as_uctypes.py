# MicroPython's `uctypes` with the chip's long of four octets; the Unix port has its host's. A pointer stays as long as the host's.
__name__ = "uctypes"

import _fold
import _modules

_host = _modules.host("uctypes")
globals().update({_name: getattr(_host, _name) for _name in dir(_host) if _name[0] != "_"})
LONG, ULONG = _fold.LONG, _fold.ULONG
