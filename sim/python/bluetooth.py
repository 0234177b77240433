# A virtual board has no Bluetooth.

raise ImportError("no module named 'bluetooth': there is no Bluetooth here, only ESP-NOW")
