import os

from django.core.asgi import get_asgi_application

os.environ["DJANGO_SETTINGS_MODULE"] = "settings"
office = get_asgi_application()  # from here on the models can be imported

from django.contrib.auth.models import User
from django.core.exceptions import SynchronousOnlyOperation
from django.core.management import call_command
from fastapi import FastAPI, HTTPException
from pydantic import BaseModel, ConfigDict
from trails.models import Trail

call_command("migrate", run_syncdb=True, verbosity=0)
User.objects.create_superuser("ada", password="a long walk")


class TrailOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: int
    name: str
    length_km: float


app = FastAPI()


@app.get("/trails")
async def list_trails() -> list[TrailOut]:
    return [TrailOut.model_validate(trail) async for trail in Trail.objects.order_by("id")]


@app.get("/trails/{number}")
def read_trail(number: int) -> TrailOut:
    try:
        return TrailOut.model_validate(Trail.objects.get(id=number))
    except Trail.DoesNotExist:
        raise HTTPException(404) from None


@app.get("/count")
async def count_trails() -> int:
    return await Trail.objects.acount()


@app.get("/count-wrong")
async def count_and_fail() -> str:
    try:
        return str(Trail.objects.count())
    except SynchronousOnlyOperation as error:
        return str(error)


app.mount("/office", office)
