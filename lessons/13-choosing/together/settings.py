import tempfile
from pathlib import Path

SECRET_KEY = "for a server that lives for a minute"
ALLOWED_HOSTS = ["127.0.0.1"]
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.sessions",
    "trails",
]
MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]
FOLDER = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": Path(FOLDER.name, "trails.sqlite3")}}
# Tables are made from the models at once: a database that lives for a minute has no history.
MIGRATION_MODULES = dict.fromkeys(("admin", "auth", "contenttypes", "sessions"))
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Quick, and for no other place than this one: the one account here lives for a minute.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
ROOT_URLCONF = "urls"
STATIC_URL = "static/"
USE_TZ = True
