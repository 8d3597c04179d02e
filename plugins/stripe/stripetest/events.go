package stripetest

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/stripe/stripe-go/v84/webhook"
)

// A Delivery is how the next event reaches the webhook.
type Delivery string

// The deliveries, beside the usual one: at once, in order, until it is confirmed.
const (
	Twice        Delivery = "twice"         // once more after it was confirmed
	AfterNext    Delivery = "after_next"    // behind the event after it
	Late         Delivery = "late"          // once Deliver is called
	OldSignature Delivery = "old_signature" // first signed an hour ago, as in a replay
	WrongSecret  Delivery = "wrong_secret"  // first signed with another secret
	Unsigned     Delivery = "unsigned"      // first without a signature
	OtherBody    Delivery = "other_body"    // first with another body than was signed
	TwoSecrets   Delivery = "two_secrets"   // signed with two secrets, as while one is rolled
)

// An Event is what was told to the webhook.
type Event struct {
	ID, Type string
	Body     []byte
	// Answers are the statuses that the webhook answered, in order; 0 where there was no answer.
	Answers []int
}

// Webhook has events told to a URL from now on, signed with a secret. Each is told again until it is answered with 2xx, as
// Stripe does for days.
func (s *Server) Webhook(url, secret string) {
	s.hookOnce.Do(func() {
		ctx, cancel := context.WithCancel(context.Background())
		s.hook = &teller{server: s, client: &http.Client{Timeout: readLimit, Transport: &http.Transport{DisableKeepAlives: true}}, news: make(chan struct{}, 1), stop: cancel, ended: make(chan struct{})}
		go s.hook.run(ctx)
	})
	s.hook.mu.Lock()
	s.hook.url, s.hook.secret = url, secret
	s.hook.mu.Unlock()
	s.mu.Lock()
	s.books.tell = s.hook.add
	s.mu.Unlock()
}

// Deliver sets how the next events are delivered, one each, and lets go those that are late.
func (s *Server) Deliver(how ...Delivery) {
	h := s.hook
	h.mu.Lock()
	h.how = append(h.how, how...)
	h.queue = append(h.queue, h.late...)
	h.late = nil
	h.mu.Unlock()
	h.wake()
}

// Events are those told so far, oldest first.
func (s *Server) Events() (all []Event) {
	s.hook.mu.Lock()
	defer s.hook.mu.Unlock()
	for _, e := range s.hook.all {
		c := *e
		c.Answers = slices.Clone(e.Answers)
		all = append(all, c)
	}
	return all
}

// Again tells the newest event of a PaymentIntent or Refund once more. It is false where there is none.
func (s *Server) Again(id string) bool {
	h := s.hook
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, e := range slices.Backward(h.all) {
		if bytes.Contains(e.Body, []byte(`"`+id+`"`)) {
			h.queue = append(h.queue, planned{event: e})
			h.wake()
			return true
		}
	}
	return false
}

// teller tells events. Its goroutine ends with stop.
type teller struct {
	server *Server
	client *http.Client
	news   chan struct{}
	stop   context.CancelFunc
	ended  chan struct{}

	mu          sync.Mutex
	url, secret string
	how         []Delivery
	all         []*Event
	queue, late []planned
	behind      *planned // waits for the next
}

// planned is an event and how it is told.
type planned struct {
	event *Event
	how   Delivery
}

// add makes an event. The server's lock is held.
func (h *teller) add(kind string, object map[string]any) {
	e := &Event{ID: newID("evt"), Type: kind}
	body, err := json.Marshal(map[string]any{
		"id": e.ID, "object": "event", "api_version": "2026-08-26.dahlia", "created": h.server.opts.Now().Unix(), "livemode": false,
		"pending_webhooks": 1, "type": kind, "data": map[string]any{"object": object},
	})
	if err != nil {
		panic(fmt.Sprintf("stripetest: an event that can't be written: %v", err)) // ours
	}
	e.Body = body
	h.mu.Lock()
	defer h.mu.Unlock()
	h.all = append(h.all, e)
	p := planned{event: e}
	if len(h.how) > 0 {
		p.how, h.how = h.how[0], h.how[1:]
	}
	switch {
	case p.how == Late:
		h.late = append(h.late, p)
	case p.how == AfterNext && h.behind == nil:
		h.behind = &p
	default:
		h.queue = append(h.queue, p)
		if h.behind != nil {
			h.queue = append(h.queue, *h.behind)
			h.behind = nil
		}
	}
	h.wake()
}

func (h *teller) wake() {
	select {
	case h.news <- struct{}{}:
	default:
	}
}

// retryAfter is how soon an event that was not confirmed is told again. Stripe takes minutes and hours.
const retryAfter = 20 * time.Millisecond

func (h *teller) run(ctx context.Context) {
	defer close(h.ended)
	for {
		h.mu.Lock()
		var p planned
		some := len(h.queue) > 0
		if some {
			p, h.queue = h.queue[0], h.queue[1:]
		}
		h.mu.Unlock()
		if !some {
			select {
			case <-h.news:
				continue
			case <-ctx.Done():
				return
			}
		}
		if h.tell(ctx, p) {
			if p.how == Twice {
				h.again(planned{event: p.event})
			}
			continue
		}
		timer := time.NewTimer(retryAfter)
		select {
		case <-timer.C:
			h.again(planned{event: p.event})
		case <-ctx.Done():
			timer.Stop()
			return
		}
	}
}

func (h *teller) again(p planned) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.queue = append(h.queue, p)
}

// tell tells an event once, and says whether it was confirmed.
func (h *teller) tell(ctx context.Context, p planned) bool {
	h.mu.Lock()
	url, secret := h.url, h.secret
	h.mu.Unlock()
	body, header := p.event.Body, signature(p, secret)
	if p.how == OtherBody {
		body = bytes.Replace(body, []byte(`"livemode":false`), []byte(`"livemode":false `), 1)
	}
	status := 0
	r, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err == nil {
		if header != "" {
			r.Header.Set("Stripe-Signature", header)
		}
		var a *http.Response
		if a, err = h.client.Do(r); err == nil {
			_, _ = io.Copy(io.Discard, a.Body)
			err = a.Body.Close()
			status = a.StatusCode
		}
	}
	h.mu.Lock()
	p.event.Answers = append(p.event.Answers, status)
	h.mu.Unlock()
	return err == nil && status/100 == 2
}

// signature signs an event as its delivery has it.
func signature(p planned, secret string) string {
	sign := func(secret string, at time.Time) string {
		return webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{Payload: p.event.Body, Secret: secret, Timestamp: at}).Header
	}
	switch now := time.Now(); p.how {
	case OldSignature:
		return sign(secret, now.Add(-time.Hour))
	case WrongSecret:
		return sign("whsec_other", now)
	case Unsigned:
		return ""
	case TwoSecrets:
		other, right := sign("whsec_other", now), sign(secret, now)
		return other + right[bytes.IndexByte([]byte(right), ','):]
	case Twice, AfterNext, Late, OtherBody:
		return sign(secret, now)
	default:
		return sign(secret, now)
	}
}

// close ends the telling.
func (h *teller) close() error {
	if h == nil {
		return nil
	}
	h.stop()
	<-h.ended
	h.client.CloseIdleConnections()
	return errors.Join()
}
