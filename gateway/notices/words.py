"""What letters say, by language; each language is complete, a test holds it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final


class Said(Enum):
    MESSAGE = auto()
    APPROVED = auto()
    REJECTED = auto()
    REVISION = auto()
    RATED = auto()
    REWARD = auto()
    BONUS = auto()
    FOUND = auto()
    CAMPAIGN = auto()
    ANSWER_DUE = auto()
    FRAUD_CLAIMED = auto()
    SEATED = auto()
    DISPUTE = auto()
    PAYOUT = auto()
    PAYOUT_REQUESTED = auto()
    PAYOUT_PAID = auto()
    PAYOUT_WAITS = auto()
    DEPOSIT = auto()
    DEPOSIT_UNPAID = auto()
    DESTINATION = auto()
    SESSION = auto()
    POLICY = auto()
    SUSPENSION = auto()
    ALLOWANCE = auto()
    TICKET = auto()
    INVITED = auto()
    REVIEW_DUE = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeWords:
    lines: Mapping[Said, str]
    deadline: str
    confirm: str
    mandatory: str
    optional: str


ENGLISH: Final = NoticeWords(
    lines={
        Said.MESSAGE: "You have a new message.",
        Said.APPROVED: "Your work was approved and paid to your earnings.",
        Said.REJECTED: "Your work was rejected. You can contest it.",
        Said.REVISION: "The employer asks you to revise your work.",
        Said.RATED: "You have a new rating.",
        Said.REWARD: "A referral of yours has earned you a reward.",
        Said.BONUS: "An employer has sent you a bonus.",
        Said.FOUND: "A campaign has opened that fits a search of yours.",
        Said.CAMPAIGN: "A campaign of yours has a new state.",
        Said.ANSWER_DUE: "A worker contests your rejection. Please answer.",
        Said.FRAUD_CLAIMED: "An employer contests work of yours that was approved. Please answer.",
        Said.SEATED: "You are asked to vote on a dispute of two strangers.",
        Said.DISPUTE: "There is news in a dispute of yours.",
        Said.PAYOUT: "A payout of yours has a new state.",
        Said.PAYOUT_REQUESTED: "You asked for a payout.",
        Said.PAYOUT_PAID: "A payout of yours was paid.",
        Said.PAYOUT_WAITS: "A payout waits for you to collect it.",
        Said.DEPOSIT: "A deposit of yours has a new state.",
        Said.DEPOSIT_UNPAID: "A deposit of yours was not paid in time. "
        "If you pay after all, it is not lost: we look at it.",
        Said.DESTINATION: "A place where you are paid was added or removed. "
        "If it was not you, change your password and write to us.",
        Said.SESSION: "Somebody signed in to your account. "
        "If it was not you, change your password and end the session.",
        Said.POLICY: "Our terms change. Please read them and agree.",
        Said.SUSPENSION: "There is news about a suspension of your account. "
        "What you have earned stays yours. Please read it in your account.",
        Said.ALLOWANCE: "You can take less work a day for some time. "
        "Please read in your account why, and until when.",
        Said.TICKET: "We have answered you.",
        Said.INVITED: "An employer invites you to a campaign.",
        Said.REVIEW_DUE: "Work in a campaign of yours waits for your decision. "
        "Without one it is approved by time.",
    },
    deadline="This can be done until {until} UTC.",
    confirm="If it was you, confirm it with this code, or nothing is paid there: {code}",
    mandatory="We always tell you of this. Sign in to read more.",
    optional="Sign in to read more, or to get no more letters of this kind.",
)
GERMAN: Final = NoticeWords(
    lines={
        Said.MESSAGE: "Sie haben eine neue Nachricht.",
        Said.APPROVED: "Ihre Arbeit wurde angenommen und gutgeschrieben.",
        Said.REJECTED: "Ihre Arbeit wurde abgelehnt. Sie können widersprechen.",
        Said.REVISION: "Der Auftraggeber bittet Sie, Ihre Arbeit zu überarbeiten.",
        Said.RATED: "Sie haben eine neue Bewertung.",
        Said.REWARD: "Eine Empfehlung hat Ihnen eine Prämie eingebracht.",
        Said.BONUS: "Ein Auftraggeber hat Ihnen einen Bonus geschickt.",
        Said.FOUND: "Eine Kampagne hat begonnen, die zu einer Ihrer Suchen passt.",
        Said.CAMPAIGN: "Eine Ihrer Kampagnen hat einen neuen Stand.",
        Said.ANSWER_DUE: "Jemand widerspricht Ihrer Ablehnung. Bitte antworten Sie.",
        Said.FRAUD_CLAIMED: "Eine angenommene Arbeit von Ihnen wird beanstandet. "
        "Bitte antworten Sie.",
        Said.SEATED: "Sie werden gebeten, über einen Streitfall von Fremden abzustimmen.",
        Said.DISPUTE: "In einem Ihrer Streitfälle gibt es Neues.",
        Said.PAYOUT: "Eine Ihrer Auszahlungen hat einen neuen Stand.",
        Said.PAYOUT_REQUESTED: "Sie haben eine Auszahlung verlangt.",
        Said.PAYOUT_PAID: "Eine Ihrer Auszahlungen wurde ausgeführt.",
        Said.PAYOUT_WAITS: "Eine Auszahlung wartet darauf, dass Sie sie abholen.",
        Said.DEPOSIT: "Eine Ihrer Einzahlungen hat einen neuen Stand.",
        Said.DEPOSIT_UNPAID: "Eine Ihrer Einzahlungen wurde nicht rechtzeitig bezahlt. "
        "Zahlen Sie doch noch, geht nichts verloren: Wir sehen es uns an.",
        Said.DESTINATION: "Ein Ort, an dem Sie bezahlt werden, kam hinzu oder wurde entfernt. "
        "Waren Sie es nicht, ändern Sie Ihr Passwort und schreiben Sie uns.",
        Said.SESSION: "Jemand hat sich mit Ihrem Konto angemeldet. "
        "Waren Sie es nicht, ändern Sie Ihr Passwort und beenden Sie die Sitzung.",
        Said.POLICY: "Unsere Bedingungen ändern sich. Bitte lesen Sie sie und stimmen Sie zu.",
        Said.SUSPENSION: "Es gibt Neues zu einer Sperre Ihres Kontos. "
        "Was Sie verdient haben, bleibt Ihres. Bitte lesen Sie es in Ihrem Konto.",
        Said.ALLOWANCE: "Sie können für einige Zeit am Tag weniger Arbeit annehmen. "
        "Warum und bis wann, lesen Sie bitte in Ihrem Konto.",
        Said.TICKET: "Wir haben Ihnen geantwortet.",
        Said.INVITED: "Ein Auftraggeber lädt Sie zu einer Kampagne ein.",
        Said.REVIEW_DUE: "In einer Ihrer Kampagnen wartet Arbeit auf Ihre Entscheidung. "
        "Ohne sie gilt sie nach Ablauf der Frist als angenommen.",
    },
    deadline="Das ist bis {until} UTC möglich.",
    confirm="Wenn Sie es waren, bestätigen Sie es mit diesem Code, "
    "sonst wird dorthin nichts gezahlt: {code}",
    mandatory="Davon berichten wir immer. Melden Sie sich an, um mehr zu lesen.",
    optional="Melden Sie sich an, um mehr zu lesen oder um solche Briefe abzubestellen.",
)
FRENCH: Final = NoticeWords(
    lines={
        Said.MESSAGE: "Vous avez un nouveau message.",
        Said.APPROVED: "Votre travail a été accepté et payé sur vos gains.",
        Said.REJECTED: "Votre travail a été refusé. Vous pouvez contester.",
        Said.REVISION: "L'employeur vous demande de revoir votre travail.",
        Said.RATED: "Vous avez une nouvelle évaluation.",
        Said.REWARD: "Un parrainage vous a rapporté une prime.",
        Said.BONUS: "Un employeur vous a envoyé un bonus.",
        Said.FOUND: "Une campagne qui correspond à l'une de vos recherches a été ouverte.",
        Said.CAMPAIGN: "Une de vos campagnes a changé d'état.",
        Said.ANSWER_DUE: "Votre refus est contesté. Veuillez répondre.",
        Said.FRAUD_CLAIMED: "Un de vos travaux acceptés est contesté. Veuillez répondre.",
        Said.SEATED: "Votre vote est demandé dans le litige de deux inconnus.",
        Said.DISPUTE: "Il y a du nouveau dans un de vos litiges.",
        Said.PAYOUT: "Un de vos versements a changé d'état.",
        Said.PAYOUT_REQUESTED: "Vous avez demandé un versement.",
        Said.PAYOUT_PAID: "Un de vos versements a été effectué.",
        Said.PAYOUT_WAITS: "Un versement attend que vous le retiriez.",
        Said.DEPOSIT: "Un de vos dépôts a changé d'état.",
        Said.DEPOSIT_UNPAID: "Un de vos dépôts n'a pas été payé à temps. "
        "Si vous payez tout de même, rien n'est perdu : nous l'examinons.",
        Said.DESTINATION: "Un moyen de vous payer a été ajouté ou retiré. "
        "Si ce n'était pas vous, changez de mot de passe et écrivez-nous.",
        Said.SESSION: "Quelqu'un s'est connecté à votre compte. "
        "Si ce n'était pas vous, changez de mot de passe et mettez fin à la session.",
        Said.POLICY: "Nos conditions changent. Lisez-les et acceptez-les, s'il vous plaît.",
        Said.SUSPENSION: "Il y a du nouveau sur une suspension de votre compte. "
        "Ce que vous avez gagné reste à vous. Veuillez le lire dans votre compte.",
        Said.ALLOWANCE: "Pendant quelque temps, vous pouvez prendre moins de travail par jour. "
        "Veuillez lire dans votre compte pourquoi et jusqu'à quand.",
        Said.TICKET: "Nous vous avons répondu.",
        Said.INVITED: "Un employeur vous invite à une campagne.",
        Said.REVIEW_DUE: "Du travail attend votre décision dans une de vos campagnes. "
        "Sans elle, il sera accepté au terme du délai.",
    },
    deadline="C'est possible jusqu'au {until} UTC.",
    confirm="Si c'était vous, confirmez-le avec ce code, sinon rien n'y sera versé : {code}",
    mandatory="Nous vous en informons toujours. Connectez-vous pour en savoir plus.",
    optional="Connectez-vous pour en savoir plus ou pour ne plus recevoir ces lettres.",
)
SPANISH: Final = NoticeWords(
    lines={
        Said.MESSAGE: "Tiene un mensaje nuevo.",
        Said.APPROVED: "Su trabajo fue aprobado y abonado a sus ganancias.",
        Said.REJECTED: "Su trabajo fue rechazado. Puede reclamar.",
        Said.REVISION: "El empleador le pide que revise su trabajo.",
        Said.RATED: "Tiene una valoración nueva.",
        Said.REWARD: "Una recomendación suya le ha dado un premio.",
        Said.BONUS: "Un empleador le ha enviado una bonificación.",
        Said.FOUND: "Se ha abierto una campaña que se ajusta a una de sus búsquedas.",
        Said.CAMPAIGN: "Una de sus campañas tiene un estado nuevo.",
        Said.ANSWER_DUE: "Reclaman contra su rechazo. Responda, por favor.",
        Said.FRAUD_CLAIMED: "Reclaman contra un trabajo suyo ya aceptado. Responda, por favor.",
        Said.SEATED: "Se le pide votar en una disputa entre desconocidos.",
        Said.DISPUTE: "Hay novedades en una de sus disputas.",
        Said.PAYOUT: "Uno de sus pagos tiene un estado nuevo.",
        Said.PAYOUT_REQUESTED: "Ha solicitado un pago.",
        Said.PAYOUT_PAID: "Uno de sus pagos fue realizado.",
        Said.PAYOUT_WAITS: "Un pago espera a que lo recoja.",
        Said.DEPOSIT: "Uno de sus depósitos tiene un estado nuevo.",
        Said.DEPOSIT_UNPAID: "Uno de sus depósitos no se pagó a tiempo. "
        "Si aún lo paga, nada se pierde: lo revisamos.",
        Said.DESTINATION: "Se añadió o se quitó un lugar donde se le paga. "
        "Si no fue usted, cambie su contraseña y escríbanos.",
        Said.SESSION: "Alguien entró en su cuenta. "
        "Si no fue usted, cambie su contraseña y cierre la sesión.",
        Said.POLICY: "Nuestras condiciones cambian. Léalas y acéptelas, por favor.",
        Said.SUSPENSION: "Hay novedades sobre una suspensión de su cuenta. "
        "Lo que ha ganado sigue siendo suyo. Léalo en su cuenta, por favor.",
        Said.ALLOWANCE: "Durante un tiempo puede aceptar menos trabajo al día. "
        "Lea en su cuenta por qué y hasta cuándo.",
        Said.TICKET: "Le hemos respondido.",
        Said.INVITED: "Un empleador le invita a una campaña.",
        Said.REVIEW_DUE: "En una de sus campañas hay trabajo que espera su decisión. "
        "Sin ella, se aprobará al vencer el plazo.",
    },
    deadline="Es posible hasta el {until} UTC.",
    confirm="Si fue usted, confírmelo con este código; si no, allí no se paga nada: {code}",
    mandatory="Siempre le avisamos de esto. Entre para leer más.",
    optional="Entre para leer más o para no recibir más cartas de este tipo.",
)
PORTUGUESE: Final = NoticeWords(
    lines={
        Said.MESSAGE: "Tem uma nova mensagem.",
        Said.APPROVED: "O seu trabalho foi aprovado e pago nos seus ganhos.",
        Said.REJECTED: "O seu trabalho foi rejeitado. Pode contestar.",
        Said.REVISION: "O empregador pede que reveja o seu trabalho.",
        Said.RATED: "Tem uma nova avaliação.",
        Said.REWARD: "Uma indicação sua rendeu-lhe um prémio.",
        Said.BONUS: "Um empregador enviou-lhe um bónus.",
        Said.FOUND: "Foi aberta uma campanha que corresponde a uma das suas pesquisas.",
        Said.CAMPAIGN: "Uma das suas campanhas tem um novo estado.",
        Said.ANSWER_DUE: "Contestam a sua rejeição. Responda, por favor.",
        Said.FRAUD_CLAIMED: "Contestam um trabalho seu já aceite. Responda, por favor.",
        Said.SEATED: "Pedimos o seu voto numa disputa entre desconhecidos.",
        Said.DISPUTE: "Há novidades numa das suas disputas.",
        Said.PAYOUT: "Um dos seus pagamentos tem um novo estado.",
        Said.PAYOUT_REQUESTED: "Pediu um pagamento.",
        Said.PAYOUT_PAID: "Um dos seus pagamentos foi efetuado.",
        Said.PAYOUT_WAITS: "Um pagamento espera que o levante.",
        Said.DEPOSIT: "Um dos seus depósitos tem um novo estado.",
        Said.DEPOSIT_UNPAID: "Um dos seus depósitos não foi pago a tempo. "
        "Se ainda o pagar, nada se perde: analisamos o caso.",
        Said.DESTINATION: "Um lugar onde é pago foi acrescentado ou retirado. "
        "Se não foi você, mude a palavra-passe e escreva-nos.",
        Said.SESSION: "Alguém entrou na sua conta. "
        "Se não foi você, mude a palavra-passe e termine a sessão.",
        Said.POLICY: "As nossas condições mudam. Leia-as e aceite-as, por favor.",
        Said.SUSPENSION: "Há novidades sobre uma suspensão da sua conta. "
        "O que ganhou continua a ser seu. Leia na sua conta, por favor.",
        Said.ALLOWANCE: "Durante algum tempo pode aceitar menos trabalho por dia. "
        "Leia na sua conta porquê e até quando.",
        Said.TICKET: "Respondemos-lhe.",
        Said.INVITED: "Um empregador convida você para uma campanha.",
        Said.REVIEW_DUE: "Há trabalho em uma das suas campanhas à espera da sua decisão. "
        "Sem ela, será aprovado no fim do prazo.",
    },
    deadline="Isto é possível até {until} UTC.",
    confirm="Se foi você, confirme com este código; senão, nada é pago ali: {code}",
    mandatory="Avisamos sempre disto. Entre para ler mais.",
    optional="Entre para ler mais ou para não receber mais cartas destas.",
)
WORDS: Final[Mapping[str, NoticeWords]] = {
    "en": ENGLISH,
    "de": GERMAN,
    "fr": FRENCH,
    "es": SPANISH,
    "pt": PORTUGUESE,
}
