"""Editions -> Page(path, html, meta), one file a kind of page; pure, knows no site generator."""

from policypress.pages.making import make_pages
from policypress.pages.page import Heading, Link, Page

__all__ = ["Heading", "Link", "Page", "make_pages"]
