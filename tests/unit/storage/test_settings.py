"""What the environment says: read, checked, every mistake named with its variable and what is allowed."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from core.problems import Invalid
from core.settings import Keyring, Settings

KEYS = Keyring.generate().text()


def wrong(**environment: str) -> dict[str, str]:
    with pytest.raises(Invalid) as told:
        Settings.from_env(environment)
    return {error.field: error.message for error in told.value.fields}


def test_nothing_set_is_an_installation_of_its_own() -> None:
    settings = Settings.from_env({})
    assert settings.embedded
    assert (settings.host, settings.port, settings.demo) == ("127.0.0.1", 8000, False)
    assert not settings.secure_cookies


def test_everything_set_is_taken(tmp_path: Path) -> None:
    settings = Settings.from_env(
        {
            "ZHUNBAO_DATABASE_URL": "postgresql://zhunbao_app:x@db/zhunbao",
            "ZHUNBAO_OWNER_URL": "postgresql://zhunbao_owner:x@db/zhunbao",
            "ZHUNBAO_S3_URL": "https://a:b@s3/bucket",
            "ZHUNBAO_DATA": str(tmp_path),
            "ZHUNBAO_HOST": "0.0.0.0",
            "ZHUNBAO_PORT": "80",
            "ZHUNBAO_KEYS": KEYS,
            "ZHUNBAO_CIPHER": "sm4-gcm",
            "ZHUNBAO_DEMO": "0",
        }
    )
    assert not settings.embedded
    assert settings.secure_cookies
    assert settings.keyring().text() == KEYS
    assert (settings.port, settings.data, settings.cipher) == (80, tmp_path, "sm4-gcm")


def test_every_mistake_is_named_at_once() -> None:
    found = wrong(
        ZHUNBAO_PORT="eighty", ZHUNBAO_DATABASE_URL="mysql://x", ZHUNBAO_KEYS="1:abc", ZHUNBAO_CIPHER="des"
    )
    assert found["ZHUNBAO_PORT"] == "“eighty”不能用，应为 1 到 65535 的整数"
    assert "postgresql://" in found["ZHUNBAO_DATABASE_URL"]
    assert "密钥“1”" in found["ZHUNBAO_KEYS"]
    assert found["ZHUNBAO_CIPHER"] == "“des”不能用，可以是：aes-256-gcm、sm4-gcm"


@pytest.mark.parametrize(
    ("keys", "says"),
    [
        ("1:AAAA," + KEYS, "长度不对"),
        (KEYS.partition(",")[0], "至少要有一把编号的密钥"),
        (KEYS.partition(",")[2], "索引密钥"),
        (KEYS.replace(",1:", ",300:"), "密钥编号“300”不对"),
    ],
    ids=["too short", "no master", "no index", "number out of range"],
)
def test_keys_that_cannot_be_used_say_why(keys: str, says: str) -> None:
    assert says in wrong(ZHUNBAO_KEYS=keys)["ZHUNBAO_KEYS"]


def test_an_external_database_needs_keys_of_its_own() -> None:
    assert "必须给出加密密钥" in wrong(ZHUNBAO_DATABASE_URL="postgresql://a@b/c")["ZHUNBAO_KEYS"]


def test_secrets_do_not_show_in_what_is_printed() -> None:
    settings = Settings.from_env(
        {"ZHUNBAO_DATABASE_URL": "postgresql://app:geheim@db/zhunbao", "ZHUNBAO_KEYS": KEYS}
    )
    assert "geheim" not in repr(settings)
    assert KEYS.partition(":")[2][:20] not in repr(settings)
    assert KEYS.partition(":")[2][:20] not in repr(settings.keyring())


def test_an_installation_makes_its_keys_once_and_keeps_them_to_itself(tmp_path: Path) -> None:
    settings = Settings(data=tmp_path / "new")
    first = settings.keyring()
    assert settings.keyring() == first
    file = tmp_path / "new" / "keys"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert [entry.name for entry in file.parent.iterdir()] == ["keys"]


def test_a_damaged_key_file_is_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "keys").write_text("1:broken")
    with pytest.raises(Invalid) as told:
        Settings(data=tmp_path).keyring()
    assert "从备份恢复" in told.value.hint
    assert (tmp_path / "keys").read_text() == "1:broken"


def test_a_keyring_is_what_its_text_says() -> None:
    keys = Keyring.generate().rotated().rotated()
    assert keys.active == 3
    assert Keyring.parse(keys.text()) == keys
    assert Keyring.parse(keys.text().replace(",", "\n")) == keys
