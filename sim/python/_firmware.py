# The firmware that a board says it runs, by its chip: one version all through.

import _board

RELEASE = "1.29.0"
VERSION = (1, 29, 0, "")
DATE = "2026-08-20"
_MPY = 6 | 3 << 8  # version 6.3 of compiled code, and the architecture of its native code
_XTENSA, _XTENSAWIN, _RV32IMC = 9 << 10, 10 << 10, 11 << 10

# Of each chip: platform, the firmware's name, the board's name, the processor's name, compiled code.
_CHIPS = (
    ("esp32", "ESP32_GENERIC_S3", "Generic ESP32S3 module", "ESP32-S3", _MPY | _XTENSAWIN),
    ("esp32", "ESP32_GENERIC_C3", "ESP32C3 module", "ESP32-C3", _MPY | _RV32IMC),
    ("esp32", "ESP32_GENERIC", "Generic ESP32 module", "ESP32", _MPY | _XTENSAWIN),
    ("esp8266", "ESP8266_GENERIC", "ESP module", "ESP8266", _MPY | _XTENSA),
)
PLATFORM, BUILD, _BOARD, _PROCESSOR, MPY = _CHIPS[_board.info.chip]
MACHINE = _BOARD + " with " + _PROCESSOR
