"""Names as files and netlists can have them."""

import re
import unicodedata


def slug(name: str, joint: str = "-") -> str:
    """Small letters and digits of ASCII, whatever else stands between them as one `joint`; "" if nothing is left.

    Accents are left out: `Träger 1` becomes `trager-1`.
    """
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", joint, plain.lower()).strip(joint)
