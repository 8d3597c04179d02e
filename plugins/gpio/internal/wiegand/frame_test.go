package wiegand

import (
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/sdk/credential/badge"
)

var usual = Timing{Pause: 25 * time.Millisecond, Glitch: 100 * time.Microsecond}

// sent are the edges of some bits, one every gap from a time on.
func sent(bits string, seq uint32, at, gap time.Duration) (edges []Edge) {
	for i, b := range bits {
		edges = append(edges, Edge{b == '1', seq + uint32(i), at + time.Duration(i)*gap})
	}
	return edges
}

// heard gives the frames of edges, the last one included.
func heard(edges ...Edge) (frames []Frame) {
	f := Framer{Timing: usual}
	for _, e := range edges {
		if done, ok := f.Add(e); ok {
			frames = append(frames, done)
		}
	}
	if done, ok := f.Flush(); ok {
		frames = append(frames, done)
	}
	return frames
}

func bits(c badge.Card) string {
	var b strings.Builder
	for n := range c.Bits {
		b.WriteByte(byte('0' + c.Bit(n)))
	}
	return b.String()
}

const card = "00100010010100010010011111" // facility 68, card 41551

var any26 = Cards{Facility: -1}

// The published cards, sent as edges, are taken.
func TestPublishedCards(t *testing.T) {
	data := os.Getenv("AISLE_DATA")
	if data == "" {
		t.Skip("AISLE_DATA is not set: no published cards")
	}
	b, err := os.ReadFile(filepath.Join(data, "vectors", "wiegand", "h10301.json"))
	if err != nil {
		t.Fatal(err)
	}
	var all []struct {
		Bits     string
		Facility int
	}
	if err := json.Unmarshal(b, &all); err != nil || len(all) == 0 {
		t.Fatalf("%d cards, %v", len(all), err)
	}
	t.Attr("vectors", "published H10301 cards")
	t.Attr("cases", strconv.Itoa(len(all)))
	for _, v := range all {
		frames := heard(sent(v.Bits, 1, 0, time.Millisecond)...)
		if len(frames) != 1 || bits(frames[0].Card) != v.Bits {
			t.Fatalf("%s came as %+v", v.Bits, frames)
		}
		if why := (Cards{"wiegand26", v.Facility}).Judge(frames[0]); why != "" {
			t.Errorf("%s: %s", v.Bits, why)
		}
		if why := (Cards{"wiegand26", v.Facility + 1}).Judge(frames[0]); !strings.Contains(why, "another facility") {
			t.Errorf("%s of another facility: %q", v.Bits, why)
		}
	}
}

// Edges that are read out of order, by up to a few, are put right by their numbers, and
// the numbers may wrap.
func TestOrder(t *testing.T) {
	edges := sent(card, 1<<32-10, 0, 200*time.Microsecond)
	r := rand.New(rand.NewPCG(1, 2))
	for i := 0; i+3 < len(edges); i += 4 {
		r.Shuffle(4, func(a, b int) { edges[i+a], edges[i+b] = edges[i+b], edges[i+a] })
	}
	frames := heard(edges...)
	if len(frames) != 1 || bits(frames[0].Card) != card || frames[0].Lost != 0 {
		t.Errorf("%+v", frames)
	}
}

// A pause ends a card, wherever it is: at its length exactly, and not before.
func TestPause(t *testing.T) {
	for gap, want := range map[time.Duration]int{usual.Pause - 1: 1, usual.Pause: 2} {
		at := 12 * time.Millisecond
		edges := append(sent(card[:13], 1, 0, time.Millisecond), sent(card[13:], 14, at+gap, time.Millisecond)...)
		frames := heard(edges...)
		if len(frames) != want {
			t.Fatalf("with a gap of %v: %d frames, want %d", gap, len(frames), want)
		}
		for _, f := range frames {
			if why := any26.Judge(f); (why == "") != (want == 1) {
				t.Errorf("with a gap of %v, %d bits: %q", gap, f.Card.Bits, why)
			}
		}
	}
	two := append(sent(card, 1, 0, time.Millisecond), sent(card, 27, time.Second, time.Millisecond)...)
	if frames := heard(two...); len(frames) != 2 || bits(frames[0].Card) != card || bits(frames[1].Card) != card {
		t.Errorf("two cards came as %+v", frames)
	}
}

// What is no card is refused with what to look at.
func TestRefused(t *testing.T) {
	whole := sent(card, 1, 0, time.Millisecond)
	without := func(n int) []Edge { return append(append([]Edge(nil), whole[:n]...), whole[n+1:]...) }
	for _, c := range []struct {
		name  string
		edges []Edge
		says  string
	}{
		{"short", sent(card[1:], 1, 0, time.Millisecond), "25 bits"},
		{"long", sent(card+"0", 1, 0, time.Millisecond), "27 bits"},
		{"parity", sent("1"+card[1:], 1, 0, time.Millisecond), "parity is wrong"},
		{"stray", sent("1", 1, 0, 0), "1 stray pulses"},
		{"a lost edge", without(7), "lost 1 edges"},
		{"no end", sent(strings.Repeat("10", 500), 1, 0, time.Millisecond), "without a pause"},
		{"together", append(append([]Edge(nil), whole...), Edge{!whole[25].One, 27, whole[25].At + usual.Glitch - 1}), "fell together"},
	} {
		frames := heard(c.edges...)
		if len(frames) != 1 {
			t.Fatalf("%s: %d frames", c.name, len(frames))
		}
		if why := any26.Judge(frames[0]); !strings.Contains(why, c.says) {
			t.Errorf("%s: %q does not say %q", c.name, why, c.says)
		}
	}
	if why := (Cards{"wiegand34", -1}).Judge(heard(whole...)[0]); !strings.Contains(why, "wiegand34 has 34") {
		t.Errorf("26 bits where 34 are wanted: %q", why)
	}
}

// A pulse that bounces is one bit, up to the glitch time and not at it.
func TestBounce(t *testing.T) {
	var edges []Edge
	for i, e := range sent(card, 0, 0, time.Millisecond) {
		e.Seq = uint32(2*i + 1)
		edges = append(edges, e, Edge{e.One, e.Seq + 1, e.At + usual.Glitch - 1})
	}
	frames := heard(edges...)
	if len(frames) != 1 || bits(frames[0].Card) != card || frames[0].Bounces != len(card) || any26.Judge(frames[0]) != "" {
		t.Errorf("%+v", frames)
	}
	edges[1].At++ // the first bounce is a bit then
	if frames := heard(edges...); frames[0].Card.Bits != len(card)+1 {
		t.Errorf("%d bits", frames[0].Card.Bits)
	}
}

// After a frame that was cut short the next one is whole: nothing is carried over.
func TestRecovers(t *testing.T) {
	edges := append(sent(card[:9], 1, 0, time.Millisecond), sent(card, 10, time.Second, time.Millisecond)...)
	frames := heard(edges...)
	if len(frames) != 2 || any26.Judge(frames[0]) == "" || any26.Judge(frames[1]) != "" {
		t.Errorf("%+v", frames)
	}
}

// FuzzFrames feeds edges of any order and time. Whatever comes, memory is bounded, no
// edge is counted twice, and what is taken for a card has parity.
func FuzzFrames(f *testing.F) {
	f.Add([]byte{0, 1, 2, 0, 200, 1, 1, 1})
	f.Add([]byte(strings.Repeat("\x01\x01\x02", 300)))
	f.Fuzz(func(t *testing.T, data []byte) {
		framer := Framer{Timing: usual}
		var at time.Duration
		var seq uint32
		given, got := 0, 0
		see := func(frame Frame, ok bool) {
			if !ok {
				return
			}
			got += frame.Card.Bits + frame.Bounces
			if frame.Card.Bits > badge.MaxBits {
				t.Fatalf("a card of %d bits", frame.Card.Bits)
			}
			if any26.Judge(frame) == "" {
				format, known := badge.FormatWith(frame.Card.Bits)
				if _, err := format.Read(frame.Card); !known || err != nil {
					t.Fatalf("%d bits are a card: %v", frame.Card.Bits, err)
				}
			}
		}
		for len(data) >= 3 {
			at += time.Duration(int8(data[0])) * 300 * time.Microsecond
			seq += uint32(int8(data[1]))
			see(framer.Add(Edge{data[2]&1 == 1, seq, at}))
			given++
			data = data[3:]
			if len(framer.edges) > maxEdges {
				t.Fatal("it keeps too many edges")
			}
		}
		see(framer.Flush())
		if got > given || framer.Open() {
			t.Fatalf("%d edges became %d", given, got)
		}
	})
}
