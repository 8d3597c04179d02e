package stripetest

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"sync"
	"time"
)

// Defaults of Options.
const (
	defaultListen    = "127.0.0.1:0"
	defaultKeyWindow = 24 * time.Hour     // Stripe may forget a key after a day
	defaultHoldLife  = 7 * 24 * time.Hour // a customer-initiated card hold online
	readLimit        = 10 * time.Second
)

// Options of a server. The zero value is a Stripe without delays on a free loopback port.
type Options struct {
	// Listen is the address to serve on, 127.0.0.1:0 where empty.
	Listen string
	// LedgerFile, where set, gets one line of JSON for every movement, on disk before the movement is answered.
	LedgerFile string
	// APIKey, where set, is the only secret key accepted; else any test key that looks like one.
	APIKey string
	// SearchDelay is how far the search index lags behind the truth. Stripe speaks of up to a minute.
	SearchDelay time.Duration
	// KeyWindow is how long idempotency keys are remembered, 24 h where zero.
	KeyWindow time.Duration
	// HoldLife is how long a hold stands before it lapses by itself, 7 days where zero.
	HoldLife time.Duration
	// Methods maps further payment-method tokens to the test card they stand for, as in {"pm_staff": "visa"} or, by
	// the patterns of path.Match, {"pm_sim_*": "mastercard_prepaid"}. Cards are named as in pm_card_NAME.
	Methods map[string]string
	// Mock is the stripe-mock to ask. It stays the caller's. Where nil the server starts one of its own.
	Mock *Mock
	// Now is the clock, time.Now where nil. Its seconds are those of Stripe's `created`.
	Now func() time.Time
}

// A Server is a running stripetest. Its methods may be called from any goroutine.
type Server struct {
	// URL is the base of the API, as in http://127.0.0.1:4321 (what stripe-go calls the backend's URL).
	URL string

	opts     Options
	mock     *shapeCheck
	own      *Mock // nil where the caller gave one
	http     *http.Server
	served   chan struct{} // closed when the accept loop has ended
	closing  chan struct{}
	handlers sync.WaitGroup
	once     sync.Once
	hookOnce sync.Once
	hook     *teller // from Webhook on

	mu      sync.Mutex // guards all below
	closed  bool       // no request is begun any more
	books   *books
	keys    map[string]*saved
	faults  []Fault
	log     []Request
	held    int           // requests that a delay holds back now
	changed chan struct{} // closed and replaced when held or busy changes
	release chan struct{} // closed and replaced by Release
	busy    int           // API requests being worked on
	last    time.Time     // when the newest request came or ended
}

// Start starts a server and, unless it is given one, the stripe-mock behind it. The error wraps [ErrNoMock] where no stripe-mock can be had.
func Start(opts Options) (*Server, error) {
	opts.Listen = cmp.Or(opts.Listen, defaultListen)
	opts.KeyWindow = cmp.Or(opts.KeyWindow, defaultKeyWindow)
	opts.HoldLife = cmp.Or(opts.HoldLife, defaultHoldLife)
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if err := checkMethods(opts.Methods); err != nil {
		return nil, fmt.Errorf("start stripetest: %w", err)
	}
	ledger, err := openLedger(opts.LedgerFile)
	if err != nil {
		return nil, fmt.Errorf("start stripetest: open ledger: %w", err)
	}
	var own *Mock
	if opts.Mock == nil {
		if own, err = StartMock(); err != nil {
			return nil, errors.Join(fmt.Errorf("start stripetest: %w", err), ledger.close())
		}
		opts.Mock = own
	}
	listener, err := net.Listen("tcp", opts.Listen)
	if err != nil {
		if own != nil {
			own.Close()
		}
		return nil, errors.Join(fmt.Errorf("start stripetest: %w", err), ledger.close())
	}
	s := &Server{
		URL:     "http://" + listener.Addr().String(),
		opts:    opts,
		mock:    newShapeCheck(opts.Mock.addr),
		own:     own,
		served:  make(chan struct{}),
		closing: make(chan struct{}),
		books:   newBooks(opts, ledger),
		keys:    map[string]*saved{},
		changed: make(chan struct{}),
		release: make(chan struct{}),
		last:    time.Now(),
	}
	s.http = &http.Server{Handler: s, ReadHeaderTimeout: readLimit}
	// Go's HTTP client repeats a request with an Idempotency-Key by itself when a reused connection is dropped.
	// Connections are used once, so that every drop is seen by the code under test.
	s.http.SetKeepAlivesEnabled(false)
	go func() {
		defer close(s.served)
		_ = s.http.Serve(listener) // always ends with ErrServerClosed, from Close
	}()
	return s, nil
}

// Close stops serving, ends stripe-mock and closes the ledger. Requests that are held back are not carried out.
func (s *Server) Close() error {
	var err error
	s.once.Do(func() {
		s.mu.Lock()
		s.closed = true
		s.mu.Unlock()
		close(s.closing)
		err = s.http.Close()
		<-s.served
		s.handlers.Wait()
		err = errors.Join(err, s.hook.close())
		s.mock.close()
		if s.own != nil {
			s.own.Close()
		}
		err = errors.Join(err, s.books.ledger.close())
	})
	return err
}

// begin counts a request in, unless the server is closing.
func (s *Server) begin() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return false
	}
	s.handlers.Add(1)
	return true
}

// IdleSince returns when the server last had a request in hand, of the test's own endpoints too; the present where it has
// one of the API now.
func (s *Server) IdleSince() time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy > 0 {
		return time.Now()
	}
	return s.last
}

// AwaitHeld returns when at least n requests are held back by delay faults, or with ctx's error.
func (s *Server) AwaitHeld(ctx context.Context, n int) error {
	return s.await(ctx, func() bool { return s.held >= n })
}

// AwaitQuiet returns when no API request is being worked on, abandoned ones included, or with ctx's error.
func (s *Server) AwaitQuiet(ctx context.Context) error {
	return s.await(ctx, func() bool { return s.busy == 0 })
}

func (s *Server) await(ctx context.Context, met func() bool) error {
	for {
		s.mu.Lock()
		ok, changed := met(), s.changed
		s.mu.Unlock()
		if ok {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// Release lets all requests go on that delay faults hold back now.
func (s *Server) Release() {
	s.mu.Lock()
	defer s.mu.Unlock()
	close(s.release)
	s.release = make(chan struct{})
}

// hold waits for d, for Release or for Close, and says whether to go on.
func (s *Server) hold(d time.Duration) bool {
	s.mu.Lock()
	release := s.release
	s.note(&s.held, 1)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.note(&s.held, -1)
		s.mu.Unlock()
	}()
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-release:
		return true
	case <-s.closing:
		return false
	}
}

// note changes a counter and wakes those who await it. The caller holds mu.
func (s *Server) note(counter *int, by int) {
	*counter += by
	s.last = time.Now()
	close(s.changed)
	s.changed = make(chan struct{})
}
