package platform

import (
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"time"

	"github.com/openaisle/aisle/plugins/mqttshelf/internal/broker"
	"github.com/openaisle/aisle/plugins/mqttshelf/internal/payload"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/observe"
	"github.com/openaisle/aisle/sdk/shelf"
	"github.com/openaisle/aisle/sdk/signal"
)

// maxSaid is how many messages wait for the filters.
const maxSaid = 1024

// Shelf is the shelf of one controller.
type Shelf struct {
	config Config
	conn   *broker.Conn
	said   chan said
	log    *slog.Logger

	telemetry telemetry

	// Of Run.
	bays  []bay
	clock clock

	mu      sync.Mutex
	full    bool // more was said than was taken
	heardAt time.Time
	offline string // why nothing is heard; empty while something is
	wrong   string // what is wrong with what is heard
	tares   map[string]chan error
}

var (
	_ shelf.Shelf = (*Shelf)(nil)
	_ shelf.Tarer = (*Shelf)(nil)
)

type bay struct {
	filter filter
	zero   float64
	grams  float64   // a count; 0 where there is no calibration
	last   time.Time // the last sample's, on the controller's clock
}

// said is one message with the time of its arrival.
type said struct {
	topic string
	body  []byte
	at    time.Time
}

// heard takes a message off the connection.
func (s *Shelf) heard(topic string, body []byte) {
	what := strings.TrimPrefix(topic, s.config.Topic+"/")
	if what == "telemetry" {
		s.telemetry.heard(body, time.Now())
		return
	}
	m := said{topic: what, body: append([]byte(nil), body...), at: time.Now()}
	select {
	case s.said <- m:
	default:
		s.mu.Lock()
		s.full = true
		s.mu.Unlock()
	}
}

// Run reports each settled weight (shelf.Shelf).
func (s *Shelf) Run(ctx context.Context, report func(observe.Weight)) error {
	quiet := time.NewTicker(s.config.Silence / 4)
	defer quiet.Stop()
	began := time.Now()
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-s.conn.Broken:
			return fault.Wrap(fault.Unavailable, "the broker at "+s.config.Broker+" is gone", s.conn.Why())
		case <-quiet.C:
			s.listen(began)
		case m := <-s.said:
			if s.flooded() {
				return fault.Errorf(fault.Unavailable, "%s publishes more than can be taken", s.config.Topic)
			}
			s.take(m, report)
		}
	}
}

func (s *Shelf) flooded() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.full
}

// listen notes that the controller says nothing.
func (s *Shelf) listen(began time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	last := s.heardAt
	if last.IsZero() {
		last = began
	}
	if s.offline == "" && time.Since(last) > s.config.Silence {
		s.offline = fmt.Sprintf("no weight at %s/weight for %v: is the controller on, and at this broker and topic?", s.config.Topic, s.config.Silence)
	}
}

// take sees to one message. What is wrong with one is told and costs nothing
// else.
func (s *Shelf) take(m said, report func(observe.Weight)) {
	var err error
	switch m.topic {
	case "weight":
		err = s.weigh(m, report)
	case "calibration":
		err = s.calibrate(m.body)
	case "tared":
		err = s.tared(m.body)
	case "status":
		s.status(string(m.body))
	}
	if err != nil {
		s.note(fmt.Sprintf("%s/%s: %v", s.config.Topic, m.topic, err))
	}
}

func (s *Shelf) note(wrong string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.wrong = wrong
}

// status takes the controller's own word, or its last will.
func (s *Shelf) status(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if text == "offline" {
		s.offline = "the controller at " + s.config.Topic + " is away: its last will says so"
	}
}

func (s *Shelf) calibrate(b []byte) error {
	c, err := payload.ParseCalibration(b, len(s.bays))
	if err != nil {
		return err
	}
	for _, l := range c.Bays {
		b := &s.bays[l.Bay-1]
		if b.zero == l.Zero && b.grams == l.Grams {
			continue
		}
		// What the same load shows changes: nothing was taken.
		if b.filter, err = newFilter(&s.config); err != nil {
			return err
		}
		b.zero, b.grams = l.Zero, l.Grams
	}
	return nil
}

var errUncalibrated = errors.New("it publishes counts, and there is no calibration of the bay: publish it, retained")

// weigh takes samples.
func (s *Shelf) weigh(m said, report func(observe.Weight)) error {
	w, err := payload.ParseWeight(m.body, len(s.bays))
	if err != nil {
		return err
	}
	b := &s.bays[w.Bay-1]
	values, counts := w.Values()
	if counts && b.grams == 0 {
		return fmt.Errorf("bay %d: %w", w.Bay, errUncalibrated)
	}
	step := time.Duration(w.DT * float64(time.Millisecond))
	first := m.at.Add(-step * time.Duration(len(values)-1))
	if w.T != nil {
		taken, span := time.UnixMilli(*w.T), step*time.Duration(len(values)-1)
		var fresh, ok bool
		if first, fresh, ok = s.clock.host(taken, span, m.at, b.last); !ok {
			return nil // said before
		}
		if fresh {
			if err := s.anew(); err != nil {
				return err
			}
		}
		b.last = taken.Add(span)
	}
	for i, v := range values {
		if counts {
			v = (v - b.zero) * b.grams
		}
		if l, ok := b.filter.sample(first.Add(step*time.Duration(i)), v, w.Stable == nil || *w.Stable); ok {
			report(observe.Weight{Bay: w.Bay, Interval: observe.Between(l.Onset, l.Settled), Mass: l.Mass, Deviation: l.Deviation})
		}
	}
	wrong := s.faulty()
	s.mu.Lock()
	s.heardAt, s.offline, s.wrong = m.at, "", wrong
	s.mu.Unlock()
	return nil
}

// faulty says which bay's samples can't be used, and why: nothing is reported of it.
func (s *Shelf) faulty() string {
	for i := range s.bays {
		if c, raw := s.bays[i].filter.(cell); raw && c.Fault() != signal.NoFault {
			return fmt.Sprintf("bay %d: its samples are %s, which a load cell's are not: look at the cell and its converter", i+1, c.Fault())
		}
	}
	return ""
}

// anew forgets what was sampled by another clock.
func (s *Shelf) anew() (err error) {
	for i := range s.bays {
		s.bays[i].last = time.Time{}
		if s.bays[i].filter, err = newFilter(&s.config); err != nil {
			return err
		}
	}
	return nil
}

// Condition says why there is no weight where there is none.
func (s *Shelf) Condition() sdk.Condition {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch {
	case s.offline != "":
		return sdk.Condition{State: sdk.StateOffline, Cause: s.offline}
	case s.wrong != "":
		return sdk.Condition{State: sdk.StateDegraded, Cause: s.wrong}
	}
	return sdk.Condition{State: sdk.StateReady}
}

// Tare asks the controller for a new zero and waits for its answer (shelf.Tarer).
func (s *Shelf) Tare(ctx context.Context, number int) error {
	if number < 1 || number > len(s.bays) {
		return fault.Errorf(fault.Invalid, "bay %d: the shelf has %d", number, len(s.bays))
	}
	t := payload.Tare{ID: rand.Text(), Bay: number}
	answer := make(chan error, 1)
	s.mu.Lock()
	s.tares[t.ID] = answer
	s.mu.Unlock()
	defer func() {
		s.mu.Lock()
		delete(s.tares, t.ID)
		s.mu.Unlock()
	}()
	b, err := json.Marshal(t)
	if err != nil {
		return err
	}
	if err := s.conn.Publish(s.config.Topic+"/tare", b); err != nil {
		return fault.Wrap(fault.Unknown, "tare", err)
	}
	select {
	case err := <-answer:
		return err
	case <-ctx.Done():
		return fault.Wrap(fault.Unknown, "the controller does not answer the tare", ctx.Err())
	}
}

func (s *Shelf) tared(b []byte) error {
	t, err := payload.ParseTared(b)
	if err != nil {
		return err
	}
	s.mu.Lock()
	answer := s.tares[t.ID]
	s.mu.Unlock()
	if answer == nil {
		return nil // another's, or one that nobody waits for any more
	}
	err = nil
	if !t.OK {
		err = fault.Errorf(fault.Refused, "tare: %.200q", t.Reason)
	}
	select {
	case answer <- err:
	default:
	}
	return nil
}

// Close leaves the broker.
func (s *Shelf) Close() error {
	s.conn.Close()
	return nil
}
