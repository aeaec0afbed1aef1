"""What an installation is told by its environment, read once, checked at once, every mistake named in Chinese.

Nothing set means an installation of its own: an embedded database, evidence in a folder, keys made on first use, all
under `ZHUNBAO_DATA`.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from urllib.parse import urlsplit

from core.problems import FieldError, Invalid

CIPHERS = ("aes-256-gcm", "sm4-gcm")
Network = IPv4Network | IPv6Network
_KEY_BYTES = 32
_MAX_KEY_ID = 255


@dataclass(frozen=True, slots=True)
class Keyring:
    """Master keys by id (1–255); the highest id encrypts, all decrypt. `index` is for blind indexes and never changes."""

    masters: Mapping[int, bytes] = field(repr=False)
    index: bytes = field(repr=False)

    @property
    def active(self) -> int:
        return max(self.masters)

    @classmethod
    def parse(cls, text: str) -> Keyring:
        """From `index:…,1:…,2:…` (base64 of 32 bytes each). Raises ValueError with a Chinese sentence."""
        masters: dict[int, bytes] = {}
        index: bytes | None = None
        for part in text.replace("\n", ",").split(","):
            if not part.strip():
                continue
            name, _, body = part.strip().partition(":")
            key = _key(name, body)
            if name == "index":
                index = key
            elif name.isdecimal() and 1 <= int(name) <= _MAX_KEY_ID:
                masters[int(name)] = key
            else:
                raise ValueError(f"密钥编号“{name}”不对，应为 1 到 {_MAX_KEY_ID} 的整数，或 index")
        if index is None or not masters:
            raise ValueError("至少要有一把编号的密钥（如 1:…）和一把索引密钥（index:…）")
        return cls(masters, index)

    @classmethod
    def generate(cls) -> Keyring:
        return cls({1: secrets.token_bytes(_KEY_BYTES)}, secrets.token_bytes(_KEY_BYTES))

    def rotated(self) -> Keyring:
        """With a fresh key that encrypts from now on."""
        if self.active == _MAX_KEY_ID:
            raise ValueError("密钥编号已用完")
        return Keyring({**self.masters, self.active + 1: secrets.token_bytes(_KEY_BYTES)}, self.index)

    def text(self) -> str:
        """What `parse` reads; secret."""
        keys = {"index": self.index} | {str(number): key for number, key in sorted(self.masters.items())}
        return ",".join(f"{name}:{base64.b64encode(key).decode()}" for name, key in keys.items())


def _key(name: str, body: str) -> bytes:
    try:
        key = base64.b64decode(body, validate=True)
    except binascii.Error:
        raise ValueError(f"密钥“{name}”不是 base64 编码") from None
    if len(key) != _KEY_BYTES:
        raise ValueError(f"密钥“{name}”长度不对，应为 {_KEY_BYTES} 字节的 base64 编码")
    return key


@dataclass(frozen=True, slots=True)
class Settings:
    """`database_url` and `owner_url` empty: the embedded database (`core.storage.embedded` fills them in).

    `database_url` signs in as the application's role, `owner_url` as the role that owns the tables (migrations only);
    `s3_url` empty: evidence in `data/objects`. `secure_cookies` off only for plain http on this machine.
    `public_url` is the address people know (QR codes, sign-in elsewhere), without a slash at its end. `trusted_proxies` are
    the networks whose `X-Forwarded-For` is believed; none: the address a connection comes from is the visitor's.
    `demo_phones` is where a demo's stand-in for the gateway tells its texts; always empty outside a demo.
    """

    data: Path
    host: str = "127.0.0.1"
    port: int = 8000
    database_url: str = field(default="", repr=False)
    owner_url: str = field(default="", repr=False)
    s3_url: str = field(default="", repr=False)
    keys: Keyring | None = field(default=None, repr=False)
    cipher: str = CIPHERS[0]
    secure_cookies: bool = True
    demo: bool = False
    pool_size: int = 10
    public_url: str = ""
    trusted_proxies: tuple[Network, ...] = ()
    demo_phones: str = ""

    @property
    def embedded(self) -> bool:
        return not self.database_url

    @classmethod
    def from_env(cls, environment: Mapping[str, str] | None = None) -> Settings:
        """Raises Invalid with one field error for every variable that can't be used."""
        read = _Reader(os.environ if environment is None else environment)
        demo = read.flag("ZHUNBAO_DEMO", default=False)
        host = read.text("ZHUNBAO_HOST", "127.0.0.1")
        settings = cls(
            data=Path(read.text("ZHUNBAO_DATA", str(_default_data()))).expanduser().absolute(),
            host=host,
            port=read.number("ZHUNBAO_PORT", 8000, 1, 65535),
            database_url=read.url("ZHUNBAO_DATABASE_URL", ("postgresql", "postgres")),
            owner_url=read.url("ZHUNBAO_OWNER_URL", ("postgresql", "postgres")),
            s3_url=read.url("ZHUNBAO_S3_URL", ("http", "https")),
            keys=read.keys("ZHUNBAO_KEYS"),
            cipher=read.choice("ZHUNBAO_CIPHER", CIPHERS),
            secure_cookies=read.flag("ZHUNBAO_SECURE_COOKIES", default=not (demo or _is_local(host))),
            demo=demo,
            public_url=read.url("ZHUNBAO_PUBLIC_URL", ("http", "https")).rstrip("/"),
            trusted_proxies=read.networks("ZHUNBAO_TRUSTED_PROXIES"),
            demo_phones=read.url("ZHUNBAO_DEMO_PHONES", ("http",)).rstrip("/") if demo else "",
            pool_size=read.number("ZHUNBAO_POOL_SIZE", 10, 1, 200),
        )
        if settings.database_url and settings.keys is None and "ZHUNBAO_KEYS" not in read.named:
            read.wrong("ZHUNBAO_KEYS", "使用外部数据库时必须给出加密密钥，可用 zhunbao keys 生成一份")
        read.finish()
        return settings

    def keyring(self) -> Keyring:
        """The keys given, or those of this installation's data folder, made on first use (mode 0600)."""
        if self.keys is not None:
            return self.keys
        return _kept_keyring(self.data / "keys")


class _Reader:
    """Reads variables and gathers what is wrong with them."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._errors: list[FieldError] = []

    @property
    def named(self) -> frozenset[str]:
        return frozenset(error.field for error in self._errors)

    def wrong(self, name: str, message: str) -> None:
        self._errors.append(FieldError(name, message))

    def finish(self) -> None:
        if self._errors:
            raise Invalid(
                "环境变量有误，程序没有启动", hint="改正后重新运行即可。", fields=tuple(self._errors)
            )

    def text(self, name: str, default: str = "") -> str:
        return self._environment.get(name, "").strip() or default

    def number(self, name: str, default: int, low: int, high: int) -> int:
        given = self.text(name)
        if not given:
            return default
        if given.isdecimal() and low <= int(given) <= high:
            return int(given)
        self.wrong(name, f"“{given}”不能用，应为 {low} 到 {high} 的整数")
        return default

    def flag(self, name: str, *, default: bool) -> bool:
        given = self.text(name).lower()
        if given in {"1", "true", "yes", "on", "是"}:
            return True
        if given in {"0", "false", "no", "off", "否"}:
            return False
        if given:
            self.wrong(name, f"“{given}”不能用，应为 1（是）或 0（否）")
        return default

    def networks(self, name: str) -> tuple[Network, ...]:
        found: list[Network] = []
        for part in filter(None, (one.strip() for one in self.text(name).split(","))):
            try:
                found.append(ip_network(part))
            except ValueError:
                self.wrong(name, f"“{part}”不是网络地址，应写成 10.0.0.5 或 10.0.0.0/24，几个之间用逗号")
        if any(network.prefixlen == 0 for network in found):
            self.wrong(name, "不能信任所有地址：那样谁都能冒充别的来源；请只写反向代理自己的地址")
        return tuple(found)

    def choice(self, name: str, allowed: tuple[str, ...]) -> str:
        given = self.text(name, allowed[0]).lower()
        if given not in allowed:
            self.wrong(name, f"“{given}”不能用，可以是：{'、'.join(allowed)}")
        return given

    def url(self, name: str, schemes: tuple[str, ...]) -> str:
        given = self.text(name)
        if given:
            parts = urlsplit(given)
            if parts.scheme not in schemes or not (parts.netloc or parts.query):
                self.wrong(
                    name, f"不是可用的地址，应以 {' 或 '.join(f'{scheme}://' for scheme in schemes)} 开头"
                )
        return given

    def keys(self, name: str) -> Keyring | None:
        given = self.text(name)
        if not given:
            return None
        try:
            return Keyring.parse(given)
        except ValueError as error:
            self.wrong(name, str(error))
            return None


def _default_data() -> Path:
    """`/var/lib/zhunbao` for a service that runs as root, the user's own data folder otherwise."""
    if os.geteuid() == 0:
        return Path("/var/lib/zhunbao")
    return Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local" / "share") / "zhunbao"


def _is_local(host: str) -> bool:
    return host in {"127.0.0.1", "::1", "localhost"}


def _kept_keyring(file: Path) -> Keyring:
    """Created with mode 0600 under a name of its own and then linked, so that two processes agree on one."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        draft = file.with_name(f"{file.name}.{os.getpid()}.{secrets.token_hex(4)}")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as out:
            out.write(Keyring.generate().text() + "\n")
            out.flush()
            os.fsync(out.fileno())
        with contextlib.suppress(FileExistsError):
            file.hardlink_to(draft)
        draft.unlink()
    try:
        return Keyring.parse(file.read_text())
    except ValueError as error:
        raise Invalid(
            f"数据文件夹里的密钥文件 {file} 不能用：{error}", hint="请从备份恢复这个文件，不要新建。"
        ) from error
