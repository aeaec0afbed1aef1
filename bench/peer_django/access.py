"""Who asks, and whether they may vote here."""

import hashlib
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.permissions import BasePermission

from bench.peer_django.models import Grant, Session

IDLE = timedelta(minutes=30)
ROLES = {("panel", "vote"): {"panel_member"}}


class SessionTokens(BaseAuthentication):
    """Our own sessions: a bearer token, found by its hash; with the account come its grants of now."""

    def authenticate(self, request):
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        digest, now = hashlib.sha256(token.strip().encode()).digest(), timezone.now()
        session = (
            Session.objects.select_related("account")
            .filter(tenant_id=request.tenant.id, token_hash=digest)
            .first()
        )
        if session is None or session.expires_at <= now or now - session.last_seen_at >= IDLE:
            raise AuthenticationFailed("请先登录")
        account = session.account
        if account.status != "active":
            raise AuthenticationFailed("账号已停用")
        account.grants = list(
            Grant.objects.filter(
                Q(until=None) | Q(until__gt=now), tenant_id=request.tenant.id, account_id=account.id
            )
        )
        return account, session

    def authenticate_header(self, request):
        return "Bearer"


class MayVote(BasePermission):
    def has_permission(self, request, view):
        return request.user is not None and any(g.role in ROLES["panel", "vote"] for g in request.user.grants)


def may_vote_in(account, area_code):
    """Whether a grant of the account reaches this village."""
    return any(
        grant.role in ROLES["panel", "vote"]
        and area_code.startswith(grant.area_code.rstrip("0") or grant.area_code)
        for grant in account.grants
    )
