# A virtual board has no Bluetooth.

raise ImportError("no module named 'bluetooth': a virtual board has none")
