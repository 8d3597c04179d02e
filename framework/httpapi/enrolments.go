package httpapi

import (
	"net/http"
	"slices"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/view"
	"github.com/openaisle/aisle/sdk/observe"
)

// enrolments tells whom devices recognise.
func (a *api) enrolments(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, struct {
		Enrolments []view.Enrolment `json:"enrolments"`
	}{a.View.Enrolments()})
}

// wrongEnrolment names the field of an order about enrolment that is not as it
// must be. It sorts the attributes: their order says nothing.
func wrongEnrolment(o *view.Order) (field, message string) {
	if o.Account != nil {
		slices.Sort(o.Account.Attributes)
		o.Account.Attributes = slices.Compact(o.Account.Attributes)
	}
	switch {
	case o.Account != nil && !words(o.Account.Token):
		return "account", "An account is a token of 1 to 200 bytes: the payment processor's, or one of the staff's list or of a house account."
	case o.Account != nil && observe.CheckAttributes(o.Account.Attributes) != nil:
		return "account", "Attributes are names and values, such as tender=card."
	case o.Order != event.OrderForget && !words(o.Reader):
		return "reader", "Which reader, such as credential_reader.palm?"
	case o.Order == event.OrderEnrol && o.Account == nil:
		return "account", "An enrolment says for which account."
	case o.Order == event.OrderEnrol && !words(o.Consent):
		return "consent", "An enrolment names what was signed: without consent nobody is enrolled."
	case o.Order == event.OrderForget && (o.Account == nil) == (o.Pairing == ""):
		return "pairing", "What is forgotten: one pairing, or all of an account?"
	case o.Pairing != "" && !words(o.Pairing):
		return "pairing", "A pairing is a name of 1 to 200 bytes."
	}
	return "", ""
}
