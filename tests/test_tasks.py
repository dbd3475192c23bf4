"""Background tasks whose errors come out bare."""

import pytest
import trio

from cdp_bgservices.tasks import open_tasks


async def fail(error: BaseException) -> None:
    raise error


async def run(*errors: Exception, body: Exception | None = None) -> None:
    """Tasks that fail, beside a body that does, or waits forever."""
    with trio.fail_after(30):
        async with open_tasks() as tasks:
            tasks.start_soon(trio.sleep_forever)
            for error in errors:
                tasks.start_soon(fail, error)
            if body is not None:
                raise body
            await trio.sleep_forever()


async def test_tasks_are_cancelled_when_the_body_ends() -> None:
    with trio.fail_after(30):
        async with open_tasks() as tasks:
            tasks.start_soon(trio.sleep_forever)


@pytest.mark.parametrize("error", [KeyError("mine"), ExceptionGroup("mine", [KeyError("one")])])
async def test_the_error_of_the_body_comes_out_as_it_was_raised(error: Exception) -> None:
    with pytest.raises(type(error)) as caught:
        await run(body=error)
    assert caught.value is error


async def test_the_error_of_a_task_ends_the_body_and_comes_out_bare() -> None:
    error = KeyError("theirs")
    with pytest.raises(KeyError) as caught:
        await run(error)
    assert caught.value is error


async def test_several_errors_come_out_as_a_group() -> None:
    with pytest.raises(ExceptionGroup) as caught:
        await run(KeyError(), OSError())
    assert {type(error) for error in caught.value.exceptions} == {KeyError, OSError}


async def test_a_cancellation_from_outside_passes_through() -> None:
    with trio.move_on_after(0) as scope:
        async with open_tasks() as tasks:
            tasks.start_soon(trio.sleep_forever)
            await trio.sleep_forever()
    assert scope.cancelled_caught
