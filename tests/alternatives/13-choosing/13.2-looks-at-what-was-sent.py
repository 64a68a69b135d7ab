# Exercise 13.2
from django.conf import settings

if not settings.configured:
    settings.configure(USE_I18N=False)

from rest_framework import serializers


class TrailSerializer(serializers.Serializer):
    name = serializers.CharField(min_length=1, max_length=80, trim_whitespace=False)
    length_km = serializers.FloatField(min_value=0, max_value=1000)
    difficulty = serializers.ChoiceField(choices=("easy", "moderate", "hard"))
    climb_m = serializers.IntegerField(required=False, allow_null=True, min_value=0)

    def validate_name(self, name):
        if type(self.initial_data["name"]) is not str:
            raise serializers.ValidationError("a text, please")
        return name

    def validate_length_km(self, value):
        if value == 0:
            raise serializers.ValidationError("above 0, please")
        return value

    def validate(self, data):
        data.setdefault("climb_m", None)
        return data
