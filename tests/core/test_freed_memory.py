"""Freed memory is kept for the next step, unless the user decides otherwise."""

import os
import resource
import sys

import pytest

from addax.core import freed_memory


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="mallopt is glibc's")
def test_memory_that_was_freed_is_used_again_without_page_faults():
    if not freed_memory.keep():
        pytest.skip("another allocator than glibc's, or one that the user tuned")
    size = 16 << 20
    bytearray(size)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(20):
        bytearray(size)
    faults = resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before
    assert faults < 20 * size / os.sysconf("SC_PAGE_SIZE") / 4


@pytest.mark.parametrize("name", ["MALLOC_MMAP_THRESHOLD_", "GLIBC_TUNABLES"])
def test_what_the_user_chose_stays(name, monkeypatch):
    monkeypatch.setenv(name, "1")
    assert not freed_memory.keep()
