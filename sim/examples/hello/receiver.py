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

np = neopixel.NeoPixel(Pin(48), 25)

while True:
    host, msg = e.recv()
    if msg:
        print(host, msg)
        if msg == b'end':
            try:
                e.add_peer(host)
            except OSError:
                pass
            print(e.send(host, "All received."))
            np[0] = (0, 25, 0)
            np.write()
            time.sleep(0.5)
            np[0] = (0, 0, 0)
            np.write()
