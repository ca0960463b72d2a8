"""The IAM policy language, pure: documents, globs, matching, evaluation, inclusion, edits."""
