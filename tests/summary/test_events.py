"""Event files: the bytes real TensorFlow 2.21 wrote, and what TensorBoard reads back."""

import os
import socket
import struct

import numpy as np
import pytest

from addax import summary
from addax.core import context
from addax.core.convert import constant
from addax.core.errors import InvalidArgumentError, UnimplementedError
from addax.core.function import Function
from addax.core.variable import Variable
from addax.formats.protobuf import message_fields
from addax.formats.tfrecord import read_tfrecords
from addax.summary.events import encode_graph


def payloads(folder):
    """The summary or graph bytes of the events of the only file in a folder, the version event left out."""
    (name,) = os.listdir(folder)
    events = list(read_tfrecords(os.path.join(folder, name)))
    assert events[0][9:] == b'\x1a\rbrain.Event:2R$\n"tensorflow.core.util.events_writer'
    return [event[9:] for event in events[1:]]  # behind the time


@pytest.fixture
def record(tmp_path):
    """Write one summary at step 3; what comes after the time in its event."""

    def record(call):
        writer = summary.create_file_writer(tmp_path / "logs")
        with writer.as_default(step=3):
            assert bool(call()) is True
        return payloads(tmp_path / "logs")[-1]

    return record


# Written by TensorFlow 2.21 with TensorBoard 2.21 (picture data aside, which zlib may pack otherwise).
GOLDEN = [
    (lambda: summary.scalar("s", 1),
     b"\x10\x03*\x1e\n\x1c\n\x01sB\n\x08\x01\x12\x00\"\x04\x00\x00\x80?J\x0b\n\t\n\x07scalars"),
    (lambda: summary.scalar("x", True),
     b"\x10\x03*\x1e\n\x1c\n\x01xB\n\x08\x01\x12\x00\"\x04\x00\x00\x80?J\x0b\n\t\n\x07scalars"),
    (lambda: summary.scalar("", 1.0),
     b"\x10\x03*+\n)\n\x0escalar_summaryB\n\x08\x01\x12\x00\"\x04\x00\x00\x80?J\x0b\n\t\n\x07scalars"),
    (lambda: summary.scalar("d", 1.0, description="**md**"),
     b"\x10\x03*&\n$\n\x01dB\n\x08\x01\x12\x00\"\x04\x00\x00\x80?J\x13\n\t\n\x07scalars\x1a\x06**md**"),
    (lambda: summary.write("raw", np.arange(3), metadata=b""),
     b"\x10\x03*+\n)\n\x03rawB\"\x08\t\x12\x04\x12\x02\x08\x03\"\x18" + np.arange(3, dtype="<i8").tobytes()),
    (lambda: summary.text("tt", np.array([["a", "b"]])),
     b"\x10\x03*$\n\"\n\x02ttB\x12\x08\x07\x12\x08\x12\x02\x08\x01\x12\x02\x08\x02B\x01aB\x01bJ\x08\n\x06\n\x04text"),
    (lambda: summary.histogram("h", [1, 2, 3], buckets=2),
     b"\x10\x03*U\nS\n\x01hB>\x08\x02\x12\x08\x12\x02\x08\x02\x12\x02\x08\x03\"0"
     + np.array([1, 2, 1, 2, 3, 2], "<f8").tobytes() + b"J\x0e\n\x0c\n\nhistograms"),
    (lambda: summary.histogram("h1", [2.0, 2.0], buckets=3),
     b"\x10\x03*n\nl\n\x02h1BV\x08\x02\x12\x08\x12\x02\x08\x03\x12\x02\x08\x03\"H"
     + np.array([2, 2, 0, 2, 2, 0, 2, 2, 2], "<f8").tobytes() + b"J\x0e\n\x0c\n\nhistograms"),
    (lambda: summary.histogram("hb", [0, 1.0], buckets=0),
     b"\x10\x03*\"\n \n\x02hbB\n\x08\x02\x12\x06\x12\x00\x12\x02\x08\x03J\x0e\n\x0c\n\nhistograms"),
    (lambda: summary.image("i0", np.zeros((0, 2, 2, 1))),
     b"\x10\x03*\"\n \n\x02i0B\x0e\x08\x07\x12\x04\x12\x02\x08\x02B\x012B\x012J\n\n\x08\n\x06images"),
    (lambda: summary.audio("au", np.full((1, 3, 2), 0.5, "f4"), 8000),
     b"\x10\x03*_\n]\n\x02auBH\x08\x07\x12\x08\x12\x02\x08\x01\x12\x02\x08\x02B8RIFF0\x00\x00\x00WAVEfmt "
     b"\x10\x00\x00\x00\x01\x00\x02\x00@\x1f\x00\x00\x00}\x00\x00\x04\x00\x10\x00data\x0c\x00\x00\x00\x00@\x00@\x00@\x00@\x00@\x00@B\x00"
     b"J\r\n\x0b\n\x05audio\x12\x02\x10\x0b"),
]  # fmt: skip


@pytest.mark.parametrize("call, expected", GOLDEN)
def test_bytes_are_tensorflows(record, call, expected):
    assert record(call) == expected


def test_file_is_named_as_tensorflow_names_it(tmp_path):
    summary.create_file_writer(str(tmp_path / "a" / "b"))
    summary.create_file_writer(str(tmp_path / "a" / "b"), filename_suffix=".mine")
    first, second = sorted(os.listdir(tmp_path / "a" / "b"), key=lambda n: n.endswith(".mine"))
    parts = first.removeprefix("events.out.tfevents.").split(".")
    assert first.startswith("events.out.tfevents.") and parts[0].isdigit() and len(parts[0]) == 10
    assert ".".join(parts[1:]).startswith(f"{socket.gethostname()}.{os.getpid()}.") and first.endswith(".v2")
    assert second.endswith(".mine")


def test_tensorboard_reads_it(tmp_path):
    accumulators = pytest.importorskip("tensorboard.backend.event_processing.event_accumulator")
    from tensorboard.util import tensor_util

    pixels = np.random.default_rng(0).random((4, 5, 6, 3)).astype(np.float32)
    writer = summary.create_file_writer(tmp_path)
    with writer.as_default():
        for step in range(4):
            summary.scalar("loss", 1 / (1 + step), step=step)
        summary.histogram("weights", np.linspace(-1, 1, 101), step=1)
        summary.image("pictures", pixels, step=2, max_outputs=2)
        summary.text("note", "**hello**", step=3)
        summary.graph(encode_graph([("x", "Input", [], {}), ("d/y", "Dense", ["x"], {"shape": "(None, 3)"})]))
    accumulator = accumulators.EventAccumulator(str(tmp_path), size_guidance={"tensors": 0})
    accumulator.Reload()
    values = {
        tag: [(e.step, tensor_util.make_ndarray(e.tensor_proto)) for e in accumulator.Tensors(tag)]
        for tag in accumulator.Tags()["tensors"]
    }
    assert values["loss"] == [(i, np.float32(1 / (1 + i))) for i in range(4)]
    ((step, histogram),) = values["weights"]
    assert step == 1 and histogram.shape == (30, 3) and histogram[:, 2].sum() == 101
    ((step, pictures),) = values["pictures"]
    assert step == 2 and list(pictures[:2]) == [b"6", b"5"] and len(pictures) == 4
    assert values["note"] == [(3, np.array(b"**hello**", dtype=object))]
    for tag, plugin in {"loss": "scalars", "weights": "histograms", "pictures": "images", "note": "text"}.items():
        assert accumulator.SummaryMetadata(tag).plugin_data.plugin_name == plugin
    graph = accumulator.Graph()
    assert [(n.name, n.op, list(n.input)) for n in graph.node] == [("x", "Input", []), ("d/y", "Dense", ["x"])]
    assert graph.node[1].attr["shape"].s == b"(None, 3)"


@pytest.mark.parametrize(
    "pixels, expected",
    # as tf.image.convert_image_dtype(..., tf.uint8, saturate=True) of TensorFlow 2.21 gives them
    [
        (np.array([[0.5, 1.5], [-1, 0.999]], "f4"), [[127, 255], [0, 255]]),
        (np.array([[0.5, 0.25]], "f8"), [[127, 63]]),
        (np.array([[300, 65535]], "u2"), [[1, 255]]),
        (np.array([[2**30, -5]], "i4"), [[128, 0]]),
        (np.array([[127, 5, -7]], "i1"), [[254, 10, 0]]),
        (np.array([[7, 255]], "u1"), [[7, 255]]),
    ],
)
@pytest.mark.parametrize("channels", [1, 2, 3, 4])
def test_pictures(tmp_path, pixels, expected, channels):
    import io

    from PIL import Image

    data = np.repeat(pixels[None, :, :, None], channels, axis=3)
    with summary.create_file_writer(tmp_path).as_default(step=0):
        summary.image("i", data)
    (event,) = payloads(tmp_path)
    value = message_fields(message_fields(message_fields(event)[5][0])[1][0])
    width, height, png = message_fields(value[8][0])[8]
    assert (width, height) == (str(pixels.shape[1]).encode(), str(pixels.shape[0]).encode())
    picture = Image.open(io.BytesIO(png))
    assert picture.mode == {1: "L", 2: "LA", 3: "RGB", 4: "RGBA"}[channels]
    np.testing.assert_array_equal(np.asarray(picture).reshape(data.shape[1:])[..., 0], expected)


def test_steps(tmp_path):
    writer = summary.create_file_writer(tmp_path)
    variable = Variable(4, dtype="int64")
    with writer.as_default():
        with pytest.raises(ValueError, match="no step is set"):
            summary.scalar("s", 1.0)
        summary.scalar("s", 1.0, step=variable)
        summary.experimental.set_step(variable)
        variable.assign(9)
        summary.scalar("s", 1.0)
        summary.scalar("s", 1.0, step=constant(0))
        with summary.create_file_writer(tmp_path / "other").as_default(step=20):
            assert summary.experimental.get_step() == 20
        assert summary.experimental.get_step() is variable
        summary.scalar("s", 1.0, step=np.int32(2**30))
    summary.experimental.set_step(None)
    (name,) = [n for n in os.listdir(tmp_path) if n != "other"]
    steps = [message_fields(e).get(2, [0])[0] for e in read_tfrecords(tmp_path / name)]
    assert steps == [0, 4, 9, 0, 2**30]


def test_without_a_writer_nothing_is_recorded():
    assert not summary.scalar("s", 1.0) and not summary.should_record_summaries()
    assert not summary.graph(b"") and not summary.write("t", lambda: 1 / 0)
    with summary.create_noop_writer().as_default(step=1):
        assert not summary.scalar("s", 1.0) and not summary.should_record_summaries()


def test_record_if(tmp_path):
    step = {"now": 0}
    with summary.create_file_writer(tmp_path).as_default():
        with summary.record_if(lambda: step["now"] % 2 == 0):
            for step["now"] in range(4):
                recorded = summary.scalar("s", 1.0, step=step["now"])
                assert bool(recorded) is (step["now"] % 2 == 0)
        with summary.record_if(False), summary.record_if(constant(True)):
            assert summary.should_record_summaries()
        with summary.record_if(False):
            assert not summary.write("never", lambda: 1 / 0, step=1)
        assert summary.should_record_summaries()
    assert len(payloads(tmp_path)) == 2


def test_writers_nest_and_return(tmp_path):
    first, second = summary.create_file_writer(tmp_path / "1"), summary.create_file_writer(tmp_path / "2")
    with first.as_default(step=0):
        with second.as_default():
            summary.scalar("b", 1.0)
        summary.scalar("a", 1.0)
    assert not summary.should_record_summaries()
    assert (len(payloads(tmp_path / "1")), len(payloads(tmp_path / "2"))) == (1, 1)


def test_set_as_default(tmp_path):
    import threading

    def work():  # the default is the thread's own, so a thread of its own leaves the others alone
        summary.create_file_writer(tmp_path).set_as_default(step=2)
        summary.scalar("s", 1.0)
        summary.flush()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert len(payloads(tmp_path)) == 1 and not summary.should_record_summaries()


def test_waiting_and_flushing(tmp_path):
    writer = summary.create_file_writer(tmp_path, max_queue=2)
    context_manager = writer.as_default(step=0)
    context_manager.__enter__()
    for count in range(1, 7):
        summary.scalar("s", float(count))
        assert len(payloads(tmp_path)) == count // 3 * 3
    summary.scalar("s", 0.0)
    writer.flush()
    assert len(payloads(tmp_path)) == 7
    context_manager.__exit__(None, None, None)
    slow = summary.create_file_writer(tmp_path / "t", max_queue=100, flush_millis=0)
    with slow.as_default(step=0):
        summary.scalar("s", 1.0)
        assert len(payloads(tmp_path / "t")) == 1
    with pytest.raises(ValueError, match="max_queue"):
        summary.create_file_writer(tmp_path, max_queue=-1)


def test_closed_writers(tmp_path):
    writer = summary.create_file_writer(tmp_path)
    with writer.as_default(step=1):
        summary.scalar("s", 1.0)
        writer.close()
        with pytest.raises(RuntimeError, match="already closed"):
            summary.scalar("s", 2.0)
    writer.flush()
    writer.close()
    with pytest.raises(RuntimeError, match="already closed"):
        writer.as_default()
    assert len(payloads(tmp_path)) == 1


def test_a_forgotten_writer_is_written(tmp_path):
    def use():
        writer = summary.create_file_writer(tmp_path)
        state = writer.as_default(step=1)
        state.__enter__()
        summary.scalar("s", 1.0)
        state._writer = summary.create_noop_writer()  # so that leaving does not flush
        state.__exit__()

    use()
    import gc

    gc.collect()
    assert len(payloads(tmp_path)) == 1


def test_name_scopes_are_part_of_the_tag(record):
    def call():
        with context.name_scope("outer"), context.name_scope("inner"):
            return summary.scalar("my loss!", 1.0)

    assert b"outer/inner/my loss!" in record(call)
    with summary.experimental.summary_scope("my loss!", "default") as (tag, scope):
        assert (tag, scope) == ("my loss!", "myloss/")


def test_raw_summaries(record, tmp_path):
    raw = bytes.fromhex("0a08 0a0161 1500000040".replace(" ", ""))  # tag a, simple value 2.0
    event = record(lambda: summary.experimental.write_raw_pb(raw))
    assert message_fields(event)[5] == [raw] and struct.unpack("<f", raw[-4:]) == (2.0,)


@pytest.mark.parametrize(
    "call, error, text",
    [
        (lambda: summary.scalar("s", [1.0, 2.0]), ValueError, r"scalar shape(?s:.)*\(2,\)"),
        (lambda: summary.scalar("s", "x"), UnimplementedError, "real number"),
        (lambda: summary.text("t", 3), TypeError, "strings"),
        (lambda: summary.image("i", np.zeros((2, 2))), ValueError, "rank 4"),
        (lambda: summary.image("i", np.zeros((1, 2, 2, 5))), InvalidArgumentError, "channels"),
        (lambda: summary.image("i", np.zeros((1, 2, 2, 1)), max_outputs=-1), InvalidArgumentError, "max_outputs"),
        (lambda: summary.image("i", np.zeros((1, 2, 2, 1), bool)), TypeError, "bool"),
        (lambda: summary.audio("a", np.zeros((2, 2)), 8000), ValueError, "rank 3"),
        (lambda: summary.audio("a", np.zeros((1, 2, 2)), 0), InvalidArgumentError, "sample_rate"),
        (lambda: summary.audio("a", np.zeros((1, 2, 2)), 8000, encoding="mp3"), ValueError, "mp3"),
        (lambda: summary.graph(3), ValueError, "GraphDef"),
        (lambda: summary.write("t", {"a": 1}), TypeError, "string"),
    ],
)
def test_bad_values_write_nothing(tmp_path, call, error, text):
    with summary.create_file_writer(tmp_path).as_default(step=1):
        with pytest.raises(error, match=text):
            call()
    assert payloads(tmp_path) == []


def test_a_graph_is_not_written_inside_a_traced_function(tmp_path):
    with summary.create_file_writer(tmp_path).as_default(step=1), context.isolated(object()):
        with pytest.raises(ValueError, match="traced"):
            summary.graph(b"")


def test_a_compiled_function_writes_each_time_it_runs(tmp_path):
    writer, eager = summary.create_file_writer(tmp_path / "a"), summary.create_file_writer(tmp_path / "b")

    def step(x, number):
        summary.scalar("s", x[0], step=number)
        summary.histogram("h", x, step=number, buckets=2)
        summary.text("t", "words", step=number)
        with summary.record_if(number % 2 == 0):
            summary.scalar("even", x[1], step=number)

    compiled = Function(step)
    for number in range(3):
        given = constant([1.0, number]), constant(number, "int64")
        with writer.as_default():
            compiled(*given)
        with eager.as_default():
            step(*given)
    assert compiled.experimental_get_tracing_count() == 1
    assert payloads(tmp_path / "a") == payloads(tmp_path / "b")
    assert len(payloads(tmp_path / "a")) == 3 * 3 + 2


def test_not_a_number_in_a_histogram(record):
    assert record(lambda: summary.histogram("h", [np.nan, 1.0, np.inf]))
