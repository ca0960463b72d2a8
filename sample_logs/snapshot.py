"""The state of an account as the AWS CLI prints it, with four spaces.

Source of the shapes: AWS CLI Command Reference, `iam get-account-authorization-details`,
`cloudtrail get-event-selectors`, `cloudtrail describe-trails`,
`lambda list-functions`, `lambda list-event-source-mappings`.
"""

import json
from collections.abc import Iterator
from pathlib import Path

from sample_logs.accounts import DAYS, REGIONS, WITH_DATA_EVENTS, Json
from sample_logs.calls.lambda_ import function_arn
from sample_logs.chance import Dice
from sample_logs.iam import ManagedPolicy, Role, User
from sample_logs.stories import STORIES, Function, Story
from sample_logs.users import USERS

_DATA_EVENTS = {
    "S3 objects": "AWS::S3::Object",
    "S3 access points": "AWS::S3::AccessPoint",
    "DynamoDB tables": "AWS::DynamoDB::Table",
    "DynamoDB streams": "AWS::DynamoDB::Stream",
    "Lambda functions": "AWS::Lambda::Function",
    "SNS topics": "AWS::SNS::Topic",
    "SNS platform endpoints": "AWS::SNS::PlatformEndpoint",
}


def write_snapshot(account: str, folder: Path) -> None:
    """Write the five files of one account."""
    stories = [story for story in STORIES if story.role.account == account]
    outputs = {
        "authorization-details": authorization_details(account, [story.role for story in stories]),
        "event-selectors": event_selectors(account),
        "trails": {"trailList": [trail(account)]},
        "functions": {"Functions": [_function(story, function) for story, function in _functions(stories)]},
        "event-source-mappings": {
            "EventSourceMappings": [
                _mapping(story.role.account, function) for story, function in _functions(stories) if function.queue_arn
            ]
        },
    }
    folder.mkdir(parents=True, exist_ok=True)
    for name, output in outputs.items():
        text = json.dumps(output, indent=4) + "\n"
        (folder / f"{name}.json").write_text(text, encoding="utf-8", newline="\n")


def authorization_details(account: str, roles: list[Role]) -> Json:
    """Return users, groups, roles and policies of an account."""
    roles = sorted(roles, key=lambda role: role.name)
    return {
        "UserDetailList": [_user(user) for user in USERS if user.account == account],
        "GroupDetailList": [],
        "RoleDetailList": [_role(role) for role in roles],
        "Policies": [_policy(policy, roles) for policy in policies_of(roles)],
    }


def policies_of(roles: list[Role]) -> list[ManagedPolicy]:
    """Return the managed policies in use, boundaries included, sorted by ARN."""
    used = {policy.arn: policy for role in roles for policy in role.managed}
    used |= {role.boundary.arn: role.boundary for role in roles if role.boundary}
    return [used[arn] for arn in sorted(used)]


def event_selectors(account: str) -> Json:
    """Return what the account's trail logs: management events, and in two accounts data events."""
    selectors = [_selector("Management events", "Management", None)]
    if account in WITH_DATA_EVENTS:
        selectors += [_selector(name, "Data", kind) for name, kind in _DATA_EVENTS.items()]
    return {
        "TrailARN": f"arn:aws:cloudtrail:{REGIONS[account]}:{account}:trail/main",
        "AdvancedEventSelectors": selectors,
    }


def trail(account: str) -> Json:
    """Return the account's one trail, which logs all regions."""
    region = REGIONS[account]
    return {
        "Name": "main",
        "S3BucketName": f"acme-cloudtrail-{account}",
        "IncludeGlobalServiceEvents": True,
        "IsMultiRegionTrail": True,
        "HomeRegion": region,
        "TrailARN": f"arn:aws:cloudtrail:{region}:{account}:trail/main",
        "LogFileValidationEnabled": True,
        "HasCustomEventSelectors": True,
        "HasInsightSelectors": False,
        "IsOrganizationTrail": False,
    }


def _selector(name: str, category: str, resource_type: str | None) -> Json:
    fields = [{"Field": "eventCategory", "Equals": [category]}]
    if resource_type:
        fields.append({"Field": "resources.type", "Equals": [resource_type]})
    return {"Name": name, "FieldSelectors": fields}


def _user(user: User) -> Json:
    return {
        "Path": "/",
        "UserName": user.name,
        "UserId": user.unique_id,
        "Arn": user.arn,
        "CreateDate": user.created,
        "GroupList": [],
        "AttachedManagedPolicies": [],
        "Tags": [],
    }


def _role(role: Role) -> Json:
    detail: Json = _role_head(role) | {
        "AssumeRolePolicyDocument": role.trust,
        "InstanceProfileList": _instance_profiles(role),
        "RolePolicyList": [{"PolicyName": name, "PolicyDocument": text} for name, text in role.inline.items()],
        "AttachedManagedPolicies": [{"PolicyName": policy.name, "PolicyArn": policy.arn} for policy in role.managed],
    }
    if role.boundary:
        detail["PermissionsBoundary"] = {
            "PermissionsBoundaryType": "PermissionsBoundaryPolicy",
            "PermissionsBoundaryArn": role.boundary.arn,
        }
    last_used = {"LastUsedDate": f"{DAYS[-1]}T18:22:00+00:00", "Region": role.region} if role.region else {}
    return detail | {"Tags": [], "RoleLastUsed": last_used}


def _role_head(role: Role) -> Json:
    return {
        "Path": role.path,
        "RoleName": role.name,
        "RoleId": role.unique_id,
        "Arn": role.arn,
        "CreateDate": role.created,
    }


def _instance_profiles(role: Role) -> list[Json]:
    if not role.instance_profile:
        return []
    head = {
        "Path": "/",
        "InstanceProfileName": role.name,
        "InstanceProfileId": Dice("profile", role.account, role.name).unique_id("AIPA"),
        "Arn": f"arn:aws:iam::{role.account}:instance-profile/{role.name}",
        "CreateDate": role.created,
    }
    return [head | {"Roles": [_role_head(role) | {"AssumeRolePolicyDocument": role.trust}]}]


def _policy(policy: ManagedPolicy, roles: list[Role]) -> Json:
    default = policy.versions[0]
    return {
        "PolicyName": policy.name,
        "PolicyId": Dice("policy", policy.arn).unique_id("ANPA"),
        "Arn": policy.arn,
        "Path": policy.path,
        "DefaultVersionId": default.number,
        "AttachmentCount": sum(policy in role.managed for role in roles),
        "PermissionsBoundaryUsageCount": sum(role.boundary == policy for role in roles),
        "IsAttachable": True,
        "CreateDate": policy.created,
        "UpdateDate": default.created,
        "PolicyVersionList": [
            {
                "Document": version.document,
                "VersionId": version.number,
                "IsDefaultVersion": version is default,
                "CreateDate": version.created,
            }
            for version in policy.versions
        ],
    }


def _functions(stories: list[Story]) -> Iterator[tuple[Story, Function]]:
    pairs = [(story, function) for story in stories for function in story.functions]
    yield from sorted(pairs, key=lambda pair: pair[1].name)


def _function(story: Story, function: Function) -> Json:
    role, dice = story.role, Dice("function", function.name)
    return {
        "FunctionName": function.name,
        "FunctionArn": function_arn(REGIONS[role.account], role.account, function.name),
        "Runtime": "python3.13",
        "Role": role.arn,
        "Handler": "app.handler",
        "CodeSize": dice.integer(90000, 900000),
        "Description": "",
        "Timeout": 30,
        "MemorySize": 512,
        "LastModified": f"{function.created}.000+0000",
        "CodeSha256": dice.base64(44),
        "Version": "$LATEST",
        "TracingConfig": {"Mode": "PassThrough"},
        "RevisionId": dice.uuid(),
        "PackageType": "Zip",
        "Architectures": ["x86_64"],
        "EphemeralStorage": {"Size": 512},
        "SnapStart": {"ApplyOn": "None", "OptimizationStatus": "Off"},
        "LoggingConfig": {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{function.name}"},
    }


def _mapping(account: str, function: Function) -> Json:
    region, uuid = REGIONS[account], Dice("mapping", function.name).uuid()
    return {
        "UUID": uuid,
        "BatchSize": 10,
        "MaximumBatchingWindowInSeconds": 5,
        "EventSourceArn": function.queue_arn,
        "FunctionArn": function_arn(region, account, function.name),
        "LastModified": f"{function.created}+00:00",
        "State": "Enabled",
        "StateTransitionReason": "USER_INITIATED",
        "FunctionResponseTypes": [],
        "EventSourceMappingArn": f"arn:aws:lambda:{region}:{account}:event-source-mapping:{uuid}",
    }
