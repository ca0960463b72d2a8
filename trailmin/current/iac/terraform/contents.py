"""All that a module says of who may do what."""

from trailmin.current.iac.terraform.module import Module
from trailmin.current.iac.terraform.permission_sets import add_permission_sets
from trailmin.current.iac.terraform.roles import ModuleContents, role_contents


def module_contents(module: Module) -> ModuleContents:
    """Return what a module says of roles, of permission sets, and of policies on resources."""
    contents = role_contents(module)
    add_permission_sets(contents)
    return contents
