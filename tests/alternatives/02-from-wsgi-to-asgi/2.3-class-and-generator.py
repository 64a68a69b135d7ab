# Exercise 2.3


class Counter:
    async def __call__(self, scope, receive, send):
        if scope["type"] != "http":
            raise RuntimeError("only http")
        size = sum([len(piece) async for piece in self.pieces(receive)])
        await send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [(b"content-type", b"application/json")],
            }
        )
        for piece in (b'{"bytes": ', str(size).encode()):
            await send({"type": "http.response.body", "body": piece, "more_body": True})
        await send({"type": "http.response.body", "body": b"}"})

    async def pieces(self, receive):
        more = True
        while more:
            message = await receive()
            yield message.get("body", b"")
            more = message.get("more_body", False)


counter = Counter()
