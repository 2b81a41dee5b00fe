"""Files that others wrote: safe readers and exact writers. No jax here, and no other room of Addax.

Every loader opens files through this room. Readers check sizes before they allocate and names before they create,
follow no link, run no pickle, and raise `errors.CorruptFileError` (or a subclass) naming the file and the member.
"""
