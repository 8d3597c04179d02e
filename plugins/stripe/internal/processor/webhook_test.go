package processor

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stripe/stripe-go/v84/webhook"

	"github.com/openaisle/aisle/plugins/stripe/stripetest"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/payment"
)

const whsec = "whsec_test"

// ear is a host that listens.
type ear struct {
	mu    sync.Mutex
	heard []payment.Notice
	deaf  int // so many are not taken
	news  chan struct{}
}

func (e *ear) report(_ context.Context, n payment.Notice) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.deaf > 0 {
		e.deaf--
		return errors.New("no room")
	}
	e.heard = append(e.heard, n)
	select {
	case e.news <- struct{}{}:
	default:
	}
	return nil
}

// await waits until n notices were heard.
func (e *ear) await(t *testing.T, n int) []payment.Notice {
	t.Helper()
	ctx := bounded(t)
	for {
		e.mu.Lock()
		got := append([]payment.Notice(nil), e.heard...)
		e.mu.Unlock()
		if len(got) >= n {
			return got
		}
		select {
		case <-e.news:
		case <-ctx.Done():
			t.Fatalf("%d notices, want %d: %+v", len(got), n, got)
		}
	}
}

// hooked is a processor with webhooks, and their URL.
func hooked(t *testing.T, change func(*Config)) (payment.Processor, string) {
	t.Helper()
	lis, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := lis.Addr().String()
	if err := lis.Close(); err != nil {
		t.Fatal(err)
	}
	c := Config{APIKey: "sk_test_123", BaseURL: "http://127.0.0.1:1", Timeout: limit,
		Webhook: Webhook{Listen: address, Secret: whsec, Tolerance: 5 * time.Minute}}
	if change != nil {
		change(&c)
	}
	p, err := Open(t.Context(), sdk.Env{Log: slog.New(slog.DiscardHandler)}, c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.(io.Closer).Close(); err != nil {
			t.Error(err)
		}
	})
	return p, "http://" + address + "/"
}

// hear has a host listen.
func hear(t *testing.T, p payment.Processor, deaf int) *ear {
	t.Helper()
	e := &ear{deaf: deaf, news: make(chan struct{}, 1)}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = p.(payment.Notifier).Notices(ctx, e.report)
	}()
	t.Cleanup(func() { cancel(); <-done })
	return e
}

func TestWithoutWebhookNobodyIsHeard(t *testing.T) {
	p, err := Open(t.Context(), sdk.Env{}, Config{APIKey: "sk_test_1", Timeout: limit})
	if err != nil {
		t.Fatal(err)
	}
	if _, ok := p.(payment.Notifier); ok {
		t.Error("it says that it hears")
	}
	if _, ok := p.(payment.Increaser); !ok {
		t.Error("it raises no holds")
	}
}

// Each event arrives in the end, whatever comes before, and a repeat has the
// same ID. What was signed wrongly is refused each time.
func TestDeliveries(t *testing.T) {
	for _, c := range []struct {
		how     []stripetest.Delivery
		answers string // of the first event
	}{
		{nil, "[200]"},
		{[]stripetest.Delivery{stripetest.Twice}, "[200 200]"},
		{[]stripetest.Delivery{stripetest.OldSignature}, "[400 200]"},
		{[]stripetest.Delivery{stripetest.WrongSecret}, "[400 200]"},
		{[]stripetest.Delivery{stripetest.Unsigned}, "[400 200]"},
		{[]stripetest.Delivery{stripetest.OtherBody}, "[400 200]"},
		{[]stripetest.Delivery{stripetest.TwoSecrets}, "[200]"},
		{[]stripetest.Delivery{stripetest.AfterNext}, "[200]"},
		{[]stripetest.Delivery{stripetest.Late}, "[200]"},
	} {
		t.Run(fmt.Sprint(c.how), func(t *testing.T) {
			s, api := rig(t, stripetest.Options{})
			p, url := hooked(t, nil)
			e := hear(t, p, 0)
			s.Webhook(url, whsec)
			s.Deliver(c.how...)
			a, b := mustHold(t, api, "k1", 1500), mustHold(t, api, "k2", 1500)
			if _, err := api.Capture(t.Context(), captureOf("c1", a.Reference, 700)); err != nil {
				t.Fatal(err)
			}
			if err := api.Void(t.Context(), payment.VoidRequest{Key: "v1", Reference: b.Reference}); err != nil {
				t.Fatal(err)
			}
			want := 2
			if len(c.how) > 0 && c.how[0] == stripetest.Late {
				e.await(t, 1)
				s.Deliver()
			}
			if len(c.how) > 0 && c.how[0] == stripetest.Twice {
				want++
			}
			byKind := map[payment.NoticeKind]payment.Notice{}
			for _, n := range e.await(t, want) {
				if was, again := byKind[n.Kind]; again && was.ID != n.ID {
					t.Errorf("the same event is %s and %s", was.ID, n.ID)
				}
				byKind[n.Kind] = n
			}
			if n := byKind[payment.NoticeCaptured]; n.Reference != a.Reference || n.Key != "c1" || n.Amount != eur(700) || n.At.IsZero() {
				t.Errorf("captured: %+v", n)
			}
			if n := byKind[payment.NoticeVoided]; n.Reference != b.Reference {
				t.Errorf("voided: %+v", n)
			}
			var answers string
			for ctx := bounded(t); answers != c.answers && ctx.Err() == nil; { // the answer is noted a moment after it was given
				answers = fmt.Sprint(s.Events()[0].Answers)
			}
			if answers != c.answers {
				t.Errorf("the first event was answered %s, want %s", answers, c.answers)
			}
		})
	}
}

// What the host has not journalled is not confirmed, so that Stripe says it
// again.
func TestNotConfirmedBeforeJournalled(t *testing.T) {
	s, api := rig(t, stripetest.Options{})
	p, url := hooked(t, nil)
	s.Webhook(url, whsec)
	a := mustHold(t, api, "k1", 1500)
	if _, err := api.Capture(t.Context(), captureOf("c1", a.Reference, 700)); err != nil {
		t.Fatal(err)
	}
	for ctx := bounded(t); len(s.Events()[0].Answers) == 0 && ctx.Err() == nil; {
	}
	e := hear(t, p, 2) // nobody listened before
	if n := e.await(t, 1)[0]; n.Key != "c1" {
		t.Errorf("%+v", n)
	}
	for i, status := range s.Events()[0].Answers {
		if last := i == len(s.Events()[0].Answers)-1; status != http.StatusServiceUnavailable && !last {
			t.Errorf("answers %v", s.Events()[0].Answers)
		}
	}
}

// What happens by itself is told with what it happened to.
func TestWhatEventsTell(t *testing.T) {
	s, api := rig(t, stripetest.Options{})
	p, url := hooked(t, nil)
	e := hear(t, p, 0)
	s.Webhook(url, whsec)
	hold, taken, gone := mustHold(t, api, "h", 1500), mustHold(t, api, "t", 1500), mustHold(t, api, "g", 1500)
	for key, on := range map[string]string{"ct": taken.Reference, "cg": gone.Reference} {
		if _, err := api.Capture(t.Context(), captureOf(key, on, 900)); err != nil {
			t.Fatal(err)
		}
	}
	back, err := api.Refund(t.Context(), payment.RefundRequest{Key: "r", Reference: taken.Reference, Amount: eur(100)})
	if err != nil {
		t.Fatal(err)
	}
	for id, what := range map[string]stripetest.Happening{hold.Reference: stripetest.HoldLapses, taken.Reference: stripetest.Dispute,
		gone.Reference: stripetest.CaptureFails, back.Reference: stripetest.RefundFails} {
		if !s.Happen(what, id) {
			t.Errorf("%s of %s can't be", what, id)
		}
	}
	want := map[payment.NoticeKind]payment.Notice{
		payment.NoticeHoldExpired:   {Reference: hold.Reference, Key: "h", Amount: eur(1500)},
		payment.NoticeCaptureFailed: {Reference: gone.Reference, Key: "cg", Amount: eur(1500)},
		payment.NoticeRefundFailed:  {Reference: back.Reference, Key: "r", Amount: eur(100), Message: "expired_or_canceled_card"},
		payment.NoticeChargeback:    {Reference: taken.Reference, Amount: eur(900), Message: "fraudulent"},
	}
	for _, n := range e.await(t, 7) {
		w, ok := want[n.Kind]
		if !ok {
			continue
		}
		w.ID, w.Kind, w.At = n.ID, n.Kind, n.At
		if n != w {
			t.Errorf("got  %+v\nwant %+v", n, w)
		}
		delete(want, n.Kind)
	}
	for k := range want {
		t.Errorf("never told: %v", k)
	}
	wantLookup(t, api, payment.LookupRequest{Key: "cg", Operation: payment.OperationCapture, Reference: gone.Reference}, payment.StateDeclined)
	_, err = api.Refund(t.Context(), payment.RefundRequest{Key: "r2", Reference: taken.Reference, Amount: eur(100)})
	wantCode(t, err, fault.Invalid) // charged back
}

// post sends anything to a webhook.
func post(t *testing.T, method, url string, body []byte, header string) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), method, url, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if header != "" {
		r.Header.Set("Stripe-Signature", header)
	}
	a, err := http.DefaultClient.Do(r)
	if err != nil {
		return 0
	}
	defer a.Body.Close()
	text, err := io.ReadAll(a.Body)
	if err != nil || strings.Contains(string(text), whsec) || strings.Contains(string(text), "sk_test") {
		t.Errorf("answer %q, %v", text, err)
	}
	return a.StatusCode
}

func signed(body []byte, secret string, at time.Time) string {
	return webhook.GenerateTestSignedPayload(&webhook.UnsignedPayload{Payload: body, Secret: secret, Timestamp: at}).Header
}

// Whoever reaches the port can send anything.
func TestHostileWebhooks(t *testing.T) {
	p, url := hooked(t, func(c *Config) { c.Webhook.Former = "whsec_former" })
	e := hear(t, p, 0)
	event := func(change ...string) []byte {
		return []byte(strings.NewReplacer(change...).Replace(
			`{"id":"evt_1","type":"charge.captured","created":1800000000,"livemode":false,"data":{"object":{"id":"ch_1","payment_intent":"pi_1","currency":"eur","amount_captured":700,"metadata":{"aisle_capture_key":"c1"}}}}`))
	}
	now := time.Now()
	good := event()
	v1 := func(body []byte) string { return signed(body, whsec, now) }
	huge := event(`"evt_1"`, `"evt_1","x":"`+strings.Repeat("x", maxEvent)+`"`)
	most := event(`"evt_1"`, `"evt_1","x":"`+strings.Repeat("x", maxEvent-len(good)-len(`,"x":""`))+`"`)
	for name, c := range map[string]struct {
		method string
		body   []byte
		header string
		want   int
	}{
		"good": {"POST", good, v1(good), 200}, "the former secret": {"POST", good, signed(good, "whsec_former", now), 200},
		"largest": {"POST", most, v1(most), 200}, "huge": {"POST", huge, v1(huge), 413},
		"read": {"GET", nil, v1(good), 405}, "unsigned": {"POST", good, "", 400}, "signed by another": {"POST", good, signed(good, "whsec_x", now), 400},
		"replayed": {"POST", good, signed(good, whsec, now.Add(-6*time.Minute)), 400}, "just in time": {"POST", good, signed(good, whsec, now.Add(-4*time.Minute)), 200},
		"other body": {"POST", event("700", "701"), v1(good), 400}, "no scheme": {"POST", good, strings.Replace(v1(good), "v1=", "v0=", 1), 400},
		"no time": {"POST", good, v1(good)[strings.Index(v1(good), ","):], 400}, "odd header": {"POST", good, strings.Repeat("t=,v1=,", 500), 400},
		"not hex": {"POST", good, strings.Replace(v1(good), "v1=", "v1=zz", 1), 400},
		"no JSON": {"POST", []byte("<xml>"), v1([]byte("<xml>")), 400}, "empty": {"POST", []byte{}, v1([]byte{}), 400},
		"no id":             {"POST", event("evt_1", ""), v1(event("evt_1", "")), 400},
		"long id":           {"POST", event("evt_1", strings.Repeat("e", 129)), v1(event("evt_1", strings.Repeat("e", 129))), 400},
		"live":              {"POST", event("false", "true"), v1(event("false", "true")), 400},
		"unknown type":      {"POST", event("charge.captured", "moon.rose"), v1(event("charge.captured", "moon.rose")), 200},
		"no reference":      {"POST", event("pi_1", "", "ch_1", "", "c1", ""), v1(event("pi_1", "", "ch_1", "", "c1", "")), 400},
		"less than nothing": {"POST", event("700", "-5"), v1(event("700", "-5")), 200},
		"odd currency":      {"POST", event("eur", "gold"), v1(event("eur", "gold")), 200},
	} {
		if got := post(t, c.method, url, c.body, c.header); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
	}
	for _, n := range e.await(t, 6) {
		if n.ID != "evt_1" || n.Kind != payment.NoticeCaptured || n.Amount.Minor < 0 {
			t.Errorf("%+v", n)
		}
	}
}

func TestWebhookConfig(t *testing.T) {
	for path, change := range map[string]func(*Webhook){
		"webhook.secret":        func(w *Webhook) { w.Secret = "sk_test_1" },
		"webhook.former_secret": func(w *Webhook) { w.Former = "1234" },
		"webhook.certificate":   func(w *Webhook) { w.Certificate = "/x" },
		"webhook.listen":        func(w *Webhook) { w.Listen = "no such place:x" },
	} {
		c := Config{APIKey: "sk_test_123", Timeout: limit, Webhook: Webhook{Listen: "127.0.0.1:0", Secret: whsec}}
		change(&c.Webhook)
		_, err := Open(t.Context(), sdk.Env{}, c)
		if fault.PathOf(err) != path || strings.Contains(fmt.Sprint(err), "1234") {
			t.Errorf("%s: %v at %q", path, err, fault.PathOf(err))
		}
	}
}
