import time

from flask import Flask

app = Flask(__name__)


@app.get("/hello")
def hello():
    return {"message": "Hello!"}


@app.get("/wait")
def wait():
    began = time.perf_counter()
    time.sleep(0.1)
    return {"began": began, "ended": time.perf_counter()}


@app.get("/compute")
def compute():
    began = time.perf_counter()
    sum(n * n for n in range(300_000))
    return {"began": began, "ended": time.perf_counter()}
