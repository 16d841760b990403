"""What makes a member: states, roles, the age gate, one spelling per e-mail address, profiles."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final
from unicodedata import category, normalize

from email_validator import EmailNotValidError, validate_email

from domain.texts import has_unprintable


class MemberState(StrEnum):
    REGISTERED = "registered"  # the e-mail address is not confirmed yet; may act all the same
    ACTIVE = "active"
    RESTRICTED = "restricted"  # a suspension is proposed: no new claims, no publishing
    SUSPENDED = "suspended"  # the same, until the end date; may appeal
    FROZEN = "frozen"  # found under age
    CLOSED = "closed"
    ERASED = "erased"


class Role(StrEnum):
    """Everybody is worker and employer; the others are given by people."""

    WORKER = "worker"
    EMPLOYER = "employer"
    INTEGRATOR = "integrator"
    STAFF = "staff"
    FINANCE = "finance"


class Device(StrEnum):
    """What a worker has at hand."""

    PHONE = "phone"
    TABLET = "tablet"
    COMPUTER = "computer"


class Mark(StrEnum):
    """What one member has noted about another, who is not told."""

    FAVOURITE = "favourite"
    BLOCKED = "blocked"  # neither works for the other


class ProfileField(StrEnum):
    """Each is hidden from others until its member shows it."""

    CITY = "city"
    AGE_BAND = "age_band"
    GENDER = "gender"
    LANGUAGES = "languages"
    INTERESTS = "interests"
    DEVICES = "devices"


class Gender(StrEnum):
    WOMAN = "woman"
    MAN = "man"
    OTHER = "other"


class AgeBand(StrEnum):
    FROM_18 = "from_18"
    FROM_25 = "from_25"
    FROM_35 = "from_35"
    FROM_45 = "from_45"
    FROM_55 = "from_55"
    FROM_65 = "from_65"


class ChangeableField(StrEnum):
    """What a member cannot change alone (P23)."""

    NAME = "name"
    BORN_ON = "born_on"
    EMAIL = "email"


class ChangeState(StrEnum):
    WAITING = "waiting"
    APPROVED = "approved"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a member tells by choice; others see of it, and of `WorkPreferences`, what is shown."""

    city: str | None = None
    gender: Gender | None = None
    interests: tuple[str, ...] = ()
    shown: frozenset[ProfileField] = frozenset()


# Who may begin something new: claim, publish, invite.
FREE_STATES: Final = frozenset({MemberState.REGISTERED, MemberState.ACTIVE})
# Who may not, but may hand in live work, contest, appeal and be paid.
BOUND_STATES: Final = frozenset({MemberState.RESTRICTED, MemberState.SUSPENDED})
# Who may log in, and whose sessions live.
SIGN_IN_STATES: Final = FREE_STATES | BOUND_STATES
# Whose address was confirmed; what people decide later keeps no earnings from them.
CONFIRMED_STATES: Final = frozenset(
    {MemberState.ACTIVE, MemberState.RESTRICTED, MemberState.SUSPENDED, MemberState.CLOSED}
)
FIRST_ROLES: Final = (Role.WORKER, Role.EMPLOYER)
AGE_MIN: Final = 18  # R31
AGE_MAX: Final = 130
NAME_LENGTH_MAX: Final = 200
CITY_LENGTH_MAX: Final = 100
INTEREST_LENGTH_MAX: Final = 40
INTERESTS_MAX: Final = 20
TEXT_LENGTH_MAX: Final = 1_000
AGE_BANDS: Final = (
    (65, AgeBand.FROM_65),
    (55, AgeBand.FROM_55),
    (45, AgeBand.FROM_45),
    (35, AgeBand.FROM_35),
    (25, AgeBand.FROM_25),
)
_BETWEEN_LETTERS: Final = frozenset(" '\u2019.,-&+#/()")

# ISO 3166-1 alpha-2, the officially assigned codes.
COUNTRIES: Final = frozenset(
    """
    AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS
    BT BV BW BY BZ CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE
    EG EH ER ES ET FI FJ FK FM FO FR GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM
    HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC
    LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR MS MT MU MV MW MX MY MZ NA
    NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO RS RU RW
    SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO
    TR TT TV TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS YE YT ZA ZM ZW
    """.split()  # noqa: SIM905  # reads better than a line per code
)

# ISO 639-1.
LANGUAGES: Final = frozenset(
    """
    aa ab ae af ak am an ar as av ay az ba be bg bi bm bn bo br bs ca ce ch co cr cs cu cv cy da de
    dv dz ee el en eo es et eu fa ff fi fj fo fr fy ga gd gl gn gu gv ha he hi ho hr ht hu hy hz ia
    id ie ig ii ik io is it iu ja jv ka kg ki kj kk kl km kn ko kr ks ku kv kw ky la lb lg li ln lo
    lt lu lv mg mh mi mk ml mn mr ms mt my na nb nd ne ng nl nn no nr nv ny oc oj om or os pa pi pl
    ps pt qu rm rn ro ru rw sa sc sd se sg si sk sl sm sn so sq sr ss st su sv sw ta te tg th ti tk
    tl tn to tr ts tt tw ty ug uk ur uz ve vi vo wa wo xh yi yo za zh zu
    """.split()  # noqa: SIM905  # reads better than a line per code
)
LANGUAGE_COUNT_MAX: Final = 20


@dataclass(frozen=True, slots=True)
class Problem:
    """The field at fault and what is wrong with it; never the value itself."""

    field: str
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkPreferences:
    """What a worker says of the work that suits; others are told what `Profile.shown` names."""

    languages: tuple[str, ...] = ()
    devices: tuple[Device, ...] = ()
    wants_adult: bool = False


def preferences_problem(preferences: WorkPreferences) -> Problem | None:
    if len(preferences.languages) > LANGUAGE_COUNT_MAX:
        return Problem("languages", f"at most {LANGUAGE_COUNT_MAX} languages")
    if not LANGUAGES.issuperset(preferences.languages):
        return Problem("languages", "a language is an ISO 639-1 code of two small letters")
    return None


def age_on(*, born_on: date, on: date) -> int:
    """Full years. Who was born on 29 February turns a year older on 1 March in common years."""
    had_birthday = (on.month, on.day) >= (born_on.month, born_on.day)
    return on.year - born_on.year - (not had_birthday)


def email_address(email: str) -> str | None:
    """The address as we write it, NFKC and with a lower-case domain; None when it is none.

    Syntax only: whether anybody reads it, a letter to it will tell. Test domains are let in.
    """
    try:
        parsed = validate_email(
            normalize("NFKC", email), check_deliverability=False, test_environment=True
        )
    except EmailNotValidError:
        return None
    return parsed.normalized


def email_key(email: str) -> str:
    """The same for all spellings of one address: what is unique, and what log-in looks up."""
    address = email_address(email) or email
    return normalize("NFKC", normalize("NFKC", address).lower())


def profile_problem(
    *, name: str, email: str, country: str, born_on: date, today: date
) -> Problem | None:
    """The first thing that is wrong with what somebody says of themselves; age is judged apart."""
    if not 1 <= len(clean_name(name)) <= NAME_LENGTH_MAX:
        return Problem("name", f"a name has 1 to {NAME_LENGTH_MAX} characters")
    if has_unprintable(clean_name(name)):
        return Problem("name", "a name has no control characters")
    if email_address(email) is None:
        return Problem("email", "this is no e-mail address")
    if country not in COUNTRIES:
        return Problem("country", "a country is an ISO 3166-1 code of two capital letters")
    if born_on > today or age_on(born_on=born_on, on=today) > AGE_MAX:
        return Problem("born_on", "nobody alive was born on this day")
    return None


def age_band(*, born_on: date, on: date) -> AgeBand:
    """All that others may ever know of an age."""
    age = age_on(born_on=born_on, on=on)
    return next((band for least, band in AGE_BANDS if age >= least), AgeBand.FROM_18)


def problem_of(profile: Profile) -> Problem | None:
    """Neither digits nor signs that an address or a number could be told by (P3)."""
    if profile.city is not None and not _is_plain(profile.city, CITY_LENGTH_MAX):
        return Problem("city", f"a city has 1 to {CITY_LENGTH_MAX} letters, and no digits")
    if not all(_is_plain(each, INTEREST_LENGTH_MAX) for each in profile.interests):
        message = f"an interest has 1 to {INTEREST_LENGTH_MAX} letters, and no digits"
        return Problem("interests", message)
    if len(profile.interests) > INTERESTS_MAX or len(set(profile.interests)) < len(
        profile.interests
    ):
        return Problem("interests", f"at most {INTERESTS_MAX} interests, each once")
    return None


def _is_plain(text: str, length_max: int) -> bool:
    is_known = all(each in _BETWEEN_LETTERS or category(each)[0] in "LM" for each in text)
    has_host = re.search(r"\.\S", text) is not None
    return 1 <= len(text) <= length_max and text == text.strip() and is_known and not has_host


def change_problem(*, field: ChangeableField, wanted: str, today: date) -> str | None:
    """What is wrong with a value that staff are to set; an age under 18 is for them to see."""
    if field is ChangeableField.NAME:
        name = clean_name(wanted)
        fits = 1 <= len(name) <= NAME_LENGTH_MAX and not has_unprintable(name)
        return None if fits else f"a name has 1 to {NAME_LENGTH_MAX} characters, no controls"
    if field is ChangeableField.EMAIL:
        return None if email_address(wanted) else "this is no e-mail address"
    born_on = day_of(wanted)
    if born_on is None or born_on > today or age_on(born_on=born_on, on=today) > AGE_MAX:
        return "a day such as 1990-05-17 on which somebody alive was born"
    return None


def day_of(text: str) -> date | None:
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def clean_name(name: str) -> str:
    return normalize("NFC", name).strip()
