"""`tf.strings`: byte strings."""

from addax.core.names import missing_name
from addax.ops.printing import format_
from addax.ops.string_numbers import as_string as as_string
from addax.ops.string_numbers import to_hash_bucket as to_hash_bucket
from addax.ops.string_numbers import to_hash_bucket_fast as to_hash_bucket_fast
from addax.ops.string_numbers import to_hash_bucket_strong as to_hash_bucket_strong
from addax.ops.string_numbers import to_number as to_number
from addax.ops.strings import bytes_split as bytes_split
from addax.ops.strings import join as join
from addax.ops.strings import length as length
from addax.ops.strings import lower as lower
from addax.ops.strings import ngrams as ngrams
from addax.ops.strings import reduce_join as reduce_join
from addax.ops.strings import regex_full_match as regex_full_match
from addax.ops.strings import regex_replace as regex_replace
from addax.ops.strings import split as split
from addax.ops.strings import strip as strip
from addax.ops.strings import substr as substr
from addax.ops.strings import unsorted_segment_join as unsorted_segment_join
from addax.ops.strings import upper as upper
from addax.ops.unicode import unicode_decode as unicode_decode
from addax.ops.unicode import unicode_decode_with_offsets as unicode_decode_with_offsets
from addax.ops.unicode import unicode_encode as unicode_encode
from addax.ops.unicode import unicode_script as unicode_script
from addax.ops.unicode import unicode_split as unicode_split
from addax.ops.unicode import unicode_split_with_offsets as unicode_split_with_offsets
from addax.ops.unicode import unicode_transcode as unicode_transcode

format = format_

__getattr__ = missing_name(__name__, globals())
