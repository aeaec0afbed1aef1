"""The district of the path, in front of everything: one transaction a request, with the tenant set in it."""

import re
import time

from django.db import connection, transaction
from django.http import JsonResponse

from bench.peer_django.models import Tenant

FRESH_SECONDS = 5.0
_PATH = re.compile(r"/d/(\w{1,32})/")


class TenantMiddleware:
    def __init__(self, get_response):
        self.get_response = get_response
        self.found = {}

    def __call__(self, request):
        match = _PATH.match(request.path)
        tenant = self._tenant(match[1]) if match else None
        if tenant is None or tenant.status != "active":
            return JsonResponse({"detail": "没有这个区县"}, status=404)
        request.tenant = tenant
        with transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute("SELECT set_config('app.tenant_id', %s, true)", [str(tenant.id)])
            return self.get_response(request)

    def _tenant(self, code):
        known = self.found.get(code)
        if known is None or time.monotonic() - known[0] > FRESH_SECONDS:
            known = self.found[code] = (time.monotonic(), Tenant.objects.filter(code=code).first())
        return known[1]
