"""The kinds of workloads: what runs, on which resources, how often, and what it needs once in a long while."""

import random
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta

from bench.quality.workload.model import Activity, Arguments, DrawnAccount, Workload
from bench.quality.workload.places import Places
from bench.quality.workload.schedules import (
    around_the_clock,
    every_night,
    is_first_of_month,
    office_days,
    on_day_of_month,
)

Draw = Callable[[random.Random, datetime], Arguments]
Kind = Callable[[random.Random, str, DrawnAccount], Workload]

_NOT_FOUND = ("NoSuchKey", "The specified key does not exist.")


def rare_interval(rng: random.Random, runs_per_day: float) -> float:
    """The chance in a run of something that happens every 10 to 90 days."""
    return 1 / (runs_per_day * rng.uniform(10, 90))


def queue_worker(rng: random.Random, name: str, account: DrawnAccount) -> Workload:
    """A Lambda function that reads a queue, looks things up, writes a result, and on errors a dead letter."""
    places, per_day = Places(rng, name, account), rng.uniform(3, 8)
    queue, dead, table, secret = places.queue("jobs"), places.queue("dead"), places.table("state"), places.secret("api")
    activities = [
        *_lambda_logging(places),
        *(
            Activity(operation=f"sqs.{o}", fixed=queue)
            for o in ("ReceiveMessage", "DeleteMessage", "GetQueueAttributes")
        ),
        Activity(operation="dynamodb.GetItem", often=1.5, fixed=table, draw=_item, scope={"item": "*"}),
        Activity(operation="dynamodb.PutItem", fixed=table, draw=_item, scope={"item": "*"}),
        Activity(operation="dynamodb.UpdateItem", often=0.3, fixed=table, draw=_item, scope={"item": "*"}),
        Activity(operation="secretsmanager.GetSecretValue", often=0.3, fixed=secret),
        Activity(operation="sqs.SendMessage", often=rare_interval(rng, per_day), fixed=dead),
    ]
    if rng.random() < 0.5:
        activities.append(Activity(operation="sns.Publish", often=0.5, fixed=places.topic("done")))
    if rng.random() < 0.5:
        out = places.bucket("results", samples=6, draw=_dated("results/%Y/%m/%d/", ".json"))
        activities.append(
            _on_objects("s3.PutObject", out, _dated("results/%Y/%m/%d/", ".json"), "results/????/??/??/*")
        )
    if rng.random() < 0.4:
        activities.append(Activity(operation="cloudwatch.PutMetricData", often=1))
    if rng.random() < 0.3:
        activities.append(Activity(operation="kms.Decrypt", often=0.4, fixed=places.key()))
    return Workload(
        kind="queue worker",
        service="lambda",
        runs=around_the_clock(per_day),
        activities=tuple(activities),
        session=lambda _rng, _moment: name,
        functions=(name,),
        queues=(places.arn_of_queue("jobs"),),
    )


def etl(rng: random.Random, name: str, account: DrawnAccount) -> Workload:
    """A container that moves partitions by date from a raw to a curated bucket."""
    places, runs = Places(rng, name, account), rng.uniform(1.5, 4)
    style = rng.choice(("year=%Y/month=%m/day=%d/", "%Y/%m/%d/", "dt=%Y-%m-%d/"))
    glob = "".join({"%Y": "????", "%m": "??", "%d": "??"}.get(part, part) for part in _parts(style))
    raw_draw, out_draw = _dated("events/" + style, ".json.gz"), _dated("facts/" + style, ".parquet")
    raw = places.bucket("raw", samples=6, draw=raw_draw)
    out = places.bucket("curated", samples=6, draw=out_draw)
    temporary = _dated("tmp/%Y%m%d/", ".tmp")
    places.sample(out, temporary, 3)
    key = places.key()
    activities = [
        Activity(operation="s3.ListObjectsV2", fixed=raw),
        _on_objects("s3.GetObject", raw, raw_draw, f"events/{glob}*", often=4),
        _on_objects("s3.PutObject", out, out_draw, f"facts/{glob}*", often=2),
        _on_objects("s3.PutObject", out, temporary, "tmp/????????/*", often=1),
        _on_objects("s3.DeleteObject", out, temporary, "tmp/????????/*", often=1),
        _on_objects("s3.GetMissing", out, out_draw, f"facts/{glob}*", often=0.3, error=_NOT_FOUND),
        _on_objects("s3.AbortMultipartUpload", out, out_draw, f"facts/{glob}*", often=rare_interval(rng, runs)),
        Activity(operation="kms.DecryptForS3", often=2, fixed={**key, **raw}),
        Activity(operation="kms.GenerateDataKeyForS3", often=1, fixed={**key, **out}),
        Activity(operation="ssm.GetParameter", fixed=places.parameter("settings")),
        Activity(operation="sns.Publish", often=rare_interval(rng, runs), fixed=places.topic("alarms")),
    ]
    if rng.random() < 0.25:
        activities.append(Activity(operation="s3.ListMultipartUploads", often=0.5, fixed=out))
    return Workload(
        kind="etl", service="ecs-tasks", runs=around_the_clock(runs), activities=tuple(activities), session=_task_id
    )


def tenant_api(rng: random.Random, name: str, account: DrawnAccount) -> Workload:
    """A service whose tenants each have a prefix, and in some cases a secret; tenants come over time."""
    places, per_day = Places(rng, name, account), rng.uniform(3, 7)
    tenants, growth = rng.randint(8, 60), rng.uniform(0, 0.25)
    tenant = _tenant(tenants, growth)
    upload = _upload(tenant)
    table, bucket = places.table("items"), places.bucket("files", samples=8, draw=upload)
    activities = [
        Activity(operation="dynamodb.Query", often=1.5, fixed=table, draw=_item, scope={"item": "*"}),
        Activity(operation="dynamodb.QueryIndex", often=0.7, fixed=table, draw=_item, scope={"item": "*"}),
        Activity(operation="dynamodb.PutItem", often=0.7, fixed=table, draw=_item, scope={"item": "*"}),
        Activity(
            operation="dynamodb.DeleteItem",
            often=rare_interval(rng, per_day),
            fixed=table,
            draw=_item,
            scope={"item": "*"},
        ),
        _on_objects("s3.GetObject", bucket, upload, "tenants/*", often=2),
        _on_objects("s3.PutObject", bucket, upload, "tenants/*", often=1),
        _on_objects("s3.DeleteObject", bucket, upload, "tenants/*", often=rare_interval(rng, per_day)),
        Activity(operation="ssm.GetParametersByPath", often=0.1, fixed=places.parameter("config")),
    ]
    if rng.random() < 0.3:
        prefix = f"{places.prefix}/tenant"
        draw = _tenant_secret(tenant, prefix)
        places.sample_secrets(draw)
        activities.append(
            Activity(
                operation="secretsmanager.GetSecretValue",
                often=0.5,
                draw=draw,
                scope={"secret": f"{prefix}/*", "suffix": "*"},
            )
        )
    return Workload(
        kind="tenant api",
        service="ecs-tasks",
        runs=around_the_clock(per_day),
        activities=tuple(activities),
        session=_task_id,
    )


def nightly_job(rng: random.Random, name: str, account: DrawnAccount) -> Workload:
    """A nightly backup with a closing on the first of each month."""
    places = Places(rng, name, account)
    database = {"database": places.database("main")}
    dump, report = _dated("dumps/%Y-%m-%d/", ".sql.gz"), _dated("closing/%Y-%m/", ".csv")
    bucket = places.bucket("backups", samples=5, draw=dump)
    places.sample(bucket, report, 4)
    snapshot = {"snapshot": f"{places.prefix}-*"}
    activities = [
        Activity(operation="rds.CreateDBSnapshot", fixed=database, draw=_snapshot(places.prefix), scope=snapshot),
        Activity(operation="rds.DescribeDBSnapshots", often=3, fixed=database),
        Activity(operation="rds.DeleteDBSnapshot", often=0.9, draw=_old_snapshot(places.prefix), scope=snapshot),
        _on_objects("s3.PutObject", bucket, dump, "dumps/????-??-??/*", often=2),
        Activity(operation="s3.ListObjectsV2", fixed=bucket),
        Activity(operation="secretsmanager.GetSecretValue", fixed=places.secret("db")),
        _on_objects("s3.PutObject", bucket, report, "closing/????-??/*", often=3, on=is_first_of_month),
        Activity(
            operation="dynamodb.Scan",
            often=2,
            fixed=places.table("ledger"),
            on=is_first_of_month,
            scope={"item": "*"},
            draw=_item,
        ),
        Activity(operation="sns.Publish", fixed=places.topic("closing"), on=is_first_of_month),
        Activity(operation="sns.Publish", often=rare_interval(rng, 1), fixed=places.topic("alarms")),
    ]
    return Workload(
        kind="nightly job",
        service="ec2",
        runs=every_night(rng.uniform(0, 5)),
        activities=tuple(activities),
        session=_instance_id(rng),
    )


def monthly_job(rng: random.Random, name: str, account: DrawnAccount) -> Workload:
    """An invoice run, once a month and never else."""
    places = Places(rng, name, account)
    invoice = _dated("invoices/%Y/%m/", ".pdf")
    bucket = places.bucket("invoices", samples=6, draw=invoice)
    activities = [
        *_lambda_logging(places),
        Activity(operation="dynamodb.Scan", often=4, fixed=places.table("orders"), draw=_item, scope={"item": "*"}),
        _on_objects("s3.PutObject", bucket, invoice, "invoices/????/??/*", often=20),
        Activity(operation="sns.Publish", fixed=places.topic("sent")),
    ]
    return Workload(
        kind="monthly job",
        service="lambda",
        runs=on_day_of_month(rng.randint(1, 28)),
        activities=tuple(activities),
        session=lambda _rng, _moment: name,
        functions=(name,),
    )


def ci_deploy(rng: random.Random, name: str, account: DrawnAccount) -> Workload:
    """A pipeline that releases functions and containers, and once in a while mends a broken release."""
    places = Places(rng, name, account)
    functions = [places.function(f"fn{n}") for n in range(rng.randint(2, 5))]
    roles = [places.role(f"fn{n}") for n in range(len(functions))]
    service, repository, stack = places.ecs_service("web"), places.repository("web"), places.stack("app")
    artifact = _artifact
    bucket = places.bucket("artifacts", samples=5, draw=artifact)
    task_role = places.role("task")
    chance, most = rng.uniform(0.4, 0.9), rng.randint(1, 3)
    runs = chance * 5 / 7 * (1 + most) / 2
    activities = [
        Activity(operation="sts.GetCallerIdentity"),
        _on_objects("s3.PutObject", bucket, artifact, "releases/*", often=2),
        *(
            Activity(operation=f"cloudformation.{o}", fixed=stack)
            for o in ("CreateChangeSet", "DescribeChangeSet", "ExecuteChangeSet")
        ),
        Activity(operation="cloudformation.DescribeStacks", often=3, fixed=stack),
        Activity(operation="ecr.GetAuthorizationToken"),
        *(
            Activity(operation=f"ecr.{o}", fixed={**repository, "tag": "release"})
            for o in (
                "BatchCheckLayerAvailability",
                "InitiateLayerUpload",
                "UploadLayerPart",
                "CompleteLayerUpload",
                "PutImage",
            )
        ),
        Activity(operation="ecs.RegisterTaskDefinition", fixed={**service, **task_role}),
        Activity(operation="ecs.UpdateService", fixed=service),
        Activity(operation="ecs.DescribeServices", often=2, fixed=service),
        *(Activity(operation="lambda.UpdateFunctionCode", often=0.6, fixed=f) for f in functions),
        *(Activity(operation="lambda.GetFunction", often=0.8, fixed=f) for f in functions),
        *(
            Activity(operation="lambda.UpdateFunctionConfiguration", often=0.15, fixed={**f, **r})
            for f, r in zip(functions, roles, strict=True)
        ),
        Activity(operation="cloudformation.DescribeStackEvents", often=rare_interval(rng, runs), fixed=stack),
        Activity(operation="cloudformation.ContinueUpdateRollback", often=rare_interval(rng, runs), fixed=stack),
        Activity(operation="iam.ListUsers", often=0.1, is_denied=True),
    ]
    return Workload(
        kind="ci deploy",
        service="oidc",
        runs=office_days(chance, most),
        activities=tuple(activities),
        session=lambda _rng, _moment: "GitHubActions",
    )


def engineer(rng: random.Random, name: str, account: DrawnAccount) -> Workload:
    """A person who looks into a team's things: some every day, some never before."""
    places, per_day = Places(rng, name, account), 2.0
    functions = [places.function(f"svc{n}") for n in range(rng.randint(6, 14))]
    groups = [{"group": f"/aws/lambda/{f['function']}"} for f in functions]
    tables = [places.table(f"t{n}") for n in range(rng.randint(3, 6))]
    bucket = places.bucket("debug", samples=6, draw=_debug_key)
    activities = [
        *(Activity(operation=f"ec2.{o}", often=0.5) for o in ("DescribeInstances", "DescribeSecurityGroups")),
        Activity(operation="cloudwatch.DescribeAlarms", often=0.7),
        Activity(operation="cloudwatch.GetMetricData", often=1),
        Activity(operation="lambda.ListFunctions", often=0.6),
        Activity(operation="logs.DescribeLogGroups", often=0.8),
        Activity(operation="s3.ListBuckets", often=0.3),
        Activity(operation="dynamodb.ListTables", often=0.2),
        Activity(operation="rds.DescribeDBInstances", often=0.1),
        _one_of("lambda.GetFunctionConfiguration", functions, often=1),
        _one_of("logs.DescribeLogStreams", groups, often=1),
        _one_of("logs.StartQuery", groups, often=1),
        _one_of("dynamodb.DescribeTable", tables, often=0.4),
        *(_one_of(f"dynamodb.{o}", tables, often=0.4, varying={"item": "*"}) for o in ("GetItem", "Query")),
        Activity(operation="s3.ListObjectsV2", often=0.5, fixed=bucket),
        _on_objects("s3.GetObject", bucket, _debug_key, "debug/*", often=0.6),
        Activity(operation="ssm.PutParameter", often=rare_interval(rng, per_day), fixed=places.parameter("flags")),
        Activity(operation="iam.ListUsers", often=0.1, is_denied=True),
    ]
    return Workload(
        kind="engineer",
        service="account",
        runs=office_days(0.7, 3),
        activities=tuple(activities),
        session=lambda _rng, _moment: f"{name}@example.com",
    )


KINDS: Mapping[Kind, int] = {
    queue_worker: 28,
    etl: 16,
    tenant_api: 20,
    nightly_job: 12,
    monthly_job: 4,
    ci_deploy: 12,
    engineer: 8,
}
"""How many in a hundred roles are of each kind."""


def _lambda_logging(places: Places) -> tuple[Activity, Activity]:
    group = places.log_group()
    scope = {"stream": "*"}
    return (
        Activity(operation="logs.CreateLogStream", often=0.5, fixed=group, draw=_stream, scope=scope),
        Activity(operation="logs.PutLogEvents", often=2, fixed=group, draw=_stream, scope=scope),
    )


def _on_objects(operation: str, bucket: Arguments, draw: Draw, glob: str, **more: object) -> Activity:
    given = {"operation": operation, "fixed": bucket, "draw": draw, "scope": {"key": glob}, **more}
    return Activity(**given)  # type: ignore[arg-type]


def _one_of(
    operation: str, things: list[Arguments] | list[dict[str, str]], *, often: float, varying: Arguments | None = None
) -> Activity:
    """Mostly the first of some things, seldom the last; all of them are needed."""
    name = {key: _common(*(thing[key] for thing in things)) for key in things[0]}

    def draw(rng: random.Random, _moment: datetime) -> Arguments:
        position = min(int(rng.paretovariate(0.9)) - 1, len(things) - 1)
        return {**things[position], **({"item": "k1"} if varying else {})}

    return Activity(operation=operation, often=often, draw=draw, scope={**name, **(varying or {})})


def _common(*texts: str) -> str:
    first, last = min(texts), max(texts)
    length = next((n for n, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last)))
    return first if first == last else first[:length] + "*"


def _item(rng: random.Random, _moment: datetime) -> Arguments:
    return {"item": f"k{rng.randrange(10**6)}"}


def _dated(form: str, suffix: str) -> Draw:
    def draw(rng: random.Random, moment: datetime) -> Arguments:
        return {"key": f"{moment.strftime(form)}part-{rng.randrange(10**5):05}-{rng.getrandbits(48):012x}{suffix}"}

    return draw


def _parts(form: str) -> list[str]:
    parts, rest = [], form
    while rest:
        size = 2 if rest[0] == "%" else 1
        parts.append(rest[:size])
        rest = rest[size:]
    return parts


def _tenant(count: int, growth: float) -> Callable[[random.Random, datetime], str]:
    """A tenant by its popularity; `growth` of the count is added in a hundred days."""

    def draw(rng: random.Random, moment: datetime) -> str:
        now = count + int(count * growth * (moment.timetuple().tm_yday - 152) / 100)
        return f"t{int(now * rng.random() ** 2):04}"

    return draw


def _upload(tenant: Callable[[random.Random, datetime], str]) -> Draw:
    def draw(rng: random.Random, moment: datetime) -> Arguments:
        text = f"{rng.getrandbits(128):032x}"
        name = "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
        return {"key": f"tenants/{tenant(rng, moment)}/uploads/{name}"}

    return draw


def _tenant_secret(tenant: Callable[[random.Random, datetime], str], prefix: str) -> Draw:
    def draw(rng: random.Random, moment: datetime) -> Arguments:
        name = tenant(rng, moment)
        return {"secret": f"{prefix}/{name}", "suffix": random.Random(name).choice(("AbCdEf", "Xy12Zw", "q9Kd0P"))}

    return draw


def _snapshot(prefix: str) -> Draw:
    return lambda _rng, moment: {"snapshot": f"{prefix}-{moment:%Y-%m-%d}"}


def _old_snapshot(prefix: str) -> Draw:
    def draw(_rng: random.Random, moment: datetime) -> Arguments:
        return {"snapshot": f"{prefix}-{moment - timedelta(days=14):%Y-%m-%d}"}

    return draw


def _artifact(rng: random.Random, _moment: datetime) -> Arguments:
    return {"key": f"releases/{rng.getrandbits(160):040x}.zip"}


def _debug_key(rng: random.Random, moment: datetime) -> Arguments:
    return {"key": f"debug/{moment:%Y-%m-%d}/{rng.choice(('trace', 'heap', 'dump'))}-{rng.randrange(1000)}.txt"}


def _stream(rng: random.Random, moment: datetime) -> Arguments:
    return {"stream": f"{moment:%Y/%m/%d}/[$LATEST]{rng.getrandbits(128):032x}"}


def _task_id(rng: random.Random, _moment: datetime) -> str:
    return f"{rng.getrandbits(128):032x}"


def _instance_id(rng: random.Random) -> Callable[[random.Random, datetime], str]:
    instance = f"i-{rng.getrandbits(68):017x}"
    return lambda _rng, _moment: instance
