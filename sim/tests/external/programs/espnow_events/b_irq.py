import espnow
import network
import time

network.WLAN(network.STA_IF).active(True)
e = espnow.ESPNow()
e.active(True)
seen = []


def received(enow):
    while True:
        host, message = enow.irecv(0)
        if host is None:
            return
        seen.append(bytes(message))


e.irq(received)
while len(seen) < 3:
    time.ticks_ms()
print(seen, 300 <= time.ticks_ms() < 305)
while not e.stats()[3] == 5:
    time.sleep_ms(1)
print(len(seen))
e.irq(None)
time.sleep_ms(120)
print(len(seen), e.any(), e.recv(0)[1])


def broken(enow):
    print(enow.recv(0)[1])
    raise ValueError("in an interrupt")


e.irq(broken)
time.sleep_ms(100)
print("the program goes on")
