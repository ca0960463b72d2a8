"""The stories, one module a role."""

from sample_logs.stories import (
    analytics_reader,
    auto_scaling,
    ci_deploy,
    image_processor,
    ledger_sync,
    legacy_admin_portal,
    old_batch,
    order_notifier,
    orders_task,
    partner_sync,
    payments_worker,
    power_user,
    report_exporter,
    thumbnail_and_metadata,
    web_instance,
)
from sample_logs.stories.story import Function, Story

STORIES: tuple[Story, ...] = (
    image_processor.STORY,
    order_notifier.STORY,
    report_exporter.STORY,
    ledger_sync.STORY,
    thumbnail_and_metadata.STORY,
    web_instance.STORY,
    ci_deploy.STORY,
    orders_task.STORY,
    legacy_admin_portal.STORY,
    old_batch.STORY,
    power_user.STORY,
    auto_scaling.STORY,
    payments_worker.STORY,
    analytics_reader.STORY,
    partner_sync.STORY,
)

__all__ = ["STORIES", "Function", "Story"]
