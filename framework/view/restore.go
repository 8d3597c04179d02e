package view

import (
	"bytes"
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"github.com/openaisle/aisle/framework/canonical"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
)

// restored makes a model of what Checkpoint gave. Look finds what is kept by key,
// and record reads one from the journal.
func restored(body []byte, look func(string) ([]byte, error), record func(uint64) (event.Record, error)) (*Model, error) {
	var k kept
	if err := canonical.Decode(body, &k); err != nil {
		return nil, err
	}
	if k.Fold != fold || k.Shape != digest(shape()) {
		return nil, errOtherFold
	}
	m := NewModel()
	if k.Adopted > 0 {
		store, err := adoptedBy(k.Adopted, record)
		if err != nil {
			return nil, err
		}
		m.store = storedef.NewIndex(store)
	}
	m.seq, m.at, m.adopted, m.numbers, m.devices, m.closed, m.told, m.refusals = k.Seq, k.At, k.Adopted, k.Numbers, k.Devices, k.Closed, k.Told, k.Refusals
	m.totals, m.lines, m.recent, m.changed = k.Totals, k.Lines, k.Recent, k.Changed
	m.past.look = look
	if k.Asks != nil {
		m.asks = k.Asks
	}
	for i := range k.Sessions {
		s := &k.Sessions[i]
		m.open = append(m.open, s.Out.ID)
		m.sessions[s.Out.ID] = s.restored()
		if s.Story != nil {
			m.after.stories.of[s.Out.ID] = s.Story.restored()
		}
	}
	for _, l := range k.Log {
		l.Line.Entry = l.Entry
		m.log = append(m.log, l.Line)
	}
	k.restoreAfter(&m.after)
	return m, k.Reports.restore(&m.after.stories)
}

// Same holds what is kept of a view at the model's last record, and by key, against
// the model, which read the journal from its first record. What another version kept
// says nothing: nobody goes on with it.
func (m *Model) Same(body []byte, get func(string) ([]byte, error)) error {
	var of struct {
		Fold  int    `json:"fold"`
		Shape string `json:"shape"`
	}
	if err := json.Unmarshal(body, &of); err != nil {
		return fmt.Errorf("what is kept of the pages can't be read: %w", err)
	}
	if of.Fold != fold || of.Shape != digest(shape()) {
		return nil
	}
	want, values, err := m.Checkpoint()
	if err != nil {
		return err
	}
	if !bytes.Equal(body, want) {
		return fmt.Errorf("what is kept of the pages at record %d is not what the records fold to", m.seq)
	}
	for _, v := range values {
		for _, key := range v.Keys {
			is, err := get(key)
			if err != nil {
				return err
			}
			if !bytes.Equal(is, v.Body) {
				return fmt.Errorf("what is kept of the pages under %q is not what the records fold to", key)
			}
		}
	}
	return nil
}

func adoptedBy(seq uint64, record func(uint64) (event.Record, error)) (store storedef.Store, err error) {
	r, err := record(seq)
	if err != nil {
		return store, err
	}
	found := false
	for _, f := range r.Facts {
		if f, ok := f.(event.Adopted); ok {
			store, found = f.Definition.Store, true
		}
	}
	if !found {
		return store, fmt.Errorf("record %d has no definition", seq)
	}
	return store, nil
}

func (k *keptSession) restored() *session {
	v := &session{out: k.Out, stale: true, admitted: k.Admitted, frozen: k.Frozen, attributes: k.Attributes, pending: k.Pending}
	for _, l := range k.Carried {
		v.lines = append(v.lines, &line{l.GTIN, l.Taken, l.Returned, l.Mass, l.Picked, l.Tags, l.Changed})
	}
	for _, d := range k.Doubts {
		v.doubts = append(v.doubts, doubt{line: d.Line, id: d.ID})
	}
	return v
}

func (k *keptStory) restored() *story {
	s := &story{opened: k.Opened, decided: k.Decided, seqs: map[event.Ref]uint64{}}
	for _, b := range k.Believed {
		s.believed = append(s.believed, believed{b.GTIN, b.Is, b.RunnerUp, b.Refs})
	}
	for _, r := range k.Seqs {
		s.seqs[r.Ref] = r.Seq
	}
	return s
}

func (k *kept) restoreAfter(a *after) {
	a.order, a.opened, a.enrolments = k.Order, k.Opened, k.Enrolments
	if k.Results != nil {
		a.results = k.Results
	}
	if k.Refunds != nil {
		a.refunds = k.Refunds
	}
	for i := range k.Pending {
		r := k.Pending[i].Review
		r.Receipt = k.Pending[i].Address
		a.pending[r.Session] = &r
	}
	for _, d := range k.Disputes {
		d.Receipt = d.Address
		a.disputes = append(a.disputes, d.Dispute)
	}
	for _, d := range k.Debts {
		d.Receipt = d.Address
		a.debts = append(a.debts, d.Debt)
	}
	for _, x := range k.Alarms {
		x.Receipt = x.Address
		a.alarms = append(a.alarms, x.Alarm)
	}
}

// shapeOf writes a type out, with the names and types of all that is in it.
func shapeOf(t reflect.Type, path []reflect.Type) string {
	if slices.Contains(path, t) || !ours(t) {
		return t.String()
	}
	path = append(slices.Clip(path), t)
	switch t.Kind() {
	case reflect.Pointer, reflect.Slice, reflect.Array:
		return t.Kind().String() + " " + shapeOf(t.Elem(), path)
	case reflect.Map:
		return "map " + shapeOf(t.Key(), path) + " " + shapeOf(t.Elem(), path)
	case reflect.Struct:
		var b strings.Builder
		b.WriteString(t.String() + "{")
		for i := range t.NumField() {
			f := t.Field(i)
			fmt.Fprintf(&b, "%s %s %q;", f.Name, shapeOf(f.Type, path), f.Tag.Get("json"))
		}
		return b.String() + "}"
	default:
		return t.String() + " " + t.Kind().String()
	}
}

// ours reports whether a type may change with us: one of the standard library
// stays as it is written.
func ours(t reflect.Type) bool { return t.PkgPath() == "" || strings.Contains(t.PkgPath(), ".") }

func digest(s string) string {
	sum := sha256.Sum256([]byte(s))
	return hex.EncodeToString(sum[:8])
}

func compareRefs(a, b event.Ref) int {
	return cmp.Or(cmp.Compare(a.Device, b.Device), cmp.Compare(a.Epoch, b.Epoch), cmp.Compare(a.Seq, b.Seq))
}
