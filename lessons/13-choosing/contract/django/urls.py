from django.urls import include, path
from drf_spectacular.views import SpectacularJSONAPIView
from rest_framework.routers import SimpleRouter
from trails.views import TrailViewSet

router = SimpleRouter(trailing_slash=False, use_regex_path=False)
router.register("trails", TrailViewSet)

urlpatterns = [
    path("", include(router.urls)),
    path("openapi.json", SpectacularJSONAPIView.as_view()),
]
