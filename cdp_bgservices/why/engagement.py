"""Site engagement: how Chromium's periodic syncs depend on it."""

from cdp_bgservices.why.values import Facts, Unknown

LEVELS = ((50, 1, "high"), (1, 2, "low or medium"))
"""From which score on the least interval is multiplied by what: ``kEngagementLevel…Penalty`` of
chrome/browser/background_sync/background_sync_delegate_impl.h, and the levels of
components/site_engagement/content/site_engagement_score.cc."""
MINIMAL = 3
"""Below them."""


def factor(score: float) -> int:
    """How many least intervals lie between two periodic syncs of a site; 0: none comes."""
    return 0 if score <= 0 else next((times for least, times, _ in LEVELS if score >= least), MINIMAL)


def score_words(facts: Facts) -> str:
    """A sentence; empty where the score is not known."""
    engagement = facts.site.engagement
    if isinstance(engagement, Unknown):
        return ""
    times = factor(engagement.score)
    if times == 0:
        return "The site's engagement score is 0 as the profile has saved it."
    level = next((name for least, _, name in LEVELS if engagement.score >= least), "minimal")
    return (
        f"The site's engagement score is {engagement.score:g} ({level}), so Chromium's least interval counts "
        f"{'once' if times == 1 else f'{times} times'}."
    )
