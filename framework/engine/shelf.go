package engine

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/openaisle/aisle/framework/canonical"
	"github.com/openaisle/aisle/framework/core"
	"github.com/openaisle/aisle/framework/core/settlement"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal/checkpoint"
)

// Shelf keeps the sales that the core has set aside. Its methods may be called
// from any goroutine.
type Shelf interface {
	// Upto is the record up to which all that was set aside is kept.
	Upto() uint64
	// Sale is what is kept of a session's sale; nil for nothing.
	Sale(session string) (*event.Sale, error)
	// Owner is the session whose sale goes by a name at its processor; "" for
	// none.
	Owner(name string) (string, error)
	// Keep makes durable what was set aside up to a record.
	Keep(upto uint64, sales []settlement.Shelved) error
}

// errShelf says that a snapshot can't be gone on with, for sales that it leaves
// out are not kept.
var errShelf = errors.New("the sales that it leaves out are not kept")

// NewShelf keeps sales with the checkpoints of a journal. Why says why those that
// were kept are of no use, nil where they are or there are none: the engine then
// folds the journal from its first record.
func NewShelf(f *checkpoint.File) (s Shelf, why error) {
	k := &onDisk{keep: f.Reader("sales")}
	seq, _, err := k.keep.Load()
	switch {
	case err == nil:
		k.upto = seq
	case !errors.Is(err, checkpoint.ErrNone):
		why = errors.Join(err, k.keep.Forget())
	}
	return k, why
}

type onDisk struct {
	keep *checkpoint.Reader
	upto uint64 // read by Recover alone
}

func (s *onDisk) Upto() uint64 { return s.upto }

func (s *onDisk) Sale(session string) (*event.Sale, error) { return s.get("session " + session) }

func (s *onDisk) Owner(name string) (string, error) {
	sale, err := s.get("name " + name)
	if sale == nil || err != nil {
		return "", err
	}
	return sale.Session, nil
}

// get is the sale that is kept under a key; nil for none.
func (s *onDisk) get(key string) (*event.Sale, error) {
	b, err := s.keep.Get(key)
	if err != nil || b == nil {
		return nil, err
	}
	sale := &event.Sale{}
	if err := json.Unmarshal(b, sale); err != nil {
		return nil, fmt.Errorf("read the sale under %q: %w", key, err)
	}
	return sale, nil
}

func (s *onDisk) Keep(upto uint64, sales []settlement.Shelved) error {
	values := make([]checkpoint.Value, 0, len(sales))
	for i := range sales {
		v, err := Kept(&sales[i])
		if err != nil {
			return err
		}
		values = append(values, v)
	}
	return s.keep.Save(upto, nil, values)
}

// Kept is how a sale is kept that was set aside.
func Kept(x *settlement.Shelved) (v checkpoint.Value, err error) {
	v.Keys = append(make([]string, 0, 1+len(x.Names)), "session "+x.Sale.Session)
	for _, n := range x.Names {
		v.Keys = append(v.Keys, "name "+n)
	}
	v.Body, err = encodeSale(&x.Sale)
	return v, err
}

// encodeSale writes a sale as canonical.Append does. Its payment, nearly all of it, is written already.
func encodeSale(s *event.Sale) ([]byte, error) {
	const none = "null}"
	b, err := canonical.Append(make([]byte, 0, len(s.Payment)+128), event.Sale{Session: s.Session, Moves: s.Moves})
	if err != nil || len(s.Payment) == 0 || !bytes.HasSuffix(b, []byte(none)) {
		return b, err
	}
	return append(append(b[:len(b)-len(none)], s.Payment...), '}'), nil
}

// inMemory is the shelf of an engine that was given none: nothing of it outlives
// the process.
type inMemory struct {
	sales  map[string]*event.Sale
	owners map[string]string
}

func (*inMemory) Upto() uint64                               { return 0 }
func (s *inMemory) Sale(session string) (*event.Sale, error) { return s.sales[session], nil }
func (s *inMemory) Owner(name string) (string, error)        { return s.owners[name], nil }

func (s *inMemory) Keep(_ uint64, sales []settlement.Shelved) error {
	for i := range sales {
		s.sales[sales[i].Sale.Session] = &sales[i].Sale
		for _, n := range sales[i].Names {
			s.owners[n] = sales[i].Sale.Session
		}
	}
	return nil
}

// shelved checks that all that a snapshot leaves out is kept.
func shelved(s *core.State, at uint64, on Shelf) error {
	if s.Settlement.Shelved > 0 && on.Upto() < at {
		return errShelf
	}
	return nil
}

// recalled gives an order or a notice what was set aside of the sale that it is
// about.
func (e *Engine) recalled(in event.Input) (event.Input, error) {
	switch in := in.(type) {
	case event.StaffOrder:
		if in.Session == "" || in.Sale != nil {
			return in, nil
		}
		var err error
		in.Sale, err = e.aside(in.Session)
		return in, err
	case event.Notice:
		if in.Sale != nil {
			return in, nil
		}
		owner, err := e.owner(in.Key, in.Reference)
		if err != nil || owner == "" {
			return in, err
		}
		in.Sale, err = e.aside(owner)
		return in, err
	case event.Evidence, event.Answer, event.DeviceStatus, event.Definition, event.Resumed, event.Time:
	}
	return in, nil
}

// owner is the session whose sale goes by one of the names; "" for none.
func (e *Engine) owner(names ...string) (string, error) {
	for _, name := range names {
		if id := e.state.Settlement.Owner(name); id != "" {
			return id, nil
		}
	}
	if on, err := e.onShelf(); !on || err != nil {
		return "", err
	}
	for _, name := range names {
		if name == "" {
			continue
		}
		if id, err := e.opt.Shelf.Owner(name); id != "" || err != nil {
			return id, err
		}
	}
	return "", nil
}

// onShelf reports whether anything was ever set aside. What is on its way to the
// shelf is there then.
func (e *Engine) onShelf() (bool, error) {
	if e.state.Settlement.Shelved == 0 {
		return false, nil
	}
	if e.writer != nil && e.writer.busy {
		return true, e.settle()
	}
	return true, nil
}

// aside is a session's sale where it was set aside; nil where the state holds it,
// or nobody knows it.
func (e *Engine) aside(session string) (*event.Sale, error) {
	if e.state.Settlement.Payment(session) != nil {
		return nil, nil
	}
	if s := e.state.Settlement.Untaken(session); s != nil {
		return s, nil
	}
	if on, err := e.onShelf(); !on || err != nil {
		return nil, err
	}
	return e.opt.Shelf.Sale(session)
}
