"""`tf.io.gfile`: files and directories by path."""

from addax.core.gfile import GFile as GFile
from addax.core.gfile import copy as copy
from addax.core.gfile import exists as exists
from addax.core.gfile import get_registered_schemes as get_registered_schemes
from addax.core.gfile import glob as glob
from addax.core.gfile import isdir as isdir
from addax.core.gfile import join as join
from addax.core.gfile import listdir as listdir
from addax.core.gfile import makedirs as makedirs
from addax.core.gfile import mkdir as mkdir
from addax.core.gfile import remove as remove
from addax.core.gfile import rename as rename
from addax.core.gfile import rmtree as rmtree
from addax.core.gfile import stat as stat
from addax.core.gfile import walk as walk
from addax.core.names import missing_name

__getattr__ = missing_name(__name__, globals())
