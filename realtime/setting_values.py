"""What the value of a setting may be; `realtime/trust.py` has those that decide who gets in.

Each function takes a setting and gives it back, or raises `ValueError` with the reason.
"""

import ipaddress
import re
from collections.abc import Iterable
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import SecretStr

from storage.connections import dsn


def postgres(url: SecretStr) -> SecretStr:
    dsn(url.get_secret_value())
    return url


def path_prefix(path: str) -> str:
    path = path.rstrip("/")
    if not re.fullmatch(r"(/[\w.~-]+)*", path, re.ASCII):
        raise ValueError("a path such as /viva is expected")
    return path


def separated(given: object) -> object:
    """Commas or spaces separate several."""
    return given.replace(",", " ").split() if isinstance(given, str) else given


def each_an_origin(origins: Iterable[str]) -> frozenset[str]:
    found = frozenset(origin.lower().rstrip("/") for origin in origins)
    for origin in sorted(found - {"*"}):
        if not re.fullmatch(r"https?://[^/@?#\s]+", origin):
            raise ValueError(f"{origin} is no origin such as https://interviews.example.org")
    return found


def each_a_network(addresses: Iterable[str]) -> frozenset[str]:
    for address in addresses:
        try:
            ipaddress.ip_network(address)
        except ValueError:
            raise ValueError(f"{address} is no address or network such as 10.0.0.0/8") from None
    return frozenset(addresses)


def existing_folder(path: Path) -> Path:
    if not path.is_dir():
        raise ValueError("there is no such folder")
    return path


def existing_file(path: Path) -> Path:
    if not path.is_file():
        raise ValueError("there is no such file")
    return path


def api_key(key: SecretStr) -> SecretStr:
    """It goes into a header, so a line that was copied along with it would break the request."""
    if not re.fullmatch(r"[!-~]+", key.get_secret_value()):
        raise ValueError("a key is one word, of letters, digits and signs")
    return key


def api_address(url: str) -> str:
    fits = re.fullmatch(r"https?://[^/@?#\s]+(/[^?#\s]*)?", url, re.ASCII)
    if not (fits and _names_a_place(url)):
        raise ValueError("an address such as http://127.0.0.1:11434/v1 is expected")
    return url.rstrip("/")


def _names_a_place(url: str) -> bool:
    """Whether it has a host, and no port that there isn't."""
    try:
        parts = urlsplit(url)
        return bool(parts.hostname) and parts.port != 0
    except ValueError:
        return False


def model_name(name: str) -> str:
    if not re.fullmatch(r"[!-~]{1,200}", name):
        raise ValueError("a model's name is one word")
    return name


def bucket_name(name: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9][\w.-]{1,254}", name, re.ASCII):
        raise ValueError("a bucket's name is one word, of letters, digits, dots and hyphens")
    return name


def region(name: str) -> str:
    if not re.fullmatch(r"[\w-]{1,64}", name, re.ASCII):
        raise ValueError("a region such as eu-central-1 is expected")
    return name


def object_prefix(prefix: str) -> str:
    prefix = prefix.strip("/")
    if not re.fullmatch(r"([\w.=-]+(/[\w.=-]+)*)?", prefix, re.ASCII) or ".." in prefix:
        raise ValueError("names with slashes between, such as viva/documents, are expected")
    return prefix
