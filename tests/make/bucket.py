"""A service that speaks as much of S3 as a bucket of files needs, and checks who is asking."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any, Final
from urllib.parse import parse_qsl, quote, urlsplit

KEY_ID: Final = "AKIATESTS"
SECRET: Final = "secret-of-the-bucket"  # noqa: S105  # of the tests
REGION: Final = "eu-test-1"
UPLOAD: Final = "<R><UploadId>up1</UploadId></R>"
DONE: Final = '<R><ETag>"whole"</ETag></R>'


@dataclass
class Bucket:
    """`is_away` answers everything as a service that is down."""

    url: str = ""
    objects: dict[str, bytes] = field(default_factory=dict)
    parts: dict[int, bytes] = field(default_factory=dict)
    is_away: bool = False

    def settings(self, home: Path, *, secret: str = SECRET) -> dict[str, str]:
        """What the environment says of it."""
        file = home / "bucket_secret"
        file.write_text(secret)
        return {
            "PIECERATE_FILES": f"s3://{KEY_ID}@pictures/work",
            "PIECERATE_FILES_SECRET_FILE": str(file),
            "PIECERATE_FILES_ENDPOINT": self.url,
            "PIECERATE_FILES_REGION": REGION,
        }


def signature(handler: BaseHTTPRequestHandler, signed: str, day: str) -> str:
    """By the published steps of AWS Signature Version 4."""
    parts = urlsplit(handler.path)
    query = "&".join(
        f"{quote(name, safe='-_.~')}={quote(value, safe='-_.~')}"
        for name, value in sorted(parse_qsl(parts.query, keep_blank_values=True))
    )
    headers = "".join(f"{name}:{handler.headers[name].strip()}\n" for name in signed.split(";"))
    digest = handler.headers["x-amz-content-sha256"]
    request = f"{handler.command}\n{parts.path}\n{query}\n{headers}\n{signed}\n{digest}"
    scope = f"{day}/{REGION}/s3/aws4_request"
    moment = handler.headers["x-amz-date"]
    hashed = hashlib.sha256(request.encode()).hexdigest()
    text = f"AWS4-HMAC-SHA256\n{moment}\n{scope}\n{hashed}"
    key = f"AWS4{SECRET}".encode()
    for step in (*scope.split("/"), text):
        key = hmac.digest(key, step.encode(), "sha256")
    return key.hex()


def is_signed(handler: BaseHTTPRequestHandler) -> bool:
    head, _, rest = handler.headers.get("authorization", "").partition(" ")
    said = dict(each.strip().split("=", 1) for each in rest.split(","))
    key_id, day, *_ = said["Credential"].split("/")
    found = signature(handler, said["SignedHeaders"], day)
    return (head, key_id, said["Signature"]) == ("AWS4-HMAC-SHA256", KEY_ID, found)


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    @property
    def bucket(self) -> Bucket:
        assert isinstance(self.server, BucketServer)
        return self.server.bucket

    def answer(self, status: int, body: bytes = b"", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def body(self) -> bytes:
        return self.rfile.read(int(self.headers.get("content-length") or 0))

    def handle_any(self) -> None:
        body, parts = self.body(), urlsplit(self.path)
        asked = dict(parse_qsl(parts.query, keep_blank_values=True))
        if self.bucket.is_away:
            self.answer(503)
        elif not is_signed(self):
            self.answer(403)
        else:
            getattr(self, f"on_{self.command.lower()}")(parts.path, asked, body)

    do_GET = do_HEAD = do_PUT = do_POST = handle_any  # noqa: N815  # its names

    def on_put(self, name: str, asked: dict[str, str], body: bytes) -> None:
        if "partNumber" in asked:
            self.bucket.parts[int(asked["partNumber"])] = body
        else:
            self.bucket.objects[name] = body
        self.answer(200, etag='"one"')

    def on_post(self, name: str, asked: dict[str, str], body: bytes) -> None:
        if "uploads" in asked:
            self.answer(200, UPLOAD.encode())
            return
        if "delete" in asked:
            keys = re.findall("<Key>(.*?)</Key>", body.decode())
            for key in keys:
                self.bucket.objects.pop(f"{name.rstrip('/')}/{key}", None)
            gone = "".join(f"<Deleted><Key>{key}</Key></Deleted>" for key in keys)
            self.answer(200, f"<DeleteResult>{gone}</DeleteResult>".encode())
            return
        self.bucket.objects[name] = b"".join(
            self.bucket.parts[each] for each in sorted(self.bucket.parts)
        )
        self.answer(200, DONE.encode())

    def on_get(self, name: str, _: dict[str, str], __: bytes) -> None:
        found = self.bucket.objects.get(name)
        if found is None:
            self.answer(404)
            return
        modified = "Mon, 05 Jan 2026 09:00:00 GMT"
        self.answer(200, found, etag='"one"', last_modified=modified)

    on_head = on_get

    def log_message(self, *_: Any) -> None:
        pass


class BucketServer(ThreadingHTTPServer):
    def __init__(self, bucket: Bucket) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.bucket = bucket


@contextmanager
def bucket_served() -> Iterator[Bucket]:
    bucket = Bucket()
    with BucketServer(bucket) as server:
        bucket.url = f"http://127.0.0.1:{server.server_port}"
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield bucket
        finally:
            server.shutdown()
