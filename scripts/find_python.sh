#!/bin/sh
# Run the first Python >= 3.11 there is with the given arguments. $PYTHON, where set, is tried first.
for candidate in $PYTHON python3 python3.14 python3.13 python3.12 python3.11 python; do
    if "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
        exec "$candidate" "$@"
    fi
done
echo "Addax needs Python 3.11 or newer; none of $PYTHON python3 python3.14 ... python3.11 python is." >&2
echo "Install one (https://www.python.org/downloads/), or name it: make PYTHON=/path/to/python3.12 ..." >&2
exit 1
