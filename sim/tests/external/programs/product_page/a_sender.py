import network
import espnow
import time
from machine import Pin
from neopixel import NeoPixel

sta = network.WLAN(network.STA_IF)
sta.active(True)
sta.disconnect()

e = espnow.ESPNow()
e.active(True)
peer = b"\xbb\xbb\xbb\xbb\xbb\xbb"
e.add_peer(peer)

pixels = NeoPixel(Pin(48, Pin.OUT), 25)

print(e.send(peer, "Starting...", True))
for i in range(100):
    print(e.send(peer, str(i) * 20, True))
print(e.send(peer, b"end", True))

while True:
    host, msg = e.recv()
    if msg:
        print(host, msg)
        if msg == b"All received.":
            pixels[0] = (0, 0, 25)
            pixels.write()
            time.sleep(0.5)
            pixels[0] = (0, 0, 0)
            pixels.write()
            break
