"""The ARNs that CloudTrail's data-event resource types stand for, where one action shows in events of several types.

Source: CloudTrail user guide, "Logging data events", column "resources.type value" with the ARN formats beside it.
"""

_ARNS = {
    "AWS::DynamoDB::Stream": "arn:*:dynamodb:*:*:table/*/stream/*",
    "AWS::DynamoDB::Table": "arn:*:dynamodb:*:*:table/*",
    "AWS::S3::AccessPoint": "arn:*:s3:*:*:accesspoint/*",
    "AWS::S3::Object": "arn:*:s3:::*",
    "AWS::S3Express::Object": "arn:*:s3express:*:*:bucket/*",
    "AWS::S3ObjectLambda::AccessPoint": "arn:*:s3-object-lambda:*:*:accesspoint/*",
    "AWS::S3Outposts::Object": "arn:*:s3-outposts:*:*:outpost/*",
    "AWS::SNS::PlatformEndpoint": "arn:*:sns:*:*:endpoint/*",
    "AWS::SNS::Topic": "arn:*:sns:*:*:*",
}


def data_type_arns(resource_type: str) -> str:
    """Return a Resource pattern of all ARNs that events of a type can be about; `*` where that is not known."""
    return _ARNS.get(resource_type, "*")
