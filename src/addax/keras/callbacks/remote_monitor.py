"""RemoteMonitor: the logs of each epoch sent to a server."""

from __future__ import annotations

import json
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from addax.core import errors
from addax.keras.callbacks.callback import Callback
from addax.keras.progress import python_value


class RemoteMonitor(Callback):
    """Posts the logs of each epoch, with the epoch's number, to a web server. Training goes on if it does not answer.

    Args:
        root: the server's address.
        path: the path, behind it.
        field: the form field that holds the JSON text.
        headers: HTTP headers to add.
        send_as_json: send the JSON as the body, not in a form.

    >>> import addax as tf
    >>> callback = tf.keras.callbacks.RemoteMonitor("http://localhost:9000", send_as_json=True)
    """

    def __init__(
        self,
        root: str = "http://localhost:9000",
        path: str = "/publish/epoch/end/",
        field: str = "data",
        headers: dict[str, str] | None = None,
        send_as_json: bool = False,
    ) -> None:
        super().__init__()
        self.root = root
        self.path = path
        self.field = field
        self.headers = headers
        self.send_as_json = send_as_json

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        """Send."""
        text = json.dumps({"epoch": epoch, **{name: _plain(value) for name, value in (logs or {}).items()}})
        if self.send_as_json:
            body, kind = text.encode(), "application/json"
        else:
            body, kind = urllib.parse.urlencode({self.field: text}).encode(), "application/x-www-form-urlencoded"
        request = urllib.request.Request(
            self.root + self.path, data=body, headers={"Content-Type": kind, **(self.headers or {})}, method="POST"
        )
        try:
            with urllib.request.urlopen(request, timeout=10) as answer:
                answer.read()
        except urllib.error.HTTPError:
            pass  # the server was there; what it thinks of the data is its business
        except (urllib.error.URLError, OSError):
            errors.warn(f"Could not reach RemoteMonitor root server at {self.root}", stacklevel=2)


def _plain(value: Any) -> Any:
    value = python_value(value)
    return value.tolist() if hasattr(value, "tolist") else value
