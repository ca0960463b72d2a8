"""moto's server behind a proxy that knows which account asks, can refuse it, and cuts IAM's lists into pages."""

import http.client
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.http_server import QuietHandler, serving

OWN = "123456789012"
"""moto's account of plain credentials."""


@dataclass(slots=True)
class Front:
    """What the proxy saw, and what it refuses."""

    upstream: str
    url: str = ""
    account_of: dict[str, str] = field(default_factory=dict)
    """Access key to the account of the role that was assumed."""
    asked: list[tuple[str, str]] = field(default_factory=list)
    """Account and operation."""
    refused: set[tuple[str, str]] = field(default_factory=set)
    pages: int = 0
    """How often the next page of authorization details was asked for."""
    external_ids: set[str | None] = field(default_factory=set)
    owner: str | None = None
    """Of the instances of IAM Identity Center, where it is not the account that asks."""
    boundaries: dict[str, object] = field(default_factory=dict)
    """ARN of a permission set to its permissions boundary."""

    def note(self, headers: Any, method: str, path: str, body: bytes) -> tuple[str, str, dict[str, list[str]]]:
        """Account, operation and query of a request."""
        key = re.search(r"Credential=([^/]+)/", headers.get("Authorization", ""))
        account = self.account_of.get(key[1] if key else "", OWN)
        query = parse_qs(body.decode("utf-8", "replace")) if b"Action=" in body else {}
        target = headers.get("X-Amz-Target", "").rpartition(".")[2]
        operation = (query.get("Action") or [target or f"{method} {urlsplit(path).path.strip('/').split('/')[-1]}"])[0]
        self.asked.append((account, operation))
        return account, operation, query

    def learn(self, query: dict[str, list[str]], answer: bytes) -> None:
        """Which account an access key belongs to."""
        self.external_ids.add(query.get("ExternalId", [None])[0])
        key = re.search(rb"<AccessKeyId>([^<]+)</AccessKeyId>", answer)
        assert key is not None
        self.account_of[key[1].decode()] = query["RoleArn"][0].split(":")[4]


_REGIONS = re.compile(rb"<item>(?:(?!</item>|eu-west-1).)*</item>", re.DOTALL)
"""All regions but one: moto enables every one there is."""

_DETAILS = re.compile(rb"<RoleDetailList>.*?</RoleDetailList>", re.DOTALL)


def page_of(answer: bytes, marker: str | None) -> bytes:
    """Roles on the first page, all else on the second; with the names of policies, which moto leaves out."""
    answer = re.sub(rb"<Arn>[^<]*:policy/(?:[^<]*/)?([^<]+)</Arn>", rb"\g<0><PolicyName>\1</PolicyName>", answer)
    if marker is None:
        cut = re.sub(rb"<(UserDetailList|GroupDetailList|Policies)>.*?</\1>", b"", answer, flags=re.DOTALL)
        return _truncated(cut, b"<IsTruncated>true</IsTruncated><Marker>two</Marker>")
    return _truncated(_DETAILS.sub(b"", answer), b"<IsTruncated>false</IsTruncated>")


def _truncated(answer: bytes, words: bytes) -> bytes:
    plain = re.sub(rb"<IsTruncated>.*?</IsTruncated>|<Marker>.*?</Marker>|<Marker ?/>", b"", answer)
    return plain.replace(b"</GetAccountAuthorizationDetailsResult>", words + b"</GetAccountAuthorizationDetailsResult>")


@contextmanager
def account_proxy(upstream: str) -> Iterator[Front]:
    front = Front(upstream=upstream)
    address = urlsplit(upstream)

    class Handler(QuietHandler):
        def _pass(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            account, operation, query = front.note(self.headers, self.command, self.path, body)
            if (account, operation) in front.refused:
                return self._refuse(is_query=bool(query))
            if operation == "GetPermissionsBoundaryForPermissionSet":
                # moto has no boundaries of permission sets.
                arn = json.loads(body)["PermissionSetArn"]
                boundary = {"PermissionsBoundary": front.boundaries.get(arn)}
                if arn in front.boundaries:
                    return self._answer(200, "application/x-amz-json-1.1", json.dumps(boundary).encode())
                return self._refuse(is_query=False, code="ResourceNotFoundException")
            connection = http.client.HTTPConnection(address.hostname or "", address.port)
            connection.request(self.command, self.path, body, dict(self.headers.items()))
            answer = connection.getresponse()
            content = answer.read()
            connection.close()
            if operation == "AssumeRole":
                front.learn(query, content)
            if operation == "GetAccountAuthorizationDetails":
                front.pages += "Marker" in query
                content = page_of(content, query.get("Marker", [None])[0])
            if operation == "ListInstances" and front.owner is not None:
                content = re.sub(rb'("OwnerAccountId": *)"\d+"', rb'\1"%s"' % front.owner.encode(), content)
            if operation == "DescribeRegions":
                content = _REGIONS.sub(b"", content)
            return self._answer(answer.status, answer.headers.get("Content-Type", ""), content)

        do_GET = do_POST = _pass  # noqa: N815 - as the base class finds them

        def _refuse(self, *, is_query: bool, code: str = "AccessDeniedException") -> None:
            if is_query:
                text = b"<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>"
                return self._answer(403, "text/xml", text)
            self.send_response(403)
            self.send_header("x-amzn-ErrorType", code)
            self.end_headers()
            self.wfile.write(json.dumps({"__type": code, "message": "no"}).encode())
            return None

        def _answer(self, status: int, kind: str, content: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Type", kind)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

    with serving(Handler) as front.url:
        yield front
