import espnow, network, time

network.WLAN(0).active(True)
e = espnow.ESPNow()
e.active(True)
e.add_peer(b"\xff" * 6)
for i in range(3):
    time.sleep_ms(110)
    e.send(b"\xff" * 6, str(i))
