package web

import (
	"context"
	"crypto/sha256"
	"encoding/base32"
	"errors"
	"mime"
	"net/http"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/openaisle/aisle/framework/event"
)

// Limits of a form.
const (
	maxForm  = 32 << 10 // bytes of its body
	maxWords = 200      // bytes of a name or a reason
	maxPicks = 256      // lines that it names
)

// Decide gives an order and waits until it is in the journal. It returns why
// nothing was done, or an error where the store can't take orders now. A repeat
// begins with "a repeat".
type Decide func(ctx context.Context, o event.StaffOrder) (refused string, err error)

// repeat reports whether an order was carried out before: the same form was sent
// twice.
func repeat(refused string) bool { return strings.HasPrefix(refused, "a repeat") }

// formPolicy is the policy of pages with forms: they have no script, and send to
// us alone.
const formPolicy = "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"

// fingerprint names what it is made of. Equal parts have equal names, so that
// the same form sent twice is one order.
func fingerprint(parts ...string) string {
	sum := sha256.New()
	for _, p := range parts {
		sum.Write([]byte(p))
		sum.Write([]byte{0})
	}
	return strings.ToLower(base32.StdEncoding.WithPadding(base32.NoPadding).EncodeToString(sum.Sum(nil)[:16]))
}

// readForm reads a form's fields, or answers why they can't be read.
func readForm(w http.ResponseWriter, r *http.Request) bool {
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != "application/x-www-form-urlencoded" {
		sorry(w, http.StatusUnsupportedMediaType, "This was not sent by the form", "Please go back to the page and send it from there.")
		return false
	}
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	err := r.ParseForm()
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		sorry(w, http.StatusRequestEntityTooLarge, "This is too much", "Please go back and write less.")
	case err != nil:
		sorry(w, http.StatusBadRequest, "This can’t be read", "Please go back to the page and send it again.")
	}
	return err == nil
}

// oneLine makes one line of what was typed.
func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }

// words reports whether something can stand in the journal.
func words(s string) bool {
	return s != "" && len(s) <= maxWords && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

// ours lets only forms of our own pages through, as far as a browser says whose
// they are (Sec-Fetch-Site, or Origin against the host).
func ours(next http.HandlerFunc) http.Handler {
	cross := http.NewCrossOriginProtection()
	cross.SetDenyHandler(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		sorry(w, http.StatusForbidden, "This came from another site", "Please open the store’s own page and send it from there.")
	}))
	return cross.Handler(next)
}

// only says that nothing but these methods mean something here.
func only(methods string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Allow", methods)
		sorry(w, http.StatusMethodNotAllowed, "This is not what can be done here", "Please go back to the page that you came from.")
	}
}

func sorry(w http.ResponseWriter, status int, title, text string) {
	render(w, status, silent, "message.html", messagePage{Title: title, Text: text})
}

// unavailable is the answer where the store can't take an order. The same form
// may be sent again.
func unavailable(w http.ResponseWriter, back string) {
	render(w, http.StatusServiceUnavailable, silent, "message.html", messagePage{Title: "The store can’t take this at the moment",
		Text: "Nothing is lost: please send it again in a little while. Sending it twice does no harm.", Back: back, BackText: "Back to the page"})
}
