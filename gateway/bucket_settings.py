"""Where the files of work lie: in a folder of this machine, or in a bucket of an S3 service."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import unquote, urlsplit

from gateway.said import Key, SettingsRefused, secret_in

REGION: Final = "us-east-1"

BUCKET_KEYS: Final = (
    Key(
        name="PIECERATE_FILES",
        default="the folder files of the home",
        meaning="s3://key-id@bucket or s3://key-id@bucket/prefix: where files of work are kept, at "
        "any service that speaks S3",
    ),
    Key(
        name="PIECERATE_FILES_SECRET_FILE",
        default="none",
        meaning="file with the secret of that key id",
    ),
    Key(
        name="PIECERATE_FILES_ENDPOINT",
        default="that of AWS",
        meaning="https:// address of another service",
    ),
    Key(name="PIECERATE_FILES_REGION", default=REGION, meaning="region of the bucket"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketSettings:
    """Without a bucket everything lies in the home."""

    url: str
    bucket: str | None
    prefix: str
    key_id: str
    secret_file: str = field(repr=False)
    endpoint: str
    region: str

    @property
    def secret(self) -> str:
        return secret_in(self.secret_file, name="PIECERATE_FILES_SECRET_FILE")

    def for_children(self) -> dict[str, str]:
        return {
            "PIECERATE_FILES": self.url,
            "PIECERATE_FILES_SECRET_FILE": self.secret_file,
            "PIECERATE_FILES_ENDPOINT": self.endpoint,
            "PIECERATE_FILES_REGION": self.region,
        }


def bucket_settings_of(said: Mapping[str, str]) -> BucketSettings:
    url = said.get("PIECERATE_FILES", "")
    parts = urlsplit(url)
    has_all = parts.scheme == "s3" and parts.hostname and parts.username
    if url and (not has_all or parts.password is not None or parts.query or parts.fragment):
        raise SettingsRefused(
            "PIECERATE_FILES must look like s3://key-id@bucket/prefix; the secret comes from "
            "PIECERATE_FILES_SECRET_FILE."
        )
    if url and not said.get("PIECERATE_FILES_SECRET_FILE"):
        raise SettingsRefused(
            "PIECERATE_FILES is set, so PIECERATE_FILES_SECRET_FILE must name a file with the "
            "secret of its key."
        )
    endpoint = said.get("PIECERATE_FILES_ENDPOINT", "")
    if endpoint and (urlsplit(endpoint).scheme not in ("https", "http") or "@" in endpoint):
        raise SettingsRefused("PIECERATE_FILES_ENDPOINT must be an https:// address.")
    return BucketSettings(
        url=url,
        bucket=parts.hostname,
        prefix=parts.path.strip("/"),
        key_id=unquote(parts.username or ""),
        secret_file=said.get("PIECERATE_FILES_SECRET_FILE", ""),
        endpoint=endpoint,
        region=said.get("PIECERATE_FILES_REGION", REGION),
    )
