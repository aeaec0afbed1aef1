"""Passwords: what a new one must be, and argon2 off the event loop.

Rules after GB/T 22239: at least 10 characters, three of four kinds, not the account's name, none of the commonest,
none of the last five.
"""

from __future__ import annotations

import asyncio
import secrets
import string
import unicodedata
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

R = TypeVar("R")

SHORTEST = 10
LONGEST = 200
KINDS = 3
KEPT = 5
"""How many earlier passwords may not come back."""

_COMMON = frozenset(
    """
    password password1 password12 password123 password1234 passw0rd passw0rd123 admin123 admin1234 admin12345
    admin123456 administrator1 qwerty123 qwerty1234 qwerty12345 qwertyuiop1 q1w2e3r4t5 1q2w3e4r5t 1q2w3e4r 1qaz2wsx
    1qaz2wsx3edc qazwsx123 qazwsxedc1 zaq12wsx asdf123456 asdfghjkl1 abc123456 abc1234567 abc123abc abcd123456
    abcd1234567 abcdefg123 aa123456 aa1234567 aa12345678 aa123456789 a123456789 a1234567890 a12345678 123456789a
    1234567890a 123456abc 123456abcd 123abc456 123qwe456 iloveyou123 iloveyou520 woaini520 woaini1314 woaini521
    5201314abc 5201314520 welcome123 welcome1234 letmein123 changeme123 root123456 test123456 user123456 zxcvbnm123
    zxcvbnm1 p4ssw0rd p4ssw0rd123 dibao12345 dibao123456 dibao2024 dibao2025 dibao2026 minzheng123 minzheng123456
    zhunbao123 zhunbao123456 zhunbao2026 shehuijiuzhu1 zhongguo123 huawei12345 huawei123 qq123456789 wang123456
    zhang123456 li123456789
    """.split()  # noqa: SIM905 (a hundred words read better as text)
)


def normalised(password: str) -> str:
    """The same characters typed on another keyboard are the same password (full width, composed accents)."""
    return unicodedata.normalize("NFKC", password)


def weaknesses(password: str, username: str) -> tuple[str, ...]:
    """Everything that is wrong with a new password, in Chinese; empty: it is good."""
    password = normalised(password)
    found = []
    if len(password) < SHORTEST:
        found.append(f"至少要 {SHORTEST} 位")
    if len(password) > LONGEST:
        found.append(f"不能超过 {LONGEST} 位")
    if _kinds(password) < KINDS:
        found.append("要含大写字母、小写字母、数字、符号中的三种")
    low, name = password.lower(), username.strip().lower()
    if len(name) >= 3 and (name in low or name[::-1] in low):
        found.append("不能含有账号名")
    core = "".join(c for c in low if c.isalnum())
    if core in _COMMON or low in _COMMON or len(set(low)) < 4:
        found.append("太常见，容易被猜到")
    return tuple(found)


def temporary() -> str:
    """A password for one sign-in, without characters that look alike; it satisfies the rules."""
    letters = [c for c in string.ascii_letters + string.digits if c not in "0OoIl1"]
    while True:
        made = "".join(secrets.choice(letters) for _ in range(9)) + secrets.choice("-+=#%")
        mixed = "".join(secrets.SystemRandom().sample(made, len(made)))
        if not weaknesses(mixed, ""):
            return mixed


def _kinds(password: str) -> int:
    kinds = {
        "upper" if c.isupper() else "lower" if c.islower() else "digit" if c.isdigit() else "other"
        for c in password
    }
    return len(kinds)


class Passwords:
    """Argon2id in a few threads of its own: each takes 64 MiB, so the number of threads bounds the memory."""

    def __init__(self, hasher: PasswordHasher | None = None, threads: int = 2) -> None:
        self._hasher = hasher or PasswordHasher()
        self._threads = ThreadPoolExecutor(threads, "argon2")
        self._nobody = self._hasher.hash(secrets.token_hex())

    async def hash(self, password: str) -> str:
        return await self._off(self._hasher.hash, normalised(password))

    async def verify(self, stored: str | None, password: str) -> bool:
        """Takes the same time when there is no such account (`stored` None)."""
        right = await self._off(self._matches, stored or self._nobody, password)
        return right and stored is not None

    async def is_one_of(self, stored: Iterable[str], password: str) -> bool:
        for one in stored:
            if await self.verify(one, password):
                return True
        return False

    def outdated(self, stored: str) -> bool:
        """Whether today's parameters differ from those it was hashed with."""
        return self._hasher.check_needs_rehash(stored)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _matches(self, stored: str, password: str) -> bool:
        if len(password) > LONGEST:
            return False
        try:
            return self._hasher.verify(stored, normalised(password))
        except (VerificationError, InvalidHashError):
            return False

    async def _off(self, work: Callable[..., R], *args: str) -> R:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *args)
