package observe_test

import (
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

var (
	now  = time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
	span = observe.At(now)
)

// TestCheck tries every kind at the edge of its limits.
func TestCheck(t *testing.T) {
	long := strings.Repeat("x", observe.MaxText)
	weight := observe.Weight{Interval: span, Bay: 1, Mass: observe.MaxMass, Deviation: observe.MaxDeviation}
	credential := observe.Credential{Interval: span, Token: long, Method: observe.MethodPalm, Quality: measure.Certain, Bodies: observe.MaxBodies}
	tag := observe.Tag{Interval: span, EPC: "3034257BF7194E4000001A85", Antenna: 1, Reads: 1}
	hand := observe.Interaction{Interval: span, At: "weight_shelf.a.bay[1]", Action: observe.ActionTake, Confidence: measure.Certain,
		Candidates: []observe.Candidate{{GTIN: "09521234000112", Probability: 600_000}, {GTIN: "09521234000228", Probability: 400_000}}}
	for _, c := range []struct {
		name string
		good observe.Evidence
		bad  observe.Evidence
		want string
	}{
		{"mass", weight, with(weight, func(w *observe.Weight) { w.Mass++ }), "mass"},
		{"negative mass", with(weight, func(w *observe.Weight) { w.Mass = -observe.MaxMass }), with(weight, func(w *observe.Weight) { w.Mass = -observe.MaxMass - 1 }), "mass"},
		{"deviation", weight, with(weight, func(w *observe.Weight) { w.Deviation++ }), "deviation"},
		{"negative deviation", with(weight, func(w *observe.Weight) { w.Deviation = 0 }), with(weight, func(w *observe.Weight) { w.Deviation = -1 }), "deviation"},
		{"bay", weight, with(weight, func(w *observe.Weight) { w.Bay = 0 }), "bay"},
		{"onset", weight, with(weight, func(w *observe.Weight) { w.Onset = time.Time{} }), "interval"},
		{"settled before onset", weight, with(weight, func(w *observe.Weight) { w.Settled = now.Add(-1) }), "interval"},
		{"token", credential, with(credential, func(c *observe.Credential) { c.Token += "x" }), "token"},
		{"card number", with(credential, func(c *observe.Credential) { c.Token = "4242424242424241" }), with(credential, func(c *observe.Credential) { c.Token = "4242424242424242" }), "card number"},
		{"bodies", credential, with(credential, func(c *observe.Credential) { c.Bodies++ }), "bodies"},
		{"method", credential, with(credential, func(c *observe.Credential) { c.Method = observe.MethodCode + 1 }), "method"},
		{"attributes", with(credential, func(c *observe.Credential) { c.Attributes = []string{"age_over=18", "loyalty=gold"} }),
			with(credential, func(c *observe.Credential) { c.Attributes = []string{"loyalty=gold", "age_over=18"} }), "sorted"},
		{"an attribute twice", with(credential, func(c *observe.Credential) {
			c.Attributes = []string{"a=1", "a=2", "b=1", "c=1", "d=1", "e=1", "f=1", "g=1"}
		}),
			with(credential, func(c *observe.Credential) { c.Attributes = []string{"a=1", "a=1"} }), "twice"},
		{"many attributes", credential, with(credential, func(c *observe.Credential) {
			c.Attributes = []string{"a=1", "b=1", "c=1", "d=1", "e=1", "f=1", "g=1", "h=1", "i=1"}
		}), "attributes"},
		{"a long attribute", with(credential, func(c *observe.Credential) { c.Attributes = []string{"tier=" + strings.Repeat("x", 26)} }),
			with(credential, func(c *observe.Credential) { c.Attributes = []string{"tier=" + strings.Repeat("x", 27)} }), "limit is 31"},
		{"an attribute without a value", credential, with(credential, func(c *observe.Credential) { c.Attributes = []string{"gold="} }), "name and a value"},
		{"base64 in an attribute", credential, with(credential, func(c *observe.Credential) { c.Attributes = []string{"iris=aGVsbG8+d29/"} }), "name and a value"},
		{"a number of somebody", with(credential, func(c *observe.Credential) { c.Attributes = []string{"points=12345"} }),
			with(credential, func(c *observe.Credential) { c.Attributes = []string{"member=x123456"} }), "six digits"},
		{"epc", tag, with(tag, func(g *observe.Tag) { g.EPC = "3034257bf7" }), "hexadecimal"},
		{"odd epc", tag, with(tag, func(g *observe.Tag) { g.EPC = "303" }), "hexadecimal"},
		{"candidates", hand, with(hand, func(h *observe.Interaction) {
			h.Candidates = append([]observe.Candidate{{GTIN: "09521234000334", Probability: 1}}, h.Candidates...)
		}), "more than one"},
		{"track", observe.Presence{Interval: span, Track: "t", Zone: "zone.a", Phase: observe.PhaseEnded}, observe.Presence{Interval: span, Zone: "zone.a", Phase: observe.PhaseEnded}, "track"},
		{"confidence", observe.Presence{Interval: span, Track: "t", Zone: "zone.a", Phase: observe.PhaseBegan, Confidence: measure.Certain},
			observe.Presence{Interval: span, Track: "t", Zone: "zone.a", Phase: observe.PhaseBegan, Confidence: measure.Certain + 1}, "confidence"},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := observe.Check(c.good); err != nil {
				t.Errorf("refused: %v", err)
			}
			if err := observe.Check(c.bad); err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("said %v, want something about %s", err, c.want)
			}
		})
	}
	if observe.Check(nil) == nil {
		t.Error("nothing passed for evidence")
	}
}

func with[E any](e E, change func(*E)) E {
	change(&e)
	return e
}

func TestOverlaps(t *testing.T) {
	a := observe.Between(now, now.Add(time.Second))
	for _, c := range []struct {
		from, to, slack time.Duration
		want            bool
	}{
		{time.Second, 2 * time.Second, 0, true}, {time.Second + 1, 2 * time.Second, 0, false}, {time.Second + 1, 2 * time.Second, 1, true},
		{-time.Second, 0, 0, true}, {-time.Second, -1, 0, false}, {-time.Second, 2 * time.Second, 0, true}, {time.Second, 2 * time.Second, -1, false},
	} {
		b := observe.Between(now.Add(c.from), now.Add(c.to))
		if got := a.Overlaps(b, c.slack); got != c.want || b.Overlaps(a, c.slack) != got {
			t.Errorf("%v to %v with slack %v: %v", c.from, c.to, c.slack, got)
		}
	}
}

// TestWords holds every word to its number and back.
func TestWords(t *testing.T) {
	for k := observe.KindCredential; k <= observe.KindScan; k++ {
		b, err := k.MarshalText()
		var back observe.Kind
		if err != nil || back.UnmarshalText(b) != nil || back != k {
			t.Errorf("%v came back as %v", k, back)
		}
	}
	var m observe.Method
	if err := m.UnmarshalText([]byte("fingerprint")); err == nil || !strings.Contains(err.Error(), "palm") {
		t.Errorf("an unknown method: %v", err)
	}
}

// Every byte in every place of a code is told right.
func TestEveryDigit(t *testing.T) {
	for _, size := range []int{2, 8, 14, 24} {
		for at := range size {
			for b := range 256 {
				code := []byte(strings.Repeat("9AF0", 6)[:size])
				code[at] = byte(b)
				tag := observe.Tag{Interval: observe.At(time.Unix(1, 0)), EPC: string(code), Antenna: 1, Reads: 1}
				if err := tag.Check(); (err == nil) != strings.ContainsRune("0123456789ABCDEF", rune(b)) {
					t.Fatalf("%q: %v", code, err)
				}
			}
		}
	}
}
