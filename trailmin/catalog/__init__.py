"""What IAM and CloudTrail know: services, actions, ARN formats, operations, what is logged at all."""
