"""`trailmin snapshot`: what AWS tells of accounts, kept as files."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Annotated

import typer

from trailmin.cli.exit_codes import ExitCode
from trailmin.cli.output import say, write_data
from trailmin.cli.parameters import EndpointOption, ExternalIdOption, FileOption, ProfileOption

SnapshotArgument = Annotated[
    Path, typer.Argument(metavar="SNAPSHOT", help="Folder of one account, with authorization-details.json.")
]
AssumeOption = Annotated[
    str | None,
    typer.Option("--assume-role-name", metavar="NAME", help="Role to assume in each other account, by its name."),
]
RegionsOption = Annotated[
    list[str] | None,
    typer.Option("--region", metavar="NAME", help="May be given several times. [default: the profile's]"),
]

TAKE_EXAMPLES = """
trailmin snapshot take -o snapshots
trailmin snapshot take -o snapshots --account 111122223333 --account 444455556666 --assume-role-name audit
trailmin snapshot take -o snapshots --organization --assume-role-name audit --region eu-west-1
"""

LAST_ACCESSED_EXAMPLES = """
trailmin snapshot last-accessed snapshots/111122223333
trailmin snapshot last-accessed snapshots/111122223333 --role image-processor --profile audit
"""

TAGS_EXAMPLES = """
trailmin snapshot tags snapshots/111122223333 --region eu-west-1 --region us-east-1
"""

STACK_EXAMPLES = """
trailmin snapshot stack orders-prod -o infrastructure/template.stack.json
trailmin snapshot stack arn:aws:cloudformation:eu-west-1:111122223333:stack/orders/1a2b --assume-role-name audit
"""

RESOURCE_POLICIES_EXAMPLES = """
trailmin snapshot resource-policies snapshots/111122223333 --region eu-west-1
"""


def take(
    output: Annotated[Path, typer.Option("-o", "--output", metavar="DIR", help="Folder for one snapshot an account.")],
    account: Annotated[
        list[str] | None,
        typer.Option("--account", metavar="ID", help="May be given several times. [default: that of the credentials]"),
    ] = None,
    organization: Annotated[
        bool, typer.Option("--organization", help="All accounts of the organization, from its management account.")
    ] = False,
    assume_role_name: AssumeOption = None,
    external_id: ExternalIdOption = None,
    region: Annotated[
        list[str] | None,
        typer.Option(
            "--region",
            metavar="NAME",
            help="Regions in use, may be given several times. [default: all that an account has enabled]",
        ),
    ] = None,
    profile: ProfileOption = None,
    endpoint_url: EndpointOption = None,
) -> Iterable[ExitCode]:
    """Ask AWS for the state of accounts and keep it as snapshots.

    What one account does not tell is said, and does not keep the others from it. docs/current.md has the permissions.
    """
    from trailmin.current import Access, LiveRequest
    from trailmin.current.live import fetch_accounts
    from trailmin.current.live_snapshot import write_snapshots

    regions = tuple(sorted(set(region or ())))
    found = fetch_accounts(
        LiveRequest(
            access=Access(profile=profile, endpoint_url=endpoint_url, region=next(iter(regions), None)),
            accounts=tuple(account or ()),
            organization=organization,
            assume_role_name=assume_role_name,
            external_id=external_id,
            regions=regions,
            resource_policies=True,
        )
    )
    for folder in write_snapshots(found, output):
        say(f"written: {folder}")
    missing = [text for one in found for text in one.missing]
    for text in missing:
        say(text)
    if not any(one.files for one in found):
        return [ExitCode.ERROR]
    return [ExitCode.SET_ASIDE] if missing else []


def last_accessed(
    snapshot: SnapshotArgument,
    role: Annotated[
        list[str] | None,
        typer.Option("--role", metavar="NAME", help="Only this role. May be given several times."),
    ] = None,
    profile: ProfileOption = None,
    endpoint_url: EndpointOption = None,
) -> Iterable[ExitCode]:
    """Ask AWS which actions roles accessed when.

    A second witness beside the logs: what AWS has accessed and the logs have not is kept. Writes last-accessed.json
    into the snapshot. Needs iam:GenerateServiceLastAccessedDetails and iam:GetServiceLastAccessedDetails.
    """
    from trailmin.current.live_clients import aws_client
    from trailmin.current.live_last_accessed import fetch_last_accessed
    from trailmin.current.snapshot import read_snapshot
    from trailmin.errors import UsageError

    roles = {one.name: one.arn for one in read_snapshot(snapshot).roles if not one.is_service_linked}
    if unknown := [name for name in role or () if name not in roles]:
        raise UsageError(f"the snapshot has no role '{unknown[0]}'", hint="see its authorization-details.json")
    arns = [arn for name, arn in roles.items() if arn is not None and (not role or name in role)]
    client = aws_client("iam", profile=profile, endpoint_url=endpoint_url)
    return _write(snapshot / "last-accessed.json", lambda: fetch_last_accessed(client, arns))


def tags(
    snapshot: SnapshotArgument,
    region: RegionsOption = None,
    profile: ProfileOption = None,
    endpoint_url: EndpointOption = None,
) -> Iterable[ExitCode]:
    """Ask AWS for the tags of resources.

    For access by tags (tighten --abac). Writes tags.json into the snapshot. Needs tag:GetResources.
    """
    from trailmin.current.live_clients import aws_client
    from trailmin.current.live_tags import fetch_tags

    regions: Sequence[str | None] = sorted(set(region)) if region else [None]
    clients = [
        aws_client("resourcegroupstaggingapi", profile=profile, region=name, endpoint_url=endpoint_url)
        for name in regions
    ]
    return _write(snapshot / "tags.json", lambda: fetch_tags(clients))


def resource_policies(
    snapshot: SnapshotArgument,
    region: RegionsOption = None,
    profile: ProfileOption = None,
    endpoint_url: EndpointOption = None,
) -> Iterable[ExitCode]:
    """Ask AWS for policies on resources, and for what makes services call.

    For trailmin resource-policies; `snapshot take` asks for them too. Writes resource-policies/, bucket-notifications/,
    rules.json, rule-targets/ and subscriptions.json into the snapshot. What AWS refuses is said, and does not keep it
    from the rest; docs/resource-policies.md lists the permissions.
    """
    from trailmin.current.live_clients import aws_client
    from trailmin.current.live_resource_policies import fetch_resource_policies
    from trailmin.current.live_snapshot import write_files

    def client_of(service: str, name: str | None) -> object:
        return aws_client(service, profile=profile, region=name, endpoint_url=endpoint_url)

    default = aws_client("sts", profile=profile, endpoint_url=endpoint_url).meta.region_name
    told = fetch_resource_policies(client_of, sorted(set(region)) if region else [default])
    write_files(snapshot, told.files)
    say(f"written: {len(told.files):,} files in {snapshot}")
    for text in told.missing:
        say(text)
    return [ExitCode.SET_ASIDE] if told.missing else []


def stack(
    name: Annotated[str, typer.Argument(metavar="STACK", help="A stack of CloudFormation, by name or ARN.")],
    output: FileOption = None,
    region: Annotated[
        str | None, typer.Option("--region", metavar="NAME", help="Where it is. [default: the profile's]")
    ] = None,
    assume_role_name: AssumeOption = None,
    external_id: ExternalIdOption = None,
    profile: ProfileOption = None,
    endpoint_url: EndpointOption = None,
) -> Iterable[ExitCode]:
    """Ask AWS for the parameters and physical ids of a stack.

    Beside a template, as NAME.stack.json for NAME.yaml, it tells what the template's expressions stand for. Needs
    cloudformation:DescribeStacks and cloudformation:ListStackResources on the stack.
    """
    from trailmin.current import Access, LiveRequest
    from trailmin.current.live_stacks import fetch_stacks
    from trailmin.report.json_output import json_text

    request = LiveRequest(
        access=Access(profile=profile, endpoint_url=endpoint_url, region=region),
        assume_role_name=assume_role_name,
        external_id=external_id,
        regions=(region,) if region is not None else (),
        stacks=(name,),
    )
    (found,) = fetch_stacks(request)
    write_data([json_text(found)], output)
    if output is not None:
        say(f"written: {output}")
    return []


def _write(path: Path, fetch: Callable[[], Mapping[str, object]]) -> list[ExitCode]:
    from trailmin.report.json_output import json_text

    write_data([json_text(fetch())], path)
    say(f"written: {path}")
    return []


COMMANDS = (
    (take, TAKE_EXAMPLES),
    (last_accessed, LAST_ACCESSED_EXAMPLES),
    (tags, TAGS_EXAMPLES),
    (resource_policies, RESOURCE_POLICIES_EXAMPLES),
    (stack, STACK_EXAMPLES),
)
