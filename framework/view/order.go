package view

import (
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/sdk/money"
)

// Order is an order about money, or about whom a device recognises, as it is sent.
type Order struct {
	// ID tells orders apart: the same one again is carried out once.
	ID     string      `json:"id"`
	Order  event.Order `json:"order"`
	Actor  string      `json:"actor"`
	Reason string      `json:"reason"`
	// Receipt or Session says whose.
	Receipt string          `json:"receipt,omitempty"`
	Session string          `json:"session,omitempty"`
	Lines   []event.LineRef `json:"lines,omitempty"`
	Amount  *money.Amount   `json:"amount,omitempty"`
	Dispute string          `json:"dispute,omitempty"`
	Granted bool            `json:"granted,omitempty"`
	// Movement, Happened and Reference are of an order that says what became of a
	// movement; Alarm is the one that is acknowledged.
	Movement  string `json:"movement,omitempty"`
	Happened  bool   `json:"happened,omitempty"`
	Reference string `json:"reference,omitempty"`
	Alarm     string `json:"alarm,omitempty"`
	// Reader, Account and Consent are an enrolment's; Pairing, or Account, is what
	// to forget.
	Reader  string         `json:"reader,omitempty"`
	Account *event.Account `json:"account,omitempty"`
	Consent string         `json:"consent,omitempty"`
	Pairing string         `json:"pairing,omitempty"`
}

// Carried is what came of an order.
type Carried struct {
	// Status is "done": it is carried out, or under way; see Refunds.
	Status  string   `json:"status"`
	Session string   `json:"session"`
	Refunds []Refund `json:"refunds"`
}
