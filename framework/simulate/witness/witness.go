package witness

import (
	"encoding/json"
	"fmt"
	"time"
)

// Violation is an invariant that did not hold.
type Violation struct {
	ID      string    `json:"id"`
	Session string    `json:"session,omitempty"`
	At      time.Time `json:"at"`
	Text    string    `json:"text"`
}

// Movement is a line of the processor's ledger.
type Movement struct {
	At                  time.Time
	Op                  string
	Key, Session, Token string
	Reference, Parent   string
	Minor               int64
	Currency            string
	Expires             time.Time
	MultipleCapture     bool
	// Other says that another host asked for it, whose records nobody has, or
	// that the network delivered it once more than it was sent: of a hold made so
	// nobody hears, and it lapses.
	Other bool
}

// Request is a call as it reached the processor. Other says that another host
// sent it, whose records nobody has.
type Request struct {
	At                            time.Time
	Op, Key, Of, Token, Reference string
	Session                       string
	Minor                         int64
	Currency                      string
	Other                         bool
}

// Item is units of one product that a visit carried out, and what one costs.
type Item struct {
	GTIN     string
	Quantity int64
	Unit     int64
	// Mass is that of goods which are paid for by it, in milligrams, and Unit the
	// price of a kilogram then; zero for others.
	Mass int64
}

// Visit is what one party really did.
type Visit struct {
	Number int
	Token  string
	Items  []Item
	// Unheard are the units that it put back while nobody could tell the host:
	// the host was down, or what felt or saw it was. Nobody can know of them.
	Unheard []string
	Left    time.Time
	Entered bool
	// Weighings is how often it took loose goods or put some back.
	Weighings int64
	// House is the class of the store's own accounts that the credential is of;
	// empty for a card.
	House string
}

// Rules are what the witness has to know of the store and its processor.
type Rules struct {
	// OverCapture is the share above a hold that may be captured, in parts per
	// million.
	OverCapture int64
	// Rounding is how the store rounds what a mass costs: half_up, half_even or down.
	// Division is by how much a scale for trade may be off at each deed, in
	// milligrams.
	Rounding string
	Division int64
	// Doubts says that a visit of which the host was in doubt may end in the shopper's
	// favour in an exact world, too: portions of loose goods differ by so much that a
	// change of mass leaves more open.
	Doubts bool
	// Offers are what the store promises besides its prices.
	Offers []Offer
	// PerSale and Total bound what is risked without a hold; zero for nothing.
	PerSale, Total int64
	// ResolveWithin is how soon an outcome that is not known must be found out
	// once nothing is in the way.
	ResolveWithin time.Duration
	// EndEarly is how long before it lapses a hold must have come to an end.
	EndEarly time.Duration
	// Exact says that nothing was in the way of the sensors and nothing went
	// wrong: each receipt is exactly what was taken.
	Exact bool
	// NeverOver says that the sensors were right, so that what went wrong may
	// only ever lower a receipt, but for what was put back unheard.
	NeverOver bool
}

type session struct {
	id          string
	token       string
	staff       bool
	offline     int64
	by          ref
	opened      time.Time
	closed      int
	closedAt    time.Time
	frozenAt    time.Time
	frozen      int
	frozenUnits int64
	receipts    int
	id1         string
	last        *receipt
	books       map[string]int64
	alarmed     bool
	doubt       map[string]time.Time // keys that are in doubt, since
	held        map[string]int64     // by reference, as the host was told
	reviewed    bool
	lied        bool // the processor did not tell the truth of its captures
	// byOther are refunds that another host made, by key, and settles what the
	// records say of refunds.
	byOther map[string]int64
	settles map[string]string
	final   string
	// house is the class of the account that the visit is on, and posted what the
	// host's ledger has on it, less what was given back.
	house     string
	posted    int64
	onAccount bool
	doubted   bool // the host was not sure of something
	// from the ledger
	authorised, captured, refunded, failed, chargedBack int64
	holds                                               []string
	// elsewhere says that another host took the money, of a hold of its own: what
	// this one held is not known to anybody as what it is, and lapses.
	elsewhere bool
}

// Witness hears and judges.
type Witness struct {
	rules    Rules
	sessions map[string]*session
	order    []*session
	durable  map[string]bool // asks, by key, operation and amount
	digests  map[string]string
	holds    map[string]*hold
	holdList []*hold
	captures map[string]*Movement
	refunds  map[string]int64 // by capture
	trouble  map[string]time.Time
	all      time.Time
	now      time.Time
	open     []*hold
	offline  map[string]int64
	told     map[string]int64 // captures by reference, as the records have them
	postings map[string]int64 // to accounts of the store's own, by key
	tally    Tally

	Violations []Violation
	// Wrong are the receipts that are not exact.
	Wrong []Wrong
}

// Wrong is a receipt that is not what was taken. Amounts are minor units.
type Wrong struct {
	Session     string `json:"session"`
	Over, Under int64
	Text        string `json:"text"`
}

type hold struct {
	Movement
	captured int64
	over     string
}

// Tally is what a run added up to. Amounts are minor units.
type Tally struct {
	Sessions    int `json:"sessions"`
	Receipts    int `json:"receipts"`
	Exact       int `json:"exact"`
	Overcharged int `json:"overcharged"`
	// Unheard are those of them that put back what nobody could hear of.
	Unheard      int   `json:"overcharged_unheard"`
	Undercharged int   `json:"undercharged"`
	OverValue    int64 `json:"over_value"`
	UnderValue   int64 `json:"under_value"`
	InReview     int   `json:"in_review"`
	Unknown      int   `json:"unknown_outcomes"`
	Unresolved   int   `json:"unresolved"`
	Captured     int64 `json:"captured_value"`
	SlowestS     int64 `json:"slowest_resolution_s"`
	// OnAccount are visits that were posted to an account of the store's own, and
	// Weighed the receipts with goods that are paid for by their mass.
	OnAccount int `json:"on_account"`
	Weighed   int `json:"weighed"`
}

// Tally is what the run added up to so far.
func (w *Witness) Tally() Tally { return w.tally }

// New returns a witness who has heard nothing.
func New(r Rules) *Witness {
	return &Witness{
		rules: r, sessions: map[string]*session{}, durable: map[string]bool{}, digests: map[string]string{},
		holds: map[string]*hold{}, captures: map[string]*Movement{}, refunds: map[string]int64{}, trouble: map[string]time.Time{},
		offline: map[string]int64{}, told: map[string]int64{}, postings: map[string]int64{},
	}
}

func (w *Witness) violate(id, session, format string, args ...any) {
	if len(w.Violations) < maxViolations {
		w.Violations = append(w.Violations, Violation{ID: id, Session: session, At: w.now, Text: fmt.Sprintf(format, args...)})
	}
}

// maxViolations bounds the list of one run: the first tell the most.
const maxViolations = 32

// alarmSlack is how late an alarm may be: it is part of the record that tells
// the time.
const alarmSlack = time.Minute

// Now moves the witness's own time on and looks at what time alone makes wrong.
func (w *Witness) Now(at time.Time) {
	if at.After(w.now) {
		w.now = at
	}
	kept := w.open[:0]
	for _, h := range w.open {
		if h.over != "" {
			continue
		}
		if w.now.After(h.Expires.Add(alarmSlack - w.rules.EndEarly)) {
			if s := w.sessions[h.Session]; s == nil || !s.alarmed && !s.elsewhere && !s.lied {
				w.violate("M11", h.Session, "hold %s lapses at %s and was neither ended nor told of a day before", h.Reference, h.Expires.Format(time.RFC3339))
			}
			continue
		}
		kept = append(kept, h)
	}
	w.open = kept
}

// Troubled says that something was in the way of a session's money until now;
// an empty session means of everybody's.
func (w *Witness) Troubled(session string, until time.Time) {
	if session == "" {
		if until.After(w.all) {
			w.all = until
		}
		return
	}
	w.trouble[session] = until
}

// Lied says that the processor does not tell the truth of a session's captures.
func (w *Witness) Lied(session string) {
	if s := w.sessions[session]; s != nil {
		s.lied = true
	}
}

// Record hears a record that became durable at a true time, as Fact does of each of
// its facts.
func (w *Witness) Record(at time.Time, body []byte) {
	var r recordJSON
	if err := json.Unmarshal(body, &r); err != nil {
		w.violate("encoding", "", "a record can't be read: %v", err)
		return
	}
	for _, f := range r.Facts {
		w.Fact(at, f.Kind, f.Value)
	}
}

// Fact hears a fact of a record that became durable at a true time, whatever the
// host's clock says, by its name and as it is encoded. One that can't be read is a
// violation, not an error.
func (w *Witness) Fact(at time.Time, kind string, value []byte) {
	w.Now(at)
	if err := w.fact(envelope{kind, value}); err != nil {
		w.violate("encoding", "", "a fact %q can't be read: %v", kind, err)
	}
}

func read[T any](e envelope, then func(T)) error {
	var v T
	if err := json.Unmarshal(e.Value, &v); err != nil {
		return err
	}
	then(v)
	return nil
}

func (w *Witness) fact(e envelope) error {
	switch e.Kind {
	case "session_opened":
		return read(e, w.sessionOpened)
	case "asked":
		return read(e, w.asked)
	case "payment_moved":
		return read(e, w.paymentMoved)
	case "refund_moved":
		return read(e, w.refundMoved)
	case "posted":
		return read(e, w.posted)
	case "doubted":
		return read(e, func(d doubted) {
			for _, id := range d.Sessions {
				w.of(id, "a doubt").doubted = true
			}
		})
	case "house_posted":
		return read(e, w.housePosted)
	case "cart_frozen":
		return read(e, w.cartFrozen)
	case "receipt_issued":
		return read(e, w.receiptIssued)
	case "session_closed":
		return read(e, w.sessionClosed)
	case "alarmed":
		return read(e, func(a alarmed) {
			if s := w.sessions[a.Session]; s != nil {
				s.alarmed = true
			}
		})
	}
	return nil
}

func (w *Witness) of(id, what string) *session {
	s := w.sessions[id]
	if s == nil {
		w.violate("M2", id, "%s of a session that was never opened", what)
		s = &session{id: id, books: map[string]int64{}, doubt: map[string]time.Time{}, held: map[string]int64{}}
		w.sessions[id] = s
		w.order = append(w.order, s)
	}
	return s
}

func (w *Witness) sessionOpened(o opened) {
	if w.sessions[o.Session] != nil {
		w.violate("S1", o.Session, "a session is opened twice")
		return
	}
	s := &session{id: o.Session, token: o.Token, staff: o.Staff, by: o.By, opened: o.At, house: o.House,
		books: map[string]int64{}, doubt: map[string]time.Time{}, held: map[string]int64{}}
	if o.Offline != nil {
		s.offline = o.Offline.Minor
		w.risk(o.Session, s.offline)
	}
	w.sessions[o.Session] = s
	w.order = append(w.order, s)
	w.tally.Sessions++
}

// risk adds what is borne for a visit without a hold.
func (w *Witness) risk(id string, minor int64) {
	if minor > w.rules.PerSale {
		w.violate("M15", id, "%d is risked for a visit, the limit is %d", minor, w.rules.PerSale)
	}
	w.offline[id] = minor
	sum := int64(0)
	for _, v := range w.offline {
		sum += v
	}
	if sum > w.rules.Total {
		w.violate("M15", id, "%d is risked in all, the limit is %d", sum, w.rules.Total)
	}
}

// Standing reports whether the records say that a session may come in: it has a
// hold, or is staff's, or is one that the store risks.
func (w *Witness) Standing(id string) bool {
	s := w.sessions[id]
	return s != nil && (s.staff || s.house != "" || s.offline > 0 || len(s.held) > 0)
}

// Opened reports whether the records know a session.
func (w *Witness) Opened(id string) bool { return w.sessions[id] != nil }
