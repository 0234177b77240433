# MicroPython's `aioespnow`: an ESPNow whose messages can be awaited.

import asyncio
import espnow


class AIOESPNow(espnow.ESPNow):
    async def airecv(self):
        await asyncio.readable(self)
        return self.irecv(0)

    async def arecv(self):
        await asyncio.readable(self)
        return self.recv(0)

    async def asend(self, mac, msg=None, sync=None):
        if msg is None:
            mac, msg = None, mac
        await asyncio.writable(self)
        return self.send(mac, msg, sync)

    def __aiter__(self):
        return self

    async def __anext__(self):
        return await self.airecv()
