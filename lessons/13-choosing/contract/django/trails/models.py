from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models


class Trail(models.Model):
    class Difficulty(models.TextChoices):
        EASY = "easy"
        MODERATE = "moderate"
        HARD = "hard"

    name = models.CharField(max_length=80)
    length_km = models.FloatField(validators=[MinValueValidator(0.001), MaxValueValidator(1000)])
    difficulty = models.CharField(max_length=8, choices=Difficulty)
