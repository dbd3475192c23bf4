"""Runs that are open: how each event changes one, and what is said of it."""

from collections.abc import Mapping

from cdp_bgservices.events import Event, Service
from cdp_bgservices.failures import Kind
from cdp_bgservices.stories.announced import is_final
from cdp_bgservices.stories.values import STATES, Run, State
from cdp_bgservices.vocabulary.event_names import BEGIN, END, HANDLER, RETRY, START, WAITING, Transition

UNKNOWN_END = "its end was not recorded"
DOING: Mapping[str, str] = {
    Service.BACKGROUND_FETCH: "fetching",
    Service.PAYMENT_HANDLER: "paying",
}
"""What is said of a run that is in progress; ``dispatched`` of others."""
WAITS: Mapping[str, str] = {
    Service.BACKGROUND_FETCH: "waiting to start",
    Service.PUSH_MESSAGING: "waiting for the worker",
}


class OpenRun:
    """Of any service but notifications."""

    def __init__(self, event: Event, at: int, *, counts: bool) -> None:
        self.id, self.service, self.begin, self.counts = event.id, event.service, at, counts
        self.end: int | None = None
        self.state = State.IN_PROGRESS
        self.why = ""
        self.attempts = 0
        self.has_failed = False
        """Whether an attempt has failed."""
        self.next: int | None = None

    def follow(self, event: Event, role: str, transition: Transition, at: int, kind: Kind, next_: int | None) -> None:
        """What an event of it means, but for the dispatch by a trigger."""
        if role == END or (kind is Kind.FAILED and role == BEGIN):
            self.finish(at, STATES[kind])
        elif role == RETRY:
            self.has_failed = True
            self.state, self.next = State.WAITING, next_
            if is_final(event):
                self.finish(at, State.FAILED, "no retry")
        elif not self.counts and kind is not Kind.GOING_ON:
            self.finish(at, STATES[kind], "unregistered" if event.event_name.startswith("Unregistered") else "")
        elif not self.counts and not transition.opens:
            self.finish(at, State.ENDED)
        elif transition.opens and self.end is None:
            if transition.resets and transition.opens == WAITING:
                self.attempts, self.has_failed = 0, False
            waits = transition.opens == WAITING
            self.state, self.next = State.WAITING if waits else State.IN_PROGRESS, next_ if waits else None
            self.attempts += transition.opens == HANDLER

    def finish(self, at: int, state: State, why: str = "") -> None:
        self.end, self.state, self.why, self.next = at, state, why, None

    def lose(self, begin: int, resumes: object) -> None:
        """A handler that began then ended at an unknown time. What has failed before is not dispatched too early but by
        a trigger, so this attempt was Chromium's."""
        if self.end is not None:
            return
        self.attempts -= not self.has_failed
        if resumes is None:
            self.finish(begin, State.ENDED, UNKNOWN_END)
        else:
            self.state, self.next = State.WAITING, None

    def give_up(self, at: int, why: str) -> None:
        """It is over without a last event."""
        if self.end is None:
            self.finish(at, State.FAILED if self.has_failed else State.ENDED, why)

    def said(self) -> str:
        tries = f"{self.attempts} attempt{'' if self.attempts == 1 else 's'}"
        if self.state is State.SUCCEEDED:
            words = f"succeeded after {tries}" if self.attempts > 1 else "succeeded"
        elif self.state is State.FAILED:
            is_sync = self.service == Service.BACKGROUND_SYNC and self.attempts
            words = f"failed after {tries}" if is_sync else "failed"
        elif self.state is State.ENDED:
            return self.why
        elif self.state is State.WAITING and self.has_failed:
            words = f"waiting for retry after {tries}" if self.attempts else "waiting for retry"
        elif self.state is State.WAITING:
            words = WAITS.get(self.service, "waiting to be dispatched")
        else:
            words = DOING.get(self.service, "dispatched") + (f", attempt {self.attempts}" if self.attempts > 1 else "")
        return f"{words}, {self.why}" if self.why else words

    def values(self) -> Run:
        return Run(
            self.id, self.service, self.begin, self.end, self.state, self.said(), self.attempts, self.next, self.counts
        )


def starts_run(run: OpenRun | None, role: str) -> bool:
    return run is None or role == BEGIN or (role in (START, RETRY, END) and (run.end is not None or not run.counts))
