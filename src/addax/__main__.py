"""``python -m addax``: the same as the command ``addax``."""

from addax.compat.launcher import main

if __name__ == "__main__":
    main()
