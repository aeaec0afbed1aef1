"""By e-mail (SMTP): to the address a person has given on the page "我的通知".

The server decides what it takes: 2xx accepted, 5xx refused, 4xx and no connection unreachable. A server that took the
text and whose answer was lost is in doubt; the same Message-ID goes with every try, so that most mailboxes show it once.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime
from typing import ClassVar, Literal, Self
from urllib.parse import urlsplit

import aiosmtplib

from core.sdk import CHINA, Sent, TextMessage
from core.sdk.channels import ChannelSetting
from plugins.sms_notice.config import LOOPBACK

SECONDS = 8.0


@dataclass(frozen=True, slots=True)
class Mail:
    """`Channel` over SMTP. `url`: `smtp://host:25` (this machine only), `smtp+starttls://host:587`, `smtps://host:465`."""

    url: str
    sender: str
    username: str
    password: str = field(repr=False)
    signature: str
    date: str
    name: ClassVar[str] = "mail"
    label: ClassVar[str] = "电子邮件"
    reaches: ClassVar[Literal["phone", "mail", "person"]] = "mail"
    drops_repeats: ClassVar[bool] = True
    charged: ClassVar[bool] = False

    @classmethod
    def made(cls, setting: ChannelSetting) -> Self | None:
        url, sender = setting.get("mail_url"), setting.get("mail_from")
        if not (url and sender and _acceptable(url)):
            return None
        return cls(
            url, sender, setting.get("mail_username"), setting.get("mail_password"), setting.signature,
            format_datetime(setting.now.astimezone(CHINA)),
        )  # fmt: skip

    async def send(self, message: TextMessage) -> Sent:
        if not message.mail:
            return Sent("refused", detail="no_mail")
        server = self._server()
        try:
            await server.connect()
        except (aiosmtplib.SMTPException, OSError) as error:
            return Sent("unreachable", detail=type(error).__name__)
        try:
            if self.username:
                await server.login(self.username, self.password)
            await server.send_message(self.letter(message))
        except aiosmtplib.SMTPResponseException as error:
            final = 500 <= error.code < 600 and not isinstance(error, aiosmtplib.SMTPAuthenticationError)
            return Sent("refused" if final else "unreachable", detail=f"SMTP {error.code}")
        except aiosmtplib.SMTPRecipientsRefused as error:
            final = all(500 <= one.code < 600 for one in error.recipients)
            return Sent("refused" if final else "unreachable", detail="SMTPRecipientsRefused")
        except (aiosmtplib.SMTPException, OSError) as error:
            return Sent("doubtful", detail=type(error).__name__)
        finally:
            server.close()
        return Sent("accepted", message.key)  # with the server: whether it arrives nobody tells us

    def letter(self, message: TextMessage) -> EmailMessage:
        """Plain text; nothing in the subject but what the office is called."""
        letter = EmailMessage()
        letter["From"], letter["To"] = self.sender, message.mail
        letter["Subject"] = f"{self.signature}通知"
        letter["Date"] = self.date
        letter["Message-ID"] = f"<{message.key}@{self.sender.rpartition('@')[2]}>"
        letter["Auto-Submitted"] = "auto-generated"
        letter.set_content(f"{message.text}\n\n{self.signature}\n")
        return letter

    async def holds(self) -> bool:
        return False

    async def close(self) -> None:
        """A connection is one letter's."""

    def _server(self) -> aiosmtplib.SMTP:
        parts = urlsplit(self.url)
        direct, later = parts.scheme == "smtps", parts.scheme == "smtp+starttls"
        return aiosmtplib.SMTP(
            hostname=parts.hostname or "", port=parts.port, timeout=SECONDS, use_tls=direct, start_tls=later,
            tls_context=ssl.create_default_context() if direct or later else None,
        )  # fmt: skip


def _acceptable(url: str) -> bool:
    """Encrypted, except on this machine; no password in the address."""
    parts = urlsplit(url)
    secure = parts.scheme in {"smtps", "smtp+starttls"} or (
        parts.scheme == "smtp" and parts.hostname in LOOPBACK
    )
    return secure and bool(parts.hostname) and not (parts.username or parts.query or parts.fragment)
