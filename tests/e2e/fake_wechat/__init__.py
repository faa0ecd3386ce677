"""A pretended WeChat for tests: a real server on 127.0.0.1 that is as strict as the documentation, and customers to talk with.

It knows nothing of our adapter. What it encrypts and opens is `wechatpy`'s work, so that ours is held against somebody else's.
"""

from tests.e2e.fake_wechat.pushes import Delivery
from tests.e2e.fake_wechat.server import FakeWechat
from tests.e2e.fake_wechat.state import Fault, Person, Sent

__all__ = ["Delivery", "FakeWechat", "Fault", "Person", "Sent"]
