package httpapi

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"github.com/openaisle/aisle/framework/control"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/view"
)

// Limits.
const (
	MaxBody    = 1 << 20 // bytes of a request's body
	MaxStreams = 64      // event streams at a time
	MaxWords   = 200     // bytes of an actor or a reason
)

const (
	heartbeatEvery = 15 * time.Second       // a proxy or browser that hears nothing gives up after 30 s or more
	pushEvery      = 100 * time.Millisecond // faster than a person sees
	writeWithin    = 10 * time.Second       // a stream whose reader is slower is closed
)

// Staff takes the orders of the store's staff. Order returns once the order is
// accepted; what becomes of it is seen in the view. An error means that the
// store can't take orders now.
type Staff interface {
	Order(ctx context.Context, o event.StaffOrder) error
}

// Options are what the API is made of.
type Options struct {
	// View is what is served. Required.
	View *view.View
	// Staff takes orders; without it they are answered with 503.
	Staff Staff
	// Pages serves all that is not the API; without it that is not found.
	Pages http.Handler
	// Health says why the store is not well, beside the view; nil asks nobody.
	Health func() error
	// Readings gives the newest of what devices measure beside their evidence, by
	// address: no journal has them, so no view; nil is none.
	Readings func() map[string][]control.Reading
	// Metrics answers /metrics; without it that is not found.
	Metrics http.Handler
	// Logger hears of what a client is not told; nil is silence.
	Logger *slog.Logger
}

type api struct {
	Options
	streams   chan struct{} // a seat for each stream
	heartbeat time.Duration
	push      time.Duration
}

// New returns the handler of API and pages. It starts nothing.
func New(o Options) http.Handler { return newAPI(o).handler() }

func newAPI(o Options) *api {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return &api{Options: o, streams: make(chan struct{}, MaxStreams), heartbeat: heartbeatEvery, push: pushEvery}
}

// route is one route of the API. Those of the package's comment are these.
type route struct {
	pattern string
	to      http.Handler
}

func (a *api) routes() []route {
	all := []route{
		{"GET /api/v1/summary", http.HandlerFunc(a.summary)},
		{"GET /api/v1/sessions", http.HandlerFunc(a.sessions)},
		{"GET /api/v1/devices", http.HandlerFunc(a.devices)},
		{"GET /api/v1/receipts/{id}", http.HandlerFunc(a.receipt)},
		{"GET /api/v1/receipts/{id}/why", http.HandlerFunc(a.why)},
		{"POST /api/v1/receipts/{id}/disputes", http.HandlerFunc(a.openDispute)},
		{"GET /api/v1/events", http.HandlerFunc(a.events)},
		{"POST /api/v1/sessions/{id}/end", a.order(event.OrderEnd)},
		{"POST /api/v1/sessions/{id}/release", a.order(event.OrderRelease)},
		{"POST /api/v1/sessions/{id}/drop-pending", a.order(event.OrderDropPending)},
		{"GET /api/v1/reviews", http.HandlerFunc(a.reviews)},
		{"GET /api/v1/disputes", http.HandlerFunc(a.disputes)},
		{"GET /api/v1/debts", http.HandlerFunc(a.debts)},
		{"GET /api/v1/refunds", http.HandlerFunc(a.refunds)},
		{"GET /api/v1/refusals", http.HandlerFunc(a.refusals)},
		{"GET /api/v1/alarms", http.HandlerFunc(a.alarms)},
		{"GET /api/v1/enrolments", http.HandlerFunc(a.enrolments)},
		{"POST /api/v1/orders", http.HandlerFunc(a.orders)},
		{"GET /healthz", http.HandlerFunc(a.healthz)},
	}
	if a.Metrics != nil {
		all = append(all, route{"GET /metrics", a.Metrics})
	}
	return all
}

func (a *api) handler() http.Handler {
	routes := http.NewServeMux()
	for _, r := range a.routes() {
		routes.Handle(r.pattern, r.to)
	}

	all := http.NewServeMux()
	all.Handle("/api/", unrouted(routes))
	all.Handle("/healthz", unrouted(routes))
	all.Handle("/metrics", unrouted(routes))
	if a.Pages != nil {
		all.Handle("/", a.Pages)
	} else {
		all.Handle("/", unrouted(routes))
	}
	return guard(all)
}
