"""Every address of the plugin, pages and API; each says whom it is for."""

from __future__ import annotations

from core.sdk import Needs, Public, Route, SignedIn
from plugins.sms_notice import api, kannel_reports, letters, mine, my_mail, pages, receipts
from plugins.sms_notice.permissions import OBJECT, SmsAction

VIEW = Needs(OBJECT, SmsAction.VIEW)
SEND = Needs(OBJECT, SmsAction.SEND)
EDIT = Needs(OBJECT, SmsAction.EDIT)

ONE = "/messages/{message_id:uuid}"
WORDING = "/wordings/{notice:str}"
LETTER = "/letters/{letter_id:uuid}"

API = (
    Route("GET", "/messages", VIEW, api.show_messages, api=True, query=api.MessageQuery, answer=api.Messages,
          summary="短信通知"),
    Route("GET", ONE, VIEW, api.show_message, api=True, answer=api.OneMessage, summary="一条短信"),
    Route("POST", ONE + "/resend", SEND, api.send_again, api=True, body=api.NoBody, answer=api.OneMessage, summary="重发"),
    Route("POST", ONE + "/opt-out", SEND, api.opt_out, api=True, body=api.NoBody, answer=api.OneMessage,
          summary="不再向这个手机号发送"),
    Route("POST", ONE + "/opt-in", SEND, api.opt_in, api=True, body=api.NoBody, answer=api.OneMessage,
          summary="恢复向这个手机号发送"),
    Route("GET", "/wordings", VIEW, api.show_wordings, api=True, answer=list[api.WordingAnswer], summary="短信内容"),
    Route("POST", WORDING, EDIT, api.change_wording, api=True, body=api.WordingForm, answer=api.WordingAnswer,
          summary="修改短信内容"),
    Route("POST", WORDING + "/preview", EDIT, api.preview_wording, api=True, body=api.WordingForm,
          answer=api.WordingAnswer, summary="预览短信内容和计费条数"),
    Route("GET", "/letters", VIEW, letters.list_letters, api=True, answer=letters.LetterLines, summary="等待答复的来信"),
    Route("POST", LETTER + "/open", VIEW, letters.read_letter, api=True, body=api.NoBody, answer=letters.OneLetter,
          summary="打开一封来信（记入查看日志）"),
    Route("POST", LETTER + "/done", SEND, letters.finish_by_api, api=True, body=letters.DoneForm, answer=letters.Finished,
          summary="来信已答复"),
    Route("GET", "/mine", SignedIn(), mine.show_by_api, api=True, answer=mine.MyNotices, summary="我的通知"),
    Route("POST", "/mine/read", SignedIn(), mine.mark_read_by_api, api=True, body=api.NoBody, answer=mine.MyNotices,
          summary="我的通知都看过了"),
    Route("POST", "/mine/mail", SignedIn(), my_mail.change_by_api, api=True, body=my_mail.MailForm, answer=mine.MyNotices,
          summary="通知也发到邮箱（先发一封带验证码的邮件）"),
    Route("POST", "/mine/mail/code", SignedIn(), my_mail.send_code_by_api, api=True, body=api.NoBody,
          answer=mine.MyNotices, summary="邮箱验证码再发一次"),
    Route("POST", "/mine/mail/confirm", SignedIn(), my_mail.confirm_by_api, api=True, body=my_mail.MailCodeForm,
          answer=mine.MyNotices, summary="用收到的验证码确认邮箱"),
    Route("POST", "/receipts", Public(), receipts.receive, api=True, body=receipts.ReceiptForm, answer=receipts.Taken,
          summary="网关的送达回执（带签名）"),
    Route("GET", "/kannel/report", Public(), kannel_reports.report, api=True, query=kannel_reports.ReportQuery,
          summary="Kannel 的送达回执"),
    Route("GET", "/kannel/reply", Public(), kannel_reports.reply, api=True, query=kannel_reports.ReplyQuery,
          summary="Kannel 的上行短信"),
)  # fmt: skip

PAGES = (
    Route("GET", "/messages", VIEW, pages.show_messages),
    Route("GET", ONE, VIEW, pages.show_message),
    Route("POST", ONE + "/resend", SEND, pages.send_again),
    Route("POST", ONE + "/opt-out", SEND, pages.opt_out),
    Route("POST", ONE + "/opt-in", SEND, pages.opt_in),
    Route("GET", "/letters", VIEW, letters.show_letters),
    Route("GET", LETTER, VIEW, letters.show_letter),
    Route("POST", LETTER + "/open", VIEW, letters.open_letter),
    Route("POST", LETTER + "/done", SEND, letters.finish_letter),
    Route("GET", "/mine", SignedIn(), mine.show),
    Route("POST", "/mine/read", SignedIn(), mine.mark_read),
    Route("POST", "/mine/mail", SignedIn(), my_mail.change),
    Route("POST", "/mine/mail/code", SignedIn(), my_mail.send_code),
    Route("POST", "/mine/mail/confirm", SignedIn(), my_mail.confirm),
    Route("GET", "/wordings", VIEW, pages.show_wordings),
    Route("GET", WORDING, EDIT, pages.edit_wording),
    Route("POST", WORDING, EDIT, pages.change_wording),
)

ROUTES = (*API, *PAGES)
