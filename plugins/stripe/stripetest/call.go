package stripetest

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"strings"
)

// A call is one request to the API, read whole.
type call struct {
	method string
	path   string
	query  string
	header http.Header
	body   []byte
	form   params // of the query or, for POST, of the body
	key    string // idempotency key; empty where it has no meaning
	op     string
}

// readCall reads a request. Stripe's API v1 takes form-encoded bodies only.
func readCall(w http.ResponseWriter, r *http.Request) (*call, *failure) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		return nil, invalid("", "", "Read the body: %v", err)
	}
	c := &call{
		method: r.Method, path: r.URL.Path, query: r.URL.RawQuery, header: r.Header, body: body,
		op: operation(r.Method, r.URL.Path),
	}
	raw := c.query
	if c.method == http.MethodPost {
		raw = string(body)
		c.key = r.Header.Get("Idempotency-Key") // GET and DELETE are idempotent by themselves
	}
	form, err := url.ParseQuery(raw)
	if err != nil {
		return nil, invalid("", "", "Parse the parameters: %v", err)
	}
	c.form = params(form)
	return c, nil
}

// fingerprint is equal for requests with equal parameters, in whichever order they are written.
func (c *call) fingerprint() string {
	sum := sha256.New()
	fmt.Fprint(sum, c.method+"\n"+c.query+"\n"+url.Values(c.form).Encode())
	return hex.EncodeToString(sum.Sum(nil))
}

// operation names what a request is for.
func operation(method, p string) string {
	at := func(pattern string) bool { ok, _ := path.Match(pattern, p); return ok }
	switch {
	case method == http.MethodGet:
		return opLookup
	case method != http.MethodPost:
		return opOther
	case p == "/v1/payment_intents", at("/v1/payment_intents/*/confirm"):
		return opAuthorize
	case at("/v1/payment_intents/*/capture"):
		return opCapture
	case at("/v1/payment_intents/*/increment_authorization"):
		return opIncrease
	case at("/v1/payment_intents/*/cancel"):
		return opVoid
	case p == "/v1/refunds":
		return opRefund
	default:
		return opOther
	}
}

// bearer is the secret key of a request, as a bearer token or as the user of basic authentication.
func bearer(h http.Header) string {
	if token, ok := strings.CutPrefix(h.Get("Authorization"), "Bearer "); ok {
		return token
	}
	user, _, _ := (&http.Request{Header: h}).BasicAuth()
	return user
}
