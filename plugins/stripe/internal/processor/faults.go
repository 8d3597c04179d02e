package processor

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"

	"github.com/stripe/stripe-go/v84"

	"github.com/openaisle/aisle/sdk/fault"
)

// mapped gives an error of stripe-go the code that the host acts on. What isn't known for certain is Unknown.
//
// The message never comes from stripe.Error.Error: that prints the whole object, client secret included.
func mapped(op string, err error) error {
	if err == nil {
		return nil
	}
	var told *stripe.Error
	if errors.As(err, &told) {
		text := told.Msg
		if told.DeclineCode != "" {
			text = fmt.Sprintf("%s (%s)", text, told.DeclineCode)
		}
		if told.RequestID != "" {
			text = fmt.Sprintf("%s [%s]", text, told.RequestID)
		}
		return fault.Wrap(codeOf(told), op, errors.New(text))
	}
	return fault.Wrap(transportCode(err), op, plain(err))
}

// codeOf reads Stripe's answer (docs.stripe.com/api/errors, docs.stripe.com/error-low-level).
func codeOf(e *stripe.Error) fault.Code {
	switch {
	case e.Type == stripe.ErrorTypeCard || e.HTTPStatusCode == http.StatusPaymentRequired:
		return fault.Refused
	case e.Code == stripe.ErrorCodeLockTimeout, e.HTTPStatusCode == http.StatusTooManyRequests:
		return fault.Unavailable
	case e.HTTPStatusCode == http.StatusConflict:
		// An earlier request under this key is still at work: it may yet move money.
		return fault.Unknown
	case e.Code == stripe.ErrorCodePaymentIntentUnexpectedState, e.Code == stripe.ErrorCodeChargeAlreadyRefunded:
		return fault.Refused
	case e.Code == stripe.ErrorCodeResourceMissing && (e.Param == "payment_method" || e.Param == "customer"):
		return fault.Refused // a credential that Stripe doesn't know
	case e.HTTPStatusCode >= 400 && e.HTTPStatusCode < 500:
		return fault.Invalid
	default:
		return fault.Unknown
	}
}

// transportCode is for requests without an answer: only where no connection came about is it certain that nothing happened.
func transportCode(err error) fault.Code {
	var op *net.OpError
	if errors.As(err, &op) && op.Op == "dial" && !errors.Is(err, context.Canceled) && !errors.Is(err, context.DeadlineExceeded) {
		return fault.Unavailable
	}
	return fault.Unknown
}

// plain leaves the address out of transport errors, which may be long and says nothing.
func plain(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}
