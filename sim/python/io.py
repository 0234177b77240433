# MicroPython's `io`.

import _files
import _modules

_host = _modules.host("io")
BytesIO, StringIO = _host.BytesIO, _host.StringIO
open = _files.open

if _modules.MICROPYTHON:
    IOBase = _host.IOBase
else:

    class IOBase:
        pass
