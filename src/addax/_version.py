"""The version of Addax."""

__version__ = "0.1.0"
