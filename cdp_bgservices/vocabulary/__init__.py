"""The words: each background service and each event name stands here once, and everything else reads them.

The page gets them as JSON, see ``export/page_words.py``.
"""

from cdp_bgservices.vocabulary.services import DOCS as DOCS
from cdp_bgservices.vocabulary.services import SERVICES as SERVICES
from cdp_bgservices.vocabulary.services import Service as Service
from cdp_bgservices.vocabulary.services import ServiceWords as ServiceWords
from cdp_bgservices.vocabulary.services import title_of as title_of
