package httpapi

import (
	"cmp"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/view"
)

// orderBody says who gives an order and why; both stay in the journal.
type orderBody struct {
	Actor  string `json:"actor"`
	Reason string `json:"reason"`
}

// order takes a staff order. 202 means that it is taken, not what came of it.
func (a *api) order(o event.Order) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != "application/json" {
			refuse(w, http.StatusUnsupportedMediaType, "content_type", `The body must be application/json: {"actor": "...", "reason": "..."}.`)
			return
		}
		body, status, message := readOrder(r.Body)
		if status != 0 {
			refuse(w, status, "body", message)
			return
		}
		sessions := a.View.Snapshot().Sessions
		i := slices.IndexFunc(sessions, func(s view.Session) bool { return s.ID == r.PathValue("id") })
		switch {
		case i < 0:
			notFound(w)
			return
		case !waiting(&sessions[i], o):
			refuse(w, http.StatusConflict, "nothing_to_do", "There is nothing of the kind to decide for this session.")
			return
		case a.Staff == nil:
			refuse(w, http.StatusServiceUnavailable, "unavailable", "This store takes no orders.")
			return
		}
		err := a.Staff.Order(r.Context(), event.StaffOrder{Actor: body.Actor, Reason: body.Reason, Session: sessions[i].ID, Order: o})
		if err != nil {
			a.Logger.Error("a staff order was not taken", "order", o, "session", sessions[i].ID, "error", err)
			refuse(w, http.StatusServiceUnavailable, "unavailable", "The store can't take the order at the moment.")
			return
		}
		answer(w, http.StatusAccepted, struct {
			Status string `json:"status"`
		}{"accepted"})
	}
}

// readOrder reads the body, or says with which status and words it is refused.
func readOrder(in io.Reader) (b orderBody, status int, message string) {
	d := json.NewDecoder(in)
	d.DisallowUnknownFields()
	err := d.Decode(&b)
	if err == nil {
		if _, more := d.Token(); more != io.EOF {
			err = cmp.Or(more, errors.New("more than one value"))
		}
	}
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return b, http.StatusRequestEntityTooLarge, "The body is too large."
	case err != nil:
		return b, http.StatusBadRequest, "The body can't be read: " + err.Error()
	}
	b.Actor, b.Reason = strings.TrimSpace(b.Actor), strings.TrimSpace(b.Reason)
	if !words(b.Actor) || !words(b.Reason) {
		return b, http.StatusBadRequest, "An order names its actor and its reason, each in 1 to 200 bytes of one line."
	}
	return b, 0, ""
}

func words(s string) bool {
	return s != "" && len(s) <= MaxWords && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}
