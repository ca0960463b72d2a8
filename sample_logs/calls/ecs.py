"""Amazon ECS and Amazon ECR as a deployment and a starting task call them."""

from sample_logs.chance import Dice
from sample_logs.iam import Role
from sample_logs.record import Call


def register_task_definition(region: str, account: str, family: str, revision: int, role: Role) -> Call:
    """Return a new revision, which passes one role to ECS as task role and as execution role."""
    image = f"{account}.dkr.ecr.{region}.amazonaws.com/{family}:{revision}"
    definition = {
        "family": family,
        "taskRoleArn": role.arn,
        "executionRoleArn": role.arn,
        "networkMode": "awsvpc",
        "requiresCompatibilities": ["FARGATE"],
        "cpu": "256",
        "memory": "512",
        "containerDefinitions": [{"name": family, "image": image, "cpu": 0, "essential": True}],
    }
    arn = f"arn:aws:ecs:{region}:{account}:task-definition/{family}:{revision}"
    response = {"taskDefinition": {"taskDefinitionArn": arn, "revision": revision, "status": "ACTIVE"} | definition}
    return Call(
        source="ecs",
        name="RegisterTaskDefinition",
        region=region,
        read_only=False,
        parameters=definition,
        response=response,
    )


def pull_image(region: str, account: str, repository: str, dice: Dice) -> list[Call]:
    """Return the two calls by which a task gets its image."""
    arn = f"arn:aws:ecr:{region}:{account}:repository/{repository}"
    host = f"api.ecr.{region}.amazonaws.com"
    images = [{"imageDigest": "sha256:" + dice.hex(64)}]
    image = {"registryId": account, "repositoryName": repository, "imageIds": images}
    return [
        Call(source="ecr", name="GetAuthorizationToken", region=region, read_only=True, host=host),
        Call(
            source="ecr",
            name="BatchGetImage",
            region=region,
            read_only=True,
            parameters=image,
            host=host,
            resources=({"accountId": account, "ARN": arn},),
        ),
    ]
