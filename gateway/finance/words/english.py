"""A document's words in English."""

from __future__ import annotations

from typing import Final

from domain.invoices.rules import DocumentKind, Note
from gateway.finance.words.words import Letter, Words

ENGLISH: Final = Words(
    titles={
        DocumentKind.FEE_INVOICE: "Invoice",
        # The law asks for the word, and accepts it in any language of the Union.
        DocumentKind.SELF_BILL: "Self-billing (Gutschrift)",
        DocumentKind.CREDIT_NOTE: "Credit note",
        DocumentKind.CORRECTED_INVOICE: "Corrected invoice",
        DocumentKind.DEPOSIT_RECEIPT: "Receipt of a deposit",
        DocumentKind.PAYOUT_STATEMENT: "Payout statement",
        DocumentKind.ACCOUNT_STATEMENT: "Account statement",
    },
    seller="Supplier",
    buyer="Customer",
    number="Number",
    issued_on="Date of issue",
    period="Period of service",
    currency="Currency",
    about="{title} {number} of {day}",
    member_id="Member",
    vat_id="VAT ID",
    tax_number="Tax number",
    legal_id="Register number",
    columns=("#", "Description", "Quantity", "Unit price", "Amount"),
    entry_columns=("Date", "Movement", "Amount", "Balance"),
    details={
        DocumentKind.FEE_INVOICE: "Platform fee per approved assignment",
        DocumentKind.SELF_BILL: "Reward per approved assignment",
        DocumentKind.DEPOSIT_RECEIPT: "Received",
        DocumentKind.PAYOUT_STATEMENT: "Paid out",
    },
    placement="Paid placement of the campaign",
    bonus_details={
        DocumentKind.FEE_INVOICE: "Fee per bonus",
        DocumentKind.SELF_BILL: "Bonus for approved work",
    },
    events={
        "E1": "Deposit",
        "E2": "Campaign funded",
        "E2f": "Campaign shown first",
        "E2r": "Price of a campaign changed",
        "E4": "Work approved",
        "E4p": "Work partly approved",
        "E4r": "Rejection reversed",
        "E6": "Bonus",
        "E7": "Referral reward",
        "E7r": "Referral reward taken back",
        "E8": "Payout",
        "E8r": "Payout returned",
        "E9r": "Payout came back",
        "E10": "Campaign ended: rest returned",
        "E11": "Deposit disputed",
        "E11r": "Dispute of a deposit won",
        "E12": "Disputed deposit lost",
        "E13": "Deposit refunded",
        "E20": "Fraud paid back",
        "E21": "Earnings spent as an employer",
        "E24r": "Fee credited",
        "payout_fee": "Payout fee",
    },
    other_event="Movement {event}",
    opening="Opening balance",
    closing="Closing balance",
    carried="Carried fractions",
    carried_why="What the lines above and earlier documents left below the smallest unit",
    net="Net amount",
    vat="VAT {rate}",
    total="Total",
    paid={
        DocumentKind.FEE_INVOICE: "Paid from deposit",
        DocumentKind.SELF_BILL: "Credited to earnings",
    },
    due="Amount due",
    untitled="Campaign without a name",
    exemptions={},  # the sentence of the law is in English
    notes={
        Note.PAID_FROM_DEPOSIT: "Paid from your deposit: nothing is left to pay.",
        Note.NO_VAT_CHARGED: "No VAT is charged on this supply.",
        Note.SELF_BILLING: (
            "Self-billing: the customer issues this document in the name of the supplier."
        ),
        Note.PRIVATE_PERSON: (
            "The supplier is a private person: no VAT is shown and none may be deducted."
        ),
        Note.CREDITED_TO_EARNINGS: "The total was credited to the supplier's earnings.",
        Note.REFUNDED_TO_DEPOSIT: "The total was put back to your deposit.",
        Note.REPLACED: "A new document with the right data replaces the one named above.",
        Note.TAKEN_BACK: "The supplier objected: the document named above has no effect any more.",
        Note.NOT_AN_INVOICE: "This is not an invoice and shows no VAT.",
        Note.DEPOSIT_RESERVED: (
            "The money is only reserved for you. An invoice follows when work was approved."
        ),
    },
    reason="Reason: {reason}",
    carried_in="Nothing is rounded: {amount} was carried over from earlier documents.",
    carried_out="Nothing is rounded: {amount} is carried to the next document.",
    footer="Page",
    letter=Letter(
        subject="{title} {number}",
        body="Hello,\n\nattached is {title} {number} of {issuer}.\n\n{issuer}\n",
    ),
)
