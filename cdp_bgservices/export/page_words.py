"""The words that the page shares with everything else, as JSON in it."""

from typing import Any

import msgspec

from cdp_bgservices.export import DOCUMENTS, SAVED
from cdp_bgservices.export.page import safe_json
from cdp_bgservices.identity import FIELDS, FIELDS_OF
