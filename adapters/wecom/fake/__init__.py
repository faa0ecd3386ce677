"""A pretended WeCom: a real server on 127.0.0.1 that is as strict as the documentation, and customers to talk with.

It knows nothing of our adapter but its cipher, and our tests give it somebody else's (`crypto=`), so that ours is held against that.
`server.py` has the class, `answers.py` what is done when it is called, `state.py` what it knows, `checking.py` what a message must
look like, `calls.py` what WeCom tells us, `phones.py` what customers do and see.
"""

from adapters._tencent.fake.state import Fault
from adapters.wecom.fake.calls import Delivery
from adapters.wecom.fake.server import FakeWecom
from adapters.wecom.fake.state import Person, Sent

__all__ = ["Delivery", "FakeWecom", "Fault", "Person", "Sent"]
