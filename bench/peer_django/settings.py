"""Django's settings: only what the ballot needs, and connections that are kept."""

import os
from urllib.parse import urlsplit

_url = urlsplit(os.environ["BENCH_DATABASE_URL"])

SECRET_KEY = "bench"
SEALING_KEY = bytes(range(32))
DEBUG = False
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "bench.peer_django.urls"
INSTALLED_APPS = ["rest_framework", "bench.peer_django"]
MIDDLEWARE = ["bench.peer_django.tenancy.TenantMiddleware", "django.middleware.common.CommonMiddleware"]
USE_TZ = True
TIME_ZONE = "Asia/Shanghai"
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "HOST": _url.hostname,
        "PORT": _url.port,
        "USER": _url.username,
        "PASSWORD": _url.password,
        "NAME": _url.path.removeprefix("/"),
        "CONN_MAX_AGE": None,
        "OPTIONS": {"options": "-c jit=off", "server_side_binding": True, "prepare_threshold": 5},
    }
}
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["bench.peer_django.access.SessionTokens"],
    "DEFAULT_PERMISSION_CLASSES": ["bench.peer_django.access.MayVote"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "UNAUTHENTICATED_USER": None,
}
LOGGING_CONFIG = None
