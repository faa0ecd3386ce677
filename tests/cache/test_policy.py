"""What may be kept, and in which words it is refused."""

from datetime import timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import ValidationError

from cache.kind import Family, Kind
from cache.policy import Policy
from channels.errors import NotKept

PNG = Kind("image/png", Family.IMAGE)
GIF = Kind("image/gif", Family.IMAGE)
OPUS = Kind("audio/ogg", Family.AUDIO)
PAGE = Kind("text/html", Family.FILE, active=True)
KINDS = [PNG, GIF, OPUS, PAGE]

REFUSED = [
    (Policy(image="1 MB"), PNG, 1_000_001, "The image is 1 MB large; at most 1 MB are accepted here."),
    (Policy(image="1 MB"), PNG, 2_500_000, "The image is 2.5 MB large; at most 1 MB are accepted here."),
    (Policy(file=10), PAGE, 11, "The file is 11 bytes large; at most 10 bytes are accepted here."),
    (Policy(allow=("audio/*",)), PNG, 1, "Files of the type image/png are not accepted here."),
    (Policy(deny=("image/png",)), PNG, 1, "Files of the type image/png are not accepted here."),
    (Policy(allow=("image/png",), deny=("image/*",)), PNG, 1, "Files of the type image/png are not accepted here."),
    (Policy(allow=()), PNG, 1, "Files of the type image/png are not accepted here."),
    (Policy(active=False), PAGE, 1, "Files that can run something (text/html) are not accepted here."),
]


@pytest.mark.parametrize(("policy", "kind", "size", "sentence"), REFUSED)
def test_refused_with_a_sentence(policy, kind, size, sentence):
    with pytest.raises(NotKept) as refusal:
        policy.check(kind, size)
    assert str(refusal.value) == sentence


@pytest.mark.parametrize(
    ("policy", "kind", "size"),
    [
        (Policy(), PNG, 20_000_000),
        (Policy(), PAGE, 1),
        (Policy(image="1 MB"), OPUS, 1_000_001),
        (Policy(allow=("image/*",), deny=("image/gif",)), PNG, 1),
        (Policy(allow=("image/png", "audio/ogg")), OPUS, 1),
    ],
)
def test_accepted(policy, kind, size):
    policy.check(kind, size)


def test_it_reads_what_a_configuration_says():
    policy = Policy.model_validate({"video": "1.5 MB", "image": 7, "allow": [" Image/* "], "keep_for": "P30D"})
    assert (policy.video, policy.image, policy.allow, policy.keep_for) == (
        1_500_000,
        7,
        ("image/*",),
        timedelta(days=30),
    )
    assert policy.largest == 200_000_000


@pytest.mark.parametrize(
    "wrong", [{"allow": ["image"]}, {"deny": ["*/png"]}, {"image": -1}, {"pictures": 1}, {"keep_for": 0}]
)
def test_it_refuses_what_means_nothing(wrong):
    with pytest.raises(ValidationError):
        Policy.model_validate(wrong)


patterns = st.lists(
    st.sampled_from(["*/*", "image/*", "image/png", "image/gif", "audio/*", "text/html"]), max_size=3
).map(tuple)
some_policies = st.builds(
    Policy,
    image=st.integers(0, 3),
    audio=st.integers(0, 3),
    file=st.integers(0, 3),
    allow=patterns,
    deny=patterns,
    active=st.booleans(),
    keep_for=st.integers(1, 3).map(lambda days: timedelta(days=days)),
)


def accepts(policy: Policy, kind: Kind, size: int) -> bool:
    try:
        policy.check(kind, size)
    except NotKept:
        return False
    return True


@example(Policy(), Policy(active=False), PAGE, 1)
@example(Policy(active=False), Policy(), PAGE, 1)
@given(some_policies, some_policies, st.sampled_from(KINDS), st.integers(0, 4))
def test_narrow_accepts_what_both_accept(one, other, kind, size):
    both = one.narrow(other)
    assert accepts(both, kind, size) == (accepts(one, kind, size) and accepts(other, kind, size))
    assert both.keep_for == min(one.keep_for, other.keep_for)
