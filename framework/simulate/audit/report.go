package audit

// Report is what an audit found.
type Report struct {
	// Visits are the lines of the truth.
	Visits int
	// Unknown is how many of them say nothing of goods, and Refused how many were not
	// let in.
	Unknown, Refused int
	// Receipts is how many sessions have one. Each is Exact, Overcharged or
	// Undercharged, but for those of visits that are not over.
	Receipts, Exact, Overcharged, Undercharged int
	// InReview is how many ever had a pending line.
	InReview int

	// Holds, Captures and Voided count movements of the ledger.
	Holds, Captures, Voided int
	// CapturedMinor is the sum of all captures, RefundedMinor of all refunds.
	CapturedMinor, RefundedMinor int64
	// UnresolvedHolds are neither captured nor voided.
	UnresolvedHolds int
	// Doubled is how many visits were captured twice, or for more than what
	// they carried is worth.
	Doubled int
	// Lost is how many visits that came in show neither a capture nor a
	// release in the ledger.
	Lost int
	// NoReceipt is how many visits that owe for something have no receipt.
	NoReceipt int

	// Findings say what is wrong, a line each, in the order of the books.
	Findings []Finding
}

// Finding is something wrong with one visit or receipt.
type Finding struct {
	Credential string `json:"credential"`
	Session    string `json:"session,omitempty"`
	Verdict    string `json:"verdict"`
	Detail     string `json:"detail"`

	// Goods are the differences behind an Overcharged or Undercharged, by
	// GTIN, and Money what the ledger says else than the receipts; for those
	// who put it into words of their own.
	Goods []Difference `json:"-"`
	Money string       `json:"-"`
}

// Difference is units of a product charged and owed, or how much of it where Unit
// says in what.
type Difference struct {
	GTIN          string
	Charged, Owed int64
	Unit          string
}

// The verdicts of findings.
const (
	Overcharged  = "overcharged"
	Undercharged = "undercharged"
	Doubled      = "doubled"
	Lost         = "lost"
	Stuck        = "stuck"
	NoReceipt    = "no receipt"
)

func (r *Report) find(credential, session, verdict, detail string) {
	r.Findings = append(r.Findings, Finding{Credential: credential, Session: session, Verdict: verdict, Detail: detail})
}
