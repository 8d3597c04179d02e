package dialect

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

type want struct {
	grams   float64
	moving  bool
	trouble string // contained
	err     error
}

func check(t *testing.T, d Dialect, answer string, w want) {
	t.Helper()
	if n := d.Frame([]byte(answer)); n != len(answer) {
		t.Errorf("%q: a frame of %d", answer, n)
	}
	r, err := d.Read([]byte(answer))
	switch {
	case !errors.Is(err, w.err) || (err == nil) != (w.err == nil):
		t.Errorf("%q: %v, want %v", answer, err, w.err)
	case math.Abs(r.Grams-w.grams) > 1e-6 || r.Moving != w.moving || !strings.Contains(r.Trouble, w.trouble) || (w.trouble == "") != (r.Trouble == ""):
		t.Errorf("%q: %+v, want %+v", answer, r, w)
	}
}

func TestSICS(t *testing.T) {
	for answer, w := range map[string]want{
		"S S     100.00 g\r\n":     {grams: 100},
		"S S      -1.25 kg\r\n":    {grams: -1250},
		"S D 1.234 g\r\n":          {grams: 1.234, moving: true},
		"S S 2 lb\r\n":             {grams: 907.18474},
		"S I\r\n":                  {moving: true},
		"S +\r\n":                  {trouble: "overloaded"},
		"S -\r\n":                  {trouble: "below its range"},
		"S L\r\n":                  {err: ErrRefused},
		"ES\r\n":                   {err: ErrRefused},
		"ET\r\n":                   {err: ErrRefused},
		"EL\r\n":                   {err: ErrRefused},
		"I4 A \"0123456789\"\r\n":  {err: ErrRestarted},
		"@ A \"123456789\"\r\n":    {err: ErrRestarted},
		"S A 1.234 g\r\n":          {err: ErrMalformed}, // some clients take it; the manual knows S S alone
		"S S 1.2.3 g\r\n":          {err: ErrMalformed},
		"S S 1e3 g\r\n":            {err: ErrMalformed},
		"S S . g\r\n":              {err: ErrMalformed},
		"S S 0x10 g\r\n":           {err: ErrMalformed},
		"S S 100.00 stone\r\n":     {err: ErrMalformed},
		"S S 99999999.00 kg\r\n":   {err: ErrMalformed},
		"S S 100.00\r\n":           {err: ErrMalformed},
		"T S 100.00 g\r\n":         {err: ErrMalformed},
		"\r\n":                     {err: ErrMalformed},
		"S S \x1b[2J100.00 g\r\n":  {err: ErrMalformed},
		"S S 100.00 g S S 1 g\r\n": {err: ErrMalformed},
	} {
		check(t, SICS{}, answer, w)
	}
	for answer, w := range map[string]error{
		"T S     100.00 g\r\n": nil, "T I\r\n": ErrRefused, "T +\r\n": ErrRefused, "T -\r\n": ErrRefused, "ES\r\n": ErrRefused, "S S 1 g\r\n": ErrMalformed, "T A 2.486 g\r\n": ErrMalformed,
	} {
		if err := (SICS{}).Tared([]byte(answer)); !errors.Is(err, w) || (err == nil) != (w == nil) {
			t.Errorf("%q: %v, want %v", answer, err, w)
		}
	}
}

func TestNCI(t *testing.T) {
	for answer, w := range map[string]want{
		"\n01.235KG\r\nS0000\r\x03":     {grams: 1235},
		"\n0012.50lb\r\n00\r\x03":       {grams: 5669.904625},
		"\n 0345.0G \r\n20\r\x03":       {grams: 345}, // at zero is no trouble
		"\n1LB 02.5OZ\r\nS00\r\x03":     {grams: 453.59237 + 2.5*28.349523125},
		"\nS1000\r\x03":                 {moving: true},
		"\n10\r\x03":                    {moving: true},
		"\nS0200\r\x03":                 {trouble: "overloaded"},
		"\nS0100\r\x03":                 {trouble: "below its range"},
		"\nS0000\r\x03":                 {trouble: "below its zero"},
		"\nS4000\r\x03":                 {trouble: "memory"},
		"\nS0800\r\x03":                 {trouble: "calibration"},
		"\nS0080\r\x03":                 {trouble: "zero when it was switched on"},
		"\n01.235KG\r\nS0200\r\x03":     {trouble: "overloaded"}, // what it says beside that is no weight
		"\n?\r\x03":                     {err: ErrRefused},
		"\n01.235KG\r\x03":              {err: ErrMalformed},
		"\nKG\r\n00\r\x03":              {err: ErrMalformed},
		"\n\r\n00\r\x03":                {err: ErrMalformed},
		"\n01.235ST\r\n00\r\x03":        {err: ErrMalformed},
		"\n1OZ 2LB\r\n00\r\x03":         {err: ErrMalformed},
		"\n1KG 2OZ\r\n00\r\x03":         {err: ErrMalformed},
		"\n1LB 2OZ 3OZ\r\n00\r\x03":     {err: ErrMalformed},
		"\n01.235KG\r\nzz\r\x03":        {err: ErrMalformed},
		"\n01\r\n02\r\n03\r\x03":        {err: ErrMalformed},
		"\x03":                          {err: ErrMalformed},
		"\n\x03":                        {err: ErrMalformed},
		"\n00\x03":                      {err: ErrMalformed},
		"garbage\n01.235KG\r\n00\r\x03": {grams: 1235},
	} {
		check(t, NCI{}, answer, w)
	}
}

func TestToledo(t *testing.T) {
	for answer, w := range map[string]want{
		"\x02001.23\r":          {grams: 1230},
		"\x020001.23\r":         {grams: 1230},
		"\x02000345\r":          {grams: 345}, // without a point it is grams
		"\x02?\x61\r":           {moving: true},
		"\x02?\x62\r":           {trouble: "overloaded"},
		"\x02?\x64\r":           {trouble: "below its zero"},
		"\x02?\x68\r":           {trouble: "zero when it was switched on"},
		"\x02?\x70\r":           {moving: true},
		"\x02?\xe1\r":           {moving: true}, // with its parity bit
		"\x02?\x01\r":           {err: ErrMalformed},
		"\x02?\r":               {err: ErrMalformed},
		"\x02\r":                {err: ErrMalformed},
		"001.23\r":              {err: ErrMalformed},
		"\x021.2\r":             {err: ErrMalformed},
		"\x02001.234567\r":      {err: ErrMalformed},
		"\x0200x.23\r":          {err: ErrMalformed},
		"\x0299.\x02001.23\r":   {grams: 1230}, // a torn answer before it
		"\x02-01.23\r":          {grams: -1230},
		"noise\x02001.23\r":     {grams: 1230},
		"\x02?\x61\x02001.23\r": {grams: 1230},
	} {
		check(t, Toledo{Unit: "kg"}, answer, w)
	}
	check(t, Toledo{Unit: "lb"}, "\x02001.00\r", want{grams: 453.59237})
}

// TestVectors reads the answers of scales that others wrote down: of two
// independent clients' tests and of vendors' manuals.
func TestVectors(t *testing.T) {
	t.Attr("vectors", "answers of MT-SICS scales in two clients' tests, formats of four makers' manuals")
	root := os.Getenv("AISLE_DATA")
	if root == "" {
		t.Skip("AISLE_DATA is not set: the recorded answers of scales are not here")
	}
	var replies []struct {
		Send   string
		Recv   []string
		Value  *float64
		Unit   string
		Stable bool
		Error  string
	}
	load(t, filepath.Join(root, "vectors", "sics", "replies.json"), &replies)
	read := 0
	for _, v := range replies {
		if v.Send != "S" && v.Send != "SI" {
			continue
		}
		read++
		r, err := SICS{}.Read([]byte(v.Recv[0] + "\r\n"))
		switch {
		case v.Value != nil:
			if want := *v.Value * units[v.Unit]; err != nil || math.Abs(r.Grams-want) > 1e-9 || r.Moving == v.Stable {
				t.Errorf("%q: %+v, %v", v.Recv[0], r, err)
			}
		case err == nil && r.Trouble == "" && !r.Moving:
			t.Errorf("%q: read as a weight of %g g, it is: %s", v.Recv[0], r.Grams, v.Error)
		}
	}
	if read < 9 {
		t.Errorf("%d answers to S and SI", read)
	}
	var formats []struct{ Protocol, Example string }
	load(t, filepath.Join(root, "vectors", "scale-serial", "formats.json"), &formats)
	for _, f := range formats {
		if f.Example == "" {
			continue
		}
		read++
		raw := strings.NewReplacer(`\n`, "\n", `\r`, "\r", `\x03`, "\x03", `\x02`, "\x02").Replace(f.Example)
		if r, err := (NCI{}).Read([]byte(raw)); err != nil || r.Grams != 1235 {
			t.Errorf("%s, %s: %+v, %v", f.Protocol, hex.EncodeToString([]byte(raw)), r, err)
		}
	}
	t.Attr("cases", strconv.Itoa(read))
}

func load(t *testing.T, path string, into any) {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, into); err != nil {
		t.Fatal(err)
	}
}

// FuzzAnswers: whatever comes is a weight that can be, no weight, or an error;
// never a panic, and never a frame longer than what came.
func FuzzAnswers(f *testing.F) {
	for _, s := range []string{"S S     100.00 g\r\n", "\n01.235KG\r\nS0000\r\x03", "\x02001.23\r", "\x02?\x61\r", "\n1LB 02.5OZ\r\nS00\r\x03", "\n?\r\x03", "I4 A \"1\"\r\n", ""} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		for _, d := range []Dialect{SICS{}, NCI{}, Toledo{Unit: "kg"}} {
			n := d.Frame(b)
			if n > len(b) || n < 0 {
				t.Fatalf("a frame of %d in %d bytes", n, len(b))
			}
			if n == 0 {
				continue
			}
			r, err := d.Read(b[:n])
			if err != nil {
				if !errors.Is(err, ErrMalformed) && !errors.Is(err, ErrRefused) && !errors.Is(err, ErrRestarted) {
					t.Errorf("%q: %v", b[:n], err)
				}
				continue
			}
			if math.IsNaN(r.Grams) || math.Abs(r.Grams) > 2*maxGrams || n > MaxAnswer {
				t.Errorf("%q: %+v", b[:n], r)
			}
		}
		_ = SICS{}.Tared(b)
	})
}
