package main

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
	"github.com/openaisle/aisle/sdk/rfid/rfidtest"
	"github.com/openaisle/aisle/sdk/shelf/shelftest"
)

// A recording can't be touched, but it can be made to hold what will be done.
// So each suite runs twice: at first against the class's own fake, where what
// each case does is noted, and then against the plugin, which plays a recording
// of just that. Then a deed is a step of the world's clock.

// step is what a deed takes, on the recording's clock.
const step = 8 * time.Second

// deeds are what the cases of a suite did, by name.
type deeds[D any] map[string][]D

// noted runs cases and lets each know which it is.
func noted(t *testing.T, cases []classtest.Case, begin func(name string)) {
	for i, c := range cases {
		run := c.Run
		cases[i].Run = func(t testing.TB) { begin(c.Name); run(t) }
	}
	classtest.Run(t, cases)
}

// stage plays the deeds of a case as steps of a world's clock.
type stage struct {
	*world
	path string
	done int
}

func newStage(t *testing.T) *stage {
	return &stage{world: newWorld(t), path: filepath.Join(t.TempDir(), "recording.csv")}
}

// begin puts a case's recording in place. The clock stands at the end of its
// first step, in which nothing is done.
func (s *stage) begin(t *testing.T, csv string) {
	if err := os.WriteFile(s.path, []byte(csv), 0o600); err != nil {
		t.Fatal(err)
	}
	s.done = 0
	s.reset(step)
}

// deed does what is next. The device must have begun to play: a recording does
// not wait for it.
func (s *stage) deed() {
	s.await(1)
	s.done++
	s.advance(time.Duration(s.done+1) * step)
}

func encoded(t *testing.T, config map[string]any) string {
	b, err := json.Marshal(config)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

type put struct {
	bay    int
	change measure.Mass
}

const (
	bays = 2
	item = 345 * measure.Gram
)

func TestShelfConforms(t *testing.T) {
	var did = deeds[put]{}
	var name string
	var fake *shelftest.Fake
	t.Run("fake", func(t *testing.T) {
		noted(t, shelftest.Cases(shelftest.Harness{
			Subject: classtest.Subject{Driver: "fake", Config: `{"serial":"LC-1","fixed":true}`, Start: func(t testing.TB) *host.Plugin {
				fake = shelftest.NewFake(bays)
				return classtest.InProcess(t, fake.Plugin())
			}},
			Bays: bays, Item: item, Tolerance: measure.Gram,
			Put: func(_ testing.TB, bay int, change measure.Mass) {
				did[name] = append(did[name], put{bay, change})
				fake.Put(bay, change)
			},
		}), func(n string) { name = n })
	})
	t.Run("recording", func(t *testing.T) {
		s := newStage(t)
		h := shelftest.Harness{
			Subject: classtest.Subject{Driver: "shelf", Address: "weight_shelf.top", Start: started, Config: encoded(t, map[string]any{
				"file": s.path, "columns": []string{"top_g", "bottom_g"}, "clock": s.address,
			})},
			Bays: bays, Item: item, Tolerance: 5 * measure.Gram,
			Put: func(testing.TB, int, measure.Mass) { s.deed() },
		}
		noted(t, shelftest.Cases(h), func(n string) { s.begin(t, shelfCSV(did[n])) })
	})
}

// shelfCSV is a recording of two noisy bays, and of what was put there.
func shelfCSV(puts []put) string {
	const hertz = 60
	var b strings.Builder
	b.WriteString("t_ms,top_g,bottom_g\n")
	r := rand.New(rand.NewPCG(1, 2))
	load := [bays]float64{5000, 3000}
	for k := range len(puts) + 1 {
		for i := range int(step/time.Second) * hertz {
			at := float64(k)*float64(step/time.Millisecond) + float64(i)*1000/hertz
			if i == hertz && k > 0 {
				p := puts[k-1]
				load[p.bay-1] += float64(p.change) / float64(measure.Gram)
			}
			fmt.Fprintf(&b, "%.3f,%.3f,%.3f\n", at, load[0]+r.NormFloat64(), load[1]+r.NormFloat64())
		}
	}
	return b.String()
}

type carried struct {
	epc string
	how string // enter, leave, in or out
}

func TestLaneConforms(t *testing.T) {
	var did = deeds[carried]{}
	var name string
	var fake *rfidtest.Fake
	note := func(epc, how string) { did[name] = append(did[name], carried{epc, how}) }
	t.Run("fake", func(t *testing.T) {
		noted(t, rfidtest.Cases(rfidtest.Harness{
			Subject: classtest.Subject{Driver: "fake", Config: rfidtest.FakeConfig, Start: func(t testing.TB) *host.Plugin {
				fake = rfidtest.NewFake()
				return classtest.InProcess(t, fake.Plugin())
			}},
			Enter:   func(_ testing.TB, epc string) { note(epc, "enter"); fake.Enter(epc) },
			Leave:   func(_ testing.TB, epc string) { note(epc, "leave"); fake.Leave(epc) },
			Through: func(_ testing.TB, epc string, d observe.Direction) { note(epc, d.String()); fake.Through(epc, d) },
		}), func(n string) { name = n })
	})
	t.Run("recording", func(t *testing.T) {
		s := newStage(t)
		h := rfidtest.Harness{
			Subject: classtest.Subject{Driver: "lane", Address: "rfid_reader.door", Start: started, Config: encoded(t, map[string]any{
				"file": s.path, "clock": s.address, "dwell": 5 * time.Second,
				"antenna": []any{map[string]any{"id": 1, "along": 0}, map[string]any{"id": 2, "along": 4}},
			})},
			Enter:   func(testing.TB, string) { s.deed() },
			Leave:   func(testing.TB, string) { s.deed() },
			Through: func(testing.TB, string, observe.Direction) { s.deed() },
		}
		noted(t, rfidtest.Cases(h), func(n string) { s.begin(t, laneCSV(did[n])) })
	})
}

// laneCSV is a recording of a lane of 4 m between two antennas. A tag before
// the reader lies in its middle; one that is carried walks 4 m in 4 s. The
// first line is of a tag that no suite knows, gone before the case begins: it
// marks the beginning.
func laneCSV(done []carried) string {
	const hertz = 5 // by antenna and tag
	var b strings.Builder
	b.WriteString("timestamp,antenna,rssi,epc\n1747000000,1,-70,b'" + marker + "'\n")
	r := rand.New(rand.NewPCG(3, 4))
	there := map[string]bool{}
	for k, d := range done {
		from := 1747000000 + float64(k+1)*step.Seconds()
		switch d.how {
		case "enter":
			there[d.epc] = true
		case "leave":
			delete(there, d.epc)
		}
		for i := range int(step/time.Second) * hertz {
			at := from + float64(i)/hertz + 0.001
			for epc := range there {
				writeRead(&b, r, at, epc, 2)
			}
			switch place := float64(i) / hertz; {
			case place > 4:
			case d.how == "in":
				writeRead(&b, r, at, d.epc, place)
			case d.how == "out":
				writeRead(&b, r, at, d.epc, 4-place)
			}
		}
	}
	return b.String()
}

const marker = "A0"

func writeRead(b *strings.Builder, r *rand.Rand, at float64, epc string, place float64) {
	for antenna, along := range []float64{0, 4} {
		rssi := -50 - 20*math.Log10(1+math.Abs(place-along)) + r.NormFloat64()/2
		fmt.Fprintf(b, "%.6f,%d,%.1f,b'%s'\n", at+float64(antenna)*0.05, antenna+1, rssi, strings.ToLower(epc))
	}
}
