# Exercise 8.2
import os
from typing import Literal

import jwt
from fastapi import HTTPException, status
from pydantic import BaseModel, ValidationError


class Claims(BaseModel):
    sub: str
    iss: Literal["rangers-desk"]
    aud: Literal["trail-desk"]
    exp: int


async def read_token(token: str) -> str:
    try:
        raw = jwt.decode(token, os.environ["DESK_KEY"], ["HS256"], audience="trail-desk")
        return Claims.model_validate(raw).sub
    except (jwt.PyJWTError, ValidationError) as error:
        raise HTTPException(
            status.HTTP_401_UNAUTHORIZED, str(error), headers={"www-authenticate": 'Bearer realm="desk"'}
        )
