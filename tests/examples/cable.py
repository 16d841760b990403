"""A line between a browser and the server that can be cut and joined again."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

CHUNK_BYTES = 65_536


class Cable:
    """Passes bytes on between its own port and that of the server."""

    def __init__(self, listener: socket.socket, *, server_port: int) -> None:
        self.port: int = listener.getsockname()[1]
        self._listener = listener
        self._server_port = server_port
        self._is_cut = False
        self._ends: set[socket.socket] = set()
        self._lock = threading.Lock()

    def cut(self) -> None:
        """What is under way breaks off, and nobody comes through."""
        with self._lock:
            self._is_cut = True
            ends, self._ends = self._ends, set()
        for end in ends:
            hang_up(end)

    def join(self) -> None:
        self._is_cut = False

    def serve(self) -> None:
        while True:
            try:
                near, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._connect, args=(near,), daemon=True).start()

    def _connect(self, near: socket.socket) -> None:
        try:
            far = socket.create_connection(("127.0.0.1", self._server_port))
        except OSError:  # the server is away
            hang_up(near)
            return
        with self._lock:
            self._ends |= {near, far}
            is_cut = self._is_cut
        if is_cut:
            hang_up(near)
            hang_up(far)
            return
        threading.Thread(target=self._pass_on, args=(far, near), daemon=True).start()
        self._pass_on(near, far)

    def _pass_on(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while chunk := source.recv(CHUNK_BYTES):
                sink.sendall(chunk)
        hang_up(source)
        hang_up(sink)
        with self._lock:
            self._ends -= {source, sink}


def hang_up(end: socket.socket) -> None:
    with suppress(OSError):
        end.shutdown(socket.SHUT_RDWR)
    end.close()


@contextmanager
def cable(*, server_port: int) -> Iterator[Cable]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        between = Cable(listener, server_port=server_port)
        accepting = threading.Thread(target=between.serve, daemon=True)
        accepting.start()
        try:
            yield between
        finally:
            with suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            between.cut()
            accepting.join(5)
