package control

import (
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
	"unicode/utf8"
)

// Limits.
const (
	// MaxBody bounds an order's body and MaxWords its actor and its reason, in
	// bytes.
	MaxBody  = 16 << 10
	MaxWords = 200
	// MaxFollowers is how many may follow the journal at a time.
	MaxFollowers = 16
	// writeWithin is how long a client may take to read a line.
	writeWithin = 10 * time.Second
)

// Options are what the socket serves.
type Options struct {
	// Host is the running store. Required.
	Host Host
	// API answers all other routes; nil for none.
	API http.Handler
	// Log hears of orders: who, what and why; nil is silence.
	Log *slog.Logger
}

type server struct {
	Options
	orders    sync.Mutex    // held while an order is carried out
	followers chan struct{} // a seat for each
}

// New returns what the socket serves. It starts nothing.
func New(o Options) http.Handler {
	if o.Log == nil {
		o.Log = slog.New(slog.DiscardHandler)
	}
	s := &server{Options: o, followers: make(chan struct{}, MaxFollowers)}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/v1/host", s.host)
	mux.HandleFunc("GET /api/v1/drift", s.drift)
	mux.HandleFunc("GET /api/v1/plan", s.plan)
	mux.HandleFunc("GET /api/v1/journal", s.journal)
	mux.HandleFunc("POST /api/v1/plugins/{name}/upgrade", s.order("upgrade", func(r *http.Request, by By, tell func(Progress)) (Outcome, error) {
		return s.Host.Upgrade(r.Context(), r.PathValue("name"), by, tell)
	}))
	mux.HandleFunc("POST /api/v1/plugins/{name}/release", s.order("release", func(r *http.Request, by By, _ func(Progress)) (Outcome, error) {
		return s.Host.Release(r.Context(), r.PathValue("name"), by)
	}))
	mux.HandleFunc("POST /api/v1/apply", s.order("apply", func(r *http.Request, by By, tell func(Progress)) (Outcome, error) {
		return s.Host.Apply(r.Context(), by, tell)
	}))
	mux.HandleFunc("POST /api/v1/days/close", s.order("close_day", func(r *http.Request, by By, _ func(Progress)) (Outcome, error) {
		q := r.URL.Query()
		done, err := s.Host.CloseDay(r.Context(), q.Get("day"), q.Get("now") == "1", by)
		return Outcome{Changed: err == nil, Day: &done}, err
	}))
	if o.API != nil {
		mux.Handle("/", o.API)
	}
	return mux
}

func (s *server) host(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	writeLine(w, s.Host.State())
}

func (s *server) drift(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	d, err := s.Host.Drift()
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		writeLine(w, line{Error: coded(err)})
		return
	}
	writeLine(w, d)
}

func (s *server) plan(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("Content-Type", "application/json")
	p, err := s.Host.Plan()
	if err != nil {
		w.WriteHeader(http.StatusInternalServerError)
		writeLine(w, line{Error: coded(err)})
		return
	}
	writeLine(w, p)
}

// writeLine writes an object. An error in writing means that the client has
// gone.
func writeLine(w io.Writer, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		b = []byte(`{"error":{"code":"internal","message":"The answer could not be written."}}`)
	}
	_, _ = w.Write(append(b, '\n'))
}

// line is one line of the answer to an order.
type line struct {
	Progress *Progress `json:"progress,omitempty"`
	Outcome  *Outcome  `json:"outcome,omitempty"`
	Error    *Error    `json:"error,omitempty"`
}

// order carries out one order at a time. What it does goes on where the client
// leaves: half a swap helps nobody.
func (s *server) order(name string, do func(*http.Request, By, func(Progress)) (Outcome, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		by, wrong := readBy(w, r)
		if wrong != nil {
			w.WriteHeader(http.StatusBadRequest)
			writeLine(w, line{Error: wrong})
			return
		}
		if !s.orders.TryLock() {
			w.WriteHeader(http.StatusConflict)
			writeLine(w, line{Error: Errorf(CodeBusy, "another order is being carried out: try again when it has ended")})
			return
		}
		log := s.Log.With("order", name, "plugin", r.PathValue("name"), "actor", by.Actor, "reason", by.Reason)
		log.Info("order begins")
		out := newLines(w)
		done, err := s.carryOut(func() (Outcome, error) {
			return do(r, by, func(p Progress) { out.write(line{Progress: &p}) })
		})
		if err != nil {
			log.Warn("order was not carried out", "err", err)
			out.write(line{Error: coded(err)})
			return
		}
		log.Info("order is carried out", "changed", done.Changed)
		if done.Plugins == nil {
			done.Plugins = []Swapped{}
		}
		out.write(line{Outcome: &done})
	}
}

// carryOut makes room for the next order when this one has ended, and before
// anybody hears of that.
func (s *server) carryOut(do func() (Outcome, error)) (Outcome, error) {
	defer s.orders.Unlock()
	return do()
}

func coded(err error) *Error {
	var e *Error
	if errors.As(err, &e) {
		return e
	}
	return &Error{Code: CodeInternal, Message: err.Error()}
}

// readBy reads who gives an order and why.
func readBy(w http.ResponseWriter, r *http.Request) (by By, wrong *Error) {
	if t, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || t != "application/json" {
		return by, Errorf(CodeInvalid, `the body must be application/json: {"actor": "...", "reason": "..."}`)
	}
	d := json.NewDecoder(http.MaxBytesReader(w, r.Body, MaxBody))
	d.DisallowUnknownFields()
	err := d.Decode(&by)
	if err == nil {
		if _, more := d.Token(); !errors.Is(more, io.EOF) {
			err = errors.New("there is more than one value")
		}
	}
	if err != nil {
		return by, Errorf(CodeInvalid, "the body can't be read: %v", err)
	}
	by.Actor, by.Reason = strings.TrimSpace(by.Actor), strings.TrimSpace(by.Reason)
	if !words(by.Actor) || !words(by.Reason) {
		return by, Errorf(CodeInvalid, "an order names its actor and its reason, each in 1 to %d bytes of one line", MaxWords)
	}
	return by, nil
}

func words(s string) bool {
	return s != "" && len(s) <= MaxWords && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

// lines writes lines to a client, each at once. After the first that can't be
// written the others are dropped.
type lines struct {
	mu  sync.Mutex
	to  http.ResponseWriter
	ctl *http.ResponseController
	err error
}

func newLines(w http.ResponseWriter) *lines {
	l := &lines{to: w, ctl: http.NewResponseController(w)}
	w.Header().Set("Content-Type", "application/x-ndjson")
	_ = l.ctl.SetReadDeadline(time.Time{}) // a test's recorder has none
	return l
}

func (l *lines) write(v any) {
	b, err := json.Marshal(v)
	if err != nil { // of plain values of ours
		panic(err)
	}
	_ = l.bytes(append(b, '\n')) // one who has gone need not know
}

func (l *lines) bytes(b []byte) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err != nil {
		return l.err
	}
	_ = l.ctl.SetWriteDeadline(time.Now().Add(writeWithin)) // a test's recorder has none
	if _, l.err = l.to.Write(b); l.err == nil {
		l.err = l.ctl.Flush()
	}
	return l.err
}

// journal streams records. The first byte is sent at once, so that a client
// knows that it is connected.
func (s *server) journal(w http.ResponseWriter, r *http.Request) {
	from := uint64(1)
	if q := r.URL.Query().Get("from"); q != "" {
		n, err := strconv.ParseUint(q, 10, 64)
		if err != nil || n == 0 {
			w.WriteHeader(http.StatusBadRequest)
			writeLine(w, line{Error: Errorf(CodeInvalid, "from=%q is no record's number", q)})
			return
		}
		from = n
	}
	select {
	case s.followers <- struct{}{}:
		defer func() { <-s.followers }()
	default:
		w.WriteHeader(http.StatusServiceUnavailable)
		writeLine(w, line{Error: Errorf(CodeBusy, "%d follow the journal already", MaxFollowers)})
		return
	}
	out := newLines(w)
	if err := out.bytes([]byte("\n")); err != nil {
		return
	}
	err := s.Host.Records(r.Context(), from, r.URL.Query().Get("follow") == "1", func(rec Record) error {
		return out.bytes(encode(rec))
	})
	if err != nil && r.Context().Err() == nil {
		out.write(line{Error: coded(err)})
	}
}

// encode writes a record as journal export does, without the hash.
func encode(r Record) []byte {
	b := make([]byte, 0, len(r.Body)+64)
	b = append(b, `{"seq":`...)
	b = strconv.AppendUint(b, r.Seq, 10)
	b = append(b, `,"at":"`...)
	b = r.At.UTC().AppendFormat(b, time.RFC3339Nano)
	b = append(b, `",`...)
	return append(append(b, r.Body[1:]...), '\n')
}
