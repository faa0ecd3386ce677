"""A pretended WeCom for tests: a real server on 127.0.0.1 that is as strict as the documentation, and customers to talk with.

It knows nothing of our adapter. What it encrypts is `wechatpy`'s work, so that ours is held against somebody else's.
"""

from tests.e2e.fake_wecom.calls import Delivery
from tests.e2e.fake_wecom.server import FakeWecom
from tests.e2e.fake_wecom.state import Fault, Person, Sent

__all__ = ["Delivery", "FakeWecom", "Fault", "Person", "Sent"]
