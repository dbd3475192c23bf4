"""What a worker threw, as its own session reports it."""

import pytest

from cdp_bgservices.protocol.messages import decode_params, parse_message
from cdp_bgservices.protocol.registrations import ExceptionThrown, error_of


@pytest.mark.parametrize(
    ("exception", "message"),
    [
        (
            b'{"type":"object","description":"Error: it broke\\n    at f (worker.js:3:9)"}',
            "Uncaught Error: it broke",
        ),
        (b'{"type":"string","value":"a text"}', "Uncaught a text"),
        (b'{"type":"number","value":0}', "Uncaught 0"),
        (b'{"type":"undefined"}', "Uncaught undefined"),
        (b'{"type":"object","subtype":"null","value":null}', "Uncaught null"),
    ],
)
def test_it_reads_as_the_browser_itself_reports_it(exception: bytes, message: str) -> None:
    data = (
        b'{"method":"Runtime.exceptionThrown","params":{"timestamp":1.5,"exceptionDetails":{"exceptionId":1,'
        b'"text":"Uncaught","lineNumber":2,"columnNumber":8,"url":"http://localhost/worker.js","exception":'
        + exception
        + b"}}}"
    )
    error = error_of(decode_params(parse_message(data).params, ExceptionThrown).exception_details, "7")
    assert (error.error_message, error.registration_id) == (message, "7")
    assert (error.source_url, error.line_number) == ("http://localhost/worker.js", 3)
