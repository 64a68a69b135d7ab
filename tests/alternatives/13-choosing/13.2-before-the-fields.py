# Exercise 13.2
from django.conf import settings

if not settings.configured:
    settings.configure(USE_I18N=False)

from rest_framework import serializers

LEVELS = [("easy", "Easy"), ("moderate", "Moderate"), ("hard", "Hard")]


class TrailSerializer(serializers.Serializer):
    name = serializers.CharField(max_length=80, trim_whitespace=False)
    length_km = serializers.DecimalField(max_digits=8, decimal_places=4, coerce_to_string=False)
    difficulty = serializers.ChoiceField(LEVELS)
    climb_m = serializers.IntegerField(min_value=0, allow_null=True, default=None)

    def to_internal_value(self, data):
        if "name" in data and not isinstance(data["name"], str):
            raise serializers.ValidationError({"name": ["a text, please"]})
        return super().to_internal_value(data)

    def validate_length_km(self, value):
        if not 0 < value <= 1000:
            raise serializers.ValidationError("0 to 1000, please")
        return float(value)
