"""A request as it arrives in pieces: knows when all of it is there, and touches no socket."""

import re
from enum import Enum

_HEAD_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*(\d{1,15})[ \t]*(?=\r\n)", re.IGNORECASE)
_CHUNKED = re.compile(rb"\r\ntransfer-encoding:[^\r\n]*chunked", re.IGNORECASE)
_EXPECTS = re.compile(rb"\r\nexpect:[ \t]*100-continue[ \t]*(?=\r\n)", re.IGNORECASE)
_CHUNK_SIZE = re.compile(rb"([0-9a-fA-F]{1,15})[ \t]*(?:;[^\r\n]*)?")
_LONGEST_CHUNK_LINE = 1024


class State(Enum):
    """How far a request has come."""

    HEAD = "the head is not whole yet"
    BODY = "the body is not whole yet"
    READY = "whole, or wrong in a way that its parser will say"
    TOO_LONG = "the head is longer than any should be"


class Intake:
    """One request at a time, and whatever was sent behind it.

    A body over `most_body` is not waited for: the application refuses it by its stated length, or after as
    many bytes as are here. Framing that is not understood is READY too, for the parser to refuse.
    """

    def __init__(self, *, most_head: int, most_body: int) -> None:
        """Begin with nothing."""
        self.buffer = bytearray()
        self.state = State.HEAD
        self.expects_continue = False
        self._most_head = most_head
        self._most_body = most_body
        self._looked = 0
        self._whole = 0
        self._chunk_at: int | None = None

    def feed(self, data: bytes) -> State:
        """Take some more bytes in and return how far the request has come."""
        self.buffer += data
        if self.state is State.HEAD:
            self._look_at_head()
        if self.state is State.BODY:
            self._look_at_body()
        return self.state

    def take(self) -> bytes:
        """Give everything out and begin with the next request."""
        taken = bytes(self.buffer)
        self.__init__(most_head=self._most_head, most_body=self._most_body)  # type: ignore[misc]  # begins anew
        return taken

    def _look_at_head(self) -> None:
        while self.buffer.startswith(b"\r\n"):  # allowed between requests, RFC 9112 section 2.2
            del self.buffer[:2]
        end = self.buffer.find(_HEAD_END, max(0, self._looked - len(_HEAD_END)))
        self._looked = len(self.buffer)
        if end < 0:
            if len(self.buffer) > self._most_head:
                self.state = State.TOO_LONG
            return
        if end > self._most_head:
            self.state = State.TOO_LONG
            return
        self._read_framing(end)

    def _read_framing(self, end: int) -> None:
        head = bytes(self.buffer[: end + 2])
        if _EXPECTS.search(head):
            # It is answered here, before the body; the server behind must not answer it a second time.
            self.expects_continue = True
            head = _EXPECTS.sub(b"", head)
            self.buffer[: end + 2] = head
            end = len(head) - 2
        lengths, chunked = _LENGTH.findall(head), _CHUNKED.search(head)
        self._whole = end + len(_HEAD_END)
        if len(lengths) + bool(chunked) != 1:  # no body, or framing to refuse
            self.state = State.READY
        elif chunked:
            self.state, self._chunk_at = State.BODY, self._whole
        elif int(lengths[0]) > self._most_body:
            self.state = State.READY
        else:
            self.state, self._whole = State.BODY, self._whole + int(lengths[0])

    def _look_at_body(self) -> None:
        if self._chunk_at is None:
            whole = len(self.buffer) >= self._whole
        else:
            whole = self._chunks_end() or len(self.buffer) - self._whole > self._most_body
        if whole:
            self.state = State.READY

    def _chunks_end(self) -> bool:
        """Whether the last chunk and its trailers are here; steps over each chunk once."""
        at = self._chunk_at or 0
        while (line_end := self.buffer.find(b"\r\n", at, at + _LONGEST_CHUNK_LINE)) >= 0:
            size = _CHUNK_SIZE.fullmatch(self.buffer[at:line_end])
            if size is None:
                return True
            length = int(size[1], 16)
            if length == 0:
                self._chunk_at = at
                return self.buffer.find(_HEAD_END, line_end) >= 0
            if line_end + 2 + length + 2 > len(self.buffer):
                break
            at = line_end + 2 + length + 2
        self._chunk_at = at
        return len(self.buffer) - at > _LONGEST_CHUNK_LINE and line_end < 0
