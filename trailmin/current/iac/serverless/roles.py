"""The roles that the Serverless Framework makes: one for the service, and with its plugin one for a function.

Source: lib/plugins/aws/package/lib/merge-iam-templates.js and lib/plugins/aws/lib/naming.js of serverless 3, and
src/lib/index.ts of serverless-iam-roles-per-function 3, for names, order and the statements that they add.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from trailmin.current.iac.cloudformation.roles import attachments_of
from trailmin.current.iac.cloudformation.template import Template
from trailmin.current.iac.dialect import UnreadableError
from trailmin.current.iac.places import AttachmentPlace, Cut, PolicyPlace, RolePlace
from trailmin.current.iac.serverless.statements import read_service_statements
from trailmin.current.iac.serverless.variables import ServerlessDialect
from trailmin.current.iac.spelling import SpelledItem, Spelling, joined, text_of
from trailmin.current.iac.statements import Element, StatementPlace
from trailmin.current.iac.tree import SourceMember, SourceNode
from trailmin.current.model import EventSourceMapping, LambdaFunction, PolicyKind
from trailmin.current.source import GeneratedName
from trailmin.policy import VERSION_2012

PLUGIN = "serverless-iam-roles-per-function"
_BY_FRAMEWORK = "the framework adds it by itself"
_INHERITED = "it is inherited from the provider's statements"
_STAYS = Cut(refusal="the framework makes the policy, with statements of its own")
_EVENT_ACTIONS = {
    "sqs": ("sqs:ReceiveMessage", "sqs:DeleteMessage", "sqs:GetQueueAttributes"),
    "dynamodb": (
        "dynamodb:GetRecords",
        "dynamodb:GetShardIterator",
        "dynamodb:DescribeStream",
        "dynamodb:ListStreams",
    ),
    "kinesis": ("kinesis:GetRecords", "kinesis:GetShardIterator", "kinesis:DescribeStream", "kinesis:ListStreams"),
}
_CREATE_LOGS = ("logs:CreateLogStream", "logs:CreateLogGroup", "logs:TagResource")


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """One `serverless.yml`."""

    root: SourceNode
    template: Template
    dialect: ServerlessDialect

    def text(self, *path: str) -> str:
        """What a value stands for, unknown parts as `*`; `*` where there is none."""
        return self.template.pattern(self.root.walk(*path)) or "*"

    @property
    def prefix(self) -> str:
        """Of names: service and stage."""
        name = self.template.pattern(self.root.walk("service", "name")) or self.text("service")
        stage = self.dialect.values.get("opt:stage") or self.text("provider", "stage")
        return f"{name}-{stage}"

    @property
    def region(self) -> str:
        """Where it is deployed."""
        return self.dialect.values.get("AWS::Region") or self.text("provider", "region")

    def functions(self) -> tuple[SourceMember, ...]:
        """The functions by name; those in other files are not known."""
        node = self.root.get("functions")
        return tuple(m for m in (node.members if node is not None else None) or () if m.value.members is not None)


def made_ids(root: SourceNode) -> Iterator[str]:
    """Yield the logical ids of what the framework makes of the functions of a `serverless.yml`."""
    functions = root.get("functions")
    for function in (functions.members if functions is not None else None) or ():
        yield f"{_normalized(function)}LambdaFunction"


def _normalized(function: SourceMember) -> str:
    """A function's name as it is in logical ids (`getNormalizedFunctionName`)."""
    name = function.name.replace("-", "Dash").replace("_", "Underscore")
    return f"{name[:1].upper()}{name[1:]}"


def service_roles(service: Service) -> Iterator[RolePlace]:
    """Yield the role of the service, and those of functions with statements of their own."""
    shared = _provider_statements(service)
    own = [(function, found) for function in service.functions() if (found := _own_statements(function)) is not None]
    has_role = service.root.walk("provider", "iam", "role")
    is_elsewhere = has_role is not None and has_role.members is None
    legacy = service.root.walk("provider", "role")
    if not is_elsewhere and legacy is None and (shared is not None or len(own) < len(service.functions())):
        yield _service_role(service, shared, [f for f in service.functions() if f not in [o for o, _ in own]])
    for function, found in own:
        yield _function_role(service, function, found, shared)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Statements:
    """A list of statements in the file."""

    address: str
    chain: tuple[tuple[SourceNode, SourceMember], ...]

    @property
    def node(self) -> SourceNode:
        return self.chain[-1][1].value


def _found(root: SourceNode, address: str, start: str = "") -> _Statements | None:
    node, chain = root, []
    for name in address.split("/"):
        member = node.member(name)
        if member is None:
            return None
        chain.append((node, member))
        node = member.value
    return _Statements(address=f"{start}{address}", chain=tuple(chain))


def _provider_statements(service: Service) -> _Statements | None:
    new = _found(service.root, "provider/iam/role/statements")
    return new or _found(service.root, "provider/iamRoleStatements")


def _own_statements(function: SourceMember) -> _Statements | None:
    start = f"functions/{function.name}/"
    new = _found(function.value, "iam/role/statements", start)
    return new or _found(function.value, "iamRoleStatements", start)


def _service_role(service: Service, shared: _Statements | None, functions: Sequence[SourceMember]) -> RolePlace:
    named = service.root.walk("provider", "iam", "role", "name")
    name = service.template.pattern(named) or f"{service.prefix}-{service.region}-lambdaRole"
    group = f"log-group:/aws/lambda/{service.prefix}*"
    statements = [
        _added(_CREATE_LOGS, [_log_arn(service, f"{group}:*")]),
        _added(("logs:PutLogEvents",), [_log_arn(service, f"{group}:*:*")]),
    ]
    role = _role(service, name, "IamRoleLambdaExecution", statements, shared, "provider/iam/role/statements")
    if heirs := [f.name for f in service.functions() if _own_statements(f) is not None and _inherits(service, f)]:
        reason = f"functions inherit its statements: {', '.join(heirs)}"
        role = replace(role, policies=tuple(replace(policy, refusal=reason) for policy in role.policies))
    notes: list[str] = []
    attachments: list[AttachmentPlace] = []
    for parent, key in (("provider/iam/role", "managedPolicies"), ("provider", "iamManagedPolicies")):
        node = service.root.walk(*parent.split("/"))
        if node is not None:
            attachments += attachments_of(service.template, node, key, parent, notes)
    events = [statement for function in functions for statement in _event_statements(service, function)]
    policies = tuple(replace(p, statements=(*p.statements, *events)) for p in role.policies)
    return replace(role, policies=policies, attachments=tuple(attachments), notes=(*role.notes, *notes))


def _function_role(service: Service, function: SourceMember, own: _Statements, shared: _Statements | None) -> RolePlace:
    named = function.value.get("iamRoleStatementsName")
    name = service.template.pattern(named) or f"{service.prefix}-{function.name}-{service.region}-lambdaRole"
    group = f"log-group:/aws/lambda/{_function_name(service, function)}"
    statements = [
        _added(("logs:CreateLogStream", "logs:CreateLogGroup", "logs:PutLogEvents"),
               [_log_arn(service, f"{group}:*:*")]),
        *_event_statements(service, function),
    ]  # fmt: skip
    notes: list[str] = []
    if _inherits(service, function) and shared is not None:
        try:
            inherited = read_service_statements(shared.node, service.dialect)
            statements += (replace(statement, node=None, fixed=_INHERITED) for statement in inherited)
        except UnreadableError as error:
            notes.append(f"{shared.address} cannot be read: {error.message}")
    logical_id = f"{_normalized(function)}IamRoleLambdaExecution"
    role = _role(service, name, logical_id, statements, own, own.address)
    return replace(role, notes=(*role.notes, *notes))


def _inherits(service: Service, function: SourceMember) -> bool:
    own = function.value.get("iamRoleStatementsInherit")
    said = own if own is not None else service.root.walk("custom", PLUGIN, "defaultInherit")
    return said is not None and (said.value or "").lower() == "true"


def _role(
    service: Service, name: str, logical_id: str, added: Sequence[StatementPlace], own: _Statements | None, address: str
) -> RolePlace:
    notes: list[str] = []
    places: tuple[StatementPlace, ...] = ()
    if own is not None:
        try:
            places = read_service_statements(own.node, service.dialect)
        except UnreadableError as error:
            notes.append(f"{own.address} cannot be read: {error.message}")
    is_known = "*" not in name
    policy = PolicyPlace(
        address=own.address if own is not None else address,
        kind=PolicyKind.INLINE,
        name=f"{service.prefix}-lambda",
        version=VERSION_2012,
        statements=(*added, *places),
        element=own.node if own is not None else None,
        cut=_STAYS,
        # Without the key, a function would have the provider's statements.
        own_cut=Cut(chain=() if own.address.startswith("functions/") else own.chain[-3:]) if own is not None else None,
    )
    return RolePlace(
        address=f"roles/{logical_id}",
        logical_id=logical_id,
        name=name if is_known else None,
        generated_name=None if is_known else GeneratedName(logical_id=logical_id, pattern=name),
        account=service.template.account,
        arn=service.template.role_arn(name if is_known else None, "/"),
        policies=(policy,),
        notes=tuple(notes),
    )


def _log_arn(service: Service, resource: str) -> Spelling:
    return (service.dialect.deployment.fill("arn:{p}:logs:{r}:{a}:{n}", resource.replace("**", "*")),)


def _added(actions: Sequence[str], resources: Sequence[Spelling]) -> StatementPlace:
    items = tuple(SpelledItem(node=None, spellings=(spelling,)) for spelling in resources)
    texts = [text_of(spelling) for spelling in resources]
    return StatementPlace(
        node=None,
        fixed=_BY_FRAMEWORK,
        elements={"Resource": Element(node=None, items=items)},
        json={"Effect": "Allow", "Action": list(actions), "Resource": texts},
    )


def _event_statements(service: Service, function: SourceMember) -> Iterator[StatementPlace]:
    resources: dict[str, list[Spelling]] = {}
    for kind, source in _event_sources(service, function):
        if kind in _EVENT_ACTIONS:
            resources.setdefault(kind, []).append(source)
    for kind, found in resources.items():
        yield _added(_EVENT_ACTIONS[kind], found)


def _event_sources(service: Service, function: SourceMember) -> Iterator[tuple[str, Spelling]]:
    """Kind and ARN of each queue and stream that a function reads; an unknown kind is none of `_EVENT_ACTIONS`."""
    events = function.value.get("events")
    for event in (events.items if events is not None else None) or ():
        for name in ("sqs", "stream"):
            value = event.get(name)
            node = value.get("arn") or value if value is not None and value.members is not None else value
            if node is None:
                continue
            try:
                spelling = joined(part for text in service.dialect.spellings(node) for part in text)
            except UnreadableError:
                spelling = ("*",)
            text = text_of(spelling)
            given = value.get("type") if value is not None else None
            of_arn = text.split(":")[2] if text.startswith("arn:") else ""
            yield (name if name == "sqs" else (given.value if given is not None else None) or of_arn), spelling


def _function_name(service: Service, function: SourceMember) -> str:
    return service.template.pattern(function.value.get("name")) or f"{service.prefix}-{function.name}"


def service_functions(service: Service, roles: Sequence[RolePlace]) -> Iterator[LambdaFunction]:
    """Yield the functions whose name and role are known."""
    by_id = {role.logical_id: role for role in roles}
    for function in service.functions():
        own = by_id.get(f"{_normalized(function)}IamRoleLambdaExecution")
        role = own or by_id.get("IamRoleLambdaExecution")
        name = _function_name(service, function)
        if role is not None and role.arn is not None and "*" not in name and "role" not in _names(function):
            arn = service.dialect.deployment.fill("arn:{p}:lambda:{r}:{a}:function:{n}", name)
            if "*" not in arn:
                yield LambdaFunction(name=name, arn=arn, role_arn=role.arn, log_group=f"/aws/lambda/{name}")


def service_mappings(service: Service) -> Iterator[EventSourceMapping]:
    """Yield the event source mappings of functions that are known; what is not known of a source is `*`."""
    for function in service.functions():
        arn = service.dialect.deployment.fill("arn:{p}:lambda:{r}:{a}:function:{n}", _function_name(service, function))
        for text in (text_of(source) for _, source in _event_sources(service, function)) if "*" not in arn else ():
            yield EventSourceMapping(function_arn=arn, source_arn=text if text.startswith("arn:") else "*")


def _names(function: SourceMember) -> set[str]:
    return {member.name for member in function.value.members or ()}


def plugin_notes(service: Service) -> Iterator[str]:
    """Yield a warning where functions have statements that only the plugin reads, and the file does not name it."""
    plugins = service.root.get("plugins")
    named = [] if plugins is None else plugins.items or (plugins.get("modules") or plugins).items or ()
    if any(item.value == PLUGIN for item in named):
        return
    keys = {"iamRoleStatements", "iamRoleStatementsInherit", "iamRoleStatementsName"}
    for function in service.functions():
        if used := sorted(keys & _names(function)):
            yield (
                f"function {function.name} has {', '.join(used)}, which only the plugin {PLUGIN} reads, and plugins "
                "does not name it: the framework may ignore them"
            )
