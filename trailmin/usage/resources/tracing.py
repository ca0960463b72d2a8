"""X-Ray: sampling rules, whose name stands inside the rule.

Source: https://docs.aws.amazon.com/xray/latest/api/API_CreateSamplingRule.html, API_UpdateSamplingRule.html
"""

from trailmin.usage.resources.by_path import named

READERS = {
    "sampling-rule": named(
        {"SamplingRuleName": ("rulename", "samplingrule.rulename", "samplingruleupdate.rulename")},
        whole=("rulearn", "samplingrule.rulearn", "samplingruleupdate.rulearn"),
    ),
}
