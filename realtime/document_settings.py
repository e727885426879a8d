"""The settings that are about documents: how many and how large, where they are kept, who looks
through them.
"""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, Field, SecretStr, ValidationInfo

from realtime.documents.scan import address
from realtime.setting_values import api_address, bucket_name, object_prefix, region


def _clamd(url: str) -> str:
    address(url)
    return url


def _endpoint(url: str) -> str:
    try:
        return api_address(url)
    except ValueError:
        raise ValueError("an address such as http://127.0.0.1:9000 is expected") from None


def _needs_bucket(bucket: str | None, others: ValidationInfo) -> str | None:
    """What is set of an object store has to be whole, or files would be kept elsewhere than meant.

    One that won't do is complained of by itself.
    """
    given = {name for name in _OF_BUCKET if others.data.get(name)}
    if bucket is None and given:
        raise ValueError(f"it has to be set too, as VIVA_{min(given).upper()} is")
    if len(_KEYS & given) == 1 and others.data.keys() >= _KEYS:
        raise ValueError("a key needs both VIVA_S3_ACCESS_KEY_ID and VIVA_S3_SECRET_ACCESS_KEY")
    return bucket


_KEYS = frozenset({"s3_access_key_id", "s3_secret_access_key"})
_OF_BUCKET = _KEYS | {"s3_endpoint_url", "s3_prefix"}


class DocumentSettings(BaseModel):
    """What an operator sets about documents. Durations end in their unit."""

    max_document_bytes: int = Field(
        default=10_485_760,
        ge=1_024,
        le=67_108_864,
        description="How large a document's file may be.",
    )
    document_within_s: float = Field(
        default=180.0,
        gt=0,
        le=3_600,
        description="How long a document may take to arrive. One that next to nothing comes of for "
        "5 s is cut off before.",
    )
    documents_per_user: int = Field(
        default=50,
        ge=0,
        description="How many documents a user may keep; 0 is no bound. Where nobody signs in, all "
        "are one user.",
    )
    clamd: Annotated[str, AfterValidator(_clamd)] | None = Field(
        default=None,
        description="The ClamAV daemon that looks through documents for malware "
        "(`tcp://127.0.0.1:3310`, `unix:///run/clamav/clamd.ctl`). While it is away, none are "
        "taken.",
    )
    scan_within_s: float = Field(
        default=30.0,
        gt=0,
        le=300,
        description="How long it may take for one.",
    )
    s3_endpoint_url: Annotated[str, AfterValidator(_endpoint)] | None = Field(
        default=None,
        description="Where an S3-compatible object store is (MinIO, Ceph, R2 …), such as "
        "`http://127.0.0.1:9000`, if it isn't Amazon's.",
    )
    s3_region: Annotated[str, AfterValidator(region)] = Field(
        default="us-east-1", description="The bucket's region."
    )
    s3_access_key_id: str | None = Field(
        default=None,
        description="The key for the object store. Without one it is whatever this machine may do "
        "there (the variables and roles that Amazon's own programs use).",
    )
    s3_secret_access_key: SecretStr | None = Field(
        default=None, description="The secret that belongs to it."
    )
    s3_prefix: Annotated[str, AfterValidator(object_prefix)] = Field(
        default="", description="What comes before each object's name in the bucket (`viva/`)."
    )
    # Whether it may be missing is decided by the others, so this comes last.
    s3_bucket: Annotated[
        Annotated[str, AfterValidator(bucket_name)] | None, AfterValidator(_needs_bucket)
    ] = Field(
        default=None,
        validate_default=True,
        description="The bucket of an S3-compatible object store that keeps documents' files from "
        "now on. Without it they are in the database.",
    )
