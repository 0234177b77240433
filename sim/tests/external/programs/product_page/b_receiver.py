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

pixels = NeoPixel(Pin(48, Pin.OUT), 25)

while True:
    host, msg = e.recv()
    if msg:
        print(host, msg)
        if msg == b"end":
            try:
                e.add_peer(host)
            except OSError:
                pass
            print(e.send(host, "All received.", True))
            pixels[0] = (0, 25, 0)
            pixels.write()
            time.sleep(0.5)
            pixels[0] = (0, 0, 0)
            pixels.write()
