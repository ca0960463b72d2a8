"""CloudFormation templates, SAM's among them, and those that the CDK writes."""
