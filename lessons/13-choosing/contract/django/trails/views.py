from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import viewsets
from rest_framework.request import Request
from rest_framework.response import Response

from trails.models import Trail
from trails.serializers import SearchSerializer, TrailSerializer


class TrailViewSet(viewsets.ModelViewSet[Trail]):
    queryset = Trail.objects.order_by("id")
    serializer_class = TrailSerializer
    http_method_names = ("get", "post", "put", "delete")

    @extend_schema(parameters=[SearchSerializer])
    def list(self, request: Request) -> Response:
        return super().list(request)

    def filter_queryset(self, trails: QuerySet[Trail]) -> QuerySet[Trail]:
        search = SearchSerializer(data=self.request.query_params)
        search.is_valid(raise_exception=True)
        return trails.filter(length_km__lte=search.validated_data["max_km"])
