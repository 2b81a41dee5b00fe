"""The data sets: small files of the published layouts through the real loaders, and the error without network."""

import gzip
import inspect
import io
import json
import os
import pickle  # noqa: TID251
import tarfile
import urllib.error

import numpy as np
import pytest

from addax.formats.errors import CorruptFileError, UnsafeFileError
from addax.formats.npz import write_npz
from addax.keras import files, network
from addax.keras.datasets import (
    boston_housing,
    california_housing,
    cifar10,
    cifar100,
    fashion_mnist,
    imdb,
    mnist,
    reuters,
)
from addax.keras.files import DownloadError


@pytest.fixture
def home(tmp_path, monkeypatch):
    """An empty cache, no network, and local files trusted."""
    monkeypatch.setenv("KERAS_HOME", str(tmp_path))
    monkeypatch.setenv("ADDAX_DATASETS_TRUST_LOCAL", "1")

    def no_network(*_, **__):
        raise urllib.error.URLError("no network in tests")

    monkeypatch.setattr(network.urllib.request.OpenerDirector, "open", no_network)
    monkeypatch.setattr(network.time, "sleep", lambda _: None)
    (tmp_path / "datasets").mkdir()
    return tmp_path / "datasets"


SIGNATURES = {
    mnist.load_data: "(path='mnist.npz', cache_dir=None)",
    fashion_mnist.load_data: "(cache_dir=None)",
    cifar10.load_data: "(cache_dir=None)",
    cifar100.load_data: "(label_mode='fine', cache_dir=None)",
    boston_housing.load_data: "(path='boston_housing.npz', test_split=0.2, seed=113, cache_dir=None)",
    imdb.load_data: "(path='imdb.npz', num_words=None, skip_top=0, maxlen=None, seed=113, start_char=1, oov_char=2, "
    "index_from=3, cache_dir=None, **kwargs)",
    imdb.get_word_index: "(path='imdb_word_index.json')",
    reuters.load_data: "(path='reuters.npz', num_words=None, skip_top=0, maxlen=None, test_split=0.2, seed=113, "
    "start_char=1, oov_char=2, index_from=3, cache_dir=None, **kwargs)",
    reuters.get_word_index: "(path='reuters_word_index.json')",
    reuters.get_label_names: "()",
}


@pytest.mark.parametrize("function", SIGNATURES)
def test_signatures_are_keras(function):
    signature = inspect.signature(function)
    plain = [p.replace(annotation=inspect.Parameter.empty) for p in signature.parameters.values()]
    assert str(inspect.Signature(plain)) == SIGNATURES[function]


def small_mnist():
    rng = np.random.default_rng(0)
    return {
        "x_train": rng.integers(0, 256, (6, 28, 28), np.uint8),
        "y_train": np.arange(6, dtype=np.uint8),
        "x_test": rng.integers(0, 256, (2, 28, 28), np.uint8),
        "y_test": np.arange(2, dtype=np.uint8),
    }


def test_mnist(home, tmp_path):
    data = small_mnist()
    write_npz(home / "mnist.npz", data, compressed=True)
    (x_train, y_train), (x_test, y_test) = mnist.load_data()
    for got, name in ((x_train, "x_train"), (y_train, "y_train"), (x_test, "x_test"), (y_test, "y_test")):
        np.testing.assert_array_equal(got, data[name])
        assert got.dtype == np.uint8
    os.rename(home / "mnist.npz", tmp_path / "else.npz")
    np.testing.assert_array_equal(mnist.load_data(str(tmp_path / "else.npz"))[0][0], data["x_train"])
    (tmp_path / "c" / "datasets").mkdir(parents=True)
    os.rename(tmp_path / "else.npz", tmp_path / "c" / "datasets" / "mnist.npz")
    np.testing.assert_array_equal(mnist.load_data(cache_dir=tmp_path / "c")[0][0], data["x_train"])


def test_another_hash_is_only_used_when_trusted(home, monkeypatch):
    write_npz(home / "mnist.npz", small_mnist())
    before = (home / "mnist.npz").read_bytes()
    monkeypatch.delenv("ADDAX_DATASETS_TRUST_LOCAL")
    with pytest.raises(DownloadError) as caught:
        mnist.load_data()
    text = str(caught.value)
    assert "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz" in text  # what was tried
    assert str(home / "mnist.npz") in text and "731c5ac6" in text  # where a file can be put, and which
    assert "ADDAX_DATASETS_TRUST_LOCAL=1" in text and "no network in tests" in text
    assert "load_digits" in text and "make demo" in text  # what else works
    assert (home / "mnist.npz").read_bytes() == before
    os.remove(home / "mnist.npz")
    with pytest.raises(DownloadError) as caught:
        mnist.load_data()
    assert "TRUST_LOCAL" not in str(caught.value)


def test_a_valid_file_needs_no_network(home, monkeypatch):
    write_npz(home / "mnist.npz", small_mnist())
    monkeypatch.delenv("ADDAX_DATASETS_TRUST_LOCAL")
    monkeypatch.setattr(mnist, "_SHA256", files.file_digest(home / "mnist.npz"))
    assert mnist.load_data()[0][0].shape == (6, 28, 28)


@pytest.mark.parametrize(
    "load", [fashion_mnist.load_data, cifar10.load_data, cifar100.load_data, imdb.load_data, imdb.get_word_index,
             reuters.load_data, reuters.get_word_index, boston_housing.load_data, california_housing.load_data]
)  # fmt: skip
def test_every_set_says_what_it_tried(home, load):
    with pytest.raises(DownloadError, match=r"(?s)Tried: https://.*By hand: .*datasets"):
        load()


def test_a_damaged_file(home):
    (home / "mnist.npz").write_bytes(b"<html>not found</html>")
    with pytest.raises(CorruptFileError, match="mnist.npz"):
        mnist.load_data()


def test_fashion_mnist(home):
    folder = home / "fashion-mnist"
    folder.mkdir()
    data = small_mnist()
    for prefix, part in (("train", "train"), ("t10k", "test")):
        images, labels = data["x_" + part], data["y_" + part]
        head = bytes([0, 0, 8, 3]) + np.array(images.shape, ">u4").tobytes()
        (folder / f"{prefix}-images-idx3-ubyte.gz").write_bytes(gzip.compress(head + images.tobytes()))
        head = bytes([0, 0, 8, 1]) + np.array(labels.shape, ">u4").tobytes()
        (folder / f"{prefix}-labels-idx1-ubyte.gz").write_bytes(gzip.compress(head + labels.tobytes()))
    (x_train, y_train), (x_test, y_test) = fashion_mnist.load_data()
    np.testing.assert_array_equal(x_train, data["x_train"])
    np.testing.assert_array_equal(y_test, data["y_test"])
    assert x_test.shape == (2, 28, 28) and y_train.dtype == np.uint8
    (folder / "t10k-images-idx3-ubyte.gz").write_bytes(gzip.compress(head + b"1"))
    with pytest.raises(CorruptFileError, match="t10k-images"):
        fashion_mnist.load_data()


def batch(rng, n, **labels):
    return {b"data": rng.integers(0, 256, (n, 3072), np.uint8), **{k.encode(): v for k, v in labels.items()}}


def put_archive(home, name, batches):
    with tarfile.open(home / f"{name}.tar.gz", "w:gz") as out:
        for member, content in batches.items():
            data = pickle.dumps(content, 2)
            header = tarfile.TarInfo(f"{name}/{member}")
            header.size = len(data)
            out.addfile(header, io.BytesIO(data))


def test_cifar10(home):
    rng = np.random.default_rng(0)
    batches = {f"data_batch_{i}": batch(rng, 4, labels=[i, 1, 2, 3]) for i in range(1, 6)}
    batches["test_batch"] = batch(rng, 3, labels=[7, 8, 9])
    put_archive(home, "cifar-10-batches-py", batches)
    for _ in range(2):  # unpacked, then found unpacked
        (x_train, y_train), (x_test, y_test) = cifar10.load_data()
        assert x_train.shape == (20, 32, 32, 3) and x_train.dtype == y_train.dtype == np.uint8
        assert y_train.shape == (20, 1) and y_train[::4, 0].tolist() == [1, 2, 3, 4, 5]
        assert y_test.tolist() == [[7], [8], [9]] and x_test.shape == (3, 32, 32, 3)
        expected = batches["data_batch_2"][b"data"][1].reshape(3, 32, 32).transpose(1, 2, 0)
        np.testing.assert_array_equal(x_train[5], expected)
    assert os.path.isdir(home / "cifar-10-batches-py")


def test_cifar100_and_its_labels(home):
    rng = np.random.default_rng(0)
    part = {"fine_labels": [99, 3], "coarse_labels": [19, 1]}
    put_archive(home, "cifar-100-python", {"train": batch(rng, 2, **part), "test": batch(rng, 2, **part)})
    assert cifar100.load_data()[0][1].tolist() == [[99], [3]]
    assert cifar100.load_data(label_mode="coarse")[1][1].tolist() == [[19], [1]]
    with pytest.raises(ValueError, match="'medium'"):
        cifar100.load_data("medium")


class Evil:
    def __reduce__(self):
        return os.mkdir, ("canary",)


def test_a_batch_that_would_run_something(home, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    rng = np.random.default_rng(0)
    batches = {f"data_batch_{i}": batch(rng, 1, labels=[1]) for i in range(1, 6)} | {"test_batch": [Evil()]}
    put_archive(home, "cifar-10-batches-py", batches)
    with pytest.raises(UnsafeFileError, match="test_batch"):
        cifar10.load_data()
    assert not os.path.exists("canary")


def objects(lists):
    result = np.empty(len(lists), object)
    result[:] = lists
    return result


def object_npz(path, **arrays):
    with open(path, "wb") as file:
        np.savez(file, **arrays)


def imdb_file(home):
    rng = np.random.default_rng(1)
    texts = [rng.integers(1, 60, rng.integers(2, 9)).tolist() for _ in range(20)]
    labels = rng.integers(0, 2, 20)
    object_npz(
        home / "imdb.npz",
        x_train=objects(texts[:12]),
        y_train=labels[:12],
        x_test=objects(texts[12:]),
        y_test=labels[12:],
    )
    return texts, labels


def expected_words(texts, num_words, skip_top, start, oov, offset):
    out = []
    for text in texts:
        words = ([] if start is None else [start]) + [w + offset for w in text]
        ok = [skip_top <= w < num_words for w in words]
        out.append([w if k else oov for w, k in zip(words, ok, strict=True) if k or oov is not None])
    return out


@pytest.mark.parametrize(
    "options",
    [{}, {"num_words": 30}, {"num_words": 30, "skip_top": 10, "oov_char": None}, {"start_char": None, "index_from": 0},
     {"seed": 7, "maxlen": 8}, {"start_char": 5, "oov_char": 6, "index_from": 9, "num_words": 40}]
)  # fmt: skip
def test_imdb(home, options):
    texts, labels = imdb_file(home)
    (x_train, y_train), (x_test, y_test) = imdb.load_data(**options)
    rng = np.random.RandomState(options.get("seed", 113))
    first, second = np.arange(12), np.arange(8)
    rng.shuffle(first)
    rng.shuffle(second)
    start, offset = options.get("start_char", 1), options.get("index_from", 3)
    limit = options.get("maxlen", 10**9) - (start is not None)
    for got, got_labels, order in ((x_train, y_train, first), (x_test, y_test, second + 12)):
        order = [i for i in order if len(texts[i]) < limit]
        kept = [texts[i] for i in range(20) if len(texts[i]) < limit]
        num_words = options.get("num_words") or max(max(t) for t in kept) + offset
        oov = options.get("oov_char", 2)
        want = expected_words([texts[i] for i in order], num_words, options.get("skip_top", 0), start, oov, offset)
        assert got.dtype == object and got.tolist() == want
        assert got_labels.tolist() == labels[order].tolist()


def test_imdb_arguments(home):
    imdb_file(home)
    assert imdb.load_data(nb_words=20)[0][0].tolist() == imdb.load_data(num_words=20)[0][0].tolist()
    with pytest.raises(TypeError, match="words_num"):
        imdb.load_data(words_num=3)
    with pytest.raises(ValueError, match="maxlen"):
        imdb.load_data(maxlen=1)
    (home / "imdb_word_index.json").write_text(json.dumps({"the": 1, "ä": 2}))
    assert imdb.get_word_index() == {"the": 1, "ä": 2}


def test_imdb_file_with_something_to_run(home, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    array = np.empty(1, object)
    array[0] = Evil()
    object_npz(home / "imdb.npz", x_train=array, y_train=[1], x_test=array, y_test=[1])
    with pytest.raises(UnsafeFileError, match="x_train"):
        imdb.load_data()
    assert not os.path.exists("canary")


def test_reuters(home):
    rng = np.random.default_rng(1)
    texts, labels = [rng.integers(1, 60, 5).tolist() for _ in range(10)], np.arange(10)
    object_npz(home / "reuters.npz", x=objects(texts), y=labels)
    (x_train, y_train), (x_test, y_test) = reuters.load_data(num_words=40, test_split=0.3)
    order = np.arange(10)
    np.random.RandomState(113).shuffle(order)
    assert (len(x_train), len(x_test)) == (7, 3)
    assert [*y_train, *y_test] == order.tolist()
    assert [*x_train, *x_test] == expected_words([texts[i] for i in order], 40, 0, 1, 2, 3)
    (home / "reuters_word_index.json").write_text('{"the": 1}')
    assert reuters.get_word_index() == {"the": 1}


@pytest.mark.parametrize("module", [boston_housing, california_housing])
def test_housing(home, module):
    x, y = np.random.default_rng(0).normal(size=(1000, 8)), np.arange(1000.0)
    write_npz(home / (module.__name__.split(".")[-1] + ".npz"), {"x": x, "y": y})
    (x_train, y_train), (x_test, y_test) = module.load_data(test_split=0.25, seed=5)
    order = np.arange(1000)
    np.random.RandomState(5).shuffle(order)
    np.testing.assert_array_equal([*y_train, *y_test], order)
    np.testing.assert_array_equal(x_train, x[order[:750]])
    assert x_test.shape == (250, 8)
    with pytest.raises(ValueError, match="test_split"):
        module.load_data(test_split=1.0)
    if module is california_housing:
        assert len(module.load_data("small")[0][0]) == 480
        with pytest.raises(ValueError, match="'huge'"):
            module.load_data("huge")
