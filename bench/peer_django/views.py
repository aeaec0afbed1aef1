"""Casting a ballot: the same checks, locks and rows as ours."""

import hashlib
import json
import secrets
import uuid
from functools import lru_cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings
from django.db import connection
from django.utils import timezone
from rest_framework import serializers
from rest_framework.exceptions import APIException, NotFound, PermissionDenied
from rest_framework.response import Response
from rest_framework.views import APIView

from bench.peer_django.access import may_vote_in
from bench.peer_django.models import (
    Ballot,
    ConfigVersion,
    HouseholdMember,
    PanelCase,
    PanelMember,
    PanelSession,
    Process,
    ProcessRecord,
    Recusal,
    Voter,
)

SEALED_BYTES = 512
NEAR = 2
AROUND = """WITH RECURSIVE near (person, steps) AS (
               SELECT unnest(%s::uuid[]), 0
             UNION
               SELECT CASE WHEN k.person_a = near.person THEN k.person_b ELSE k.person_a END, near.steps + 1
               FROM near JOIN kinship k ON k.tenant_id = %s AND near.person IN (k.person_a, k.person_b)
               WHERE near.steps < %s)
           SELECT person, min(steps) FROM near GROUP BY person"""


class Refused(APIException):
    status_code = 409


class BallotForm(serializers.Serializer):
    choice = serializers.ChoiceField(["agree", "disagree", "abstain"])
    reason = serializers.CharField(max_length=40, allow_blank=True, default="")


class Ballots(APIView):
    def post(self, request, district, session_id, case_id):
        form = BallotForm(data=request.data)
        form.is_valid(raise_exception=True)
        tenant = request.tenant.id
        sections = in_force(tenant)
        if "women_panel" not in sections["tenant"]["plugins"]:
            raise NotFound
        session = shared(tenant, session_id)
        if session is None:
            raise NotFound
        if not may_vote_in(request.user, session.area_code):
            raise PermissionDenied
        entry = (
            PanelCase.objects.select_for_update()
            .filter(tenant_id=tenant, session_id=session_id, case_id=case_id)
            .first()
        )
        if entry is None:
            raise NotFound
        poll = {"tenant_id": tenant, "session_id": session_id, "case_id": case_id, "attempt": entry.attempt}
        mark = fingerprint(session_id, case_id, request.headers.get("idempotency-key"))
        vote = dict(form.validated_data, mark=mark)
        if not Voter.objects.filter(**poll, account_id=request.user.id).exists():
            self.check_open(request.user, session, entry, sections)
            Voter.objects.create(**poll, account_id=request.user.id, voted_on=timezone.localdate())
            shuffle_in(poll, vote | {"tracker": f"{secrets.randbelow(10**12):012}"})
        elif mark is None or not any(vote.items() <= one.items() for one in votes_in(poll)):
            raise Refused("您已经投过这一户的票，每户只能投一次。")
        return Response({"session_id": session_id, "case_id": case_id, "mine": "voted"}, status=201)

    def check_open(self, account, session, entry, sections):
        """Raises for the first reason why the account may not vote on this household now."""
        tenant = session.tenant_id
        seats = list(PanelMember.objects.filter(tenant_id=tenant, session_id=session.id))
        members = {seat.account_id: seat for seat in seats if seat.removed_at is None}
        if session.state != "open" or entry.state != "open":
            raise Refused("已经结束投票")
        if account.id not in members:
            raise PermissionDenied("您不是这次评议会的成员")
        case = Process.objects.select_related("parent").get(tenant_id=tenant, id=entry.case_id)
        stages = sections["procedure"]["procedures"][case.parent.procedure]["stages"]
        if stages[case.parent.state]["type"] != "panel_meeting":
            raise Refused("本村现在不在“小组评议”阶段")
        self.check_kin(account, case, session)
        if not members[account.id].present:
            raise PermissionDenied("您还没有签到")
        if len(members) < json.loads(session.config)["size_min"]:
            raise PermissionDenied("评议小组人数不足")

    def check_kin(self, account, case, session):
        """Near relatives stay out; what the file itself says of relatives is looked up as well."""
        tenant = case.tenant_id
        files = ProcessRecord.objects.filter(
            tenant_id=tenant, process_id=case.id, kind__in=["recusal_override", "relative_declaration"]
        )
        for record in files:
            unseal(bytes(record.body), case.id.bytes)
        people = list(
            HouseholdMember.objects.filter(tenant_id=tenant, household_id=case.subject_id).values_list(
                "person_id", flat=True
            )
        )
        with connection.cursor() as cursor:
            cursor.execute(AROUND, [people, tenant, NEAR])
            near = {person for person, _steps in cursor.fetchall()}
        if account.person_id in near:
            raise PermissionDenied("您与这户有亲属关系")
        if Recusal.objects.filter(
            tenant_id=tenant, session_id=session.id, case_id=case.id, account_id=account.id, origin="declared"
        ).exists():
            raise PermissionDenied("您已经声明回避")


def shared(tenant, session_id):
    """The session, kept as it is until the vote is in; the ORM has no FOR SHARE."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT tenant_id, id, round_id, area_code, state, config FROM women_panel_session "
            "WHERE tenant_id = %s AND id = %s FOR SHARE",
            [tenant, session_id],
        )
        row = cursor.fetchone()
    return PanelSession(*row) if row else None


def in_force(tenant):
    """The configuration in force; its content is kept by number."""
    number = (
        ConfigVersion.objects.filter(
            tenant_id=tenant, status__in=["active", "scheduled"], effective_from__lte=timezone.localdate()
        )
        .order_by("-effective_from", "-number")
        .values_list("number", flat=True)
        .first()
    )
    return sections_of(tenant, number)


@lru_cache(4096)
def sections_of(tenant, number):
    return json.loads(ConfigVersion.objects.get(tenant_id=tenant, number=number).sections)


def shuffle_in(poll, vote):
    """All ballots of the household are taken out and put back, sealed anew, in an order nobody knows."""
    votes = [*votes_in(poll), vote]
    about = poll["session_id"].bytes + poll["case_id"].bytes
    Ballot.objects.filter(**poll).delete()
    secrets.SystemRandom().shuffle(votes)
    fresh = [(uuid.uuid4(), json.dumps(one).encode()) for one in votes]
    Ballot.objects.bulk_create(
        [Ballot(**poll, id=ballot, sealed=seal(one, about + ballot.bytes)) for ballot, one in fresh]
    )


def votes_in(poll):
    """What lies in the urn; what tells a repeated request lies within."""
    about = poll["session_id"].bytes + poll["case_id"].bytes
    return [json.loads(unseal(bytes(b.sealed), about + b.id.bytes)) for b in Ballot.objects.filter(**poll)]


def seal(plain, about):
    nonce = secrets.token_bytes(12)
    return nonce + AESGCM(settings.SEALING_KEY).encrypt(nonce, plain.ljust(SEALED_BYTES), about)


def unseal(sealed, about):
    return AESGCM(settings.SEALING_KEY).decrypt(sealed[:12], sealed[12:], about).rstrip()


def fingerprint(session_id, case_id, key):
    return hashlib.sha256(session_id.bytes + case_id.bytes + key.encode()).hexdigest() if key else None
