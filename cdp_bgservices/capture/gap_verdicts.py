"""Whether everything was recorded that the rules are about: silence in a gap proves nothing."""

from datetime import datetime

from cdp_bgservices.capture.run import Run
from cdp_bgservices.coverage.report import gaps, report_sources
from cdp_bgservices.errors import StoreError
from cdp_bgservices.export.coverage import gap_lines
from cdp_bgservices.rules import Outcome, Verdict
from cdp_bgservices.store import open_engine

WHOLE = "everything was recorded that the rules are about"


def gap_verdicts(run: Run, ended_at: datetime) -> list[Verdict]:
    """One if a service that a rule names was not recorded for a while, or if that cannot be read; a failure if
    ``--strict``.
    """
    options = run.options
    services = tuple(dict.fromkeys(service for rule in options.rules for service in rule.services()))
    if not services or run.ready_at is None:
        return []
    try:
        with open_engine(options.store, create=False) as database:
            reports = report_sources(database.coverage(), run.ready_at, ended_at, run.sources, services)
    except StoreError as error:  # The verdicts and the reports do not depend on it.
        message = str(error)
    else:
        lines = gap_lines(gaps((series for found in reports.values() for series in found), from_the_start=False))
        if not lines:
            return []
        more = f", and {len(lines) - 1} more" if len(lines) > 1 else ""
        message = f"{lines[0]}{more} (see `cdp-bgservices coverage`)"
    outcome = Outcome.FAILED if options.strict else Outcome.UNDECIDED
    return [Verdict(rule=WHOLE, outcome=outcome, message=message)]
