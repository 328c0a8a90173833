"""A TCP proxy on the loopback interface that does what bad networks do."""

import random
import socket
import struct
import threading
import time

METHODS = (b"PUT ", b"POST ", b"HEAD ", b"GET ", b"DELETE ")
PIECE = 65536
LONGEST_WAY = 5  # pieces of a request that get through before its connection is reset
UNAVAILABLE = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"


class BadNetwork:
    """Passes connections on to `port`, and ill-treats some.

    Of each request, `resets` is the chance that the connection is reset while
    it is sent, `refusals` that it is answered with 503. While `held`, nothing is
    passed on; the first `stalls` connections never are.
    """

    def __init__(self, port: int, *, resets: float = 0, refusals: float = 0, stalls: int = 0, seed: int = 1):
        self._target = port
        self._resets = resets
        self._refusals = refusals
        self._stalls = stalls
        self._random = random.Random(seed)
        self._lock = threading.Lock()
        self.connections = 0
        self.troubles = 0
        self.held = threading.Event()
        self._closed = False
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        self._closed = True
        self._listener.close()

    def _accept(self) -> None:
        while not self._closed:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            with self._lock:
                self.connections += 1
                stalled = self.connections <= self._stalls
                self.troubles += stalled
            threading.Thread(target=self._serve, args=(client, stalled), daemon=True).start()

    def _fate(self) -> tuple[str, int]:
        """What becomes of a request, and after how many pieces of it."""
        with self._lock:
            chance = self._random.random()
            fate = "reset" if chance < self._resets else "refuse" if chance < self._resets + self._refusals else ""
            self.troubles += bool(fate)
            return fate, self._random.randrange(LONGEST_WAY) if fate == "reset" else 0

    def _serve(self, client: socket.socket, stalled: bool) -> None:
        try:
            if stalled:
                while client.recv(65536):
                    pass
                return
            with socket.create_connection(("127.0.0.1", self._target)) as server:
                back = threading.Thread(target=self._pass_back, args=(server, client), daemon=True)
                back.start()
                self._pass_on(client, server)
        except OSError:
            pass
        finally:
            client.close()

    def _pass_on(self, client: socket.socket, server: socket.socket) -> None:
        fate, pieces = "", 0
        while data := client.recv(PIECE):
            while self.held.is_set() and not self._closed:
                time.sleep(0.02)
            if data.startswith(METHODS):
                fate, pieces = self._fate()
            if fate == "refuse":
                client.sendall(UNAVAILABLE)
                return
            if fate == "reset" and pieces == 0:
                return self._reset(client)
            pieces -= 1
            server.sendall(data)
            if fate == "reset" and len(data) < PIECE:
                return self._reset(client)  # the server gets it all, and its answer is lost

    @staticmethod
    def _reset(client: socket.socket) -> None:
        client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    @staticmethod
    def _pass_back(server: socket.socket, client: socket.socket) -> None:
        try:
            while data := server.recv(65536):
                client.sendall(data)
            client.shutdown(socket.SHUT_WR)
        except OSError:
            pass
