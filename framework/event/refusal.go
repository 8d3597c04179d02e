package event

import (
	"strconv"
	"strings"
)

// RefusalCode says why somebody may not come in. The words never change: screens
// and apps translate by them.
type RefusalCode string

// The refusals.
const (
	RefuseNoGate     RefusalCode = "no_gate"
	RefuseUnclear    RefusalCode = "unclear"
	RefuseLate       RefusalCode = "late"
	RefuseParty      RefusalCode = "party"
	RefuseTender     RefusalCode = "tender_not_accepted"
	RefuseFunding    RefusalCode = "funding_not_accepted"
	RefuseRisk       RefusalCode = "risk_refused"
	RefuseDeclined   RefusalCode = "declined"
	RefusePartial    RefusalCode = "partial"
	RefuseNoAnswer   RefusalCode = "no_answer"
	RefuseUnpaid     RefusalCode = "unpaid"
	RefuseDebt       RefusalCode = "debt"
	RefuseHouseLimit RefusalCode = "house_limit"
	RefusePayment    RefusalCode = "payment_down"
	RefuseGateDown   RefusalCode = "gate_down"
	RefuseGate       RefusalCode = "gate"
	RefuseClosed     RefusalCode = "closed"
	// RefuseNotEnrolled: what the reader recognised stands for no account here.
	RefuseNotEnrolled RefusalCode = "not_enrolled"
	// RefuseOtherAccount: it stands for another account than the one it is shown for.
	RefuseOtherAccount RefusalCode = "other_account"
)

// Refusal is one way in which somebody is not let in.
type Refusal struct {
	Code RefusalCode `json:"code"`
	// Message is for the shopper's screen: plain sentences, at most 120 letters,
	// and never who they are or what a card lacks. NumberMark stands for
	// EntryRefused.Number.
	Message string `json:"message"`
	// When is for whoever writes a translation.
	When string `json:"when"`
}

// NumberMark stands in a message for its number.
const NumberMark = "{number}"

// Refusals lists every refusal: the one place where their words are.
func Refusals() []Refusal {
	return []Refusal{
		{RefuseTender, "This way to pay is not accepted here. Please use another or ask the staff.",
			"the credential is none of the store's tenders, or no house account is there for it"},
		{RefuseFunding, "This kind of card is not accepted here. Nothing was charged. Please use another.",
			"the card's funding is refused by the store: known at the tap, or by the hold's answer, and then the hold is released"},
		{RefuseRisk, "The payment was not approved. Nothing was charged. Please use another card or ask the staff.",
			"the processor's answer about risk is one that the store refuses; the hold is released"},
		{RefuseDeclined, "The card was declined. Nothing was charged.", "the processor declined the hold"},
		{RefusePartial, "The card does not cover the amount that is held for a visit. Nothing was charged.",
			"the processor would hold another amount than was asked for; it is released"},
		{RefuseNoAnswer, "The payment could not be checked in time. Nothing will be charged. Please try again.",
			"the processor did not answer in the time that a shopper waits at the gate"},
		{RefuseUnpaid, "An earlier visit is not paid yet. It is being asked for now: please try again in a moment.",
			"an earlier visit on the credential is yet to be settled"},
		{RefuseDebt, "An earlier visit is not paid, and the payment for it was declined. Please ask the staff.",
			"what an earlier visit owes was asked for at the gate and declined, or can't be asked for"},
		{RefuseHouseLimit, "The limit of this account is reached. Please pay in another way or ask the staff.",
			"a badge or meal plan has nothing left for this visit, day or period"},
		{RefuseUnclear, "This could not be read. Please try again.", "the reader is less sure of the credential than the store wants"},
		{RefuseLate, "That took too long. Nothing was charged. Please try again.", "the store heard of the tap so late that somebody else may stand at the gate"},
		{RefuseParty, "No more than {number} people may enter together.", "more people than the store lets in on one credential"},
		{RefusePayment, "Payments are down at the moment. Please come back later.",
			"the processor is down and the store lets nobody in without a hold, or not on this credential"},
		{RefuseGateDown, "This gate is out of order at the moment. Please use another or ask the staff.", "the reader's gate is down"},
		{RefuseGate, "The gate can't open at the moment. Nothing will be charged. Please ask the staff.", "the gate refused to open; the hold is released"},
		{RefuseClosed, "Nobody can come in at the moment. Please come back later or ask the staff.",
			"a device is down without which the store lets nobody in"},
		{RefuseNotEnrolled, "This is not set up here yet. Please pay in another way or ask the staff.",
			"the reader recognises the instrument by itself, and the store has paired it with no account"},
		{RefuseOtherAccount, "This is set up for another account already. Please ask the staff.",
			"the instrument was shown at an enrolment and is paired with another account"},
		{RefuseNoGate, "This reader opens no gate. Please ask the staff.", "the reader serves no gate"},
	}
}

// Refuse fills in the message of a refusal.
func Refuse(code RefusalCode, f EntryRefused) EntryRefused {
	f.Code = code
	for _, r := range Refusals() {
		if r.Code == code {
			f.Message = strings.ReplaceAll(r.Message, NumberMark, strconv.Itoa(f.Number))
		}
	}
	return f
}
