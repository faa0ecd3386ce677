"""A pretended WeChat: a real server on 127.0.0.1 that is as strict as the documentation, and customers to talk with.

It knows nothing of our adapter but its cipher, and our tests give it somebody else's (`crypto=`), so that ours is held against that.
`server.py` has the class, `state.py` what it knows, `checking.py` what a message must look like, `pushes.py` what WeChat tells us,
`phones.py` what customers do and see.
"""

from adapters._tencent.fake.state import Fault
from adapters.wechat.fake.pushes import Delivery
from adapters.wechat.fake.server import FakeWechat
from adapters.wechat.fake.state import Person, Sent

__all__ = ["Delivery", "FakeWechat", "Fault", "Person", "Sent"]
