"""Hashes against TensorFlow's values."""

import numpy as np
import pytest

from addax.ops import hashing

# Length of a text: what TensorFlow 2.21 gives for tf.strings.to_hash_bucket_fast(text, 2**62) and for
# tf.strings.to_hash_bucket_strong(text, 2**62, [133, 7]).
MEASURED = {
    0: (1936946117179621455, 2406238588852964173),
    1: (3152378937766532274, 821467111601861114),
    3: (1502982227347875767, 1278805273143763576),
    4: (1798552924835906904, 3520230430495298481),
    7: (3373097716403973378, 957512931424031756),
    8: (4605104588124634413, 3131861600116037068),
    16: (42562127207776778, 2544177697644981955),
    17: (2580174333978254235, 3449356460634546006),
    32: (192840938313500618, 2181613286206524114),
    33: (1236644660140986865, 3843146009176388749),
    64: (2926624341216769490, 2841191630397450726),
    65: (2031067199706244730, 1542082176703670935),
    128: (1553026246911387374, 202810585014638722),
    200: (1666499492087305747, 1892317949200385451),
}


def text(length):
    return bytes(33 + (i * 7) % 90 for i in range(length))


@pytest.mark.parametrize("length", MEASURED)
def test_fingerprints_and_siphash_are_tensorflows(length):
    fast, strong = MEASURED[length]
    assert hashing.fingerprint64(text(length)) % 2**62 == fast
    assert hashing.siphash((133, 7), text(length)) % 2**62 == strong


def test_buckets_keep_the_shape():
    words = np.array([[b"a", b"b"], [b"", b"a"]], object)
    found = hashing.buckets(words, 7)
    assert found.shape == (2, 2) and found.dtype == np.int64 and found[0, 0] == found[1, 1]
