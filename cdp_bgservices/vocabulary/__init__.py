"""The words: each service, event name and trigger stands here once, and everything else reads them.

The page gets them as JSON, see ``export/page_values.py``.
"""
