"""Makes small realistic bundles and audiences for tests; the words are paired files in cases/words."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path
from typing import Any

from policypress.bundle import Bundle

WORDS = Path(__file__).parent / "cases" / "words"
NAMES = {"en": "English", "kk": "Қазақ тілі", "ru": "Русский", "ar": "العربية"}
TITLES = {
    "en": "Privacy Policy",
    "kk": "Құпиялылық саясаты",
    "ru": "Политика конфиденциальности",
    "ar": "سياسة الخصوصية",
}
EFFECTIVE = {
    "en": "15 January 2027",
    "kk": "2027 жылғы 15 қаңтар",
    "ru": "15 января 2027 г.",
    "ar": "15 يناير 2027",
}
PUBLISHED = {
    "en": "1 December 2026",
    "kk": "2026 жылғы 1 желтоқсан",
    "ru": "1 декабря 2026 г.",
    "ar": "1 ديسمبر 2026",
}
#: heading, added text, summary of the new purpose; then heading, old, new of the retention period.
TEXTS = {
    "en": (
        "1.1 Data we collect",
        "Heart rate data from a wearable device, so that we can show you health trends.",
        "If you switch on health trends, we process heart rate data from your wearable device.",
        "6. How long we keep data",
        "We keep support correspondence for as long as it is needed.",
        "We keep support correspondence for 24 months.",
    ),
    "kk": (
        "1.1 Біз жинайтын деректер",
        "Денсаулық көрсеткіштерінің өзгерісін көрсету үшін киілетін құрылғыдан алынған жүрек соғысының жиілігі.",
        "Денсаулық көрсеткіштерін қоссаңыз, киілетін құрылғыдан алынған жүрек соғысының жиілігін өңдейміз.",
        "6. Деректерді қанша уақыт сақтаймыз",
        "Қолдау қызметімен хат алмасуды қажет болғанша сақтаймыз.",
        "Қолдау қызметімен хат алмасуды 24 ай сақтаймыз.",
    ),
    "ru": (
        "1.1 Какие данные мы собираем",
        "Данные о частоте сердечных сокращений с носимого устройства, чтобы показывать вам тенденции здоровья.",
        "Если вы включите тенденции здоровья, мы будем обрабатывать данные о пульсе с носимого устройства.",
        "6. Сколько мы храним данные",
        "Переписку со службой поддержки мы храним столько, сколько необходимо.",
        "Переписку со службой поддержки мы храним 24 месяца.",
    ),
    "ar": (
        "1.1 البيانات التي نجمعها",
        "بيانات معدل ضربات القلب من جهاز قابل للارتداء لعرض الاتجاهات الصحية.",
        "إذا فعّلت الاتجاهات الصحية فسنعالج بيانات معدل ضربات القلب.",
        "6. مدة الاحتفاظ بالبيانات",
        "نحتفظ بمراسلات الدعم ما دامت ضرورية.",
        "نحتفظ بمراسلات الدعم لمدة 24 شهرًا.",
    ),
}


#: Changes of a release that asks two questions.
SEVERAL = [
    {"id": "c1", "section": "data", "kind": "added", "class": "material", "consent": True},
    {"id": "c2", "section": "keep", "kind": "reworded", "class": "material", "consent": True},
    {"id": "c3", "section": "keep", "kind": "reworded", "class": "editorial"},
]


def words(tag: str) -> dict[str, str]:
    """Return the fixed words of a locale, as notice.po gives them to the bundle."""
    loaded: dict[str, str] = json.loads((WORDS / f"{tag}.json").read_text(encoding="utf-8"))
    return loaded


def make_bundle(tags: tuple[str, ...] = ("en", "kk", "ru"), **fields: Any) -> Bundle:
    """Return a material release published 2026-12-01, effective 2027-01-15, 30 days of lead time, 45 in DE."""
    values: dict[str, Any] = {
        "document": "privacy-policy",
        "release": "2026-12-01",
        "company": "Xiaomi",
        "site_url": "https://policy.example.org/",
        "published": date(2026, 12, 1),
        "effective": date(2027, 1, 15),
        "timezone": "Asia/Almaty",
        "class": "material",
        "demonstration": True,
        "source_locale": "en",
        "prevailing_locale": "en",
        "countries": {"KZ": "kk", "RU": "ru", "KG": "ru", "UZ": "ru"},
        "lead_time": {"reason": "policy section 9", "days": {"material": 30}, "countries": {"DE": {"material": 45}}},
        "changes": [
            {"id": "c1", "section": "data", "kind": "added", "class": "material", "consent": True},
            {"id": "c2", "section": "keep", "kind": "reworded", "class": "material"},
            {"id": "c3", "section": "keep", "kind": "reworded", "class": "editorial"},
        ],
        "locales": {tag: local(tag) for tag in tags},
    }
    return Bundle.model_validate(values | fields)


def local(tag: str) -> dict[str, Any]:
    """Return the text of a locale."""
    w = words(tag)
    heading, added, summary, second, old, new = TEXTS[tag]
    base = f"https://policy.example.org/{tag}"

    def marked(kind: str, text: str) -> str:
        label, end = w["sr-added" if kind == "ins" else "sr-removed"], w["sr-change-end"]
        return (
            f'<{kind}><span class="pp-sr">{label}\u00a0</span>{text}<span class="pp-sr">\u00a0({end})</span></{kind}>'
        )

    return {
        "tag": tag,
        "name": NAMES[tag],
        "dir": "rtl" if tag == "ar" else "ltr",
        "title": TITLES[tag],
        "published": PUBLISHED[tag],
        "effective": EFFECTIVE[tag],
        "digest": "sha256:" + "0" * 64,
        "urls": {
            "policy": f"{base}/",
            "release": f"{base}/upcoming/",
            "changes": f"{base}/changes/2026-12-01/",
            "comparison": f"{base}/changes/2026-12-01/full/",
            "archive": f"{base}/archive/",
            "feed": f"{base}/feed.xml",
        },
        "summaries": [
            {"section": "data", "heading": heading, "text": summary, "starts": True},
            {"section": "keep", "heading": second, "text": new, "starts": False},
        ],
        "changes": [
            {"id": "c1", "heading": heading, "new": added, "html": f"<p>{marked('ins', added)}</p>", "text": "{+" + added + "+}"},
            {
                "id": "c2", "heading": second, "old": old, "new": new,
                "html": f"<p>{marked('del', old)} {marked('ins', new)}</p>", "text": "[-" + old + "-]{+" + new + "+}",
            },
            {"id": "c3", "heading": second, "old": "a", "new": "b", "html": "<p>editorial</p>", "text": "editorial"},
        ],
        "words": w,
    }  # fmt: skip


HEADER = "account_id,email,locale,country,timezone,fcm_token,webpush,guardian_email,joined_at"


def write_audience(path: Path, *rows: str) -> Path:
    """Write a CSV of account holders and return its path."""
    path.write_text("\n".join([HEADER, *rows]) + "\n", encoding="utf-8")
    return path


def many_rows(count: int) -> list[str]:
    """Return rows of that many holders with an address each, in three languages."""
    return [f"a{n},holder{n}@example.org,{('en', 'kk', 'ru')[n % 3]},KZ,,,,," for n in range(count)]
