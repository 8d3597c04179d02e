package observe

import (
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
)

// Evidence is one of Credential, Passage, Weight, Tag, Interaction, Presence,
// Door or Scan. The set is closed: it grows only with the contract.
//
//sumtype:decl
type Evidence interface {
	evidence()
	// Span is the device-clock interval that the evidence speaks of.
	Span() Interval
}

// Track is an opaque name that a camera gives to one body for as long as it
// follows it. It says nothing about who the body is, ends with the visit, and
// is never used again for another body, not even after the camera restarts: a
// camera puts a boot number or a random prefix into it.
type Track string

// Credential is a card, palm, badge or code presented at a reader.
type Credential struct {
	Interval
	// Token stands for the instrument at the payment processor or in the
	// store's own list. It is opaque: never a card number or a template.
	Token string `json:"token"`
	// Method says how the token was presented.
	Method Method `json:"method"`
	// Quality is how sure the reader is of the token.
	Quality measure.Probability `json:"quality"`
	// Bodies is how many people the holder says enter on this credential,
	// the holder included. Zero means one.
	Bodies int `json:"bodies,omitempty"`
	// Attributes are what whoever issued the credential says of its holder, each
	// as name=value, sorted: "age_over=18", "loyalty=gold". They say what the
	// holder is entitled to and never who that is. The names are those that the
	// store's file asks for; CheckAttributes says what else holds.
	Attributes []string `json:"attributes,omitempty"`
}

// Passage is one body that went through a gate's lane.
type Passage struct {
	Interval
	// Lane names the lane of a gate that has several; empty for a single one.
	Lane string `json:"lane,omitempty"`
	// Direction is In for street to store, and unknown where the gate can't tell: a guess
	// would let somebody in, or out, who did not go.
	Direction Direction `json:"direction"`
	// Admission is the session that this body was let in for, where the gate
	// counts bodies against the admission it was given; empty otherwise.
	Admission string `json:"admission,omitempty"`
}

// Weight is the settled mass on one bay of a shelf: a level, not a change.
type Weight struct {
	Interval
	// Bay is the number of the bay on its shelf, from 1.
	Bay int `json:"bay"`
	// Mass is the absolute settled mass. Its zero stays the same, over
	// restarts too, until the bay is tared.
	Mass measure.Mass `json:"mass"`
	// Deviation is the standard uncertainty of the change since the last
	// settled level (ISO/IEC Guide 98-3, 2.3.1).
	Deviation measure.Mass `json:"deviation"`
}

// Tag is an RFID tag seen by a reader.
type Tag struct {
	Interval
	// EPC is the tag's Electronic Product Code in upper-case hexadecimal, as
	// stored in the EPC memory bank without the protocol control word.
	EPC string `json:"epc"`
	// Antenna is the LLRP AntennaID of the strongest read, from 1.
	Antenna int `json:"antenna"`
	// Power is the peak RSSI.
	Power measure.Power `json:"power"`
	// Phase is the carrier's phase at the strongest read, in parts of a turn of
	// PhaseTurn, from 1 on; PhaseTurn itself is a whole turn, which is none. It is
	// 0 where the reader does not tell it. Where it counts from and which way it
	// grows is the reader's own: only differences mean something, between reads
	// by one antenna on one carrier.
	Phase int `json:"phase,omitempty"`
	// Reads is how many single reads the report sums up.
	Reads int `json:"reads"`
	// Direction is how the tag moved through the lane, as far as it can be
	// told; DirectionUnknown for a tag that is merely there.
	Direction Direction `json:"direction"`
	// Confidence is how sure the reader is of Direction.
	Confidence measure.Probability `json:"confidence"`
}

// Interaction is a hand seen at a shelf.
type Interaction struct {
	Interval
	// Track is the body the hand belongs to; empty when it can't be told.
	Track Track `json:"track,omitempty"`
	// At is the address of the bay or shelf the hand was at, such as
	// "weight_shelf.cooler_top.bay[1]".
	At string `json:"at"`
	// Action is what the hand did.
	Action Action `json:"action"`
	// Confidence is how sure the camera is of Action.
	Confidence measure.Probability `json:"confidence"`
	// Quantity is how many units the hand held; zero when it can't be told.
	Quantity int `json:"quantity,omitempty"`
	// Candidates are the products that it may have been, best first. Their
	// probabilities add up to at most one; the rest is "something else".
	Candidates []Candidate `json:"candidates,omitempty"`
}

// Candidate is one product that an object seen may be.
type Candidate struct {
	GTIN        gs1.GTIN            `json:"gtin"`
	Probability measure.Probability `json:"probability"`
}

// Presence is a track in a zone: a level, restated after every open, at every
// change of zone, and where the camera is no longer as sure whose track it is.
type Presence struct {
	Interval
	Track Track `json:"track"`
	// Zone is the address of the zone the body is in, such as "zone.drinks".
	Zone string `json:"zone"`
	// Phase says whether the track began here, goes on, or ended.
	Phase Phase `json:"phase"`
	// Confidence is how sure the camera is that the track still is the body that it
	// began with, or 0 where it does not say. It falls where the camera may have taken
	// two for one another, as where they passed too close to be told apart, and is
	// stated of both as soon as it does; it does not rise by time.
	Confidence measure.Probability `json:"confidence,omitempty"`
}

// Door is the position of a door, such as a cooler's.
type Door struct {
	Interval
	Open bool `json:"open"`
}

// Scan is a bar code read by a fixed or hand-held scanner.
type Scan struct {
	Interval
	GTIN gs1.GTIN `json:"gtin"`
	// Serial is the AI (21) serial number where the symbol carries one.
	Serial string `json:"serial,omitempty"`
	// Track is the body that held the item, where it is known.
	Track Track `json:"track,omitempty"`
}

func (Credential) evidence()  {}
func (Passage) evidence()     {}
func (Weight) evidence()      {}
func (Tag) evidence()         {}
func (Interaction) evidence() {}
func (Presence) evidence()    {}
func (Door) evidence()        {}
func (Scan) evidence()        {}

// Span returns the interval itself, so that every kind that embeds one has it.
func (i Interval) Span() Interval { return i }
