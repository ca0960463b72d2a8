"""The IAM users: few, and none with a policy of interest."""

from sample_logs.accounts import MEDIA
from sample_logs.iam import User

PLATFORM_ADMIN = User(account=MEDIA, name="platform-admin", created="2024-11-05T08:30:00+00:00")
METABASE = User(account=MEDIA, name="metabase", created="2024-12-12T10:15:00+00:00")

USERS = (METABASE, PLATFORM_ADMIN)
