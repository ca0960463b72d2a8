"""The things that a workload works on, each put into its account's inventory."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from bench.quality.workload.model import Arguments, DrawnAccount

START = datetime(2026, 6, 1, tzinfo=UTC)
"""The first day of every world, a Monday."""

Draw = Callable[[random.Random, datetime], Arguments]


class Places:
    """Names things after one workload."""

    def __init__(self, rng: random.Random, name: str, account: DrawnAccount) -> None:
        self._rng = rng
        self._account = account
        self.prefix = name

    def bucket(self, name: str, *, samples: int, draw: Draw) -> Arguments:
        """Return a bucket with objects: some that the workload means, some that it does not."""
        bucket = {"bucket": f"acme-{self.prefix}-{name}"}
        self._add("arn:aws:s3:::{bucket}", bucket)
        self.sample(bucket, draw, samples)
        for key in ("private/keys.json", "logs/2026/06/01/access.log", "README.txt"):
            self._add("arn:aws:s3:::{bucket}/{key}", {**bucket, "key": key})
        return bucket

    def sample(self, bucket: Arguments, draw: Draw, count: int) -> None:
        """Put objects into the inventory, of days all over the world's time."""
        for number in range(count):
            moment = START + timedelta(days=120 * number / count)
            self._add("arn:aws:s3:::{bucket}/{key}", {**bucket, **draw(self._rng, moment)})

    def sample_secrets(self, draw: Draw) -> None:
        """Put secrets into the inventory that come with time."""
        for day in range(0, 120, 8):
            secret = draw(self._rng, START + timedelta(days=day))
            self._add("arn:aws:secretsmanager:{region}:{account}:secret:{secret}-{suffix}", secret)

    def table(self, name: str) -> Arguments:
        """Return a table with an index."""
        table = {"table": f"{self.prefix}-{name}", "index": "by-date"}
        arn = "arn:aws:dynamodb:{region}:{account}:table/{table}"
        self._add(arn, table)
        self._add(arn + "/index/{index}", table)
        return table

    def queue(self, name: str) -> Arguments:
        """Return a queue."""
        queue = {"queue": f"{self.prefix}-{name}"}
        self._add("arn:aws:sqs:{region}:{account}:{queue}", queue)
        return queue

    def arn_of_queue(self, name: str) -> str:
        """Return a queue's ARN."""
        return f"arn:aws:sqs:{self._account.region}:{self._account.number}:{self.prefix}-{name}"

    def topic(self, name: str) -> Arguments:
        """Return a topic."""
        topic = {"topic": f"{self.prefix}-{name}"}
        self._add("arn:aws:sns:{region}:{account}:{topic}", topic)
        return topic

    def secret(self, name: str) -> Arguments:
        """Return a secret."""
        secret = {"secret": f"{self.prefix}/{name}", "suffix": f"A{self._rng.randrange(10**5):05}"}
        self._add("arn:aws:secretsmanager:{region}:{account}:secret:{secret}-{suffix}", secret)
        return secret

    def parameter(self, name: str) -> Arguments:
        """Return a parameter of Systems Manager."""
        parameter = {"parameter": f"{self.prefix}/{name}"}
        self._add("arn:aws:ssm:{region}:{account}:parameter/{parameter}", parameter)
        return parameter

    def key(self) -> Arguments:
        """Return a KMS key."""
        text = f"{self._rng.getrandbits(128):032x}"
        key = {"kms": "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))}
        self._add("arn:aws:kms:{region}:{account}:key/{kms}", key)
        return key

    def log_group(self) -> Arguments:
        """Return the log group of a function of the workload's name."""
        group = {"group": f"/aws/lambda/{self.prefix}"}
        self._add("arn:aws:logs:{region}:{account}:log-group:{group}:*", group)
        stream = "2026/07/01/[$LATEST]0123456789abcdef0123456789abcdef"
        self._add("arn:aws:logs:{region}:{account}:log-group:{group}:log-stream:" + stream, group)
        return group

    def function(self, name: str) -> dict[str, str]:
        """Return a function with its log group."""
        function = {"function": f"{self.prefix}-{name}"}
        self._add("arn:aws:lambda:{region}:{account}:function:{function}", function)
        self._add("arn:aws:logs:{region}:{account}:log-group:/aws/lambda/{function}:*", function)
        return function

    def role(self, name: str) -> Arguments:
        """Return a role that can be passed on."""
        role = {"passed": f"{self.prefix}-{name}"}
        self._add("arn:aws:iam::{account}:role/{passed}", role)
        return role

    def ecs_service(self, name: str) -> Arguments:
        """Return a service of a cluster, with its task definitions."""
        service = {"cluster": self.prefix, "service": f"{self.prefix}-{name}"}
        self._add("arn:aws:ecs:{region}:{account}:service/{cluster}/{service}", service)
        self._add("arn:aws:ecs:{region}:{account}:task-definition/{service}:7", service)
        return service

    def repository(self, name: str) -> Arguments:
        """Return a repository of images."""
        repository = {"repository": f"{self.prefix}/{name}"}
        self._add("arn:aws:ecr:{region}:{account}:repository/{repository}", repository)
        return repository

    def stack(self, name: str) -> Arguments:
        """Return a stack."""
        text = f"{self._rng.getrandbits(128):032x}"
        identity = "-".join((text[:8], text[8:12], text[12:16], text[16:20], text[20:]))
        stack = {"stack": f"{self.prefix}-{name}", "stack_id": identity}
        self._add("arn:aws:cloudformation:{region}:{account}:stack/{stack}/{stack_id}", stack)
        return stack

    def database(self, name: str) -> str:
        """Return a database's name; snapshots of two days are in the inventory with it."""
        arguments = {"database": f"{self.prefix}-{name}", "prefix": self.prefix}
        self._add("arn:aws:rds:{region}:{account}:db:{database}", arguments)
        for day in ("2026-07-04", "2026-09-04"):
            self._add("arn:aws:rds:{region}:{account}:snapshot:{prefix}-" + day, arguments)
        return arguments["database"]

    def _add(self, form: str, arguments: Arguments) -> None:
        self._account.inventory.add(form.format_map(self._account.arguments(arguments)))


def add_neighbours(account: DrawnAccount, rng: random.Random) -> None:
    """Put things into an account that no role of the world needs."""
    others = Places(rng, "unrelated", account)
    for number in range(3):
        others.bucket(f"b{number}", samples=2, draw=lambda _rng, moment: {"key": f"data/{moment:%Y/%m/%d}/x.bin"})
        others.table(f"t{number}")
        for make in (others.queue, others.topic, others.secret, others.parameter, others.function, others.role):
            make(f"n{number}")
        others.repository(f"r{number}")
        others.stack(f"s{number}")
        others.ecs_service(f"e{number}")
        others.database(f"d{number}")
    others.key()
