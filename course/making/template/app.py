"""Build it: what this app is to do, in one sentence."""

from fastapi import FastAPI

app = FastAPI()
