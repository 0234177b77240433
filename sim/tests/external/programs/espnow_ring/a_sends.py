import espnow
import network
import time

network.WLAN(network.STA_IF).active(True)
e = espnow.ESPNow()
e.active(True)
peer = bytes([0x34, 0x85, 0x18, 0, 1, 1])
e.add_peer(peer)
time.sleep_ms(100)
print([e.send(peer, bytes(100)) for _ in range(8)])  # acknowledged, whether there is room or not
print(e.stats())
