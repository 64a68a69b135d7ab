# Exercise 6.1
from fastapi_offline import FastAPIOffline

huts = FastAPIOffline(title="Huts")
