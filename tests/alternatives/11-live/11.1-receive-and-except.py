# Exercise 11.1
import math

from fastapi import FastAPI, WebSocket, WebSocketDisconnect

TRAILS = {"Lake Loop": 6.5, "Ridge Path": 14.0}

walk = FastAPI()
on_their_way = 0


@walk.get("/walkers")
async def count_walkers():
    return on_their_way


@walk.websocket("/walk/{trail}")
async def follow(websocket: WebSocket, trail: str):
    global on_their_way
    try:
        left = TRAILS[trail]
    except KeyError:
        await websocket.close(code=1008, reason="unknown trail")
        return
    await websocket.accept()
    on_their_way += 1
    try:
        while left > 0:
            text = await websocket.receive_text()
            try:
                walked = float(text)
                if walked <= 0 or math.isnan(walked):
                    raise ValueError("not above 0")
            except ValueError:
                await websocket.close(code=4000)
                return
            left -= walked
            await websocket.send_text('{"left": %s}' % max(left, 0))
        await websocket.close()
    except WebSocketDisconnect:
        pass
    finally:
        on_their_way -= 1
