"""Which step tells the household what: the notices there are, the steps that cause them, and the wording we begin with.

A notice is caused by an (action, outcome) of a case, never by the name of a state: districts name their states. Where one
step ends an allowance for different causes, each has its own notice (`because`); none says the cause to whoever holds the phone,
where it is the household's own affair.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from core.sdk import STAY
from plugins.sms_notice.wording import Variable

ALWAYS = frozenset({Variable.NAME, Variable.NUMBER, Variable.STEP, Variable.OFFICE, Variable.PHONE})
DATED = ALWAYS | {Variable.DEADLINE}


class Because(StrEnum):
    """Why an allowance ended, where that makes another text of it."""

    DEATH = "death"
    WAIVER = "waiver"
    MOVED = "moved"


@dataclass(frozen=True, slots=True)
class Notice:
    """One kind. `steps` cause it, of several those that end `because` of this; `variables` are those it can fill.

    `while_there`: it asks for something; pointless once the case has gone on, and then not sent.
    """

    name: str
    label: str
    steps: frozenset[tuple[str, str]]
    wording: str
    variables: frozenset[Variable] = ALWAYS
    while_there: bool = False
    because: Because | None = None


_ALL = (
    Notice(
        "accepted", "已受理", frozenset({("accept", "accepted")}),
        "{姓名}，您的低保申请（{编号}）已受理，{期限}前办结。有疑问请拨打{电话}。", DATED,
    ),
    Notice(
        "supplement", "需补充材料", frozenset({("request_supplement", "supplement")}),
        "{姓名}，您的低保申请（{编号}）还缺材料，请在{期限}前补齐，缺什么见通知单。电话{电话}。", DATED, while_there=True,
    ),
    Notice(
        "visit", "将入户调查", frozenset({("start_investigation", "started")}),
        "{姓名}，工作人员近日将到您家了解情况（{编号}），两人以上同行并出示证件，不收任何费用。监督电话{电话}。",
    ),
    Notice(
        "findings", "核对情况告知", frozenset({("serve_verification_notice", STAY)}),
        "{姓名}，您的申请（{编号}）有情况需要您说明，请在{期限}前到乡镇民政窗口或致电{电话}，可以带上证明材料。", DATED,
        while_there=True,
    ),
    Notice(
        "authorisation", "核对授权到期", frozenset({("remind_authorisation", STAY)}),
        "{姓名}，您家的核对授权书（{编号}）快到期或已过期，请签过字的人带身份证到乡镇民政窗口或村委会重新签一次，也可致电{电话}约我们上门。",
    ),
    Notice(
        "posting", "开始公示", frozenset({("start_posting", STAY), ("posted_by_round", STAY)}),
        "{姓名}，您的申请（{编号}）正在村里公示，到{期限}期满。对公示有意见的可拨打{电话}。", DATED,
    ),
    Notice(
        "confirmed", "已确认", frozenset({("confirm", "confirmed")}),
        "{姓名}，您的低保申请（{编号}）已经确认，从下月起发放，金额见确认通知。家庭情况有变化请及时告诉我们，电话{电话}。",
    ),
    Notice(
        "denied", "不予确认", frozenset({("deny", "denied")}),
        "{姓名}，您的低保申请（{编号}）没有确认。理由和申请复议、诉讼的办法写在通知书上，3个工作日内送达。电话{电话}。",
    ),
    Notice(
        "hearing", "听取意见",
        frozenset({("open_hearing", "hearing"), ("conclude_review", "proposed"), ("propose_member_stop", "proposed")}),
        "{姓名}，关于您家低保待遇的变动（{编号}），我们想先听您的意见，请与我们约定时间：{电话}。待遇照发。",
        while_there=True,
    ),
    Notice(
        "kept", "维持不变", frozenset({("keep_benefit", "kept")}),
        "{姓名}，听取您的意见以后，您家的低保（{编号}）维持不变，照常发放。电话{电话}。",
    ),
    Notice(
        "increased", "决定提高", frozenset({("conclude_review", "increase")}),
        "{姓名}，您家的低保（{编号}）经复核有提高，从下月起按新的数额发放，数额见通知书。电话{电话}。",
    ),
    Notice(
        "reduced", "决定减少", frozenset({("decide_reduction", "reduced")}),
        "{姓名}，您家的低保（{编号}）从下月起减少，数额、理由和救济途径写在决定书上。不明白的请拨打{电话}。",
    ),
    Notice(
        "grace", "进入渐退期", frozenset({("decide_grace", "grace")}),
        "{姓名}，您家的低保（{编号}）进入渐退期，期内照原数发放，到{期限}为止，详见决定书。电话{电话}。", DATED,
    ),
    Notice(
        "grace_over", "渐退期满", frozenset({("end_grace", "ended")}),
        "{姓名}，您家低保的渐退期（{编号}）已满，不再发放，书面通知随后送达。以后有困难可以重新申请，电话{电话}。",
    ),
    Notice(
        "terminated", "决定停发", frozenset({("decide_termination", "terminated")}),
        "{姓名}，您家的低保（{编号}）从下月起停止发放，理由和救济途径写在决定书上。困难有变化可以重新申请，电话{电话}。",
    ),
    Notice(
        "moved", "迁走停发", frozenset({("decide_termination", "terminated")}),
        "{姓名}，您家在本地的低保（{编号}）从下月起停止发放，理由和救济途径写在决定书上。在现在住的地方可以重新申请，怎么办请拨打{电话}。",
        because=Because.MOVED,
    ),
    Notice(
        "waived", "自愿退出", frozenset({("end_without_hearing", "ended_without_hearing")}),
        "{姓名}，您签字退出低保的手续（{编号}）办好了，从下月起停止发放。以后有困难，随时可以重新申请，电话{电话}。",
        because=Because.WAIVER,
    ),
    Notice(
        "deceased", "户内无人，停发", frozenset({("end_without_hearing", "ended_without_hearing")}),
        "{姓名}户的低保（{编号}）从下月起停止发放，书面通知随后送达。家属有事要问、有手续要办的，请拨打{电话}。",
        because=Because.DEATH,
    ),
)  # fmt: skip

NOTICES: Mapping[str, Notice] = MappingProxyType({notice.name: notice for notice in _ALL})
LABELS: Mapping[str, str] = MappingProxyType({notice.name: notice.label for notice in _ALL})


def caused_by(process_kind: str, action: str, outcome: str, because: Because | None = None) -> Notice | None:
    """The notice a step causes, if any. Rounds notify nobody: each of their cases does."""
    found = {notice.because: notice for notice in causable(process_kind, action, outcome)}
    return found.get(because) or found.get(None)


def causable(process_kind: str, action: str, outcome: str) -> Sequence[Notice]:
    """The notices a step can cause; which one depends on why."""
    if process_kind != "case":
        return ()
    return [notice for notice in _ALL if (action, outcome) in notice.steps]


REASONS: Mapping[str, str] = MappingProxyType({
    "no_phone": "没有登记手机号",
    "not_mobile": "登记的不是手机号",
    "opted_out": "家庭要求不再接收短信",
    "gone_on": "已经办到下一步，不必再通知",
    "personal_detail": "文本里出现了个人信息，没有发出",
    "monthly_cap": "本月短信已到上限",
    "too_late": "过了时效，没有发出",
    "no_gateway": "还没有配置发送渠道",
    "no_mail": "没有登记电子邮件",
    "no_account": "没有平台账号",
    "channel_shut": "渠道暂时不通，稍后再发",
    "not_taken": "网关没有收到，将再次发送",
    "not_begun": "网关太慢，将再次发送",
    "in_doubt": "不能确定是否送出，正在核实",
    "attempts": "多次尝试都没有发出",
})  # fmt: skip


GATEWAY_CODES: Mapping[str, str] = MappingProxyType({
    "isv.MOBILE_NUMBER_ILLEGAL": "号码不对",
    "isv.BLACK_KEY_CONTROL_LIMIT": "内容含有运营商不允许的词",
    "isv.SMS_CONTENT_ILLEGAL": "内容不合运营商的规定",
    "isv.SMS_SIGNATURE_ILLEGAL": "短信签名没有备案",
    "isv.BUSINESS_LIMIT_CONTROL": "发得太密，网关要求稍后再发",
    "SignatureDoesNotMatch": "网关账号或密钥不对",
    "ConnectError": "连不上网关",
    "ConnectTimeout": "连不上网关",
    "ReadTimeout": "网关没有按时答复",
    "TimeoutError": "网关没有按时答复",
    "ReadError": "连接中断，网关没有答复",
    "RemoteProtocolError": "连接中断，网关没有答复",
    "NACK": "运营商没有接收",
    "UNDELIV": "没有送到手机",
    "DELIVRD": "",
})  # fmt: skip


def said(detail: str) -> str:
    """A message's detail for people; a code of the gateway's that we do not know stands as it is."""
    return {**GATEWAY_CODES, **REASONS}.get(detail, detail)
