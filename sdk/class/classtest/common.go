package classtest

import (
	"encoding/json"
	"testing"

	"github.com/openaisle/aisle/sdk/class"
	"github.com/openaisle/aisle/sdk/fault"
)

// Common gives the cases that hold for a device of any class. Cause makes the
// open device report at least once; nil for a class that reports nothing.
func Common(s Subject, className string, cause func(t testing.TB, r *Rig)) []Case {
	cases := []Case{
		{"describe names the driver and its class", func(t testing.TB) { describe(t, s, className) }},
		{"an unknown attribute is refused at its path", func(t testing.TB) { unknownAttribute(t, s) }},
		{"a missing required attribute is refused at its path", func(t testing.TB) { missingAttribute(t, s) }},
		{"an epoch that is not newer is refused", func(t testing.TB) { oldEpoch(t, s) }},
		{"an open device is ready", func(t testing.TB) { ready(t, s) }},
		{"the device stops when told, and closing twice is no error", func(t testing.TB) { closes(t, s) }},
		{"readings hold their bounds, and the newest wins", func(t testing.TB) { measures(t, s) }},
		{"opening again replaces the older opening", func(t testing.TB) { reopens(t, s) }},
	}
	if cause != nil {
		cases = append(cases,
			Case{"reports are numbered from 1 in every epoch", func(t testing.TB) { numbers(t, s, cause) }},
			Case{"what is not acknowledged comes again, and only that", func(t testing.TB) { again(t, s, cause) }},
		)
	}
	return cases
}

func describe(t testing.TB, s Subject, className string) {
	d, err := s.Start(t).Describe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	driver, ok := d.Driver(s.Driver)
	if !ok {
		t.Fatalf("%s has no driver %q", d.Name, s.Driver)
	}
	if driver.Class != className {
		t.Errorf("driver %q is of class %q, not %q", s.Driver, driver.Class, className)
	}
	if d.Name == "" || d.Version == "" {
		t.Errorf("name %q or version %q is missing", d.Name, d.Version)
	}
	if found := driver.Schema.Check([]byte(s.Config)); len(found) > 0 {
		t.Errorf("the subject's own config doesn't fit the schema: %v", found)
	}
}

func unknownAttribute(t testing.TB, s Subject) {
	object := configOf(t, s)
	object["no_such_attribute"] = json.RawMessage(`1`)
	refusedAt(t, s, object, "no_such_attribute")
}

func missingAttribute(t testing.TB, s Subject) {
	d, err := s.Start(t).Describe(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	driver, _ := d.Driver(s.Driver)
	for _, a := range driver.Schema.Attributes {
		if a.Required {
			object := configOf(t, s)
			delete(object, a.Name)
			refusedAt(t, s, object, a.Name)
		}
	}
}

func configOf(t testing.TB, s Subject) map[string]json.RawMessage {
	object := map[string]json.RawMessage{}
	if s.Config == "" {
		return object
	}
	if err := json.Unmarshal([]byte(s.Config), &object); err != nil {
		t.Fatalf("the subject's config: %v", err)
	}
	return object
}

func refusedAt(t testing.TB, s Subject, object map[string]json.RawMessage, path string) {
	t.Helper()
	doc, err := json.Marshal(object)
	if err != nil {
		t.Fatal(err)
	}
	r := s.Request(1)
	r.Config = doc
	_, err = s.Start(t).Open(t.Context(), r)
	if fault.CodeOf(err) != fault.Invalid || fault.PathOf(err) != path {
		t.Errorf("open with a wrong config: %v (code %v, path %q); want code invalid at %q",
			err, fault.CodeOf(err), fault.PathOf(err), path)
	}
}

func oldEpoch(t testing.TB, s Subject) {
	r := s.Open(t)
	r.Reopen()
	for epoch := range uint64(3) {
		if _, err := r.Plugin.Open(r.Context(), s.Request(epoch)); fault.CodeOf(err) != fault.Invalid {
			t.Errorf("open under epoch %d while %d is open: %v, want code invalid", epoch, r.Epoch, err)
		}
	}
}

func ready(t testing.TB, s Subject) {
	r := s.Open(t)
	all, err := r.Plugin.Health(r.Context())
	if err != nil {
		t.Fatal(err)
	}
	if len(all) != 1 || all[0].Handle != r.Handle || all[0].Epoch != r.Epoch || all[0].State != class.StateReady {
		t.Errorf("health of one open device: %+v", all)
	}
}

func closes(t testing.TB, s Subject) {
	r := s.Open(t)
	for range 2 {
		if err := r.Plugin.Close(r.Context(), r.Handle, r.Epoch); err != nil {
			t.Fatalf("close: %v", err)
		}
	}
	all, err := r.Plugin.Health(r.Context())
	if err != nil || len(all) != 0 {
		t.Errorf("health after close: %+v, %v", all, err)
	}
}

func reopens(t testing.TB, s Subject) {
	r := s.Open(t)
	r.Reopen()
	all, err := r.Plugin.Health(r.Context())
	if err != nil || len(all) != 1 || all[0].Epoch != r.Epoch {
		t.Errorf("health after opening again: %+v, %v", all, err)
	}
	if err := r.Plugin.Close(r.Context(), r.Handle, r.Epoch-1); err != nil {
		t.Errorf("closing the older opening: %v", err)
	}
	if all, err = r.Plugin.Health(r.Context()); err != nil || len(all) != 1 {
		t.Errorf("closing the older opening closed the present one: %+v, %v", all, err)
	}
}

func numbers(t testing.TB, s Subject, cause func(testing.TB, *Rig)) {
	r := s.Open(t)
	for range 2 {
		cause(t, r)
		first := r.NextOf(r.Present)
		if first.Seq != 1 {
			t.Fatalf("the first report of an epoch has number %d", first.Seq)
		}
		r.Reopen()
	}
}

func again(t testing.TB, s Subject, cause func(testing.TB, *Rig)) {
	r := s.rig(t)
	r.HoldAcks(true) // before anything can have been acknowledged
	r.Reopen()
	cause(t, r)
	got := r.NextOf(r.Present)
	before := r.Plugin.Stats().Duplicates
	r.Reconnect()
	r.wait("what was not acknowledged", func() bool { return r.Plugin.Stats().Duplicates > before })
	r.HoldAcks(false)
	r.Plugin.Ack(got.Handle, got.Epoch, got.Seq)
	if s := r.Plugin.Stats(); s.Holes > 0 || s.Foreign > 0 {
		t.Errorf("after a reconnection: %+v", s)
	}
}
