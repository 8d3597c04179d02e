package main

import (
	"bytes"
	"context"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal"
	"github.com/openaisle/aisle/tools/aisle/internal/books"
	"github.com/openaisle/aisle/tools/aisle/internal/show"
)

// watched hands what is written to a test.
type watched chan string

func (w watched) Write(b []byte) (int, error) {
	w <- string(b)
	return len(b), nil
}

// What is followed is told when it happens and not before, from the record on
// that is asked for, and following ends without an error.
func TestEventsFollow(t *testing.T) {
	data := t.TempDir()
	j, err := journal.Open(filepath.Join(data, books.File), &journal.Options{Store: "s"})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	}()
	add := func(device string) {
		s := event.DeviceStatus{Device: device, Epoch: 1, State: event.StateReady}
		body, err := event.EncodeRecord(event.Record{Input: s, Facts: []event.Fact{event.DeviceChanged{Device: device, Epoch: 1, State: event.StateReady}}})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := j.Append([]journal.Draft{{At: time.Unix(1, 0), Body: body}}); err != nil {
			t.Fatal(err)
		}
	}
	add("gate.a")
	for name, c := range map[string]struct {
		given bool
		show  show.Options
		want  []string // numbers of the records that are told
	}{
		"from now":     {false, show.Options{JSON: true}, []string{`{"seq":%d,`}},
		"from 1":       {true, show.Options{JSON: true, From: 1}, []string{`{"seq":1,`, `{"seq":%d,`}},
		"one device's": {true, show.Options{JSON: true, From: 1, Device: "gate.b"}, []string{`{"seq":%d,`}},
	} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			out, ended := make(watched), make(chan error, 1)
			e := eventsFlags{follow: true, show: c.show}
			r, err := books.Open(data)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			if !c.given {
				e.show.From = r.Head() + 1
			}
			go func() { ended <- e.run(ctx, out, data, true) }()
			head, _ := j.Head()
			var got bytes.Buffer
			if len(c.want) > 1 || c.show.Device == "" && c.given {
				got.WriteString(<-out) // what there was is told before what comes
			}
			add("gate.b")
			for !bytes.Contains(got.Bytes(), fmt.Appendf(nil, `{"seq":%d,`, head+1)) {
				got.WriteString(<-out)
			}
			cancel()
			if err := <-ended; err != nil {
				t.Error(err)
			}
			for _, w := range c.want {
				if w[len(w)-2] == 'd' {
					w = fmt.Sprintf(w, head+1)
				}
				if !bytes.Contains(got.Bytes(), []byte(w)) {
					t.Errorf("no %s in\n%s", w, &got)
				}
			}
			if name != "from 1" && bytes.Contains(got.Bytes(), []byte(`{"seq":1,`)) {
				t.Errorf("the first record is told:\n%s", &got)
			}
		})
	}
}
