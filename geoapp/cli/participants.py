"""`geoapp erase`, `geoapp retention`, `geoapp messages`: what is kept of participants, and for how long."""

import email
import email.policy
import json
import re
import sys
from dataclasses import asdict
from uuid import UUID

import click

from geoapp.actions import scheme_erasing, scheme_messages
from geoapp.actions.scheme_erasing import Receipt
from geoapp.cli.opening import database
from geoapp.cli.people import json_option
from geoapp.db import Reach, scheme_reading, scheme_writing
from geoapp.jobs import clockwork
from geoapp.jobs.post import mail_folder

_OURS = re.compile(rb"(?im)^message-id:\s*<([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})@")


@click.group()
def erase() -> None:
    """Remove all that is kept of somebody, with a receipt."""


@erase.command()
@click.argument("reference")
@json_option
def participant(reference: str, as_json: bool) -> None:
    """Erase the participant with this REFERENCE (R-7K2M9QPD), which stands in her messages."""
    with database() as settings, scheme_writing(Reach.everyone()) as session:
        receipt = scheme_erasing.erase_by_reference(session, reference, mail=mail_folder(settings))
    if as_json:
        click.echo(json.dumps(asdict(receipt), default=str))
        return
    click.echo(_sentence(receipt))


@click.group()
def retention() -> None:
    """Erase what has been kept for as long as the settings allow."""


@retention.command()
@click.option("--dry-run", is_flag=True, help="List whose time has run out, and erase nobody.")
@json_option
def run(dry_run: bool, as_json: bool) -> None:
    """Erase participants whose time has run out (RULE_RETENTION_DAYS after the walk)."""
    with database() as settings:
        with scheme_reading(Reach.everyone()) as session:
            due = [each.reference for each in scheme_erasing.due(session, settings.rules)]
        receipts = [] if dry_run else clockwork.run_retention(settings)
    if as_json:
        said = {"due": due, "erased": [asdict(each) for each in receipts], "dry_run": dry_run}
        click.echo(json.dumps(said, default=str))
        return
    if dry_run:
        click.echo(f"{len(due)} participants would be erased: {', '.join(due) or 'nobody'}")
        return
    for each in receipts:
        click.echo(_sentence(each))
    click.echo(f"{len(receipts)} participants were erased.")


@click.group()
def messages() -> None:
    """Look after messages to participants."""


@messages.command()
def bounced() -> None:
    """Read a mail that came back from standard input, and show it to the coordinator.

    For the mail server's alias of the address in MAIL_FROM: |geoapp messages bounced
    """
    raw = sys.stdin.buffer.read(1_000_000)
    email.message_from_bytes(raw, policy=email.policy.default)  # what is no mail at all is refused here
    found = {UUID(each.decode()) for each in _OURS.findall(raw)}
    with database(), scheme_writing(Reach.everyone()) as session:
        known = sum(scheme_messages.bounced(session, each) for each in sorted(found))
    if not known:
        raise click.ClickException("This mail names no message of ours.")
    click.echo(f"{known} marked as come back.")


def _sentence(receipt: Receipt) -> str:
    return (
        f"Receipt {receipt.id}: erased {receipt.erased_at:%Y-%m-%d %H:%M} UTC, {receipt.messages} messages"
        f" and {receipt.events} steps."
    )
