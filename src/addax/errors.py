"""`tf.errors`: the exception types, and their codes."""

from addax.core.errors import ABORTED as ABORTED
from addax.core.errors import ALREADY_EXISTS as ALREADY_EXISTS
from addax.core.errors import CANCELLED as CANCELLED
from addax.core.errors import DATA_LOSS as DATA_LOSS
from addax.core.errors import DEADLINE_EXCEEDED as DEADLINE_EXCEEDED
from addax.core.errors import FAILED_PRECONDITION as FAILED_PRECONDITION
from addax.core.errors import INTERNAL as INTERNAL
from addax.core.errors import INVALID_ARGUMENT as INVALID_ARGUMENT
from addax.core.errors import NOT_FOUND as NOT_FOUND
from addax.core.errors import OK as OK
from addax.core.errors import OUT_OF_RANGE as OUT_OF_RANGE
from addax.core.errors import PERMISSION_DENIED as PERMISSION_DENIED
from addax.core.errors import RESOURCE_EXHAUSTED as RESOURCE_EXHAUSTED
from addax.core.errors import UNAUTHENTICATED as UNAUTHENTICATED
from addax.core.errors import UNAVAILABLE as UNAVAILABLE
from addax.core.errors import UNIMPLEMENTED as UNIMPLEMENTED
from addax.core.errors import UNKNOWN as UNKNOWN
from addax.core.errors import AbortedError as AbortedError
from addax.core.errors import AlreadyExistsError as AlreadyExistsError
from addax.core.errors import CancelledError as CancelledError
from addax.core.errors import DataLossError as DataLossError
from addax.core.errors import DeadlineExceededError as DeadlineExceededError
from addax.core.errors import FailedPreconditionError as FailedPreconditionError
from addax.core.errors import InternalError as InternalError
from addax.core.errors import InvalidArgumentError as InvalidArgumentError
from addax.core.errors import NotFoundError as NotFoundError
from addax.core.errors import OperatorNotAllowedInGraphError as OperatorNotAllowedInGraphError
from addax.core.errors import OpError as OpError
from addax.core.errors import OutOfRangeError as OutOfRangeError
from addax.core.errors import PermissionDeniedError as PermissionDeniedError
from addax.core.errors import ResourceExhaustedError as ResourceExhaustedError
from addax.core.errors import UnauthenticatedError as UnauthenticatedError
from addax.core.errors import UnavailableError as UnavailableError
from addax.core.errors import UnimplementedError as UnimplementedError
from addax.core.errors import UnknownError as UnknownError
from addax.core.names import missing_name

__getattr__ = missing_name(__name__, globals())
