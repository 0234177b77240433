import espnow
import network
import time

network.WLAN(network.STA_IF).active(True)
e = espnow.ESPNow()
e.config(rxbuf=528)
e.active(True)
time.sleep(1)
print(e.stats())
count = 0
while e.any():
    count += len(e.recv()[1])
print(count)
print(e.stats())
