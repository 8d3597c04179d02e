package reader

import (
	"encoding/hex"
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk/observe"
)

// The evidence has the phase of the strongest read, and none where the reader
// tells none; in a lane that of the passage.
func TestPhaseIsThatOfTheStrongestRead(t *testing.T) {
	code, err := hex.DecodeString("3074257BF7194E4000001A85")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	c := Config{Silence: time.Second, Restate: time.Hour}
	inLane := c
	inLane.Lane = &Lane{Wavelength: 0.3277, Dwell: time.Hour}
	inLane.Antennas = []Antenna{{ID: 1, Along: 0}, {ID: 2, Along: 2}}
	for _, config := range []*Config{&c, &inLane} {
		for _, phase := range []int{0, 7, observe.PhaseTurn} {
			var told []observe.Tag
			v, err := newView(config, func(e observe.Tag) {
				if err := e.Check(); err != nil {
					t.Error(err)
				}
				told = append(told, e)
			})
			if err != nil {
				t.Fatal(err)
			}
			for i, r := range []read{
				{code: code, antenna: 1, power: -6000, phase: 99, count: 1},
				{code: code, antenna: 2, power: -5000, phase: phase, count: 1},
				{code: code, antenna: 1, power: -7000, phase: 98, count: 1},
			} {
				v.read(&r, at.Add(time.Duration(i)*time.Millisecond), at.Add(time.Duration(i)*time.Millisecond))
			}
			v.look(at.Add(time.Minute))
			want := []int{phase}
			if config.Lane == nil { // the first is told at once, and then the rest
				want = []int{99, phase}
			}
			if len(told) != len(want) {
				t.Fatalf("lane %v: %+v", config.Lane != nil, told)
			}
			for i := range want {
				if told[i].Phase != want[i] {
					t.Errorf("lane %v: phase %d, want %d", config.Lane != nil, told[i].Phase, want[i])
				}
			}
		}
	}
}
