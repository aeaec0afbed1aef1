"""OpenID Connect: authorization code with PKCE. Gives a verified subject, nothing else: no name, no role is taken over.

    begin ─▶ (address of the provider, pending: state, nonce, verifier) ─ browser there and back ─▶ finish ─▶ subject

`pending` goes to the browser encrypted, in a cookie that only this sign-in uses: an answer is taken from nobody else.
"""

from __future__ import annotations

import base64
import contextlib
import time
import warnings
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import httpx
import msgspec
from authlib.common.security import generate_token  # type: ignore[import-untyped]
from authlib.deprecate import AuthlibDeprecationWarning  # type: ignore[import-untyped]
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from core.problems import Refused, Unavailable
from core.storage.crypto import FieldCipher

with warnings.catch_warnings():
    # authlib announces a move to httpx2, which nothing else here uses yet.
    warnings.simplefilter("ignore", AuthlibDeprecationWarning)
    from authlib.integrations.base_client.errors import OAuthError  # type: ignore[import-untyped]
    from authlib.integrations.httpx_client import AsyncOAuth2Client  # type: ignore[import-untyped]

LASTS_SECONDS = 600
_AAD = b"single sign-on"
_TIMEOUT = httpx.Timeout(8, connect=3)
_KEPT_SECONDS = 600
_LEEWAY_SECONDS = 60
_SIGNATURES = ("RS256", "PS256", "ES256", "EdDSA")


@dataclass(frozen=True, slots=True)
class Provider:
    """A district's identity provider. `secret` empty: a public client, protected by PKCE alone."""

    issuer: str
    client_id: str
    secret: str = ""


class Pending(msgspec.Struct, frozen=True):
    """What a sign-in under way must find again. `account`: it is to be linked to this one; `next`: where to go on."""

    state: str
    nonce: str
    verifier: str
    at: float
    next: str = ""
    account: str = ""


@dataclass(frozen=True, slots=True)
class _Known:
    """A provider's published addresses and keys, kept for ten minutes."""

    at: float
    metadata: dict[str, Any]
    keys: KeySet


class SingleSignOn:
    """One per process. Raises Unavailable when the provider cannot be reached, Refused when its answer does not hold."""

    def __init__(self, cipher: FieldCipher) -> None:
        self._cipher = cipher
        self._known: dict[str, _Known] = {}

    async def begin(
        self, provider: Provider, back: str, *, next_: str = "", account: str = ""
    ) -> tuple[str, Pending]:
        """The provider's address to send the browser to. `back` is ours, registered there."""
        known = await self._provider(provider)
        pending = Pending(
            generate_token(32), generate_token(32), generate_token(48), time.time(), next_, account
        )
        async with self._client(provider, back) as client:
            address, _state = client.create_authorization_url(
                known.metadata["authorization_endpoint"], state=pending.state, nonce=pending.nonce,
                code_verifier=pending.verifier,
            )  # fmt: skip
        return str(address), pending

    def seal(self, tenant: UUID, pending: Pending) -> str:
        return base64.urlsafe_b64encode(
            self._cipher.encrypt(tenant, msgspec.json.encode(pending), _AAD)
        ).decode()

    def unseal(self, tenant: UUID, sealed: str) -> Pending:
        """Raises Refused for what is over or was not sealed here."""
        with contextlib.suppress(ValueError):
            plain = self._cipher.decrypt(tenant, base64.urlsafe_b64decode(sealed), _AAD)
            pending = msgspec.json.decode(plain, type=Pending)
            if time.time() - pending.at <= LASTS_SECONDS:
                return pending
        raise Refused("这次登录已经过期，或者不是从这台设备开始的。", hint="请重新点“统一身份认证登录”")

    async def finish(self, provider: Provider, back: str, query: dict[str, str], pending: Pending) -> str:
        """The verified subject. `query` is what the browser brought back."""
        known = await self._provider(provider)
        if query.get("state") != pending.state:
            raise Refused("这次登录不是从这台设备的这个页面开始的。", hint="请重新点“统一身份认证登录”")
        if query.get("iss", provider.issuer) != provider.issuer or "code" not in query:
            raise Refused("统一身份认证没有让您登录。", hint="请重新登录；仍然不行的，用账号密码登录")
        try:
            async with self._client(provider, back) as client:
                token = await client.fetch_token(
                    known.metadata["token_endpoint"], code=query["code"], code_verifier=pending.verifier
                )
        except httpx.HTTPError:
            raise _unreachable() from None
        except OAuthError:
            raise Refused("统一身份认证没有承认这次登录。", hint="请重新登录") from None
        return self._subject(provider, known, str(token.get("id_token", "")), pending)

    def _subject(self, provider: Provider, known: _Known, id_token: str, pending: Pending) -> str:
        wanted = jwt.JWTClaimsRegistry(
            leeway=_LEEWAY_SECONDS,
            iss={"essential": True, "value": provider.issuer},
            aud={"essential": True, "value": provider.client_id},
            nonce={"essential": True, "value": pending.nonce},
            exp={"essential": True},
            sub={"essential": True},
        )
        try:
            claims = jwt.decode(id_token, known.keys, algorithms=_SIGNATURES).claims
            wanted.validate(claims)
        except (JoseError, ValueError):
            self._known.pop(provider.issuer, None)
            raise Refused(
                "统一身份认证的签名核对不上。", hint="请重新登录；仍然不行的，报告系统管理员"
            ) from None
        return str(claims["sub"])

    async def _provider(self, provider: Provider) -> _Known:
        kept = self._known.get(provider.issuer)
        if kept is not None and time.monotonic() - kept.at < _KEPT_SECONDS:
            return kept
        try:
            async with httpx.AsyncClient(timeout=_TIMEOUT, trust_env=not _local(provider)) as client:
                metadata = await self._read(client, f"{provider.issuer}/.well-known/openid-configuration")
                keys = KeySet.import_key_set(await self._read(client, str(metadata["jwks_uri"])))
        except (httpx.HTTPError, JoseError, KeyError, ValueError):
            raise _unreachable() from None
        if metadata.get("issuer") != provider.issuer:
            raise Refused("统一身份认证的地址与配置不一致。", hint="请系统管理员检查 issuer 设置")
        made = self._known[provider.issuer] = _Known(time.monotonic(), metadata, keys)
        return made

    @staticmethod
    async def _read(client: httpx.AsyncClient, address: str) -> Any:
        answer = await client.get(address)
        answer.raise_for_status()
        return answer.json()

    @staticmethod
    def _client(provider: Provider, back: str) -> Any:
        return AsyncOAuth2Client(
            provider.client_id, provider.secret or None, scope="openid", redirect_uri=back,
            code_challenge_method="S256", timeout=_TIMEOUT, trust_env=not _local(provider),
            token_endpoint_auth_method="client_secret_basic" if provider.secret else "none",
        )  # fmt: skip


def _local(provider: Provider) -> bool:
    return urlsplit(provider.issuer).hostname in ("127.0.0.1", "localhost", "::1")


def _unreachable() -> Unavailable:
    return Unavailable("统一身份认证现在连不上。", hint="请稍后再试，或者用账号密码登录")
