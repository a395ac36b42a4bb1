"""The typed fact sheet: every kind of difference has its category, direction and consent."""

from __future__ import annotations

import copy

import pytest

from policypress.errors import ProblemsError
from policypress.materiality import taxonomy
from policypress.practices import Practices, diff, parse_practices

SHEET = """
[controller]
name = "Example Ltd"
section = "about"

[[controller.regional]]
region = "EEA"
name = "Example B.V."
section = "about"

[[practices]]
id = "account"
section = "use"
data = ["Name", "EmailAddress"]
purposes = ["AccountManagement"]
legal_basis = ["Contract"]
recipients = ["host"]
retention = "logs"

[[practices]]
id = "news"
section = "use"
data = ["EmailAddress"]
purposes = ["Marketing"]
legal_basis = ["Consent"]

[[recipients]]
id = "host"
section = "sharing"
kind = "processor"
label = "a host"

[[recipients]]
id = "partner"
section = "sharing"
kind = "third-party"
label = "a partner"

[[transfers]]
country = "SG"
section = "transfers"
safeguard = "StandardContractualClauses"

[[retention]]
id = "logs"
section = "retention"
period = "P30D"

[[rights]]
id = "access"
section = "rights"
how = "https://example.org/account"

[minors]
section = "minors"
age = 16

[contact]
section = "contact"
url = "https://example.org/support"
emails = ["privacy@example.org"]
"""
BASE = parse_practices(SHEET).model_dump()


def _edited(edit):
    data = copy.deepcopy(BASE)
    for room in ("practices", "recipients", "transfers", "retention", "rights"):
        data[room] = list(data[room])
    data["controller"]["regional"] = list(data["controller"]["regional"])
    edit(data)
    return Practices.model_validate(data)


def _set(*path, value):
    def edit(data):
        for step in path[:-1]:
            data = data[step]
        data[path[-1]] = value

    return edit


def _add(room, **item):
    return lambda data: data[room].append(item)


def _drop(room, place):
    return lambda data: data[room].pop(place)


NEW_PRACTICE = {"id": "ads", "section": "use", "legal_basis": ["Consent"]}

CASES = {
    "controller renamed": (
        _set("controller", "name", value="Other Ltd"),
        [("controller", "controller", "neutral", False, "about")],
    ),
    "regional controller added": (
        lambda d: d["controller"]["regional"].append({"region": "IN", "name": "Example India", "section": "about"}),
        [("controller.regional.IN", "controller", "expands", False, "about")],
    ),
    "regional controller removed": (
        lambda d: d["controller"]["regional"].clear(),
        [("controller.regional.EEA", "controller", "restricts", False, "about")],
    ),
    "data added": (
        _set("practices", 0, "data", value=("Name", "EmailAddress", "Picture")),
        [("practices.account.data", "new_data", "expands", True, "use")],
    ),
    "data removed": (
        _set("practices", 0, "data", value=("Name",)),
        [("practices.account.data", "new_data", "restricts", False, "use")],
    ),
    "purpose added": (
        _set("practices", 1, "purposes", value=("Marketing", "Advertising")),
        [("practices.news.purposes", "new_purpose", "expands", True, "use")],
    ),
    "purpose removed": (
        _set("practices", 1, "purposes", value=()),
        [("practices.news.purposes", "new_purpose", "restricts", False, "use")],
    ),
    "legal basis changed": (
        _set("practices", 1, "legal_basis", value=("LegitimateInterest",)),
        [
            ("practices.news.legal_basis", "legal_basis", "expands", False, "use"),
            ("practices.news.legal_basis", "legal_basis", "restricts", False, "use"),
        ],
    ),
    "processor gained by a practice": (
        _set("practices", 1, "recipients", value=("host",)),
        [("practices.news.recipients", "recipients", "expands", False, "use")],
    ),
    "third party gained by a practice": (
        _set("practices", 1, "recipients", value=("partner",)),
        [("practices.news.recipients", "recipients", "expands", True, "use")],
    ),
    "recipient lost by a practice": (
        _set("practices", 0, "recipients", value=()),
        [("practices.account.recipients", "recipients", "restricts", False, "use")],
    ),
    "another retention rule for a practice": (
        _set("practices", 0, "retention", value=None),
        [("practices.account.retention", "retention", "restricts", False, "use")],
    ),
    "new practice with known data": (
        _add("practices", **NEW_PRACTICE, data=["EmailAddress"], purposes=["Advertising"]),
        [("practices.ads.purposes", "new_purpose", "expands", True, "use")],
    ),
    "new practice with new data": (
        _add("practices", **NEW_PRACTICE, data=["Location"], purposes=["Advertising"]),
        [
            ("practices.ads.data", "new_data", "expands", True, "use"),
            ("practices.ads.purposes", "new_purpose", "expands", True, "use"),
        ],
    ),
    "practice ended": (
        _drop("practices", 1),
        [
            ("practices.news.data", "new_data", "restricts", False, "use"),
            ("practices.news.purposes", "new_purpose", "restricts", False, "use"),
            ("practices.news.legal_basis", "legal_basis", "restricts", False, "use"),
        ],
    ),
    "processor added": (
        _add("recipients", id="mailer", section="sharing", kind="processor", label="a mailer"),
        [("recipients.mailer", "recipients", "expands", False, "sharing")],
    ),
    "third party added": (
        _add("recipients", id="broker", section="sharing", kind="third-party", label="a broker"),
        [("recipients.broker", "recipients", "expands", True, "sharing")],
    ),
    "group company added": (
        _add("recipients", id="sister", section="sharing", kind="group", label="a sister"),
        [("recipients.sister", "recipients", "expands", True, "sharing")],
    ),
    "recipient removed": (
        _drop("recipients", 1),
        [("recipients.partner", "recipients", "restricts", False, "sharing")],
    ),
    "transfer added": (
        _add("transfers", country="IN", section="transfers", safeguard="law"),
        [("transfers.IN", "transfer", "expands", False, "transfers")],
    ),
    "transfer ended": (_drop("transfers", 0), [("transfers.SG", "transfer", "restricts", False, "transfers")]),
    "safeguard changed": (
        _set("transfers", 0, "safeguard", value="adequacy"),
        [("transfers.SG", "transfer", "neutral", False, "transfers")],
    ),
    "period changed": (
        _set("retention", 0, "period", value="P1Y"),
        [("retention.logs", "retention", "neutral", False, "retention")],
    ),
    "period added": (
        _add("retention", id="bills", section="retention", period="P5Y"),
        [("retention.bills", "retention", "expands", False, "retention")],
    ),
    "right used otherwise": (
        _set("rights", 0, "how", value="https://example.org/form"),
        [("rights.access", "rights", "neutral", False, "rights")],
    ),
    "right added": (
        _add("rights", id="erasure", section="rights", how="by mail"),
        [("rights.erasure", "rights", "expands", False, "rights")],
    ),
    "right gone": (_drop("rights", 0), [("rights.access", "rights", "restricts", False, "rights")]),
    "contact changed": (
        _set("contact", "emails", value=()),
        [("contact", "contact", "neutral", False, "contact")],
    ),
    "contact gone": (_set("contact", value=None), [("contact", "contact", "restricts", False, "contact")]),
    "age lowered": (_set("minors", "age", value=13), [("minors", "minors", "expands", True, "minors")]),
    "age raised": (_set("minors", "age", value=18), [("minors", "minors", "neutral", False, "minors")]),
    "minors targeted": (_set("minors", "targeted", value=True), [("minors", "minors", "expands", True, "minors")]),
    "minors no longer mentioned": (_set("minors", value=None), [("minors", "minors", "restricts", False, "minors")]),
}


@pytest.mark.parametrize("name", CASES)
def test_each_difference_is_typed(name):
    """Path, category, direction, consent and section of every kind of difference."""
    edit, expected = CASES[name]
    found = diff(parse_practices(SHEET), _edited(edit))
    assert expected == [(one.path, one.category, one.direction, one.consent, one.section) for one in found]


@pytest.mark.parametrize("name", CASES)
def test_every_category_is_of_the_taxonomy(name):
    """A difference never names a category that has no source of law."""
    assert {one.category for one in diff(parse_practices(SHEET), _edited(CASES[name][0]))} <= set(taxonomy())


@pytest.mark.parametrize("name", CASES)
def test_the_way_back_is_a_difference_too(name):
    """What is a difference one way is one the other way."""
    old, new = parse_practices(SHEET), _edited(CASES[name][0])
    assert diff(old, new)
    assert diff(new, old)


@pytest.mark.parametrize("room", ["recipients", "transfers", "retention", "rights"])
def test_what_expands_one_way_restricts_the_other(room):
    """An entry that came is `expands`, the same entry gone is `restricts`; only the first may ask for consent."""
    full, less = parse_practices(SHEET), _edited(lambda data: data[room].pop())
    assert ["expands"] == [one.direction for one in diff(less, full)]
    assert [("restricts", False)] == [(one.direction, one.consent) for one in diff(full, less)]


def test_identical_sheets_have_no_difference():
    """Nothing is reported where nothing changed, whatever the order of the entries."""
    assert () == diff(parse_practices(SHEET), parse_practices(SHEET))
    reordered = _edited(lambda data: (data["practices"].reverse(), data["recipients"].reverse()))
    assert () == diff(parse_practices(SHEET), reordered)


def test_another_section_or_label_is_no_difference():
    """Where a fact is described and what a recipient is called in the sheet is no substance."""
    edited = _edited(lambda data: data["practices"][0].update(section="other"))
    assert () == diff(parse_practices(SHEET), edited)


def test_minors_newly_mentioned_ask_for_consent():
    """A sheet that begins to say something of minors asks for parental consent (16 CFR 312.5)."""
    without = _edited(_set("minors", value=None))
    assert [("minors", "expands", True)] == [
        (one.category, one.direction, one.consent) for one in diff(without, parse_practices(SHEET))
    ]


def test_before_and_after_are_in_words():
    """A difference says what was and what is, for reports."""
    edited = _edited(_set("retention", 0, "period", value="P1Y"))
    assert [("P30D", "P1Y")] == [(one.old, one.new) for one in diff(parse_practices(SHEET), edited)]
    edited = _edited(_drop("recipients", 1))
    assert [("a partner", "")] == [(one.old, one.new) for one in diff(parse_practices(SHEET), edited)]


def test_sections_named():
    """Every anchor that the sheet names, with what names it first."""
    assert {
        "about": "controller",
        "use": "practices account",
        "sharing": "recipients host",
        "transfers": "transfers SG",
        "retention": "retention logs",
        "rights": "rights access",
        "minors": "minors",
        "contact": "contact",
    } == parse_practices(SHEET).sections()


# What is refused


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('name = "Example Ltd"', 'name = "Example Ltd', "not valid TOML"),
        ('kind = "third-party"', 'kind = "friend"', "recipients.1.kind"),
        ('country = "SG"', 'country = "Singapore"', "transfers.0.country"),
        ('period = "P30D"', 'period = "30 days"', "retention.0.period"),
        ("age = 16", "aged = 16", "minors.aged"),
        ('id = "logs"', 'id = "The Logs"', "retention.0.id"),
        ('region = "EEA"', "region = 1", "controller.regional.0.region"),
        ('purposes = ["Marketing"]', "purposes = 3", "practices.1.purposes"),
    ],
)
def test_a_broken_sheet_names_file_and_line(old, new, words):
    """A slip in the sheet is reported with the file, the line it stands in and the key."""
    broken = SHEET.replace(old, new, 1)
    with pytest.raises(ProblemsError) as caught:
        parse_practices(broken, "sheet.toml")
    problem = caught.value.problems[0]
    assert ("sheet.toml", broken[: broken.index(new)].count("\n") + 1) == (problem.file, problem.line)
    assert words in problem.message


def test_a_missing_key_names_the_table_it_is_missing_in():
    """What is not there is reported where it should stand."""
    with pytest.raises(ProblemsError) as caught:
        parse_practices(SHEET.replace('label = "a partner"\n', ""), "sheet.toml")
    problem = caught.value.problems[0]
    assert "recipients.1.label" in problem.message
    assert "[[recipients]]" == SHEET.splitlines()[problem.line - 1]
    assert SHEET.splitlines()[problem.line] == 'id = "partner"'


def test_all_slips_are_reported_at_once():
    """Validation gathers every problem and fails once."""
    broken = SHEET.replace('country = "SG"', 'country = "sg"').replace("P30D", "soon").replace("age = 16", 'age = "x"')
    with pytest.raises(ProblemsError) as caught:
        parse_practices(broken)
    assert 3 == len(caught.value.problems)
