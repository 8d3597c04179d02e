package processor

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/stripe/stripe-go/v84/webhook"

	"github.com/openaisle/aisle/sdk/payment"
)

// Limits of the webhooks' server. Whoever can reach the port can send anything.
const (
	maxEvent       = 1 << 20
	maxEventHeader = 16 << 10
	headerWithin   = 5 * time.Second
	bodyWithin     = 10 * time.Second
	idleWithin     = 60 * time.Second
	// answerWithin is how long the host may take to write a notice down: Stripe gives an endpoint some ten to twenty
	// seconds, and says it again, for up to three days.
	answerWithin = 8 * time.Second
	// maxAtOnce is how many events are looked at at once.
	maxAtOnce = payment.MaxNotices
)

// hooks take Stripe's webhooks (docs.stripe.com/webhooks): at least once, in any order, perhaps days late. An event is
// confirmed once the host has journalled it; until then the answer is an error, and Stripe says it again.
type hooks struct {
	conf   Webhook
	live   bool // whether the account's key is
	log    *slog.Logger
	server *http.Server
	served chan struct{}
	room   chan struct{}

	mu     sync.Mutex
	report func(context.Context, payment.Notice) error // nil while nobody listens
}

// listen starts the server; Close ends it.
func listen(ctx context.Context, c Config, log *slog.Logger) (*hooks, error) {
	address := c.Webhook.Listen
	if !strings.Contains(address, ":") {
		address = ":" + address
	}
	lis, err := (&net.ListenConfig{}).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	h := &hooks{conf: c.Webhook, live: strings.Contains(c.APIKey, "_live_"), log: log, served: make(chan struct{}), room: make(chan struct{}, maxAtOnce)}
	h.server = &http.Server{
		Handler: h, ReadHeaderTimeout: headerWithin, ReadTimeout: bodyWithin, WriteTimeout: bodyWithin + answerWithin, IdleTimeout: idleWithin,
		MaxHeaderBytes: maxEventHeader, ErrorLog: slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	go func() {
		defer close(h.served)
		var err error
		if h.conf.Certificate != "" {
			err = h.server.ServeTLS(lis, h.conf.Certificate, h.conf.Key)
		} else {
			err = h.server.Serve(lis)
		}
		if !errors.Is(err, http.ErrServerClosed) {
			log.Error("webhooks are not heard any more", "err", err)
		}
	}()
	log.Info("webhooks are heard", "address", lis.Addr().String())
	return h, nil
}

// Close ends the server and waits for it.
func (h *hooks) Close() error {
	err := h.server.Close()
	<-h.served
	return err
}

// Notices hands on what Stripe says until ctx ends (payment.Notifier).
func (h *hooks) Notices(ctx context.Context, report func(context.Context, payment.Notice) error) error {
	h.hear(report)
	defer h.hear(nil)
	<-ctx.Done()
	return ctx.Err()
}

func (h *hooks) hear(report func(context.Context, payment.Notice) error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.report = report
}

// ServeHTTP takes one event.
func (h *hooks) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	status, why := h.take(w, r)
	if status != http.StatusOK {
		h.log.Warn("a webhook was not taken", "status", status, "why", why)
	}
	http.Error(w, http.StatusText(status), status)
}

func (h *hooks) take(w http.ResponseWriter, r *http.Request) (status int, why string) {
	if r.Method != http.MethodPost {
		return http.StatusMethodNotAllowed, "method " + r.Method
	}
	select {
	case h.room <- struct{}{}:
		defer func() { <-h.room }()
	default:
		return http.StatusServiceUnavailable, "too many at once"
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxEvent))
	var large *http.MaxBytesError
	switch {
	case errors.As(err, &large):
		return http.StatusRequestEntityTooLarge, "more than 1 MiB"
	case err != nil:
		return http.StatusBadRequest, "its body broke off"
	}
	if err := h.verify(body, r.Header.Get("Stripe-Signature")); err != nil {
		return http.StatusBadRequest, err.Error()
	}
	var e stripeEvent
	if err := json.Unmarshal(body, &e); err != nil || e.ID == "" {
		return http.StatusBadRequest, "it is no event"
	}
	if e.Live != h.live {
		return http.StatusBadRequest, "it is of the other mode than the account's key"
	}
	n, ok := e.notice()
	if !ok {
		return http.StatusOK, "" // of no interest: said once is enough
	}
	if err := n.Check(); err != nil {
		return http.StatusBadRequest, err.Error()
	}
	return h.hand(r.Context(), n)
}

// hand gives the notice to the host and waits for its journal.
func (h *hooks) hand(ctx context.Context, n payment.Notice) (status int, why string) {
	h.mu.Lock()
	report := h.report
	h.mu.Unlock()
	if report == nil {
		return http.StatusServiceUnavailable, "the host does not listen"
	}
	ctx, cancel := context.WithTimeout(ctx, answerWithin)
	defer cancel()
	if err := report(ctx, n); err != nil {
		return http.StatusServiceUnavailable, err.Error()
	}
	return http.StatusOK, ""
}

// verify looks for a v1 signature of either secret that is not too old (docs.stripe.com/webhooks#verify-manually).
func (h *hooks) verify(body []byte, header string) error {
	err := webhook.ValidatePayloadWithTolerance(body, header, h.conf.Secret, h.conf.Tolerance)
	if err != nil && h.conf.Former != "" {
		err = webhook.ValidatePayloadWithTolerance(body, header, h.conf.Former, h.conf.Tolerance)
	}
	return err
}
