"""A key has one bucket a domain and salt, in whole numbers, spread evenly and independently."""

import hashlib
import math
import random

from hypothesis import given, settings
from hypothesis import strategies as st

from server.evaluation.hashing import BUCKETS, Domain, bucket_of, hasher, key_bytes


def chi_square(counts: list[int], expected: float) -> float:
    return sum((count - expected) ** 2 / expected for count in counts)


def chi_square_bound(freedom: int) -> float:
    """What a fair chi-square exceeds once in some 30,000 times (Wilson and Hilferty, z = 4)."""
    return freedom * (1 - 2 / (9 * freedom) + 4 * math.sqrt(2 / (9 * freedom))) ** 3


@settings(deadline=None)
@given(st.sampled_from(Domain), st.text(), st.text())
def test_a_bucket_is_the_first_eight_bytes_of_sha_256_scaled_to_ten_thousand(
    domain: Domain, salt: str, key: str
) -> None:
    digest = hashlib.sha256(domain.encode() + b"\0" + key_bytes(salt) + b"\0" + key_bytes(key)).digest()

    bucket = bucket_of(domain, salt, key)

    assert bucket == int.from_bytes(digest[:8], "big") * 10_000 // 2**64
    assert 0 <= bucket < BUCKETS


def test_known_keys_keep_their_buckets() -> None:
    assert [bucket_of(Domain.GATE, "salt", key) for key in ("", "user-1", "zoë", "用户")] == [8867, 8877, 4951, 1597]
    assert [bucket_of(Domain.SPLIT, "salt", key) for key in ("", "user-1", "zoë", "用户")] == [5614, 4198, 4973, 5709]


def test_one_hasher_serves_many_keys() -> None:
    bucket = hasher(Domain.SPLIT, "s")

    assert [bucket("a"), bucket("b"), bucket("a")] == [bucket_of(Domain.SPLIT, "s", key) for key in ("a", "b", "a")]


def test_half_of_a_surrogate_pair_counts_as_the_replacement_character() -> None:
    assert key_bytes("a\ud800b\udfff") == "a\ufffdb\ufffd".encode()
    assert key_bytes("\ud83d\ude00\ud83d") == "\U0001f600\ufffd".encode()
    assert bucket_of(Domain.GATE, "\ud800", "\udc00") == bucket_of(Domain.GATE, "\ufffd", "\ufffd")


def test_buckets_are_uniform() -> None:
    for domain in Domain:
        for salt in ("a", "b", "2f6c"):
            counts = [0] * 100
            bucket = hasher(domain, salt)
            for number in range(100_000):
                counts[bucket(f"user-{number}") // 100] += 1

            assert chi_square(counts, 1000) < chi_square_bound(99)


def test_keys_of_a_real_shape_are_uniform_over_all_buckets() -> None:
    random_bits = random.Random(7)
    bucket = hasher(Domain.SPLIT, "one salt")
    counts = [0] * BUCKETS
    for _ in range(200_000):
        counts[bucket(f"{random_bits.getrandbits(128):032x}")] += 1

    assert chi_square(counts, 20) < chi_square_bound(BUCKETS - 1)


def test_gate_and_split_are_independent_also_with_one_salt() -> None:
    for other in (hasher(Domain.SPLIT, "same"), hasher(Domain.GATE, "another")):
        gate = hasher(Domain.GATE, "same")
        table = [0] * 100
        for number in range(100_000):
            key = f"user-{number}"
            table[gate(key) // 1000 * 10 + other(key) // 1000] += 1

        assert chi_square(table, 1000) < chi_square_bound(99)
