"""Property tests here have no time limit for one example: a busy machine would make them fail at random."""

from hypothesis import settings

settings.register_profile("no-deadline", deadline=None)
settings.load_profile("no-deadline")
