import espnow
import network
import time

network.WLAN(network.STA_IF).active(True)
e = espnow.ESPNow()
e.active(True)
e.add_peer(b"\xff" * 6)
for number in range(13):
    time.sleep_ms(100)
    e.send(b"\xff" * 6, b"%d" % number)
