"""Count the segments that a body is split into (GSM 03.38; Twilio's glossary, SMS character limit)."""

from __future__ import annotations

import math

# GSM 03.38: the basic alphabet, and the characters of the extension table, which take two places.
_GSM = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_EXTENSION = set("^{}\\[~]|€\f")


def segments(body: str) -> int:
    """Count the segments that a body is split into: 160 or 153 places in GSM-7, 70 or 67 in UCS-2."""
    if all(char in _GSM or char in _GSM_EXTENSION for char in body):
        places, single, each = sum(1 + (char in _GSM_EXTENSION) for char in body), 160, 153
    else:
        places, single, each = len(body.encode("utf-16-le")) // 2, 70, 67
    return 1 if places <= single else math.ceil(places / each)
