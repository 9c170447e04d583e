"""The one error of the embedded cluster: its message says what is wrong and which command helps."""


class EmbeddedError(RuntimeError):
    """The private cluster cannot be made, started or reached; the message names the command to run."""
