package stripetest

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// A failure is Stripe's error object (docs.stripe.com/api/errors) with its HTTP status.
type failure struct {
	status int
	// executed says that the endpoint had begun its work, so that the answer is saved under the idempotency key.
	executed bool

	Code        string         `json:"code,omitempty"`
	DeclineCode string         `json:"decline_code,omitempty"`
	Charge      string         `json:"charge,omitempty"`
	Message     string         `json:"message"`
	Param       string         `json:"param,omitempty"`
	Intent      map[string]any `json:"payment_intent,omitempty"`
	Type        string         `json:"type"`
}

func (f *failure) answer() answer {
	body, err := json.MarshalIndent(map[string]any{"error": f}, "", "  ")
	if err != nil {
		panic(fmt.Sprintf("stripetest: encode an error: %v", err)) // maps and strings of ours always encode
	}
	return answer{status: f.status, body: body, save: f.executed}
}

// An answer is a whole HTTP answer.
type answer struct {
	status int
	body   []byte
	save   bool // to be kept under the idempotency key
	replay bool // comes from there
	abort  bool // the connection is dropped instead
}

// retry is Stripe's advice to its libraries: a saved result comes back the same, a lock may have gone.
func (a answer) retry() string {
	switch {
	case a.status >= http.StatusInternalServerError && a.save:
		return "false"
	case a.status == http.StatusConflict, a.status == http.StatusTooManyRequests:
		return "true"
	default:
		return ""
	}
}

// invalid refuses parameters before the endpoint begins: nothing is saved under the key.
func invalid(param, code, format string, args ...any) *failure {
	return &failure{
		status: http.StatusBadRequest, Type: "invalid_request_error", Code: code, Param: param, Message: fmt.Sprintf(format, args...),
	}
}

// refused is an endpoint's own no: it is saved under the key.
func refused(param, code, format string, args ...any) *failure {
	f := invalid(param, code, format, args...)
	f.executed = true
	return f
}

// missing is the answer for an object that does not exist.
func missing(what, id, param string) *failure {
	f := refused(param, "resource_missing", "No such %s: '%s'", what, id)
	f.status = http.StatusNotFound
	if param != "intent" && param != "id" {
		f.status = http.StatusBadRequest // named by a parameter and not by the path
	}
	return f
}

// unmodelled is the answer for what Stripe does and stripetest does not.
func unmodelled(param, format string, args ...any) *failure {
	return &failure{
		status: http.StatusNotImplemented, Type: "api_error", Param: param,
		Message: "stripetest gives no meaning to " + fmt.Sprintf(format, args...),
	}
}
