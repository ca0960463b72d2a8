"""The configuration of the scheduled job, `trailmin.toml`."""

from trailmin.config.model import AwsConfig, Config, GuardedRequest, PullRequestConfig
from trailmin.config.read import DEFAULT_NAME, known_keys, line_of, read_config

__all__ = [
    "DEFAULT_NAME",
    "AwsConfig",
    "Config",
    "GuardedRequest",
    "PullRequestConfig",
    "known_keys",
    "line_of",
    "read_config",
]
