package httpapi

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/openaisle/aisle/framework/view"
)

type helloBody struct {
	Journal string `json:"journal"`
	Store   string `json:"store"`
	Seq     uint64 `json:"seq"`
}

type logBody struct {
	Lines []view.Line `json:"lines"`
}

// events streams what changes (WHATWG HTML, "Server-sent events"). Each event
// carries a whole part of the view, not a difference: sessions, devices,
// summary; log carries the lines since the last. The id is the number of the
// journal's record, so a client that comes back with Last-Event-ID gets the
// parts that changed since, and one that is slow gets the newest and nothing in
// between.
func (a *api) events(w http.ResponseWriter, r *http.Request) {
	select {
	case a.streams <- struct{}{}:
		defer func() { <-a.streams }()
	default:
		w.Header().Set("Retry-After", "5")
		refuse(w, http.StatusServiceUnavailable, "busy", "Too many streams are open.")
		return
	}
	s := stream{to: w, control: http.NewResponseController(w)}
	// The server's own limit is for requests that end.
	if err := s.control.SetReadDeadline(time.Time{}); err != nil {
		a.Logger.Debug("a stream keeps the server's read deadline", "error", err)
	}
	s.last = lastSeen(r, a.View.Snapshot().Seq)
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("X-Accel-Buffering", "no")
	w.WriteHeader(http.StatusOK)
	if err := a.follow(r, &s); err != nil {
		a.Logger.Debug("a stream ended", "error", err)
	}
}

// lastSeen is the record up to which a client knows everything. One that knows
// more than there is has followed another journal.
func lastSeen(r *http.Request, head uint64) uint64 {
	n, err := strconv.ParseUint(r.Header.Get("Last-Event-ID"), 10, 64)
	if err != nil || n > head {
		return 0
	}
	return n
}

func (a *api) follow(r *http.Request, s *stream) error {
	id, now := a.View.Journal(), a.View.Snapshot()
	s.add("hello", helloBody{Journal: fmt.Sprintf("%x", id[:]), Store: now.Store.Name, Seq: now.Seq})
	if err := s.flush(0); err != nil {
		return err
	}
	sub := a.View.Subscribe()
	defer sub.Close()
	heartbeat := time.NewTicker(a.heartbeat)
	defer heartbeat.Stop()
	pause := time.NewTimer(a.push)
	defer pause.Stop()
	changed := sub.Changed() // nil during a pause
	for {
		var id uint64
		select {
		case <-r.Context().Done():
			return r.Context().Err()
		case <-heartbeat.C:
			s.out.WriteString(": still here\n\n")
		case <-pause.C:
			changed = sub.Changed()
		case <-changed:
			if err := a.View.Err(); err != nil {
				return err
			}
			id = s.parts(a.View.Snapshot())
			changed = nil
			pause.Reset(a.push)
		}
		if err := s.flush(id); err != nil {
			return err
		}
	}
}

// stream writes events to one client.
type stream struct {
	to      http.ResponseWriter
	control *http.ResponseController
	out     bytes.Buffer
	last    uint64 // record up to which the client has everything
}

// parts adds what changed after the last record that the client has, and gives
// the record up to which it then has everything.
func (s *stream) parts(now *view.Snapshot) uint64 {
	if now.Changed.Sessions > s.last {
		s.add("sessions", sessionsOf(now))
	}
	if now.Changed.Devices > s.last {
		s.add("devices", devicesOf(now))
	}
	if now.Changed.Totals > s.last {
		s.add("summary", summaryOf(now))
	}
	if now.Changed.Log > s.last {
		i := 0
		for i < len(now.Log) && now.Log[i].Seq <= s.last {
			i++
		}
		if i < len(now.Log) {
			s.add("log", logBody{Lines: now.Log[i:]})
		}
	}
	return now.Seq
}

// add puts an event into the buffer. JSON holds no line break, so one data line
// is enough.
func (s *stream) add(name string, body any) {
	data, err := json.Marshal(body)
	if err != nil { // of plain values of ours
		panic(err)
	}
	fmt.Fprintf(&s.out, "event: %s\ndata: %s\n\n", name, data)
}

// flush sends what is in the buffer. Only its end carries the id: a client that
// loses the connection half-way must not believe that it has the rest.
func (s *stream) flush(id uint64) error {
	if s.out.Len() == 0 {
		return nil
	}
	if id > s.last {
		s.out.Truncate(s.out.Len() - 1) // into the last event
		fmt.Fprintf(&s.out, "id: %d\n\n", id)
	}
	if err := s.control.SetWriteDeadline(time.Now().Add(writeWithin)); err != nil {
		return fmt.Errorf("write events: %w", err)
	}
	_, err := s.to.Write(s.out.Bytes())
	if err == nil {
		err = s.control.Flush()
	}
	if err != nil {
		return fmt.Errorf("write events: %w", err)
	}
	s.out.Reset()
	s.last = max(s.last, id)
	return nil
}
