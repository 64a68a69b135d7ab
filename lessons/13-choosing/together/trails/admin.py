from django.contrib import admin

from trails.models import Trail

admin.site.register(Trail)
