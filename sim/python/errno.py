# MicroPython's `errno`: the numbers of the chip's C library, and not the host's.

import _errors

errorcode = dict(_errors.WORDS)
globals().update({_errors.WORDS[_number]: _number for _number in errorcode})
