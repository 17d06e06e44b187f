"""Verifies a report with the stock verifiers that a receiver would use: Seam's own SDK, svix and Standard Webhooks.

    verify_report.py FILE      FILE holds {"secret": "whsec_…", "headers": {name: value}, "body": "the raw body"}

Prints the event as JSON when all three accept it and read the same event from it; exits 1 with their words when one does not.
Run by the end-to-end tests on what cardbridge really sent.
"""

import json
import sys

from seam import SeamWebhook
from standardwebhooks import Webhook as StandardWebhook
from svix.webhooks import Webhook as SvixWebhook


def main(path: str) -> None:
    with open(path, encoding="utf-8") as file:
        report = json.load(file)
    secret, body = report["secret"], report["body"]
    headers = {name.lower(): value for name, value in report["headers"].items()}

    event = SvixWebhook(secret).verify(body, headers_named("svix-", headers))
    if StandardWebhook(secret).verify(body, headers_named("webhook-", headers)) != event:
        sys.exit("svix and standardwebhooks read different events")
    as_seam = SeamWebhook(secret).verify(body, headers_named("svix-", headers))
    if (as_seam.event_id, as_seam.event_type) != (event["event_id"], event["event_type"]):
        sys.exit("the Seam SDK reads a different event")
    json.dump(event, sys.stdout)


def headers_named(prefix: str, headers: dict[str, str]) -> dict[str, str]:
    """The three headers of one family: each must suffice by itself, or a receiver of only that family would refuse."""
    return {name: value for name, value in headers.items() if name.startswith(prefix)}


if __name__ == "__main__":
    main(*sys.argv[1:])
