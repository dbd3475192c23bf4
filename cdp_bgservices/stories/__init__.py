"""From events to stories: a lane for each instance, and what happened in it.

``assign`` is the streaming form, in memory that does not grow with the number of events; ``make_lanes`` collects its
steps into whole lanes. Both are pure, and take events oldest first.
"""

from cdp_bgservices.stories.assigning import assign
from cdp_bgservices.stories.collecting import Lane, lane_of, make_lanes
from cdp_bgservices.stories.values import Endings, Head, Mark, Run, Span, State

__all__ = ["Endings", "Head", "Lane", "Mark", "Run", "Span", "State", "assign", "lane_of", "make_lanes"]
