package httpapi

import (
	"net/http"
	"time"

	"github.com/openaisle/aisle/framework/control"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/view"
	"github.com/openaisle/aisle/sdk/money"
)

type summaryBody struct {
	Seq    uint64      `json:"seq"`
	At     time.Time   `json:"at"`
	Store  view.Store  `json:"store"`
	Totals view.Totals `json:"totals"`
}

type sessionsBody struct {
	Seq      uint64         `json:"seq"`
	At       time.Time      `json:"at"`
	Sessions []view.Session `json:"sessions"`
}

type devicesBody struct {
	Seq     uint64        `json:"seq"`
	At      time.Time     `json:"at"`
	Devices []view.Device `json:"devices"`
}

func summaryOf(s *view.Snapshot) summaryBody {
	t := s.Totals
	if t.Captured == nil {
		t.Captured = []money.Amount{}
	}
	return summaryBody{Seq: s.Seq, At: s.At, Store: s.Store, Totals: t}
}

func sessionsOf(s *view.Snapshot) sessionsBody {
	return sessionsBody{Seq: s.Seq, At: s.At, Sessions: s.Sessions}
}

func devicesOf(s *view.Snapshot) devicesBody {
	b := devicesBody{Seq: s.Seq, At: s.At, Devices: s.Devices}
	if b.Devices == nil {
		b.Devices = []view.Device{}
	}
	return b
}

func (a *api) summary(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, summaryOf(a.View.Snapshot()))
}

func (a *api) sessions(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, sessionsOf(a.View.Snapshot()))
}

// measuredBody is devicesBody with what devices measure at the moment. The
// stream of changes has none of it: a reading is no change.
type measuredBody struct {
	Seq     uint64     `json:"seq"`
	At      time.Time  `json:"at"`
	Devices []measured `json:"devices"`
}

type measured struct {
	view.Device
	Readings []control.Reading `json:"readings,omitempty"`
}

func (a *api) devices(w http.ResponseWriter, _ *http.Request) {
	now := a.View.Snapshot()
	var readings map[string][]control.Reading
	if a.Readings != nil {
		readings = a.Readings()
	}
	b := measuredBody{Seq: now.Seq, At: now.At, Devices: []measured{}}
	for _, d := range now.Devices {
		b.Devices = append(b.Devices, measured{d, readings[d.Address]})
	}
	answer(w, http.StatusOK, b)
}

// receipt gives a receipt without the token that paid for it: whoever holds the
// page's address need not hold that.
func (a *api) receipt(w http.ResponseWriter, r *http.Request) {
	found, ok, err := a.View.Receipt(r.PathValue("id"))
	if err != nil {
		a.Logger.Error("a receipt can't be read", "error", err)
		refuse(w, http.StatusServiceUnavailable, "unavailable", "The receipt can't be read at the moment.")
		return
	}
	if !ok {
		notFound(w)
		return
	}
	shown := receiptBody{State: view.StateOf(found.Versions, len(found.Versions)-1), Changes: view.ChangesOf(found.Versions, a.View.Title),
		Receipt: view.Receipt{ID: found.ID, Number: found.Number, Versions: make([]view.Version, len(found.Versions))}}
	for i, v := range found.Versions {
		v.Receipt.Credential = ""
		shown.Versions[i] = v
	}
	answer(w, http.StatusOK, shown)
}

// receiptBody is a receipt with whether it may still change, and what each
// version changed.
type receiptBody struct {
	view.Receipt
	State   view.ReceiptState    `json:"state"`
	Changes []view.VersionChange `json:"changes"`
}

// why gives what each line of a receipt rests on.
func (a *api) why(w http.ResponseWriter, r *http.Request) {
	x, ok, err := a.View.Explain(r.PathValue("id"))
	switch {
	case err != nil:
		a.Logger.Error("a receipt can't be explained", "error", err)
		refuse(w, http.StatusServiceUnavailable, "unavailable", "The receipt can't be read at the moment.")
	case !ok:
		notFound(w)
	default:
		answer(w, http.StatusOK, x)
	}
}

func (a *api) healthz(w http.ResponseWriter, _ *http.Request) {
	err := a.View.Err()
	if err == nil && a.Health != nil {
		err = a.Health()
	}
	if err != nil {
		refuse(w, http.StatusServiceUnavailable, "unwell", err.Error())
		return
	}
	answer(w, http.StatusOK, struct {
		Status string `json:"status"`
		Seq    uint64 `json:"seq"`
	}{"ok", a.View.Snapshot().Seq})
}

// waiting reports whether an order can mean anything for a session.
func waiting(s *view.Session, o event.Order) bool {
	switch o {
	case event.OrderEnd, event.OrderRelease: // of an age that was seen before the cart was closed
		return s.Ended == nil
	case event.OrderDropPending:
		return len(s.Pending) > 0
	case event.OrderChargePending, event.OrderRefund, event.OrderDispute, event.OrderDecideDispute,
		event.OrderWriteOff, event.OrderRetryDebt, event.OrderResolve, event.OrderAcknowledge, event.OrderCloseDay,
		event.OrderEnrol, event.OrderCancelEnrolment, event.OrderForget: // no route gives them yet
	}
	return false
}
