"""Document x catalogue -> a filled Document in a locale; the only user of Babel and polib."""

from policypress.localise.catalogue import Catalogue, Entry, approval, parse_catalogue
from policypress.localise.cldr import CLDR_VERSION, direction, format_date, language_name
from policypress.localise.glossary import Glossary, parse_glossary
from policypress.localise.printing import Filling, compile_locale, read_document
from policypress.localise.words import Words, load_words

__all__ = [
    "CLDR_VERSION",
    "Catalogue",
    "Entry",
    "Filling",
    "Glossary",
    "Words",
    "approval",
    "compile_locale",
    "direction",
    "format_date",
    "language_name",
    "load_words",
    "parse_catalogue",
    "parse_glossary",
    "read_document",
]
