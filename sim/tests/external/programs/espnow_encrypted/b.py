import espnow
import network

network.WLAN(network.STA_IF).active(True)
e = espnow.ESPNow()
e.active(True)
peer = bytes([0x34, 0x85, 0x18, 0, 1, 0])
e.set_pmk(b"MicroPyth0nRules")
e.add_peer(peer, b"0123456789abcdef")
while True:
    host, message = e.recv(1000)
    if host is None:
        break
    print(host == peer, message)
    e.send(host, message)
