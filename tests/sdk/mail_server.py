"""A real mail server: takes letters only encrypted (STARTTLS) and of who signs in, and keeps each as a file.

Arguments: the port, the certificate, its key, the folder. Run by the environment `smtp`.
"""

import pathlib
import signal
import ssl
import sys

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult

port, certificate, key, folder = int(sys.argv[1]), sys.argv[2], sys.argv[3], pathlib.Path(sys.argv[4])


class Keeper:
    async def handle_DATA(self, server, session, envelope):
        letter = folder / f"{len(list(folder.glob('*.eml')))}.eml"
        letter.with_suffix(".part").write_bytes(envelope.original_content or envelope.content)
        letter.with_suffix(".to").write_text("\n".join(envelope.rcpt_tos))
        letter.with_suffix(".part").rename(letter)
        return "250 kept"


def known(server, session, envelope, mechanism, data):
    return AuthResult(success=(data.login, data.password) == (b"runstead", b"the password of mail"))


tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
tls.load_cert_chain(certificate, key)
controller = Controller(
    Keeper(), hostname="127.0.0.1", port=port, tls_context=tls, require_starttls=True, authenticator=known, auth_required=True
)
controller.start()
signal.sigwait([signal.SIGTERM, signal.SIGINT])
controller.stop()
