package signal_test

import (
	"fmt"
	"math"
	"time"

	"github.com/openaisle/aisle/sdk/signal"
)

// A plate that rings at 11 Hz, from which 345 g are taken after five seconds.
func ExampleBay() {
	bay, err := signal.NewBay(nil)
	if err != nil {
		fmt.Println(err)
		return
	}
	start := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	for i := range 10 * 60 {
		t := float64(i) / 60
		grams := 4140 + 3*math.Sin(2*math.Pi*11*t)
		if t >= 5 {
			grams -= 345
		}
		if r, ok := bay.Sample(start.Add(time.Duration(i)*time.Second/60), grams); ok {
			fmt.Printf("%s at %.1f s: %.0f g, change %.0f g\n",
				r.Kind, r.Settled.Sub(start).Seconds(), float64(r.Mass)/1000, float64(r.Change)/1000)
		}
	}
	// Output:
	// opened at 1.4 s: 4140 g, change 0 g
	// changed at 6.2 s: 3795 g, change -345 g
}

// A tag that the antenna at the street hears before the one at the store.
func ExampleLane() {
	lane, err := signal.NewLane(signal.LaneOptions{
		Antennas: []signal.LaneAntenna{{ID: 1, Along: 0}, {ID: 2, Along: 1.5}},
	})
	if err != nil {
		fmt.Println(err)
		return
	}
	start := time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)
	for i := range 30 {
		lane.Read(signal.Read{
			At: start.Add(time.Duration(i) * 100 * time.Millisecond), EPC: "303435FC8803D056D15B963F",
			Antenna: 1 + i/15, RSSI: -58,
		})
	}
	for _, p := range lane.Flush(start.Add(5 * time.Second)) {
		fmt.Println(p.EPC, p.Direction, p.Reads, p.Strongest)
	}
	// Output:
	// 303435FC8803D056D15B963F in 30 -58 dBm
}
