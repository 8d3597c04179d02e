package platform

import (
	"sync"
	"time"

	"github.com/openaisle/aisle/plugins/mqttshelf/internal/payload"
	"github.com/openaisle/aisle/sdk"
)

// telemetry is the newest message of TOPIC/telemetry. It passes by the queue of
// the weights, which it can't fill, and is read when it is asked for, so that
// however many come they cost a copy each.
type telemetry struct {
	mu   sync.Mutex
	body []byte
	at   time.Time
	told bool // that one is no good was logged
}

// heard keeps a message in the place of the one before.
func (t *telemetry) heard(body []byte, at time.Time) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.body, t.at = append(t.body[:0], body[:min(len(body), payload.MaxTelemetry+1)]...), at
}

// Readings are those of the controller's newest message, while it is there.
func (s *Shelf) Readings() []sdk.Reading {
	s.mu.Lock()
	away := s.offline != ""
	s.mu.Unlock()
	t := &s.telemetry
	t.mu.Lock()
	defer t.mu.Unlock()
	if away || t.at.IsZero() {
		return nil
	}
	list, err := payload.ParseTelemetry(t.body, t.at)
	if err != nil && !t.told {
		t.told = true
		s.log.Warn("telemetry is not taken", "topic", s.config.Topic+"/telemetry", "error", err)
	}
	return list
}
