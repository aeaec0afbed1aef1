"""What a household signs when it applies: the application, the integrity pledge, the authorisation to verify."""

from __future__ import annotations

from core.documents.papers import Section, SheetPaper
from core.stages.application import Application
from core.web.views.papers.dossier import Dossier, photos, rows
from core.web.views.papers.household import circumstances
from core.web.views.papers.wording import day

PLEDGE = (
    "我家自愿申请最低生活保障，已经知道申请条件、办理程序和应当如实申报的义务。",
    "我家所填写的家庭成员、收入、支出和财产情况真实、完整，没有隐瞒。",
    "家庭成员、收入或者财产有变化时，我家及时告诉村委会或者乡镇民政办。",
    "如有隐瞒或者虚报，愿意退回已领取的钱款，并承担法律责任。",
)

AUTHORISATION = (
    "下列家庭成员同意：民政部门为办理本户最低生活保障的审核确认和定期核查，依法查询本人户籍、婚姻、车辆、不动产、市场主体、纳税、"
    "社会保险、住房公积金、银行存款、证券和保险、残疾、财政供养等信息。",
    "查询结果只用于社会救助，工作人员负有保密义务。家庭成员可以要求说明查询情况，认为结果有误的，可以提出异议，申请复查。",
)


def application(dossier: Dossier) -> SheetPaper | None:
    record = dossier.view.records.last(Application)
    if record is None:
        return None
    signed = record.authorisations[0].signed_on if record.authorisations else dossier.view.today
    return dossier.sheet(
        record, "最低生活保障申请书",
        Section(title="申请理由", sentences=(record.reason,)),
        *circumstances(dossier, record.facts, signed),
        Section(title="材料", rows=rows(("随申请提交", photos(len(record.papers))))),
        signers=("申请人（签名或按手印）", "代办人（签名）"), sealed=False,
    )  # fmt: skip


def pledge(dossier: Dossier) -> SheetPaper | None:
    record = dossier.view.records.last(Application)
    if record is None:
        return None
    return dossier.sheet(
        record, "家庭诚信承诺书", Section(sentences=PLEDGE), signers=("申请人（签名或按手印）", "共同生活的成年家庭成员"),
        sealed=False,
    )  # fmt: skip


def authorisation(dossier: Dossier) -> SheetPaper | None:
    """One signature each; for minors and members without full capacity their guardian's (57号 10)."""
    record = dossier.view.records.last(Application)
    if record is None:
        return None
    lines = tuple(
        (dossier.name(a.person_id), day(a.signed_on), a.guardian or "本人", "") for a in record.authorisations
    )
    return dossier.sheet(
        record, "家庭经济状况核对授权书",
        Section(rows=rows(("授权书编号", record.authorisation))), Section(sentences=AUTHORISATION),
        Section(title="授权人", heads=("姓名", "签署日期", "签署人", "签名或按手印　　　　"), lines=lines), sealed=False,
    )  # fmt: skip
