"""Sample logs that tell a story: a small trail of three accounts, their snapshots and policies, and what wrote them."""
