"""From the resources that an action was seen on to the few patterns that a policy names."""

from trailmin.synth.patterns.containers import MANY_IDS, id_family, parent
from trailmin.synth.patterns.describe import AlsoMatches
from trailmin.synth.patterns.learn import LearnedPattern, Level, learn
from trailmin.synth.patterns.summary import Summary

__all__ = ["MANY_IDS", "AlsoMatches", "LearnedPattern", "Level", "Summary", "id_family", "learn", "parent"]
