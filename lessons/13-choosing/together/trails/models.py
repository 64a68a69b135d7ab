from django.db import models


class Trail(models.Model):
    name = models.CharField(max_length=80)
    length_km = models.FloatField()

    def __str__(self) -> str:
        return self.name
