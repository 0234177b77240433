import aioespnow
import asyncio
import network
import time

network.WLAN(network.STA_IF).active(True)
e = aioespnow.AIOESPNow()
e.active(True)


async def clock():
    while True:
        await asyncio.sleep_ms(150)
        print("tick", time.ticks_ms() // 10)


async def main():
    ticking = asyncio.create_task(clock())
    print(await e.arecv(), await e.airecv())
    count = 0
    async for host, message in e:
        print(message)
        count += 1
        if count == 2:
            break
    ticking.cancel()
    try:
        await asyncio.wait_for_ms(e.arecv(), 50)
    except asyncio.TimeoutError:
        print("nothing in 50 ms")
    try:
        await e.asend(b"\x02\0\0\0\0\1", b"hello")
    except OSError as error:
        print(error)
    e.add_peer(b"\xff" * 6)
    print(await e.asend(b"\xff" * 6, b"hello"), await e.asend(b"\xff" * 6, b"hello", False))


asyncio.run(main())
