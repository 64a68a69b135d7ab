# Exercise 13.2
from django.conf import settings

if not settings.configured:
    settings.configure(USE_I18N=False)

from rest_framework import serializers


def above_0(value):
    if value <= 0:
        raise serializers.ValidationError("above 0, please")


class NameField(serializers.Field):
    def to_internal_value(self, data):
        match data:
            case str() if 1 <= len(data) <= 80:
                return data
            case _:
                raise serializers.ValidationError("a text of 1 to 80 characters")

    def to_representation(self, value):
        return value


class TrailSerializer(serializers.Serializer):
    name = NameField()
    length_km = serializers.FloatField(validators=[above_0], max_value=1000)
    difficulty = serializers.RegexField(r"^(easy|moderate|hard)$", trim_whitespace=False)
    climb_m = serializers.IntegerField(min_value=0, default=None, allow_null=True)
