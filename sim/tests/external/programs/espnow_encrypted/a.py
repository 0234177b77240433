import espnow
import network
import time

network.WLAN(network.STA_IF).active(True)
e = espnow.ESPNow()
e.active(True)
peer = bytes([0x34, 0x85, 0x18, 0, 1, 1])
e.set_pmk(b"MicroPyth0nRules")
e.add_peer(peer, lmk=b"0123456789abcdef")
time.sleep_ms(10)
print(e.send(peer, b"secret"), e.recv(1000))
e.mod_peer(peer, lmk=b"another key here")
print(e.send(peer, b"who can read this?"), e.recv(100))
e.mod_peer(peer, lmk=b"")
print(e.get_peer(peer), e.send(peer, b"in the clear"), e.recv(100))
