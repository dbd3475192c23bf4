"""The reports of a capture: ``--summary`` with its picture, ``--junit``."""

import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from cdp_bgservices.capture.opening_store import recorded_file
from cdp_bgservices.capture.options import CaptureOptions
from cdp_bgservices.capture.run import Run, not_written
from cdp_bgservices.coverage.report import report_sources
from cdp_bgservices.errors import InvalidInputError
from cdp_bgservices.export.documents import About
from cdp_bgservices.export.junit import junit_xml
from cdp_bgservices.export.summary import summary_markdown
from cdp_bgservices.export.timeline import timeline_svg
from cdp_bgservices.notices import Notice
from cdp_bgservices.rules import Verdict


def check_files(options: CaptureOptions) -> None:
    """Before anything is started. Raises InvalidInputError for a file that could not be written, or not be two."""
    what, file = recorded_file(options)
    taken = {os.path.realpath(file): what}
    files: tuple[tuple[str, Path | None], ...] = (
        ("--output", options.output),
        ("--summary", options.summary),
        ("--junit", options.junit),
        ("the picture of --summary", picture_of(options.summary) if options.summary else None),
    )
    for name, path in files:
        if path is not None:
            check_writable(name, path)
    health = options.health if isinstance(options.health, Path) else None  # Writing it shows whether it can be.
    for name, path in (*files, ("--health", health)):
        if path is None:
            continue
        other = taken.setdefault(os.path.realpath(path), name)
        if other is not name:
            raise InvalidInputError(f"{name} and {other} are the same file: {path}", "Give each a FILE of its own.")


def check_writable(name: str, path: Path) -> None:
    """As far as can be seen without writing."""
    if not path.parent.is_dir():
        raise InvalidInputError(f"{name}: no folder {path.parent}", "Make it first, or give another FILE.")
    if path.is_dir():
        raise InvalidInputError(f"{name}: {path} is a folder", "Give the name of a file in it.")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise InvalidInputError(f"{name}: {path} cannot be written: permission denied", "Give another FILE.")


def is_of_github(summary: Path) -> bool:
    """Whether it is what GitHub Actions shows on the job's page. It is appended to; a picture could not be shown."""
    given = os.environ.get("GITHUB_STEP_SUMMARY")
    return bool(given) and os.path.realpath(summary) == os.path.realpath(str(given))


def picture_of(summary: Path) -> Path | None:
    return None if is_of_github(summary) else summary.with_suffix(".svg")


def write_reports(run: Run, verdicts: Sequence[Verdict], ended_at: datetime, problem: str) -> None:
    """All that were asked for. ``problem`` is an error of the capture itself, or "".

    Raises StoreError if one cannot be written; the others are still written.
    """
    options, events = run.options, run.recorded.events
    thrown = [each for each in run.recorded.thrown if each.event_id is None]
    covered = report_sources(run.recorded.coverage, run.ready_at or run.started_at, ended_at, run.sources)
    about = About(moment=ended_at, contexts=run.recorded.contexts, coverage=covered)
    texts: list[tuple[Path, str, str]] = []
    if options.junit:
        length = ended_at - run.started_at
        text = junit_xml(
            events,
            verdicts,
            problem=problem,
            started_at=run.started_at,
            length=length,
            thrown=thrown,
            contexts=about.contexts,
        )
        texts.append((options.junit, text, "w"))
    if options.summary:
        picture = picture_of(options.summary)
        name = picture.name if picture else ""
        text = summary_markdown(events, verdicts, problem=problem, picture=name, thrown=thrown, about=about)
        # What was appended to before may not end with a line's end.
        texts.append((options.summary, text if picture else f"\n{text}", "w" if picture else "a"))
        if picture:
            texts.append((picture, timeline_svg(events, about), "w"))
    failure: tuple[Path, OSError] | None = None
    for path, text, mode in texts:
        try:
            with open(path, mode, encoding="utf-8", newline="\n") as file:
                file.write(text)
        except OSError as error:
            failure = failure or (path, error)
    if failure:
        raise not_written(*failure) from failure[1]
    if texts:
        run.say(Notice("report", "wrote " + ", ".join(str(path) for path, _, _ in texts)))
