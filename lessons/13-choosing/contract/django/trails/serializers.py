from rest_framework import serializers

from trails.models import Trail


class TrailSerializer(serializers.ModelSerializer[Trail]):
    class Meta:
        model = Trail
        fields = ("id", "name", "length_km", "difficulty")


class SearchSerializer(serializers.Serializer[object]):
    max_km = serializers.FloatField(default=1000)
