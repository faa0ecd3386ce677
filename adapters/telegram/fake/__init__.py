"""A Telegram of our own: the Bot API and the hosts of its files over real sockets, its webhook sender, and the people who write.

It knows nothing of the service and is held to the documentation by `test_fake_telegram.py`. `server.py` has the class, `methods.py`
what each method does, `checking.py` what a call must look like, `state.py` what is remembered, `people.py` what people do, as updates,
`phones.py` what they say and see.
"""

from adapters.telegram.fake.server import FakeTelegram
from adapters.telegram.fake.state import Call, Chat, Fault, Kept, Sent

__all__ = ["Call", "Chat", "FakeTelegram", "Fault", "Kept", "Sent"]
