"""A LINE platform of our own: the Messaging API's two hosts and its webhook sender, over real sockets, with LINE's bytes.

It knows nothing of the service and is held to the documentation by `test_fake_line.py`. `server.py` has the class, `account.py` its
state, `answers.py` what each endpoint does, `checking.py` what a message must look like, `webhooks.py` what LINE tells us,
`phones.py` what customers do and see.
"""

from adapters.line.fake.server import FakeLine
from adapters.line.fake.state import Call, Content, Delivery, Fault, Gathering, Person, Sent
from adapters.line.fake.webhooks import Webhooks, signature

__all__ = ["Call", "Content", "Delivery", "FakeLine", "Fault", "Gathering", "Person", "Sent", "Webhooks", "signature"]
