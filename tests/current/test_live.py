"""What AWS is asked for: last-accessed data, from a server that speaks IAM's protocol; tags, from moto's server."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs

import pytest
from moto.server import ThreadedMotoServer
from typer.testing import CliRunner, Result

from tests.current.written import ACCOUNT, ROLE, details, snapshot
from tests.http_server import QuietHandler, serving
from trailmin.cli.app import build_app
from trailmin.current.last_accessed import parse_last_accessed
from trailmin.current.live_clients import aws_client
from trailmin.current.live_last_accessed import fetch_last_accessed
from trailmin.current.live_tags import fetch_tags
from trailmin.current.snapshot import read_snapshot
from trailmin.errors import CurrentError

OTHER = f"arn:aws:iam::{ACCOUNT}:role/other"


def tracked(service: str, action: str) -> str:
    return (
        f"<member><ServiceName>{service}</ServiceName><ServiceNamespace>{service}</ServiceNamespace>"
        f"<TrackedActionsLastAccessed><member><ActionName>{action}</ActionName>"
        "<LastAccessedTime>2026-09-20T10:00:00Z</LastAccessedTime><LastAccessedRegion>eu-west-1</LastAccessedRegion>"
        "</member></TrackedActionsLastAccessed></member>"
    )


class Iam:
    """IAM's two operations: reports that are ready at the second look, in pages."""

    def __init__(self) -> None:
        self.asked: list[dict[str, str]] = []
        self.status = "COMPLETED"
        self.denied = False

    def answer(self, query: dict[str, str]) -> tuple[int, str]:
        self.asked.append(query)
        if self.denied:
            return 403, "<ErrorResponse><Error><Code>AccessDenied</Code><Message>no</Message></Error></ErrorResponse>"
        if query["Action"] == "GenerateServiceLastAccessedDetails":
            return 200, self._result("Generate", f"<JobId>{query['Arn'].rpartition('/')[2]:a<36}</JobId>")
        looks = sum(q.get("JobId") == query["JobId"] and "Marker" not in q for q in self.asked)
        if looks < 2:
            return 200, self._report("IN_PROGRESS", "", more=False)
        if "Marker" in query:
            return 200, self._report("COMPLETED", tracked("s3", "GetObject"), more=False)
        return 200, self._report(self.status, tracked("sqs", "SendMessage"), more=True)

    def _report(self, status: str, services: str, *, more: bool) -> str:
        rest = "<IsTruncated>true</IsTruncated><Marker>2</Marker>" if more else "<IsTruncated>false</IsTruncated>"
        time = "<JobCreationDate>2026-10-01T00:00:00Z</JobCreationDate>"
        found = f"<JobStatus>{status}</JobStatus>{time}<ServicesLastAccessed>{services}</ServicesLastAccessed>{rest}"
        return self._result("Get", found)

    def _result(self, verb: str, content: str) -> str:
        name = f"{verb}ServiceLastAccessedDetails"
        return (
            f'<{name}Response xmlns="https://iam.amazonaws.com/doc/2010-05-08/"><{name}Result>{content}'
            f"</{name}Result></{name}Response>"
        )


@pytest.fixture
def iam() -> Iam:
    return Iam()


@pytest.fixture
def endpoint(iam: Iam, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a server that answers as IAM does."""

    class Handler(QuietHandler):
        def do_POST(self) -> None:  # noqa: N802 - as the base class finds it
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            status, text = iam.answer({name: values[0] for name, values in parse_qs(body).items()})
            self.send_response(status)
            self.end_headers()
            self.wfile.write(text.encode())

    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "test")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    with serving(Handler) as address:
        yield address


def run(*arguments: object) -> Result:
    return CliRunner().invoke(build_app(), [str(a) for a in arguments])


def test_reports_are_asked_for_action_by_action_waited_for_and_read_to_the_end(iam: Iam, endpoint: str) -> None:
    client = aws_client("iam", endpoint_url=endpoint)
    waits: list[float] = []
    found = fetch_last_accessed(client, [OTHER, ROLE], sleep=waits.append)
    accesses = parse_last_accessed(json.loads(json.dumps(found)))
    assert [(a.role_arn, a.action, a.region) for a in accesses] == [
        (arn, action, "eu-west-1") for arn in (ROLE, OTHER) for action in ("s3:GetObject", "sqs:SendMessage")
    ]
    assert [q["Granularity"] for q in iam.asked[:2]] == ["ACTION_LEVEL"] * 2
    assert waits == [1.0, 1.0]


def test_a_report_that_fails_or_never_comes_is_an_error(iam: Iam, endpoint: str) -> None:
    client = aws_client("iam", endpoint_url=endpoint)
    with pytest.raises(CurrentError, match="not there after 0 s"):
        fetch_last_accessed(client, [ROLE], patience=0)
    iam.status = "FAILED"
    with pytest.raises(CurrentError, match="failed"):
        fetch_last_accessed(client, [ROLE], sleep=lambda _: None)


def test_a_missing_permission_is_named(iam: Iam, endpoint: str) -> None:
    iam.denied = True
    with pytest.raises(CurrentError) as raised:
        fetch_last_accessed(aws_client("iam", endpoint_url=endpoint), [ROLE])
    assert "iam:GenerateServiceLastAccessedDetails" in str(raised.value.hint)


def test_the_command_writes_what_the_snapshot_reads(endpoint: str, tmp_path: Path) -> None:
    folder = snapshot(tmp_path, details())
    done = run("snapshot", "last-accessed", folder, "--endpoint-url", endpoint)
    assert done.exit_code == 0, done.stderr
    found = read_snapshot(folder).accounts[ACCOUNT].last_accessed
    assert found is not None
    assert {access.role_arn for access in found} == {ROLE}


def test_a_role_that_the_snapshot_lacks_is_a_mistake(endpoint: str, tmp_path: Path) -> None:
    done = run(
        "snapshot", "last-accessed", snapshot(tmp_path, details()), "--role", "nobody", "--endpoint-url", endpoint
    )
    assert done.exit_code == 1
    assert "nobody" in done.stderr


@pytest.fixture(scope="module")
def moto() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


def test_tags_are_asked_for_in_every_region_and_read_back(endpoint: str, moto: str, tmp_path: Path) -> None:
    for region in ("us-east-1", "eu-west-1"):
        queues = aws_client("sqs", region=region, endpoint_url=moto)
        for name in ("jobs", "mail"):
            queues.create_queue(QueueName=f"{name}-{region}", tags={"team": "pay", "a": "b"})
    folder = snapshot(tmp_path, details())
    done = run("snapshot", "tags", folder, "--region", "us-east-1", "--region", "eu-west-1", "--endpoint-url", moto)
    assert done.exit_code == 0, done.stderr
    tags = read_snapshot(folder).accounts[ACCOUNT].resource_tags
    assert tags is not None
    assert [arn.rpartition(":")[2] for arn in tags] == [
        "jobs-eu-west-1", "mail-eu-west-1", "jobs-us-east-1", "mail-us-east-1"
    ]  # fmt: skip
    assert all(found == {"team": "pay", "a": "b"} for found in tags.values())


def test_tags_that_aws_does_not_tell_are_an_error(iam: Iam, endpoint: str) -> None:
    iam.denied = True
    with pytest.raises(CurrentError) as raised:
        fetch_tags([aws_client("resourcegroupstaggingapi", region="us-east-1", endpoint_url=endpoint)])
    assert "tag:GetResources" in str(raised.value.hint)
