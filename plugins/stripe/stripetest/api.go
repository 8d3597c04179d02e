package stripetest

import (
	"encoding/json"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// ServeHTTP answers the API under /v1 and the test's own endpoints under /_.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if !s.begin() {
		panic(http.ErrAbortHandler)
	}
	defer s.handlers.Done()
	if strings.HasPrefix(r.URL.Path, "/_") {
		s.mu.Lock()
		s.last = time.Now()
		s.mu.Unlock()
		s.admin(w, r)
		return
	}
	s.mu.Lock()
	s.note(&s.busy, 1)
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		s.note(&s.busy, -1)
		s.mu.Unlock()
	}()
	c, f := readCall(w, r)
	if f != nil {
		s.send(w, f.answer(), Fault{})
		return
	}
	fault := s.takeFault(c.op)
	id := s.logCall(c, fault)
	a := s.perform(c, fault)
	if fault.Kind == Duplicate {
		a = s.perform(c, Fault{})
	}
	s.logAnswer(id, a)
	if fault.Kind == DelayAfter && !s.hold(fault.delay()) {
		a.abort = true
	}
	if fault.Kind == Lie && a.status < 400 {
		a.body = lie(a.body, fault.Set)
	}
	w.Header().Set("Request-Id", "req_"+strconv.Itoa(id))
	if c.key != "" {
		w.Header().Set("Idempotency-Key", c.key)
	}
	s.send(w, a, fault)
}

// perform carries out a request: shape first, then the idempotency key, then the endpoint itself.
func (s *Server) perform(c *call, fault Fault) answer {
	if a := fault.early(); a != nil {
		return *a
	}
	if a := s.mock.check(c); a != nil {
		return *a
	}
	if s.opts.APIKey != "" && bearer(c.header) != s.opts.APIKey {
		return (&failure{
			status: http.StatusUnauthorized, Type: "invalid_request_error", Message: "Invalid API Key provided",
		}).answer()
	}
	if c.key == "" {
		return s.execute(c, fault)
	}
	if a := s.claim(c); a != nil {
		return *a
	}
	a := s.execute(c, fault)
	s.settle(c, a)
	return a
}

// execute runs the endpoint once, with the faults that strike there.
func (s *Server) execute(c *call, fault Fault) answer {
	if fault.Kind == DelayBefore && !s.hold(fault.delay()) {
		return answer{abort: true} // closing: the request never comes to be carried out
	}
	if fault.Kind == ServerError {
		return serverError().answer()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	object, f := s.books.handle(c, fault)
	if fault.Kind == ServerErrorAfter {
		f = serverError()
	}
	if f != nil {
		return f.answer()
	}
	body, err := json.MarshalIndent(object, "", "  ")
	if err != nil {
		return *broken(err)
	}
	return answer{status: http.StatusOK, body: body, save: true}
}

// send writes an answer, or what a fault leaves of it.
func (s *Server) send(w http.ResponseWriter, a answer, fault Fault) {
	if a.abort || fault.Kind == DropAfter {
		panic(http.ErrAbortHandler) // net/http's way to drop a connection
	}
	w.Header().Set("Content-Type", "application/json")
	if a.replay {
		w.Header().Set("Idempotent-Replayed", "true")
	}
	if retry := a.retry(); retry != "" {
		w.Header().Set("Stripe-Should-Retry", retry)
	}
	w.Header().Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	if fault.Kind == Torn {
		_, _ = w.Write(a.body[:len(a.body)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(a.body) // a client that has gone is its own affair
}

// lie puts fields into the object of an answer, or into each object of a list.
func lie(body []byte, set map[string]any) []byte {
	var object map[string]any
	if json.Unmarshal(body, &object) != nil {
		return body
	}
	targets := []any{object}
	if data, ok := object["data"].([]any); ok {
		targets = data
	}
	for _, t := range targets {
		if o, ok := t.(map[string]any); ok {
			for k, v := range set {
				o[k] = v
			}
		}
	}
	out, err := json.Marshal(object)
	if err != nil {
		return body
	}
	return out
}

// A Request is a line of the request log. Secret keys are not in it.
type Request struct {
	At        string    `json:"at"`
	Operation string    `json:"operation"`
	Method    string    `json:"method"`
	Path      string    `json:"path"`
	Params    string    `json:"params"` // form-encoded, sorted
	Key       string    `json:"key,omitempty"`
	Fault     FaultKind `json:"fault,omitempty"`
	// Status is the HTTP status decided on, whether or not it reached the client; 0 where the connection was
	// dropped instead or the request is still held back.
	Status   int  `json:"status"`
	Replayed bool `json:"replayed,omitempty"`
}

// Requests returns the log of API requests, oldest first.
func (s *Server) Requests() []Request {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Request(nil), s.log...)
}

// logCall notes a request and returns its number.
func (s *Server) logCall(c *call, fault Fault) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log = append(s.log, Request{
		At: stamp(time.Now()), Operation: c.op, Method: c.method, Path: c.path, Params: c.form.encode(), Key: c.key, Fault: fault.Kind,
	})
	return len(s.log)
}

func (s *Server) logAnswer(id int, a answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.log[id-1].Status, s.log[id-1].Replayed = a.status, a.replay
}
