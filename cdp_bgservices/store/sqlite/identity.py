"""What ``cdp_bgservices.identity`` says of the same instance, as SQL."""

from cdp_bgservices.identity import FIELDS_OF, other_fields


def joined_fields(fields: tuple[str, ...]) -> str:
    return " || ' ' || ".join(fields)


OTHER_FIELDS = " ".join(
    [
        "CASE service",
        *(f"WHEN '{service}' THEN {joined_fields(other_fields(service))}" for service in FIELDS_OF),
        f"ELSE {joined_fields(other_fields(''))} END",
    ]
)
"""The fields of an event's identity beside its service and instance id."""

CONTEXT = joined_fields(("source", "browser_context"))
