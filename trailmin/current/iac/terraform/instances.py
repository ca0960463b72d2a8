"""The instances of a resource: one, or as many as `count` or `for_each` make, as far as that is known."""

from collections.abc import Iterator
from dataclasses import dataclass

from trailmin.current.iac.dialect import UnreadableError
from trailmin.current.iac.terraform.evaluation import Scope
from trailmin.current.iac.terraform.hcl_tree import Block, Conditional, Expression
from trailmin.current.iac.terraform.module import Module, ModuleFile
from trailmin.current.iac.terraform.values import Fields, Many, Scalar, Text, Unknown, Value, known_value


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One instance of a resource."""

    key: str
    """Its address with the index: `aws_iam_role.worker["a"]`."""
    address: str
    block: Block
    scope: Scope
    loop: str = ""
    """Why what it holds cannot be edited for this instance alone."""
    is_conditional: bool = False
    """Whether a condition that is not known decides if it is there."""

    def text(self, name: str) -> str | None:
        """What an argument stands for, where all of it is known; as the state has it, else as it is written."""
        if (known := self.scope.module.values.get(f"{self.key}.{name}")) is not None:
            return known
        node = self.block.get(name)
        return known_value(self.scope.value(node)) if node is not None else None


def resource_instances(module: Module, address: str, block: Block, file: ModuleFile) -> Iterator[Instance]:
    """Yield the instances of a resource.

    Raises:
        UnreadableError: How many there are is not known.
    """
    scope = Scope(module=module, file=file)
    count, over = block.get("count"), block.get("for_each")
    if over is not None:
        value = scope.value(over)
        if isinstance(value, Unknown) and (known := module.instances(address)):
            for index in known:
                yield _looped(address, index, block, scope.with_extra({"each.key": _word(index)}))
            return
        for number, (name, inner) in enumerate(instances_of(value)):
            text = known_value(name)
            index = f'["{text}"]' if text is not None else f"[?{number}]"
            yield _looped(address, index, block, scope.with_extra({"each.key": name, "each.value": inner}))
    elif count is None:
        yield Instance(key=address, address=address, block=block, scope=scope)
    else:
        yield from _counted(address, block, scope, count)


def instances_of(value: Value) -> Iterator[tuple[Value, Value]]:
    """Yield key and value of each instance that a for_each makes.

    Raises:
        UnreadableError: They are not known.
    """
    match value:
        case Many(items=items):
            yield from ((item, item) for item in items)
        case Fields(members=members):
            yield from ((Text(spelling=(name,)), member) for name, member in members.items())
        case _:
            raise UnreadableError("what a loop goes over is not known")


def _looped(address: str, index: str, block: Block, scope: Scope) -> Instance:
    return Instance(
        key=address + index, address=address, block=block, scope=scope, loop=f"{address} is made in a loop (for_each)"
    )


def _word(index: str) -> Value:
    key = index[1:-1]
    return Scalar(value=int(key)) if key.isdigit() else Text(spelling=(key.strip('"'),))


def _counted(address: str, block: Block, scope: Scope, count: Expression) -> Iterator[Instance]:
    value = scope.value(count)
    number = value.value if isinstance(value, Scalar) and isinstance(value.value, int) else None
    is_switch = isinstance(value, Unknown) and isinstance(count, Conditional)
    if is_switch:
        # On or off: there is one, or there is nothing to change.
        number = 1
    if number is None:
        number = len(scope.module.instances(address))
        if not number:
            raise UnreadableError("how many there are is not known")
    loop = f"{address} is made {number} times (count)" if number > 1 else ""
    for at in range(number):
        extra = scope.with_extra({"count.index": Scalar(value=at)})
        yield Instance(
            key=f"{address}[{at}]",
            address=address,
            block=block,
            scope=extra,
            loop=loop,
            is_conditional=is_switch and not scope.module.instances(address),
        )
