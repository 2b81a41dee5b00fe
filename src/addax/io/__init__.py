"""`tf.io`: files, records, and what is in them: examples, tensors, tables, pictures."""

from addax.core.names import missing_name
from addax.formats.tfrecord import TFRecordOptions as TFRecordOptions
from addax.io import gfile as gfile
from addax.io.graph_files import write_graph as write_graph
from addax.ops.csv_decoding import decode_csv as decode_csv
from addax.ops.decoding import decode_base64 as decode_base64
from addax.ops.decoding import decode_compressed as decode_compressed
from addax.ops.decoding import decode_json_example as decode_json_example
from addax.ops.decoding import decode_raw as decode_raw
from addax.ops.decoding import encode_base64 as encode_base64
from addax.ops.files import match_filenames_once as match_filenames_once
from addax.ops.files import matching_files as matching_files
from addax.ops.files import read_file as read_file
from addax.ops.files import write_file as write_file
from addax.ops.image_codecs import decode_and_crop_jpeg as decode_and_crop_jpeg
from addax.ops.image_codecs import decode_bmp as decode_bmp
from addax.ops.image_codecs import decode_gif as decode_gif
from addax.ops.image_codecs import decode_image as decode_image
from addax.ops.image_codecs import decode_jpeg as decode_jpeg
from addax.ops.image_codecs import decode_png as decode_png
from addax.ops.image_codecs import decode_webp as decode_webp
from addax.ops.image_codecs import encode_jpeg as encode_jpeg
from addax.ops.image_codecs import encode_png as encode_png
from addax.ops.image_codecs import extract_jpeg_shape as extract_jpeg_shape
from addax.ops.image_codecs import is_jpeg as is_jpeg
from addax.ops.parsing import parse_example as parse_example
from addax.ops.parsing import parse_single_example as parse_single_example
from addax.ops.parsing_features import FixedLenFeature as FixedLenFeature
from addax.ops.parsing_features import FixedLenSequenceFeature as FixedLenSequenceFeature
from addax.ops.parsing_features import RaggedFeature as RaggedFeature
from addax.ops.parsing_features import SparseFeature as SparseFeature
from addax.ops.parsing_features import VarLenFeature as VarLenFeature
from addax.ops.parsing_sequences import parse_sequence_example as parse_sequence_example
from addax.ops.parsing_sequences import parse_single_sequence_example as parse_single_sequence_example
from addax.ops.protos import decode_proto as decode_proto
from addax.ops.protos import encode_proto as encode_proto
from addax.ops.record_writer import TFRecordWriter as TFRecordWriter
from addax.ops.tensor_serialization import deserialize_many_sparse as deserialize_many_sparse
from addax.ops.tensor_serialization import parse_tensor as parse_tensor
from addax.ops.tensor_serialization import serialize_many_sparse as serialize_many_sparse
from addax.ops.tensor_serialization import serialize_sparse as serialize_sparse
from addax.ops.tensor_serialization import serialize_tensor as serialize_tensor

__getattr__ = missing_name(__name__, globals())
