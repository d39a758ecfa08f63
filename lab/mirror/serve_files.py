"""Serves a directory over HTTP: `python -I serve_files.py ADDRESS PORT DIRECTORY`; imports nothing of ours.

`python -m http.server` asks a name server for its own name before it listens. In the lab's namespace such a question
may go out to leaves and vanish there, and the server would listen half a minute later.
"""

import socketserver
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer


class Server(ThreadingHTTPServer):
    """Without a name."""

    def server_bind(self) -> None:
        """Bind, and ask nobody."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])


if __name__ == "__main__":
    handler = partial(SimpleHTTPRequestHandler, directory=sys.argv[3])
    Server((sys.argv[1], int(sys.argv[2])), handler).serve_forever()
