package rfidtest

import (
	"fmt"
	"testing"

	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/observe"
)

// Harness is what the suite needs of a reader under test. Tags are named by the
// EPC that they hold, in upper-case hexadecimal.
type Harness struct {
	classtest.Subject
	// Enter puts a tag before the reader that was opened last, Leave takes it
	// away.
	Enter, Leave func(t testing.TB, epc string)
	// Through carries a tag through the lane; nil where the reader has none.
	Through func(t testing.TB, epc string, d observe.Direction)
	// EPCs are the tags at hand, at least 2; nil for as many as the suite
	// wants, of codes that it makes up.
	EPCs []string
}

// Run runs the suite.
func Run(t *testing.T, h Harness) { classtest.Run(t, Cases(h)) }

// Cases gives the suite's cases.
func Cases(h Harness) []classtest.Case {
	made := len(h.EPCs) == 0
	if made {
		for i := range many {
			// SGTIN-96 (GS1 EPC TDS, section 14.6.1) of one product, by serial.
			h.EPCs = append(h.EPCs, fmt.Sprintf("3074257BF7194E40%08X", i+1))
		}
	}
	cases := classtest.Common(h.Subject, "rfid", func(t testing.TB, _ *classtest.Rig) { h.Enter(t, h.EPCs[0]) })
	for _, c := range []struct {
		name string
		run  func(t testing.TB, h Harness)
		skip bool
	}{
		{"a tag that comes into view is reported with its code", enters, false},
		{"two items of one product are two tags", twoItems, false},
		{"the antenna and the reads are stated", antenna, false},
		{"tags in view are restated after the reader was opened again", restated, false},
		{"a tag that has left is not restated", notRestated, false},
		{"many tags at once are all reported", manyAtOnce, false},
		{"the way through the lane is told", direction, h.Through == nil},
		{"the way through the lane is told with a confidence", confidence, h.Through == nil},
		{"a code that is no product's is carried as it is", foreign, !made},
		{"what is no code is no tag", noCode, !made},
		{"a tag that is merely there goes nowhere", still, false},
	} {
		if !c.skip {
			cases = append(cases, classtest.Case{Name: c.name, Run: func(t testing.TB) { c.run(t, h) }})
		}
	}
	return cases
}

// many is how many tags are put before the reader at once: a full basket.
const many = 64

// await takes reports until it has one of each code, and gives the last of
// each. A reader may report a tag more than once.
func await(t testing.TB, r *classtest.Rig, codes ...string) map[string]observe.Tag {
	t.Helper()
	got, missing := map[string]observe.Tag{}, len(codes)
	want := map[string]bool{}
	for _, c := range codes {
		want[c] = true
	}
	for missing > 0 {
		tag, ok := r.NextOf(r.Present).Evidence.(observe.Tag)
		if !ok {
			t.Fatal("an RFID reader reported no tag")
		}
		if !want[tag.EPC] {
			t.Fatalf("tag %s is not there", tag.EPC)
		}
		if _, known := got[tag.EPC]; !known {
			missing--
		}
		got[tag.EPC] = tag
	}
	return got
}

func enters(t testing.TB, h Harness) {
	r := h.Open(t)
	h.Enter(t, h.EPCs[0])
	await(t, r, h.EPCs[0])
}

func twoItems(t testing.TB, h Harness) {
	r := h.Open(t)
	h.Enter(t, h.EPCs[0])
	h.Enter(t, h.EPCs[1])
	await(t, r, h.EPCs[0], h.EPCs[1])
}

func antenna(t testing.TB, h Harness) {
	r := h.Open(t)
	h.Enter(t, h.EPCs[0])
	tag := await(t, r, h.EPCs[0])[h.EPCs[0]]
	if tag.Antenna < 1 {
		t.Errorf("antenna %d: LLRP counts antennas from 1", tag.Antenna)
	}
	if tag.Reads < 1 {
		t.Errorf("%d reads: a tag that was never read is not reported", tag.Reads)
	}
}

func restated(t testing.TB, h Harness) {
	r := h.Open(t)
	h.Enter(t, h.EPCs[0])
	h.Enter(t, h.EPCs[1])
	await(t, r, h.EPCs[0], h.EPCs[1])
	r.Reopen()
	await(t, r, h.EPCs[0], h.EPCs[1])
}

func notRestated(t testing.TB, h Harness) {
	r := h.Open(t)
	h.Enter(t, h.EPCs[0])
	h.Enter(t, h.EPCs[1])
	await(t, r, h.EPCs[0], h.EPCs[1])
	h.Leave(t, h.EPCs[0])
	r.Reopen()
	await(t, r, h.EPCs[1]) // fails at a tag that is not there
}

func manyAtOnce(t testing.TB, h Harness) {
	r := h.Open(t)
	for _, epc := range h.EPCs {
		h.Enter(t, epc)
	}
	await(t, r, h.EPCs...)
}

func direction(t testing.TB, h Harness) {
	r := h.Open(t)
	for _, d := range []observe.Direction{observe.DirectionIn, observe.DirectionOut} {
		h.Through(t, h.EPCs[0], d)
		if got := await(t, r, h.EPCs[0])[h.EPCs[0]].Direction; got != d {
			t.Errorf("a tag carried %v was reported as going %v", d, got)
		}
	}
}

func confidence(t testing.TB, h Harness) {
	r := h.Open(t)
	h.Through(t, h.EPCs[0], observe.DirectionOut)
	tag := await(t, r, h.EPCs[0])[h.EPCs[0]]
	if tag.Direction != observe.DirectionUnknown && tag.Confidence <= 0 {
		t.Errorf("direction %v with confidence %v: leave it unknown instead", tag.Direction, tag.Confidence)
	}
}

func foreign(t testing.TB, h Harness) {
	// A GRAI-96 and a code of 128 bits of no GS1 scheme.
	codes := []string{"3374257BF40C0E4000000001", "A28011606000020411A0B2C3D4E5F601"}
	r := h.Open(t)
	for _, epc := range codes {
		h.Enter(t, epc)
	}
	await(t, r, codes...)
}

func noCode(t testing.TB, h Harness) {
	// An unprogrammed tag, and a TID that was read in place of the EPC (GS1 EPC TDS, section 14.2).
	r := h.Open(t)
	for _, epc := range []string{"000000000000000000000001", "E2801160600002041D8A9E41"} {
		h.Enter(t, epc)
	}
	h.Enter(t, h.EPCs[0])
	await(t, r, h.EPCs[0]) // fails at a tag that is not there
}

func still(t testing.TB, h Harness) {
	r := h.Open(t)
	h.Enter(t, h.EPCs[0])
	if got := await(t, r, h.EPCs[0])[h.EPCs[0]].Direction; got != observe.DirectionUnknown {
		t.Errorf("a tag that is merely there was reported as going %v", got)
	}
}
