"""The report: one HTML file that says who is better, whether, where and why, and needs nothing beside it."""

from __future__ import annotations

from crossner.report.page.model import page_model
from crossner.report.page.systems import main_systems
from crossner.report.page.write import write_model, write_page

__all__ = ["main_systems", "page_model", "write_model", "write_page"]
