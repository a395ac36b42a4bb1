"""A composed push in the shapes of FCM HTTP v1 and of RFC 8030; knows no provider's answers and no connection."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from notifier.channels.protocol import Addressee, Content

#: Seconds a push service keeps a message for a device that is off: FCM's longest, four weeks. 0 would drop it.
TTL = 28 * 24 * 3600


def fcm(content: Content, addressee: Addressee) -> dict[str, Any]:
    """Return the body of an FCM HTTP v1 request; the notice id makes a repeated one replace the first."""
    return {
        "message": {
            "token": addressee.address,
            "notification": {"title": content.subject, "body": content.text},
            "data": {"notice": addressee.notice, "url": content.url, "lang": content.locale},
            "android": {
                "collapse_key": addressee.notice,
                "ttl": f"{TTL}s",
                "notification": {"tag": addressee.notice},
            },
            "apns": {"headers": {"apns-collapse-id": addressee.notice}},
        }
    }


def webpush(content: Content, addressee: Addressee) -> dict[str, Any]:
    """Return endpoint, headers and clear payload of a web push, as RFC 8030 has them before encryption."""
    return {
        "endpoint": json.loads(addressee.address)["endpoint"],
        "headers": {"TTL": str(TTL), "Topic": addressee.notice, "Urgency": "normal"},
        "payload": payload(content, addressee),
    }


def payload(content: Content, addressee: Addressee) -> dict[str, str]:
    """Return what the site's service worker (policypress/theme/push.js) is told."""
    return {
        "title": content.subject,
        "body": content.text,
        "url": content.url,
        "lang": content.locale,
        "dir": content.direction,
        "tag": addressee.notice,
    }
