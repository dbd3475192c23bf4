"""What a command makes of the reply to it."""

import pytest
from cdp import browser as browser_domain

from cdp_bgservices.errors import BrowserLostError, CommandError
from cdp_bgservices.protocol.commands import Command, command, get_browser_contexts
from cdp_bgservices.protocol.messages import Json, parse_message, result_of


def answered(command: Command, reply: bytes) -> Json:
    next(command)
    return result_of(parse_message(reply), "A.b", command)


def test_the_result_is_what_the_command_makes_of_it() -> None:
    assert answered(get_browser_contexts(), b'{"id":1,"result":{"browserContextIds":["A"],"more":1}}') == {
        "browserContextIds": ["A"],
        "more": 1,
    }


def test_an_error_of_the_browser_keeps_its_code_and_its_words() -> None:
    with pytest.raises(CommandError, match=r"A\.b.*Invalid.*why") as caught:
        answered(command("A.b"), b'{"id":1,"error":{"code":-32602,"message":"Invalid","data":"why"}}')
    assert caught.value.code == -32602


def test_data_of_an_error_that_is_not_text_is_left_out() -> None:
    with pytest.raises(CommandError) as caught:
        answered(command("A.b"), b'{"id":1,"error":{"code":1,"message":"Invalid","data":{"x":1}}}')
    assert "x" not in str(caught.value)


def test_a_command_to_a_session_that_has_ended_finds_its_target_gone() -> None:
    with pytest.raises(BrowserLostError):
        answered(command("A.b"), b'{"id":1,"error":{"code":-32001,"message":"Session with given id not found."}}')


@pytest.mark.parametrize("result", [b"{}", b"[]", b'{"product":[]}', b'"text"'])
def test_a_result_that_the_command_cannot_use_is_an_error(result: bytes) -> None:
    version = browser_domain.get_version()
    next(version)
    with pytest.raises(CommandError, match="not understood"):
        result_of(parse_message(b'{"id":1,"result":' + result + b"}"), "Browser.getVersion", version)
