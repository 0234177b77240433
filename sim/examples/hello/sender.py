import network
import espnow
import time
from machine import Pin
import neopixel

sta = network.WLAN(network.STA_IF)
sta.active(True)
sta.disconnect()

e = espnow.ESPNow()
e.active(True)
peer = b'\xbb\xbb\xbb\xbb\xbb\xbb'  # the receiver's address goes here
e.add_peer(peer)

np = neopixel.NeoPixel(Pin(48), 25)

print(e.send(peer, "Starting..."))
for i in range(100):
    print(e.send(peer, str(i) * 20, True))
print(e.send(peer, b'end'))

host, msg = e.recv()
if msg:
    print(host, msg)
    if msg == b'All received.':
        np[0] = (0, 0, 25)
        np.write()
        time.sleep(0.5)
        np[0] = (0, 0, 0)
        np.write()
