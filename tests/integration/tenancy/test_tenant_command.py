"""`zhunbao tenant` as an operator uses it: every answer a sentence, every refusal with what to do."""

from __future__ import annotations

import base64
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from core.commands.tenant import app
from core.problems import Conflict, Invalid, NotFound, Problem
from core.storage.embedded import Urls
from core.tenancy.bundle import read_bundle
from core.tenancy.lifecycle import verify
from tests.builders.bundles import TENANTS

KEY = base64.b64encode(bytes(32)).decode()


class Terminal:
    """Runs the command and gives what it said; `refused` gives the Problem instead."""

    def said(self, *words: str, given: str = "", code: int = 0) -> str:
        result = CliRunner().invoke(app, list(words), input=given)
        if result.exception is not None and not isinstance(result.exception, SystemExit):
            raise result.exception
        assert result.exit_code == code, result.output
        return result.output

    def refused(self, kind: type[Problem], *words: str) -> Problem:
        with pytest.raises(kind) as refused:
            self.said(*words)
        return refused.value


@pytest.fixture
def terminal(fresh_urls: Urls, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Terminal:
    monkeypatch.setenv("ZHUNBAO_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("ZHUNBAO_DATABASE_URL", fresh_urls.app)
    monkeypatch.setenv("ZHUNBAO_OWNER_URL", fresh_urls.owner)
    monkeypatch.setenv("ZHUNBAO_KEYS", f"index:{KEY},1:{KEY}")
    return Terminal()


def bundle(name: str) -> str:
    return str(TENANTS / name)


def test_a_province_then_its_district_then_a_change(terminal: Terminal) -> None:
    assert "还没有建立任何省或区县" in terminal.said("list")
    made = terminal.said("create", bundle("62-gansu"))
    assert (
        "已导入行政区划（62.csv.gz）：省 1 个，市州 14 个，区县 88 个，乡镇街道 1403 个，村社区 17718 个"
        in made
    )
    assert "已建立省级 62 甘肃省，网址路径 /d/62/" in made
    assert "已建立区县 620802 崆峒区" in terminal.said("create", bundle("620802-kongtong"))
    change = ("620802-kongtong", "--set", "tenant.spot_check_percent=35")
    declined = terminal.said("apply", bundle(change[0]), *change[1:], given="n\n", code=1)
    assert "tenant.toml：入户抽查比例（spot_check_percent）：30 → 35" in declined
    assert "没有启用，现行配置没有变" in declined
    assert "620802 第 2 版配置已启用" in terminal.said("apply", bundle(change[0]), *change[1:], given="y\n")
    assert "620802 第 3 版配置2099-01-01 起启用" in terminal.said(
        "apply", bundle("620802-kongtong"), "--from", "2099-01-01", "--yes", "--reason", "恢复"
    )
    listed = terminal.said("history", "620802").splitlines()
    assert [line.split("  ")[1] for line in listed] == ["待启用", "现行", "已停用"]
    assert "620802 第 4 版配置已启用，内容与第 1 版相同" in terminal.said("rollback", "620802", "1")


def test_suspend_resume_and_list(terminal: Terminal) -> None:
    terminal.said("create", bundle("62-gansu"))
    assert "62 甘肃省 已停用" in terminal.said("suspend", "62")
    assert "已停用  甘肃省" in terminal.said("list")
    assert "已恢复使用" in terminal.said("resume", "62")


def test_export_writes_a_file_that_verifies(terminal: Terminal, tmp_path: Path) -> None:
    terminal.said("create", bundle("62-gansu"))
    said = terminal.said("export", "62", str(tmp_path / "62.zip"))
    manifest, wrong = verify(tmp_path / "62.zip")
    assert wrong == []
    assert f"{len(manifest.parts)} 张表" in said
    assert terminal.refused(NotFound, "export", "63", str(tmp_path / "63.zip")).hint


def test_a_configuration_written_out_is_the_same_bundle_again(terminal: Terminal, tmp_path: Path) -> None:
    terminal.said("create", bundle("62-gansu"))
    terminal.said("create", bundle("621122-longxi"))
    for code, name in (("62", "62-gansu"), ("621122", "621122-longxi")):
        assert "已写出" in terminal.said("bundle", code, str(tmp_path / code))
        again, first = read_bundle(tmp_path / code), read_bundle(TENANTS / name)
        assert (again.head, again.own, again.locks) == (first.head, first.own, first.locks)
        assert "没有差别" in terminal.said("check", str(tmp_path / code))
    assert "已经存在" in terminal.refused(Conflict, "bundle", "62", str(tmp_path / "62")).detail


def test_checking_a_bundle_stores_nothing(terminal: Terminal) -> None:
    assert "配置包没有问题" in terminal.said("check", bundle("62-gansu"))
    assert "还没有建立任何省或区县" in terminal.said("list")


def test_refusals_say_what_to_do(terminal: Terminal, tmp_path: Path) -> None:
    missing = terminal.refused(NotFound, "create", bundle("620802-kongtong"))
    assert "请先用省级的配置包运行 zhunbao tenant create" in missing.hint
    terminal.said("create", bundle("62-gansu"))
    assert "zhunbao tenant create" in terminal.refused(NotFound, "apply", bundle("620802-kongtong")).hint
    assert "zhunbao tenant apply" in terminal.refused(Conflict, "create", bundle("62-gansu")).hint
    day = terminal.refused(Invalid, "apply", bundle("62-gansu"), "--from", "明天")
    assert "日期“明天”写法不对" in day.detail
    odd = terminal.refused(Invalid, "check", bundle("62-gansu"), "--set", "spot_check_percent")
    assert "应为 键=值" in odd.hint
    broken = tmp_path / "broken"
    shutil.copytree(TENANTS / "620822-lingtai", broken)
    text = (broken / "tenant.toml").read_text(encoding="utf-8")
    (broken / "tenant.toml").write_text(
        text.replace("spot_check_percent", "spot_chek_percent"), encoding="utf-8"
    )
    (field,) = terminal.refused(Invalid, "check", str(broken)).fields
    assert (field.field, field.message) == (
        "tenant.toml：spot_chek_percent",
        "没有这一项，是不是“spot_check_percent”？",
    )


def test_areas_can_be_imported_by_themselves(terminal: Terminal) -> None:
    said = terminal.said("areas", "import", str(TENANTS / "areas" / "62.csv.gz"))
    assert "村社区 17718 个" in said
