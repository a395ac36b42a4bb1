"""An existing policy (text, HTML, Markdown, docx) -> a policy repository; judges nothing and mends no word of it."""

from policypress.importer.repository import Imported, Plan, bring, found_empty

__all__ = ["Imported", "Plan", "bring", "found_empty"]
