"""AppConfig to Timestream: names and ids that the rule by parameter names would put into the wrong place.

Source: the request syntax in each service's API reference at https://docs.aws.amazon.com/
"""

import re
from collections.abc import Sequence

from trailmin.usage.arn_form import escape_arn, is_arn
from trailmin.usage.call import Call
from trailmin.usage.resources.by_path import by_operation, joined, made_under, named
from trailmin.usage.resources.interface import Target, TypeReader

_APP_CONFIG_ID = re.compile(r"(?=.*[0-9])[a-z0-9]{7}")


def by_id_or_name(*placeholders: str, **paths: str) -> TypeReader:
    """AppConfig: parameters that take an id or a name; only what looks like an id is known to be in the ARN."""

    def read(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
        if listed:
            return listed
        texts = {placeholder: call.text(path) for placeholder, path in paths.items()}
        if not any(texts.values()):
            return by_ids(call, target, listed)
        known = {each: escape_arn(text) for each, text in texts.items() if text and _APP_CONFIG_ID.fullmatch(text)}
        return [target.form.fill(call, known)]

    by_ids = named({placeholder: (placeholder.lower(),) for placeholder in placeholders})
    return read


def read_job_definition(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """A job definition: what is registered by name alone; what is run by name, by name and revision, or by ARN."""
    if target.operation == "RegisterJobDefinition":
        return [_definition(name, call, target) for name in call.texts("jobdefinitionname")]
    found = []
    for text in call.texts("jobdefinition"):
        has_revision = text.rpartition("/")[2].count(":") == 1
        if has_revision == (target.type_name == "job-definition-revision"):
            found.append(escape_arn(text) if is_arn(text) else _definition(text, call, target))
        elif not has_revision and not is_arn(text):
            # Without a revision the newest active one is run.
            found.append(_definition(text, call, target))
    return found or listed


APP_CONFIG_READERS: dict[str, TypeReader] = {
    "application": by_id_or_name("ApplicationId", ApplicationId="application"),
    "configuration": by_id_or_name(
        "ApplicationId",
        "EnvironmentId",
        "ConfigurationProfileId",
        ApplicationId="applicationidentifier",
        EnvironmentId="environmentidentifier",
        ConfigurationProfileId="configurationprofileidentifier",
    ),
    "configurationprofile": by_id_or_name(
        "ApplicationId", "ConfigurationProfileId", ApplicationId="application", ConfigurationProfileId="configuration"
    ),
    "environment": by_id_or_name(
        "ApplicationId", "EnvironmentId", ApplicationId="application", EnvironmentId="environment"
    ),
    "extension": made_under("extensionidentifier"),
}


def read_queried_field(call: Call, target: Target, listed: Sequence[str]) -> Sequence[str]:
    """Any field of the API that a GraphQL query went to: the record lists the API alone."""
    apis = [form.match(entry.arn) for form in target.forms.of_type("graphqlapi") for entry in call.listed]
    return listed or [target.form.fill(call, {"GraphQLAPIId": escape_arn(api["GraphQLAPIId"])}) for api in apis if api]


APP_SYNC_READERS: dict[str, TypeReader] = {
    "field": read_queried_field,
    "graphqlapi": joined(
        named({"GraphQLAPIId": ("apiid",)}),
        named({"GraphQLAPIId": ("mergedapiidentifier",)}),
        named({"GraphQLAPIId": ("sourceapiidentifier",)}),
    ),
}

TAGS_AT_CREATION = {
    ("batch:TagResource", "RegisterJobDefinition"): frozenset({"job-definition-revision"}),
    ("batch:TagResource", "SubmitJob"): frozenset({"job"}),
    ("batch:TagResource", "SubmitServiceJob"): frozenset({"service-job"}),
    ("iotfleetwise:TagResource", "BatchCreateVehicle"): frozenset({"vehicle"}),
    ("quicksight:TagResource", "CreateTopicV2"): frozenset({"topic"}),
}

BATCH_READERS: dict[str, TypeReader] = {
    "job": named({"JobId": ("jobid", "jobids", "jobs")}),
    "job-definition": read_job_definition,
    "job-definition-revision": read_job_definition,
    "service-job": named({"JobId": ("jobid", "jobids", "jobs")}),
}

BEANSTALK_READERS: dict[str, TypeReader] = {
    "environment": joined(
        named({"ApplicationName": ("applicationname",), "EnvironmentName": ("environmentname",)}),
        named({"EnvironmentName": ("sourceenvironmentname",)}),
        named({"EnvironmentName": ("destinationenvironmentname",)}),
    ),
    "platform": named({}, whole=("platformarn",)),
}

FSX_READERS: dict[str, TypeReader] = {
    "association": named({"DataRepositoryAssociationId": ("associationid", "associationids")}),
    "volume": named(
        {"VolumeId": ("volumeid", "volumeids", "openzfsconfiguration.volumeid", "ontapconfiguration.volumeid")}
    ),
}

_TARGETS = ("targets", "target")

IOT_READERS: dict[str, TypeReader] = {
    "cert": named({"Certificate": ("certificateid",)}, whole=("certificatearn", "principal", *_TARGETS)),
    "client": named({"ClientId": ("clientid",)}, whole=("targetarn",)),
    "jobtemplate": named({"JobTemplateId": ("jobtemplateid",)}, whole=("jobtemplatearn",)),
    "thing": named({"ThingName": ("thingname",)}, whole=("thingarn", "targetarn", *_TARGETS)),
    "thinggroup": named({"ThingGroupName": ("thinggroupname",)}, whole=("thinggrouparn", *_TARGETS)),
}

EXCLUSIVE = frozenset({"iot:AssociateTargetsWithJob", "iot:CreateJob"})
"""A job's targets are things or groups of things."""

SEARCH_READERS: dict[str, TypeReader] = {
    "collection": named({"CollectionId": ("id", "ids", "collectionid")}, needs=("id", "ids", "collectionid")),
    "collectiongroup": by_operation(
        {"CreateCollection": made_under("collectiongroupname")}, named({"CollectionGroupId": ("id", "ids")})
    ),
}

_DATABASE = ("databasename", "targetdatabasename")

TIMESTREAM_READERS: dict[str, TypeReader] = {
    "scheduled-query": made_under("scheduledqueryarn", "name"),
    "table": named({"DatabaseName": _DATABASE, "TableName": ("tablename", "targettablename")}),
}
"""The ARN of a scheduled query has an ending of the service's own behind its name."""

NEPTUNE_READERS: dict[str, TypeReader] = {"database": named({})}
"""No request names the cluster that it goes to."""


def _definition(text: str, call: Call, target: Target) -> str:
    name, _, revision = text.partition(":")
    values = {"JobDefinitionName": escape_arn(name)}
    return target.form.fill(call, values | ({"Revision": escape_arn(revision)} if revision else {}))
