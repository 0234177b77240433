# MicroPython's `mip` where there is no network: the index of packages is not reached.

import requests as _requests

_INDEX = "https://micropython.org/pi/v2"


def install(package, index=None, target=None, version=None, mpy=True):
    print("Installing %s (%s) from %s to %s" % (package, version or "latest", index or _INDEX, target or "/lib"))
    _requests.get("%s/package/6/%s/%s.json" % (index or _INDEX, package, version or "latest"))
