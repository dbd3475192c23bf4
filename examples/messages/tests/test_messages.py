"""What happens in the background of the application, tested with Playwright and the fixture ``bgservices``."""

import pytest
from playwright.sync_api import expect

from cdp_bgservices import HandlerError


@pytest.fixture
def messages(page, app):
    page.goto(app.url)
    return page


def send(page, text):
    page.get_by_label("Message").fill(text)
    page.get_by_role("button", name="Send").click()


def test_message_is_sent_in_the_background(messages, app, bgservices):
    with bgservices.expect("backgroundSync", "Sync completed", instance_id="send-messages") as sync:
        send(messages, "hello")
    assert sync.value.metadata["Status"] == "succeeded"
    assert app.messages == ["hello"]


def test_a_message_that_could_not_be_sent_is_tried_again(messages, app, bgservices):
    app.broken = True
    with bgservices.expect("backgroundSync", "sync event failed", instance_id="send-messages") as failed:
        send(messages, "hello")
    assert failed.value.metadata["Next Attempt Delay (ms)"] == "300000"  # Five minutes. This test does not wait:
    app.broken = False
    bgservices.sync("send-messages", last_chance=True)
    expect(messages.get_by_role("status")).to_have_text("Sent.")
    assert app.messages == ["hello"]


@pytest.mark.bgservices(grant=True)
def test_a_push_shows_a_notification(messages, bgservices):
    pushed = bgservices.push({"title": "Ada", "body": "How are you?"})
    assert pushed.metadata["Status"] == "Success"
    shown = bgservices.wait_for("notifications", "Notification displayed", instance_id="message")
    assert shown.metadata["Title"] == "Ada"
    assert shown.metadata["Body"] == "How are you?"


@pytest.mark.bgservices(grant=True)
def test_a_push_that_is_not_json_shows_nothing(messages, bgservices):
    with pytest.raises(HandlerError, match="is not valid JSON"):
        bgservices.push("not JSON")
    assert not bgservices.events("notifications")
