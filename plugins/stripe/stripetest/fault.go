package stripetest

import (
	"cmp"
	"fmt"
	"net/http"
	"slices"
	"time"
)

// A FaultKind is a way for one request to go wrong.
type FaultKind string

// The faults. "Saved" means kept under the idempotency key, so that a repeat under it gets the same answer.
const (
	DropBefore       FaultKind = "drop_before"        // the connection drops, nothing happens
	DropAfter        FaultKind = "drop_after"         // it happens and is saved, then the connection drops
	DelayBefore      FaultKind = "delay_before"       // it happens after Delay, even if the client has gone; the key is in use meanwhile
	DelayAfter       FaultKind = "delay_after"        // it happens and is saved at once, and is answered after Delay
	Torn             FaultKind = "torn"               // it happens and is saved, half of the answer arrives
	Unavailable      FaultKind = "unavailable"        // 503, nothing happens, nothing is saved
	ServerError      FaultKind = "server_error"       // 500, nothing happens, the 500 is saved
	ServerErrorAfter FaultKind = "server_error_after" // it happens, 500, the 500 is saved
	RateLimit        FaultKind = "rate_limit"         // 429, nothing happens, nothing is saved
	LockTimeout      FaultKind = "lock_timeout"       // 429 lock_timeout, nothing happens, nothing is saved
	KeyInUse         FaultKind = "key_in_use"         // 409, nothing happens, nothing is saved
	Decline          FaultKind = "decline"            // the issuer declines with Code; saved
	Duplicate        FaultKind = "duplicate"          // the request arrives twice, the second answer is sent
	NoRisk           FaultKind = "no_risk"            // it happens without the word of Radar
	Lie              FaultKind = "lie"                // it happens and is saved, the answer sent has the fields of Set instead
)

var kinds = []FaultKind{
	DropBefore, DropAfter, DelayBefore, DelayAfter, Torn, Unavailable, ServerError, ServerErrorAfter,
	RateLimit, LockTimeout, KeyInUse, Decline, Duplicate, NoRisk, Lie,
}

// Operations of requests, as in the ledger; lookup is any GET.
const (
	opAuthorize = "authorize" // POST payment_intents, POST payment_intents/ID/confirm
	opCapture   = "capture"
	opVoid      = "void"
	opRefund    = "refund"
	opIncrease  = "increase" // POST payment_intents/ID/increment_authorization
	opLookup    = "lookup"
	opOther     = "other"
)

// A Fault strikes the next request of its operation. Faults are used up in the order in which they were set.
type Fault struct {
	Kind FaultKind `json:"kind"`
	// On is the operation it strikes: authorize, increase, capture, void, refund, lookup (any GET) or other; any where empty.
	On string `json:"on,omitempty"`
	// Times is how many requests it strikes: 1 where zero, all from now on where negative.
	Times int `json:"times,omitempty"`
	// DelayMS is the delay of DelayBefore and DelayAfter in milliseconds; Release ends it.
	DelayMS int64 `json:"delay_ms,omitempty"`
	// Code is the decline code of Decline, generic_decline where empty.
	Code string `json:"decline_code,omitempty"`
	// Set are the top-level fields that Lie puts into the object answered, or into each object of a list.
	Set map[string]any `json:"set,omitempty"`
}

func (f Fault) delay() time.Duration { return time.Duration(f.DelayMS) * time.Millisecond }

// decline returns Stripe's error code and decline code of Decline.
func (f Fault) decline() (code, decline string) {
	return "card_declined", cmp.Or(f.Code, "generic_decline")
}

func (f Fault) check() error {
	if !slices.Contains(kinds, f.Kind) {
		return fmt.Errorf("fault: no kind %q", f.Kind)
	}
	if !slices.Contains([]string{"", opAuthorize, opCapture, opVoid, opRefund, opIncrease, opLookup, opOther}, f.On) {
		return fmt.Errorf("fault %s: no operation %q", f.Kind, f.On)
	}
	if (f.Kind == DelayBefore || f.Kind == DelayAfter) && f.DelayMS <= 0 {
		return fmt.Errorf("fault %s: no delay", f.Kind)
	}
	if f.Kind == Lie && len(f.Set) == 0 {
		return fmt.Errorf("fault %s: no fields to set", f.Kind)
	}
	if f.Kind == Decline && f.On != opAuthorize && f.On != opCapture && f.On != opIncrease {
		return fmt.Errorf("fault %s: strikes authorize, increase or capture, not %q", f.Kind, f.On)
	}
	return nil
}

// Fault sets faults behind those already set.
func (s *Server) Fault(faults ...Fault) error {
	for _, f := range faults {
		if err := f.check(); err != nil {
			return err
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, f := range faults {
		if f.Times == 0 {
			f.Times = 1
		}
		s.faults = append(s.faults, f)
	}
	return nil
}

// Faults returns those not used up.
func (s *Server) Faults() []Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.faults)
}

// ClearFaults forgets all faults. Requests already held back stay so until Release.
func (s *Server) ClearFaults() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.faults = nil
}

// takeFault uses up the first fault that strikes op; the zero Fault where none does.
func (s *Server) takeFault(op string) Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.IndexFunc(s.faults, func(f Fault) bool { return f.On == "" || f.On == op })
	if i < 0 {
		return Fault{}
	}
	f := s.faults[i]
	if f.Times > 0 {
		if s.faults[i].Times--; s.faults[i].Times == 0 {
			s.faults = slices.Delete(s.faults, i, i+1)
		}
	}
	return f
}

// early returns the answer of a fault that keeps a request from being looked at, nil for other faults.
func (f Fault) early() *answer {
	var e *failure
	switch f.Kind {
	case DropBefore:
		return &answer{abort: true}
	case Unavailable:
		e = &failure{status: http.StatusServiceUnavailable, Type: "api_error", Message: "The service is unavailable. (stripetest fault)"}
	case RateLimit:
		e = &failure{
			status: http.StatusTooManyRequests, Type: "invalid_request_error", Code: "rate_limit",
			Message: "Request rate limit exceeded. (stripetest fault)",
		}
	case LockTimeout:
		e = &failure{
			status: http.StatusTooManyRequests, Type: "invalid_request_error", Code: "lock_timeout",
			Message: "This object cannot be accessed right now because another API request or Stripe process is currently accessing it.",
		}
	case KeyInUse:
		e = keyInUse("(stripetest fault)")
	case DropAfter, DelayBefore, DelayAfter, Torn, ServerError, ServerErrorAfter, Decline, Duplicate, NoRisk, Lie:
		return nil
	default: // no fault
		return nil
	}
	a := e.answer()
	return &a
}

// serverError is the saved 500 of ServerError and ServerErrorAfter.
func serverError() *failure {
	return &failure{
		status: http.StatusInternalServerError, executed: true, Type: "api_error",
		Message: "An unknown error occurred. (stripetest fault)",
	}
}
