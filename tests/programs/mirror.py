#!/usr/bin/env python3
"""Serves a folder as curl.se and data.iana.org do, over HTTPS, and writes down each request; or passes connections on as a proxy does.

    mirror.py serve PORT LOG FOLDER CHAIN.pem KEY.pem
    mirror.py proxy PORT LOG TARGET_PORT                  each CONNECT, whatever the name, leads to 127.0.0.1:TARGET_PORT

While FOLDER/stall exists, a body stops in the middle for good, and FOLDER/stalled appears. The log gets a line for each request, such as
`GET curl.se/ca/cacert.pem 200` or `CONNECT mirror.test:443`.
"""

import hashlib
import http.server
import pathlib
import socket
import ssl
import sys
import threading
import time

_, job, port, log, *rest = sys.argv


class Handler(http.server.BaseHTTPRequestHandler):
    def do_HEAD(self):
        self.answer(with_body=False)

    def do_GET(self):
        self.answer(with_body=True)

    def answer(self, with_body):
        folder = pathlib.Path(rest[0])
        file = folder / self.path.lstrip("/")
        body = file.read_bytes() if file.is_file() else b""
        etag = f'"{hashlib.sha256(body).hexdigest()}"'
        status = 404 if not file.is_file() else 304 if self.headers["If-None-Match"] == etag else 200
        write_down(f"{self.command} {self.headers['Host']}{self.path} {status}")
        self.send_response(status)
        if status == 200:
            self.send_header("Last-Modified", self.date_time_string(file.stat().st_mtime))
        self.send_header("ETag", etag)
        self.send_header("Content-Length", str(len(body)) if status == 200 else "0")
        self.end_headers()
        if with_body and status == 200:
            half = len(body) // 2
            self.wfile.write(body[:half])
            if (folder / "stall").exists():
                (folder / "stalled").touch()
                time.sleep(3600)
            self.wfile.write(body[half:])

    def do_CONNECT(self):
        write_down(f"CONNECT {self.path}")
        with socket.create_connection(("127.0.0.1", int(rest[0]))) as far:
            self.send_response(200)
            self.end_headers()
            threading.Thread(target=pump, args=(far, self.connection), daemon=True).start()
            pump(self.connection, far)

    def log_message(self, *_):
        pass


def pump(source, sink):
    try:
        while piece := source.recv(65536):
            sink.sendall(piece)
        sink.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def write_down(line):
    with open(log, "a") as file:
        file.write(line + "\n")


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """A client that hangs up, or is killed, is what this is here for."""


server = Server(("127.0.0.1", int(port)), Handler)
if job == "serve":
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*rest[1:])
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
print("ready", flush=True)
server.serve_forever()
