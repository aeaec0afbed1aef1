"""A mail server for tests: speaks enough SMTP (RFC 5321) to take letters, refuse people, and break off when told to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import Message
from email.policy import default


@dataclass
class MailServer:
    """`refuses` answers 550 to these people; `busy` 451 to everybody; `breaks` takes the text and says nothing more."""

    url: str = ""
    letters: list[Message] = field(default_factory=list)
    refuses: set[str] = field(default_factory=set)
    busy: bool = False
    breaks: bool = False

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        def say(line: str) -> None:
            writer.write(f"{line}\r\n".encode())

        say("220 mail.test ESMTP")
        try:
            while line := (await reader.readline()).decode().strip():
                verb = line.split(" ")[0].upper()
                if verb == "DATA":
                    say("354 go on")
                    body = await reader.readuntil(b"\r\n.\r\n")
                    self.letters.append(message_from_bytes(body[:-5], policy=default))
                    if self.breaks:
                        return
                    say("250 taken")
                elif verb == "RCPT":
                    say(self._answer(line))
                elif verb == "QUIT":
                    say("221 bye")
                    return
                else:
                    say("250 mail.test")
        finally:
            writer.close()

    def _answer(self, line: str) -> str:
        if self.busy:
            return "451 later"
        return "550 nobody of that name" if any(name in line for name in self.refuses) else "250 ok"


@asynccontextmanager
async def a_mail_server() -> AsyncIterator[MailServer]:
    mails = MailServer()
    server = await asyncio.start_server(mails.serve, "127.0.0.1", 0)
    mails.url = f"smtp://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield mails
    finally:
        server.close()
        await server.wait_closed()
