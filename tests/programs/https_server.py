#!/usr/bin/env python3
"""An HTTPS server on a free port of 127.0.0.1 that answers every GET with `hello`.

    https_server.py CHAIN.pem KEY.pem    the port is the one line it prints
"""

import http.server
import ssl
import sys


class Hello(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    def handle_error(self, *_):
        """A client that trusts nobody hangs up: that is what it is here for."""


server = Server(("127.0.0.1", 0), Hello)
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(*sys.argv[1:3])
# The handshake belongs to the connection's own thread: a client that hangs up must not stop the server.
server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
print(server.server_port, flush=True)
server.serve_forever()
