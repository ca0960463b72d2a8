"""The report of a run: one HTML file that needs nothing beside it."""

from trailmin.report.html.model import FileDiff, Report, RoleReport, Section, TrendPoint
from trailmin.report.html.page import render_report

__all__ = ["FileDiff", "Report", "RoleReport", "Section", "TrendPoint", "render_report"]
