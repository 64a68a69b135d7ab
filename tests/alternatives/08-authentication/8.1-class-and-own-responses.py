# Exercise 8.1
from fastapi import FastAPI
from fastapi.responses import JSONResponse
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from pydantic import BaseModel, SecretStr


class Account(BaseModel):
    name: str
    password: SecretStr


class Vault:
    def __init__(self):
        self.hasher = PasswordHash([Argon2Hasher(memory_cost=2048, time_cost=1, parallelism=2)])
        self.kept = {}

    def sign_up(self, new: Account):
        if new.name in self.kept:
            return JSONResponse({"error": "This name is taken."}, 409)
        self.kept[new.name] = self.hasher.hash(new.password.get_secret_value())
        return JSONResponse({"name": new.name}, 201)

    def log_in(self, account: Account):
        hashed = self.kept.get(account.name)
        if hashed and self.hasher.verify(account.password.get_secret_value().encode(), hashed):
            return {"name": account.name}
        return JSONResponse({"detail": "Wrong name or password."}, status_code=401)


inside = Vault()
vault = FastAPI()
vault.add_api_route("/rangers", inside.sign_up, methods=["POST"], status_code=201)
vault.add_api_route("/login", inside.log_in, methods=["POST"])
vault.add_api_route("/kept", lambda: inside.kept)
