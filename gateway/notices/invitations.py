"""The letter that asks a friend to join, in the inviting member's language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from domain.invitations.rules import InvitationLetter


@dataclass(frozen=True, slots=True, kw_only=True)
class InvitationWords:
    somebody: str
    subject: str
    reminder: str
    body: str
    opt_out: str


ENGLISH: Final = InvitationWords(
    somebody="Somebody who knows you",
    subject="{inviter} invites you",
    reminder="{inviter} still invites you",
    body="{inviter} works here and invites you to join: {join}",
    opt_out="No more invitations, from nobody here: {leave}\n"
    "Your address is then erased. We write three times at most.",
)
WORDS: Final[Mapping[str, InvitationWords]] = {
    "en": ENGLISH,
    "de": InvitationWords(
        somebody="Jemand, der Sie kennt,",
        subject="{inviter} lädt Sie ein",
        reminder="{inviter} lädt Sie weiterhin ein",
        body="{inviter} arbeitet hier und lädt Sie ein, mitzumachen: {join}",
        opt_out="Keine Einladungen mehr, von niemandem hier: {leave}\n"
        "Ihre Adresse wird dann gelöscht. Wir schreiben höchstens dreimal.",
    ),
    "fr": InvitationWords(
        somebody="Une personne qui vous connaît",
        subject="{inviter} vous invite",
        reminder="{inviter} vous invite toujours",
        body="{inviter} travaille ici et vous invite à nous rejoindre : {join}",
        opt_out="Plus aucune invitation, de personne ici : {leave}\n"
        "Votre adresse sera alors effacée. Nous écrivons trois fois au plus.",
    ),
    "es": InvitationWords(
        somebody="Una persona que le conoce",
        subject="{inviter} le invita",
        reminder="{inviter} le sigue invitando",
        body="{inviter} trabaja aquí y le invita a unirse: {join}",
        opt_out="No más invitaciones, de nadie aquí: {leave}\n"
        "Su dirección se borra entonces. Escribimos tres veces como máximo.",
    ),
    "pt": InvitationWords(
        somebody="Uma pessoa que o conhece",
        subject="{inviter} convida-o",
        reminder="{inviter} continua a convidá-lo",
        body="{inviter} trabalha aqui e convida-o a juntar-se: {join}",
        opt_out="Sem mais convites, de ninguém aqui: {leave}\n"
        "O seu endereço é então apagado. Escrevemos no máximo três vezes.",
    ),
}


def invitation_of(
    letter: InvitationLetter, *, invitation_id: UUID, sender: str, url: str
) -> EmailMessage:
    """Each letter of an invitation has its own Message-ID, the same when it is sent again."""
    words = WORDS.get(letter.language, ENGLISH)
    facts = {
        "inviter": letter.inviter or words.somebody,
        "join": f"{url}/join?{urlencode({'code': letter.code})}",
        "leave": f"{url}/invitations/leave?{urlencode({'token': letter.token})}",
    }
    message = EmailMessage()
    message["From"] = sender
    message["To"] = Address(addr_spec=letter.to)
    subject = words.subject if letter.number == 1 else words.reminder
    message["Subject"] = subject.format(**facts)
    message["Message-ID"] = f"<{invitation_id}.{letter.number}@{sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(f"{words.body.format(**facts)}\n\n{words.opt_out.format(**facts)}\n")
    return message
