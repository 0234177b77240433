# MicroPython's `platform`, of the firmware and not of the host.

import _board
import _firmware

_IDF, _NEWLIB, _GCC = "v5.5.2", "4.3.0", "14.2.0"
_IS_RISC_V = _board.info.chip == 1
_ARCHITECTURE = "riscv" if _IS_RISC_V else "xtensa"


def platform(*_, **__):
    return "MicroPython-%s-%s-IDF%s-with-newlib%s" % (_firmware.RELEASE, _ARCHITECTURE, _IDF, _NEWLIB)


def python_compiler():
    return "GCC " + _GCC


def libc_ver(*_, **__):
    return "newlib", _NEWLIB


if _IS_RISC_V:

    def processor():
        # The letters of the processor's misa register: compressed, integers, multiplication, a user mode.
        return "RV32CIMU"
