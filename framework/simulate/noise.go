package simulate

import "time"

// Noise says how far sensors are from perfect. Shares are parts per million.
// The figures are those of the simulated world of plugins/simulated, where each
// is reasoned.
type Noise struct {
	Name string
	// UnitSpread is the spread of unit masses within a product, WeightSD the
	// noise of a settled level in milligrams.
	UnitSpread int
	WeightSD   int64
	// Recall is the share of hands that the camera sees at all.
	Recall int
	// Actions and Products say how sure the camera is; it is right as often as
	// it says.
	Actions, Products []level
	// Second is the share of wrong best candidates whose second is right.
	Second int
	// QuantityKnown is the share of hands with a number of units, QuantityWrong
	// the share of those that is off by one.
	QuantityKnown, QuantityWrong int
	NextBay                      int
	TrackLost                    int
	// Meetings say how sure the camera is that two bodies kept their tracks where
	// one comes to a zone that the other is in: they did as often as it says. Silent
	// says that it tells nobody.
	Meetings              []level
	Silent                bool
	Unseen, PassageMissed int
	TagMissed, StrayRead  int
	Late                  int
	LateMost              time.Duration
	Jitter                time.Duration
	LaneGap               time.Duration
	// Apart says that products which a scale can't tell apart are on bays of
	// their own.
	Apart bool
}

// level is a degree of sureness and how often it occurs.
type level struct{ share, sure int }

const whole = 1_000_000

// owns reports whether the camera owns that it may exchange two bodies.
func (n *Noise) owns() bool { return len(n.Meetings) > 0 && !n.Silent }

func noNoise() Noise {
	certain := []level{{whole, whole}}
	return Noise{Name: "none", Recall: whole, Actions: certain, Products: certain, QuantityKnown: whole, LaneGap: 3 * time.Second}
}

func nominalNoise() Noise {
	return Noise{
		Name: "nominal", UnitSpread: 15_000, WeightSD: 1500, Recall: 970_000,
		Actions:  []level{{850_000, 998_000}, {120_000, 960_000}, {30_000, 850_000}},
		Products: []level{{600_000, 980_000}, {250_000, 880_000}, {150_000, 600_000}},
		Second:   900_000, QuantityKnown: 850_000, QuantityWrong: 10_000, NextBay: 2_000,
		TrackLost: 5_000, Unseen: 3_000, TagMissed: 30_000,
		Late: 50_000, LateMost: 800 * time.Millisecond, Jitter: 150 * time.Millisecond, LaneGap: 2 * time.Second,
		Apart: true,
	}
}

func harshNoise() Noise {
	return Noise{
		Name: "harsh", UnitSpread: 35_000, WeightSD: 6000, Recall: 850_000,
		Actions:  []level{{700_000, 990_000}, {200_000, 900_000}, {100_000, 700_000}},
		Products: []level{{400_000, 950_000}, {300_000, 750_000}, {300_000, 450_000}},
		Meetings: []level{{745_000, whole}, {200_000, 999_000}, {25_000, 800_000}, {30_000, 500_000}},
		Second:   700_000, QuantityKnown: 600_000, QuantityWrong: 50_000, NextBay: 20_000,
		TrackLost: 50_000, Unseen: 20_000, PassageMissed: 5_000, TagMissed: 200_000, StrayRead: 20_000,
		Late: 150_000, LateMost: 4 * time.Second, Jitter: 400 * time.Millisecond, LaneGap: time.Second,
	}
}
