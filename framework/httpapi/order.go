package httpapi

import (
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
		var body orderBody
		if !readJSON(w, r, &body) {
			return
		}
		body.Actor, body.Reason = strings.TrimSpace(body.Actor), strings.TrimSpace(body.Reason)
		if !by(w, body.Actor, body.Reason) {
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

// by refuses an order that does not say who gives it, or why.
func by(w http.ResponseWriter, actor, reason string) bool {
	for _, f := range []struct{ field, value string }{{"actor", actor}, {"reason", reason}} {
		if !words(f.value) {
			refuseField(w, f.field, "An order names its actor and its reason, each in 1 to 200 bytes of one line.")
			return false
		}
	}
	return true
}

func words(s string) bool {
	return s != "" && len(s) <= MaxWords && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}
