import asyncio
import json

NAMES = ["Lake Loop", "Fern Valley", "Ridge Path", "Summit Trail"]


class Station:
    def __init__(self):
        self.trails = []

    async def __call__(self, scope, receive, send):
        await Connection(self, scope, receive, send).run()


class Connection:
    def __init__(self, station, scope, receive, send):
        self.station, self.scope, self.receive, self.send = station, scope, receive, send

    async def run(self):
        await getattr(self, self.scope["type"])()

    async def lifespan(self):
        await self.receive()
        self.station.trails = list(NAMES)
        await self.send({"type": "lifespan.startup.complete"})
        await self.receive()
        self.station.trails = []
        await self.send({"type": "lifespan.shutdown.complete"})

    async def websocket(self):
        await self.receive()
        if self.scope["path"] != "/echo":
            await self.send({"type": "websocket.close", "reason": "only /echo"})
            return
        await self.send({"type": "websocket.accept"})
        async for text in self.texts():
            await self.send({"type": "websocket.send", "text": text})

    async def texts(self):
        while (message := await self.receive())["type"] == "websocket.receive":
            if "text" in message and message["text"] is not None:
                yield message["text"]

    async def http(self):
        name = {"GET /trails": "list", "GET /walk": "walk", "POST /tracks": "measure"}
        await getattr(self, name.get(f"{self.scope['method']} {self.scope['path']}", "nothing"))()

    async def nothing(self):
        await self.reply(404, {"error": "nothing here"})

    async def list(self):
        await self.reply(200, self.station.trails)

    async def walk(self):
        await self.start(200, b"text/plain; charset=utf-8")
        *most, last = self.station.trails
        for name in most:
            await self.body(f"{name}\n".encode(), more=True)
            await asyncio.sleep(0.05)
        await self.body(last.encode())

    async def measure(self):
        size = 0
        more = True
        while more:
            message = await self.receive()
            size += len(message["body"])
            more = message["more_body"]
        await self.reply(200, {"bytes": size})

    async def reply(self, status, data):
        await self.start(status, b"application/json")
        await self.body(json.dumps(data).encode())

    async def start(self, status, kind):
        await self.send(
            {"type": "http.response.start", "status": status, "headers": [(b"content-type", kind)]}
        )

    async def body(self, body, more=False):
        await self.send({"type": "http.response.body", "body": body, "more_body": more})


app = Station()
