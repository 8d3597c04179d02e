package platform

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

// Telemetry takes no place in the queue of the weights, whatever comes of it.
func TestTelemetryTakesNoRoom(t *testing.T) {
	log := &bytes.Buffer{}
	s := &Shelf{config: Config{Topic: "store/1/wall"}, said: make(chan said, maxSaid), log: slog.New(slog.NewTextHandler(log, nil))}
	if got := s.Readings(); got != nil {
		t.Errorf("before any: %+v", got)
	}
	const flood = 5000
	for i := range flood {
		s.heard("store/1/wall/telemetry", fmt.Appendf(nil, `{"supply_volts":%d,"padding_bytes":%d}`, i, i))
		if i%(flood/10) == 0 {
			s.heard("store/1/wall/weight", fmt.Appendf(nil, `{"bay":1,"g":%d}`, i))
		}
	}
	if s.flooded() || len(s.said) != 10 {
		t.Errorf("flooded %v, %d weights in the queue", s.flooded(), len(s.said))
	}
	if got := s.Readings(); len(got) != 2 || got[1].Value != flood-1 {
		t.Errorf("not the newest: %+v", got)
	}
	for range 3 { // one that is no good shows nothing, is logged once and says nothing against the shelf
		s.heard("store/1/wall/telemetry", bytes.Repeat([]byte(" "), 1<<20))
		if got := s.Readings(); got != nil {
			t.Errorf("of nothing: %+v", got)
		}
	}
	if n := strings.Count(log.String(), "telemetry is not taken"); n != 1 || s.Condition().Cause != "" {
		t.Errorf("logged %d times; %+v", n, s.Condition())
	}
	if n := cap(s.telemetry.body); n > 16<<10 {
		t.Errorf("it holds %d bytes", n)
	}
	s.heard("store/1/wall/telemetry", []byte(`{"supply_volts":3.7}`))
	if got := s.Readings(); len(got) != 1 {
		t.Errorf("mended: %+v", got)
	}
	s.status("offline")
	if got := s.Readings(); got != nil {
		t.Errorf("of a controller that is away: %+v", got)
	}
}
