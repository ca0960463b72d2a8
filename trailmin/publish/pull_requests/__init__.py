"""Pull requests: the patches of a run as commits on branches, and on GitHub what asks for their merge."""

from trailmin.publish.pull_requests.branches import BranchState
from trailmin.publish.pull_requests.commit import Author
from trailmin.publish.pull_requests.grouping import Per
from trailmin.publish.pull_requests.hosts import GithubSettings
from trailmin.publish.pull_requests.make import Outcome, Request, make_pull_requests

__all__ = ["Author", "BranchState", "GithubSettings", "Outcome", "Per", "Request", "make_pull_requests"]
