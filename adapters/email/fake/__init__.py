"""A mail provider of our own: a mailbox over IMAP, a server that takes our mail over SMTP, and the people who write and get mails.

It knows nothing of the service and reads and writes mails with the standard library, so that the adapter is not held to its own
understanding of them; `test_fake_email.py` holds it to the standards. `server.py` has the class, `imap.py` and `smtp.py` what is said
to clients, `folders.py` what lies in the mailbox, `checking.py` what a mail must be like, `mails.py` what people see and write.
The whole of Dovecot is behind the adapter in `tests/e2e`; this one is for playing, and for what Dovecot never does.
"""

from adapters.email.fake.server import FakeEmail
from adapters.email.fake.state import Sent

__all__ = ["FakeEmail", "Sent"]
