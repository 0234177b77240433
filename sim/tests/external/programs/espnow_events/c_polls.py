import espnow
import network
import select
import time

network.WLAN(network.STA_IF).active(True)
e = espnow.ESPNow()
poll = select.poll()
poll.register(e, select.POLLIN)
print(poll.poll(10))
e.active(True)
print(poll.poll(10), poll.poll(0))
for _ in range(3):
    ready = poll.poll(1000)
    print(ready[0][0] is e, ready[0][1], e.recv(0)[1], time.ticks_ms() // 10)
poll.modify(e, select.POLLIN | select.POLLOUT)
print(poll.poll(0)[0][1])
for stream, event in poll.ipoll(1000):
    print(stream is e, event)
poll.unregister(e)
print(poll.poll(100))
try:
    poll.modify(e, select.POLLIN)
except OSError as error:
    print(error)
try:
    poll.register(5)
except OSError as error:
    print(error)
while not e.any():
    pass
print(e.recv(0)[1])
print(len(select.select([e], [], [], 1)[0]))
