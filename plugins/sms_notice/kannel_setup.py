"""Kannel's configuration for us: what its reports and retries must be so that nothing is lost and nothing goes twice.

`python -m plugins.sms_notice.kannel_setup --help` prints one; operators change ports, passwords and the carrier.
"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, field
from pathlib import Path

_BEARERBOX = """group = core
admin-port = {admin_port}
admin-password = {password}
status-password = {password}
admin-interface = 127.0.0.1
smsbox-interface = 127.0.0.1
smsbox-port = {box_port}
box-allow-ip = "127.0.0.1"
box-deny-ip = "*.*.*.*"
log-file = "{folder}/bearerbox.log"
log-level = 1
store-type = spool
store-location = "{folder}/store"
dlr-storage = internal
sms-resend-freq = 10
sms-resend-retry = 10

group = smsc
smsc = smpp
smsc-id = carrier
host = {carrier_host}
port = {carrier_port}
transceiver-mode = true
smsc-username = {carrier_user}
smsc-password = {carrier_password}
system-type = ""
interface-version = 34
source-addr-ton = 0
source-addr-npi = 1
dest-addr-ton = 1
dest-addr-npi = 1
enquire-link-interval = 10
reconnect-delay = 1
msg-id-type = 0x00
max-pending-submits = 100

group = smsbox
bearerbox-host = 127.0.0.1
sendsms-interface = 127.0.0.1
sendsms-port = {send_port}
sendsms-chars = "0123456789+-"
global-sender = {sender}
mo-recode = true
http-request-retry = 60
http-queue-delay = 2
log-file = "{folder}/smsbox.log"
log-level = 2

group = sendsms-user
username = {username}
password = {password}
concatenation = true
max-messages = 8
user-allow-ip = "127.0.0.1"
"""

_SERVICE = """
group = sms-service
keyword = default
catch-all = yes
max-messages = 0
get-url = "{report_to}/d/{district}/api/x/sms_notice/kannel/reply?token={token}&id=%I&phone=%p&text=%a"
"""


@dataclass(frozen=True, slots=True)
class Setup:
    """What differs from one operator to the next. `token` and `password` are secrets: the file is for Kannel alone."""

    folder: Path
    district: str
    report_to: str
    token: str = field(repr=False)
    password: str = field(repr=False)
    username: str = "zhunbao"
    sender: str = "12345"
    carrier_host: str = "127.0.0.1"
    carrier_port: int = 2775
    carrier_user: str = "gov"
    carrier_password: str = field(default="govpw", repr=False)
    admin_port: int = 13000
    box_port: int = 13001
    send_port: int = 13013

    def text(self) -> str:
        """The configuration file. What answers go to which district is told by the sms-service: one for each sender."""
        values = {name: getattr(self, name) for name in self.__slots__}
        return _BEARERBOX.format(**values) + _SERVICE.format(**values)

    def environment(self) -> dict[str, str]:
        """Our side of it."""
        prefix = "ZHUNBAO_SMS_NOTICE_KANNEL_"
        return {
            f"{prefix}URL": f"http://127.0.0.1:{self.send_port}/cgi-bin/sendsms",
            f"{prefix}USERNAME": self.username,
            f"{prefix}PASSWORD": self.password,
            f"{prefix}TOKEN": self.token,
            f"{prefix}SENDER_{self.district}": self.sender,
            f"{prefix}REPORT_TO": self.report_to,
            f"{prefix}STATUS_URL": f"http://127.0.0.1:{self.admin_port}/status.xml",
            f"{prefix}STATUS_PASSWORD": self.password,
        }


def main() -> None:
    """Write the configuration to standard output."""
    parser = argparse.ArgumentParser(
        prog="python -m plugins.sms_notice.kannel_setup", description="打印 Kannel 配置"
    )
    parser.add_argument("--folder", type=Path, required=True, help="Kannel 存放队列和日志的文件夹")
    parser.add_argument("--district", required=True, help="区划代码，前 6 位")
    parser.add_argument("--report-to", required=True, help="平台地址")
    parser.add_argument("--token", required=True, help="回执凭证，与 ZHUNBAO_SMS_NOTICE_KANNEL_TOKEN 相同")
    parser.add_argument("--password", required=True, help="sendsms 和状态页的密码")
    given = parser.parse_args()
    setup = Setup(given.folder, given.district, given.report_to, given.token, given.password)
    sys.stdout.write(setup.text())


if __name__ == "__main__":
    main()
