package processor

// Op is what a request asks for, in the words of the ledger.
type Op string

// The operations.
const (
	Authorize Op = "authorize"
	Increase  Op = "increase"
	Capture   Op = "capture"
	Void      Op = "void"
	Refund    Op = "refund"
	Lookup    Op = "lookup"
)

// What happens without a request.
const (
	Expire        Op = "expire"
	CaptureFailed Op = "capture_failed"
	Chargeback    Op = "chargeback"
)

// Caps are what a processor can do. Times are nanoseconds, shares are parts per
// million.
type Caps struct {
	KeyWindow                       int64
	SavesErrors                     bool
	LookupByKey, LookupByReference  bool
	SettlingDelay                   int64
	HoldLifetime                    int64
	PartialCapture, MultipleCapture bool
	OverCapture                     int64
	Increment                       bool
	VoidAfterCapture                bool
	PartialRefund                   bool
	RefundWindow                    int64
	Notices                         bool
}

// Request is one call.
type Request struct {
	Op  Op
	Key string
	// Session and Token travel as metadata.
	Session, Token string
	// Reference is that of the hold or capture that is acted on.
	Reference string
	Minor     int64
	Currency  string
	// Of is the operation that a look-up looks for.
	Of Op
}

// Status is what a reply says.
type Status uint8

// The statuses.
const (
	// Done: it happened, now or when the key was first used.
	Done Status = iota
	// Declined: it did not happen, for good.
	Declined
	// Busy: too many requests; nothing was looked at.
	Busy
	// Failed: an error of the processor's own, which says nothing of the effect.
	Failed
	// Invalid: the request makes no sense, or its key stands for another one.
	Invalid
	// Unsupported: it can't do that.
	Unsupported
)

// Found is what a look-up found.
type Found uint8

// What a look-up finds.
const (
	Absent Found = iota
	FoundDone
	FoundDeclined
	FoundPending
)

// Reply is what the processor answers.
type Reply struct {
	Status    Status
	Found     Found
	Reference string
	Minor     int64
	Currency  string
	Expires   int64
	Brand     string
	Last4     string
	Funding   string
	Message   string
	// Acted says that this very request moved money.
	Acted bool
}

// Entry is one line of the ledger: something that really happened.
type Entry struct {
	At        int64
	Op        Op
	Key       string
	Session   string
	Token     string
	Reference string
	// Parent is the hold of a capture, and the capture of a refund.
	Parent   string
	Minor    int64
	Currency string
	// Expires is a hold's.
	Expires int64
}

// Notice is word of the processor's that nobody asked for.
type Notice struct {
	ID        string
	Key       string
	Reference string
	Kind      string
	Minor     int64
	Currency  string
	At        int64
}

// Card is what a token stands for.
type Card struct {
	Brand, Last4, Funding string
	// Limit is how much may be held or captured on it at once; negative for
	// without end.
	Limit int64
	used  int64
}
