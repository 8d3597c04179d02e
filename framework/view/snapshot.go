package view

import (
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/observe"
)

// Limits of what a snapshot holds, and of what stays in memory.
const (
	KeptLines    = 200   // newest lines of the log
	KeptRecent   = 24    // newest receipts listed
	KeptReceipts = 2_000 // receipts kept in memory; older ones are read from the journal again
)

// Snapshot is the store as of one record.
type Snapshot struct {
	// Seq and At are the last record's; zero before the first.
	Seq uint64    `json:"seq"`
	At  time.Time `json:"at"`

	Store Store `json:"store"`
	// Sessions are those that are not closed, oldest first.
	Sessions []Session `json:"sessions"`
	// Closed says why nobody is let in, and at which gates; empty while every
	// gate that works lets people in.
	Closed []event.Closure `json:"closed,omitempty"`
	// Devices are in the order of a store file's classes, then by address.
	Devices []Device `json:"devices"`
	Totals  Totals   `json:"totals"`
	// Log is oldest first, Receipts newest first.
	Log      []Line  `json:"log"`
	Receipts []Brief `json:"receipts"`
	// Lines is how many lines the log ever had: more than Log still holds.
	Lines uint64 `json:"lines"`
	// Changed says which record last changed each part.
	Changed Changed `json:"changed"`
}

// Changed is the number of the record that last changed each part.
type Changed struct {
	Sessions uint64 `json:"sessions"`
	Devices  uint64 `json:"devices"`
	Totals   uint64 `json:"totals"`
	Log      uint64 `json:"log"`
	Receipts uint64 `json:"receipts"`
}

// Store is what a page must know of the definition in force. Name is empty
// until one was adopted.
type Store struct {
	Name     string         `json:"name"`
	Currency money.Currency `json:"currency"`
	// Timezone is an IANA name.
	Timezone string `json:"timezone"`
	// DisputeWithin is for how long after a visit its shopper may dispute it.
	DisputeWithin time.Duration `json:"-"`
}

// Stage is how far a session is.
type Stage string

// The stages, in the order of a visit.
const (
	// StageAsking: the hold is not authorised yet.
	StageAsking Stage = "asking"
	// StageAdmitted: the gate was told to let them in, and nobody came yet.
	StageAdmitted Stage = "admitted"
	StageInside   Stage = "inside"
	// StageLeft: the visit is over and the cart waits for late evidence.
	StageLeft Stage = "left"
	// StageSettling: the cart is closed and money still moves.
	StageSettling Stage = "settling"
	// StageReview: charged or released, and something is pending.
	StageReview Stage = "review"
)

// Session is a visit that is not closed.
type Session struct {
	ID string `json:"id"`
	// Number counts the visits in this journal: a name for people.
	Number  int            `json:"number"`
	Stage   Stage          `json:"stage"`
	Method  observe.Method `json:"method"`
	Reader  string         `json:"reader"`
	Gate    string         `json:"gate"`
	Staff   bool           `json:"staff"`
	Opened  time.Time      `json:"opened"`
	Ended   *time.Time     `json:"ended,omitempty"`
	Ending  event.Ending   `json:"ending,omitempty"`
	Party   Party          `json:"party"`
	Lines   []CartLine     `json:"lines"`
	Pending []PendingLine  `json:"pending"`
	// Units are those of Lines, and Total what they come to, with discounts,
	// deposits and added taxes.
	Units int          `json:"units"`
	Total money.Amount `json:"total"`
	// Payment is nil for staff.
	Payment *Payment `json:"payment,omitempty"`
	// Refusal is what the shopper was told where they were turned away.
	Refusal string `json:"refusal,omitempty"`
	// RefusalCode is the same for machines and translators: see event.Refusals.
	RefusalCode event.RefusalCode `json:"refusal_code,omitempty"`
	// Tender is how it is paid, House the class of the store's own accounts that
	// it is posted to.
	Tender storedef.Tender `json:"tender,omitempty"`
	House  string          `json:"house,omitempty"`
	// Receipt is the id of the newest receipt, where there is one, and
	// PendingUntil when its pending lines end in the shopper's favour.
	Receipt      string     `json:"receipt,omitempty"`
	PendingUntil *time.Time `json:"pending_until,omitempty"`
	// Changed is the number of the record that last changed the session.
	Changed uint64 `json:"changed"`
}

// Party counts the bodies of a session.
type Party struct {
	// Size is how many were to be let in.
	Size int `json:"size"`
	In   int `json:"in"`
	Out  int `json:"out"`
}

// Inside is how many bodies are in the store.
func (p Party) Inside() int { return max(0, p.In-p.Out) }

// CartLine is units of one product, at what they would cost now.
type CartLine struct {
	GTIN     gs1.GTIN `json:"gtin"`
	Title    string   `json:"title"`
	Quantity int      `json:"quantity"`
	// Mass is that of weighed goods, and Per what Unit is the price of: "kg", or
	// empty for a unit.
	Mass   measure.Mass `json:"mass,omitempty"`
	Per    storedef.Per `json:"per,omitempty"`
	Unit   money.Amount `json:"unit"`
	Amount money.Amount `json:"amount"`
	// Discount is what promotions would take off; nil for nothing.
	Discount *money.Amount `json:"discount,omitempty"`
	// Changed is the number of the record that last changed the line.
	Changed uint64 `json:"changed"`
}

// PendingLine is something that the session may have, or may have put back.
// Nothing is charged for it.
type PendingLine struct {
	GTIN gs1.GTIN `json:"gtin,omitempty"`
	// Title is empty where the product can't be told.
	Title    string `json:"title,omitempty"`
	Quantity int    `json:"quantity"`
	Put      bool   `json:"put,omitempty"`
	Reason   string `json:"reason"`
}

// Payment is how far a session's payment is.
type Payment struct {
	State    event.PaymentState `json:"state"`
	Held     *money.Amount      `json:"held,omitempty"`
	Captured *money.Amount      `json:"captured,omitempty"`
	Brand    string             `json:"brand,omitempty"`
	Last4    string             `json:"last4,omitempty"`
	// Doubtful says that the movement under way may have happened and is being
	// looked up.
	Doubtful bool   `json:"doubtful,omitempty"`
	Reason   string `json:"reason,omitempty"`
}

// Device is one device of the store.
type Device struct {
	Address string         `json:"address"`
	Class   storedef.Class `json:"class"`
	// Driver is the driver reference: plugin.driver.
	Driver string            `json:"driver"`
	Zones  []string          `json:"zones,omitempty"`
	State  event.DeviceState `json:"state"`
	Cause  string            `json:"cause,omitempty"`
	// Power is empty where the device's plugin says nothing of it.
	Power event.PowerState `json:"power,omitempty"`
	// Since is when it came into this state; zero where it never spoke.
	Since time.Time `json:"since"`
	// Lost is how many of its reports never arrived, as far as that is known;
	// Gaps is how often reports were lost, and Unknown how often of these it is
	// not known how many.
	Lost    uint64 `json:"lost"`
	Gaps    uint64 `json:"gaps,omitempty"`
	Unknown uint64 `json:"unknown,omitempty"`
	// Changed is the number of the record that last changed the device.
	Changed uint64 `json:"changed"`
}

// Totals are the sums over the whole journal.
type Totals struct {
	// Sessions is how many visits were opened, staff excepted.
	Sessions int `json:"sessions"`
	// Open is how many are not closed, and People how many bodies are inside.
	Open   int `json:"open"`
	People int `json:"people"`
	// Receipts is how many were issued, whatever their version.
	Receipts int `json:"receipts"`
	// Captured is what was charged, one amount a currency.
	Captured []money.Amount `json:"captured"`
	// Charged, Voided and Failed count the payments that ended so.
	Charged int `json:"charged"`
	Voided  int `json:"voided"`
	Failed  int `json:"failed"`
	// Refused counts those who were turned away at the entry.
	Refused int `json:"refused"`
	// InReview is how many receipts have pending lines.
	InReview int `json:"in_review"`
}

// CapturedIn is what was charged in one currency.
func (t Totals) CapturedIn(cur money.Currency) money.Amount {
	for _, a := range t.Captured {
		if a.Currency == cur {
			return a
		}
	}
	return money.Zero(cur)
}

// Tone says what a line of the log is like.
type Tone string

// The tones.
const (
	TonePlain Tone = "plain"
	ToneGood  Tone = "good"
	ToneDoubt Tone = "doubt"
	ToneBad   Tone = "bad"
)

// Line is one fact in a sentence.
type Line struct {
	Seq  uint64    `json:"seq"`
	At   time.Time `json:"at"`
	Tone Tone      `json:"tone"`
	Text string    `json:"text"`
	// Session is whom it is about, where it is about one.
	Session string `json:"session,omitempty"`
	// Entry says that it tells whether people are let in, in place of every such
	// line before it.
	Entry bool `json:"-"`
}

// Brief is a receipt in a list.
type Brief struct {
	ID      string             `json:"id"`
	Session string             `json:"session"`
	Number  int                `json:"number"`
	Version int                `json:"version"`
	Closed  time.Time          `json:"closed"`
	Units   int                `json:"units"`
	Pending int                `json:"pending"`
	Total   money.Amount       `json:"total"`
	Payment event.PaymentState `json:"payment"`
}

// Receipt is a receipt with all its versions, oldest first.
type Receipt struct {
	ID string `json:"id"`
	// Number is the visit's.
	Number   int       `json:"number"`
	Versions []Version `json:"versions"`
}

// Version is a receipt as it was issued by one record.
type Version struct {
	Seq     uint64        `json:"seq"`
	At      time.Time     `json:"at"`
	Receipt event.Receipt `json:"receipt"`
}

// Latest is the version that counts.
func (r *Receipt) Latest() Version { return r.Versions[len(r.Versions)-1] }
