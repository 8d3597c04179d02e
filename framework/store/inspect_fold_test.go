package store

import (
	"encoding/json"
	"errors"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/core"
	"github.com/openaisle/aisle/framework/engine"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal"
	"github.com/openaisle/aisle/hcl/storedef"
)

// A journal goes on under a version that folds facts in another way: a snapshot
// of the version before is neither gone on with nor held against the journal.
func TestOlderFold(t *testing.T) {
	at := time.Unix(1000, 0).UTC()
	shop := storedef.Store{Name: "x", Devices: []storedef.Device{{Address: "gate.north", Class: storedef.ClassGate}}}
	facts := []event.Fact{
		event.Adopted{Definition: event.Definition{Store: shop}},
		event.DeviceChanged{Device: "gate.north", Epoch: 1, State: event.StateReady, At: at},
		event.DeviceChanged{Device: "gate.north", Epoch: 1, State: event.StateOffline, At: at},
	}
	s := core.New()
	for _, f := range facts {
		s.Apply(f)
	}
	encoded, err := s.Encode()
	if err != nil {
		t.Fatal(err)
	}
	var m map[string]any
	if err := json.Unmarshal(encoded, &m); err != nil {
		t.Fatal(err)
	}
	delete(m, "fold")
	delete(m, "outages")
	delete(m["entry"].(map[string]any), "down")
	older, err := json.Marshal(m)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := core.Decode(older); !errors.Is(err, core.ErrOtherFold) {
		t.Errorf("decoded: %v", err)
	}
	if err := sameState(s, older); err != nil {
		t.Error(err)
	}
	if err := sameState(s, encoded); err != nil {
		t.Error(err)
	}
	if err := sameState(core.New(), encoded); err == nil {
		t.Error("a snapshot of this version that is not the fold passes")
	}

	body, err := event.EncodeRecord(event.Record{At: at, Input: event.Time{}, Facts: facts})
	if err != nil {
		t.Fatal(err)
	}
	j := journal.Memory()
	if _, err := j.Append([]journal.Draft{{At: at, Body: body}}); err != nil {
		t.Fatal(err)
	}
	if err := j.Snapshot(1, older); err != nil {
		t.Fatal(err)
	}
	r, err := engine.Rebuild(j)
	if err != nil || !errors.Is(r.Passed, core.ErrOtherFold) || r.State.Entry.Down["gate.north"].State != event.StateOffline {
		t.Errorf("rebuilt %+v, %v", r.State.Entry.Down, err)
	}
}
