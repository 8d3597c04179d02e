package core_test

import (
	"encoding/csv"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/core"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/hcl/storefile"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/observe"
	"github.com/openaisle/aisle/sdk/signal"
)

// recordedStore is examples/recorded-shelf with its catalogue, and the folder
// of its recording.
func recordedStore(t *testing.T) (*storefile.Definition, string) {
	t.Helper()
	root := os.Getenv("AISLE_DATA")
	if root == "" {
		t.Skip("AISLE_DATA is not set: the shelf recording can't be found")
	}
	folder := filepath.Join(root, "data", "aim3s-shelf-recording")
	d, problems := storefile.Load(filepath.Join("..", "..", "examples", "recorded-shelf"), &storefile.Options{Vars: map[string]string{"recording": folder}})
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	return d, folder
}

// samples are the raw grams of five shelves, and the milliseconds of each row.
type samples struct {
	at    []time.Duration
	shelf [5][]float64
}

func readSamples(t *testing.T, folder string) (s samples) {
	t.Helper()
	f, err := os.Open(filepath.Join(folder, "shelf_weights_60hz.csv"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	rows, err := csv.NewReader(f).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		var v [6]float64
		for i, cell := range row {
			if v[i], err = strconv.ParseFloat(cell, 64); err != nil {
				t.Fatal(err)
			}
		}
		s.at = append(s.at, time.Duration(v[0]*1e6))
		for i := range s.shelf {
			s.shelf[i] = append(s.shelf[i], v[i+1])
		}
	}
	return s
}

// thereAndBack is the recording and, after it, the same backwards: all that was
// taken is put back.
func (s samples) thereAndBack() (out samples) {
	n := len(s.at)
	out.at = slices.Clone(s.at)
	for i := n - 2; i >= 0; i-- {
		out.at = append(out.at, s.at[n-1]+s.at[n-1]-s.at[i])
	}
	for k := range s.shelf {
		out.shelf[k] = slices.Clone(s.shelf[k])
		for i := n - 2; i >= 0; i-- {
			out.shelf[k] = append(out.shelf[k], s.shelf[k][i])
		}
	}
	return out
}

// visit is one shopper's, from before the first sample to after the last. It
// gives what the core said.
func visit(t *testing.T, d *storefile.Definition, s samples) (*narrator, string) {
	t.Helper()
	n := &narrator{t: t, state: core.New(), shadow: core.New(), now: morning, seq: map[string]uint64{}, epoch: map[string]uint64{}, names: map[string]string{}}
	n.step(event.Definition{Store: d.Store, Salt: "salt"})
	for i := range d.Store.Devices {
		a := d.Store.Devices[i].Address
		n.epoch[a] = 1
		n.step(event.DeviceStatus{Device: a, Epoch: 1, State: event.StateReady})
	}
	var said strings.Builder
	said.WriteString(n.at("5s"))
	said.WriteString(n.evidence("credential_reader.door", observe.Credential{Interval: observe.At(n.now), Token: "pm_card_visa", Method: observe.MethodCard, Quality: 999_000, Bodies: 1}))
	said.WriteString(n.answer("authorize", "done", nil))
	said.WriteString(n.answer("admit", "done", nil))
	said.WriteString(n.at("7s"))
	said.WriteString(n.evidence("gate.door", observe.Passage{Interval: observe.At(n.now), Direction: observe.DirectionIn, Admission: n.idOf("s1")}))
	play(t, n, s, &said)
	end := n.now.Sub(morning)
	said.WriteString(n.at((end + 20*time.Second).String()))
	said.WriteString(n.evidence("gate.door", observe.Passage{Interval: observe.At(n.now), Direction: observe.DirectionOut, Admission: n.idOf("s1")}))
	said.WriteString(n.at((end + 40*time.Second).String()))
	return n, said.String()
}

// play plays the samples from the thirtieth second on, each shelf through the
// filter that its driver has.
func play(t *testing.T, n *narrator, s samples, said *strings.Builder) {
	t.Helper()
	var bays [5]*signal.Bay
	for i := range bays {
		var err error
		if bays[i], err = signal.NewBay(nil); err != nil {
			t.Fatal(err)
		}
	}
	begin := morning.Add(30 * time.Second)
	for k, at := range s.at {
		for i, b := range bays {
			r, ok := b.Sample(begin.Add(at-s.at[0]), s.shelf[i][k])
			if !ok {
				continue
			}
			said.WriteString(n.at(r.Settled.Sub(morning).String()))
			said.WriteString(n.evidence(fmt.Sprintf("weight_shelf.shelf_%d", i+1),
				observe.Weight{Interval: observe.Between(r.Onset, r.Settled), Bay: 1, Mass: r.Mass, Deviation: r.Deviation}))
		}
	}
}

// receiptOf gives what a receipt charges and what it leaves pending, by the
// names of the catalogue.
func receiptOf(t *testing.T, d *storefile.Definition, n *narrator) (charged, pending []string) {
	t.Helper()
	r := n.state.Receipt.Receipts[n.idOf("s1")]
	if r == nil {
		t.Fatal("no receipt")
	}
	index := storedef.NewIndex(d.Store)
	title := func(g gs1.GTIN) string {
		if p := index.Product(g); p != nil {
			return p.Title
		}
		return "something"
	}
	for _, l := range r.Lines {
		charged = append(charged, fmt.Sprintf("%d %s", l.Quantity, title(l.GTIN)))
	}
	for _, l := range r.Pending {
		pending = append(pending, fmt.Sprintf("%d %s", l.Quantity, title(l.GTIN)))
	}
	slices.Sort(charged)
	return charged, pending
}

// The shelves of the recording through the core, with the catalogue of
// examples/recorded-shelf: what weight and shelf can name is charged. The two
// bags of shelf 4, alike to a gram or two, are in doubt and not guessed.
func TestRecordedShelf(t *testing.T) {
	d, folder := recordedStore(t)
	n, said := visit(t, d, readSamples(t, folder))
	charged, pending := receiptOf(t, d, n)
	want := []string{"1 Fabuloso Cleaner", "1 Heavy Duty Aluminium Foil", "1 Palmolive Ultra Strenght dish liquid", "1 Windex Original"}
	if !slices.Equal(charged, want) || len(pending) != 1 {
		t.Errorf("charged %q, pending %q; want %q and one bag pending\n%s", charged, pending, want, said)
	}
	if c := strings.Count(said, "ask capture"); c != 1 {
		t.Errorf("%d captures", c)
	}
}

// All that was taken is put back: nothing is charged, and nothing is left in
// doubt, for what comes back weighs what went.
func TestRecordedShelfThereAndBack(t *testing.T) {
	d, folder := recordedStore(t)
	n, said := visit(t, d, readSamples(t, folder).thereAndBack())
	charged, pending := receiptOf(t, d, n)
	if len(charged) > 0 || len(pending) > 0 || strings.Count(said, "s1 returned") != 5 {
		t.Errorf("charged %q, pending %q\n%s", charged, pending, said)
	}
	if strings.Contains(said, "ask capture") || strings.Count(said, "ask void") != 1 {
		t.Errorf("the hold was not released once:\n%s", said)
	}
}
