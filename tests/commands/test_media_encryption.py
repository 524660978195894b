"""``media_encryption_enable``, ``_disable``, ``_print``: three independent settings."""

from itertools import product

import pytest

from registrar.core.state import State
from registrar.model.changes import SetMediaEncryption
from registrar.model.media import Media
from registrar.model.policy import Policy
from tests.bench import Bench


def test_nothing_is_enabled_from_the_start() -> None:
    assert State().encrypted_media == frozenset()


@pytest.mark.parametrize("media", list(Media))
def test_enabling_and_disabling_one_leaves_the_others_alone(media: Media) -> None:
    bench = Bench()
    bench.run(f"media_encryption_enable -type {media.value}")
    assert bench.state.encrypted_media == {media}
    others = [other for other in Media if other is not media]
    bench.run(*(f"media_encryption_enable -type {other.value}" for other in others))
    bench.run(f"media_encryption_disable -type {media.value}")
    assert bench.state.encrypted_media == set(others)


@pytest.mark.parametrize(("policy", "media"), list(product(Policy, Media)))
def test_only_the_media_of_extensions_is_held_by_a_policy(policy: Policy, media: Media) -> None:
    bench = Bench()
    bench.run(f"media_encryption_enable -type {media.value}")
    if policy:
        bench.run(f"sec_policy -set {policy.value}")
    line = f"media_encryption_disable -type {media.value}"
    if policy and media is Media.EXTENSION:
        assert bench.refuse(line)[1] == "The command succeeds only when there is no security policy."
        assert bench.state.encrypted_media == {media}
    else:
        bench.run(line)
        assert bench.state.encrypted_media == set()


@pytest.mark.parametrize(("media", "before", "after"), list(product(Media, (True, False), (True, False))))
def test_a_change_is_taken_back_by_its_inverse(media: Media, before: bool, after: bool) -> None:
    state = State([SetMediaEncryption(media, before)])
    state.apply(state.apply(SetMediaEncryption(media, after)))
    assert (media in state.encrypted_media) is before
