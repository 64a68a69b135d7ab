# Exercise 8.2
import os

from fastapi import HTTPException
from jwt import PyJWT, PyJWTError


class Stranger(HTTPException):
    def __init__(self, why: str) -> None:
        super().__init__(401, why, {"WWW-Authenticate": 'Bearer error="invalid_token"'})


reader = PyJWT(options={"require": ["sub", "exp", "aud", "iss"], "strict_aud": True})


class Reader:
    def __call__(self, token: str) -> str:
        try:
            whole = reader.decode_complete(
                token,
                os.environ["DESK_KEY"],
                algorithms=("HS256",),
                audience="trail-desk",
                issuer="rangers-desk",
            )
        except PyJWTError as error:
            raise Stranger(type(error).__name__) from error
        return whole["payload"]["sub"]


read_token = Reader()
