package hidscale

import (
	"encoding/hex"
	"encoding/json"
	"errors"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/openaisle/aisle/plugins/scale/internal/dialect"
	"github.com/openaisle/aisle/plugins/scale/internal/link"
)

func TestParse(t *testing.T) {
	for report, w := range map[string]struct {
		grams   float64
		moving  bool
		trouble string
		ok      bool
		err     error
	}{
		"03040200 1400":    {20, false, "", true, nil},
		"03040bff 3419":    {645.2 * 28.349523125, false, "", true, nil},
		"03030200 1400":    {20, true, "", true, nil},
		"0304030f 0100":    {0, false, "", false, dialect.ErrMalformed},
		"030603ff 0100":    {0, false, "overloaded", true, nil},
		"03050200 0000":    {0, false, "below its zero", true, nil},
		"03010200 0000":    {0, false, "faulty", true, nil},
		"03070200 0000":    {0, false, "calibrated", true, nil},
		"03080200 0000":    {0, false, "zeroed", true, nil},
		"03000200 0000":    {0, false, "", false, dialect.ErrMalformed},
		"03090200 0000":    {0, false, "", false, dialect.ErrMalformed},
		"03040d00 0000":    {0, false, "", false, dialect.ErrMalformed},
		"03040806 ffff":    {0, false, "", false, dialect.ErrMalformed},
		"0404":             {0, false, "", false, nil}, // another report
		"030402":           {0, false, "", false, dialect.ErrMalformed},
		"":                 {0, false, "", false, dialect.ErrMalformed},
		"03040200 14 0000": {20, false, "", true, nil}, // what follows is padding
	} {
		b, err := hex.DecodeString(strings.ReplaceAll(report, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		r, ok, err := parse(b)
		if ok != w.ok || !errors.Is(err, w.err) || (err == nil) != (w.err == nil) {
			t.Errorf("%s: %v, %v", report, ok, err)
		}
		if math.Abs(r.Grams-w.grams) > 1e-6 || r.Moving != w.moving || !strings.Contains(r.Trouble, w.trouble) || (r.Trouble == "") != (w.trouble == "") {
			t.Errorf("%s: %+v", report, r)
		}
	}
}

func TestVectors(t *testing.T) {
	t.Attr("vectors", "reports of USB scales that others wrote down")
	root := os.Getenv("AISLE_DATA")
	if root == "" {
		t.Skip("AISLE_DATA is not set: the reports of real scales are not here")
	}
	raw, err := os.ReadFile(filepath.Join(root, "vectors", "hid-scale", "reports.json"))
	if err != nil {
		t.Fatal(err)
	}
	var list []struct {
		Hex   string `json:"report_hex"`
		Unit  byte
		Value float64
	}
	if err := json.Unmarshal(raw, &list); err != nil || len(list) == 0 {
		t.Fatal(err, len(list))
	}
	t.Attr("cases", strconv.Itoa(len(list)))
	for _, v := range list {
		b, _ := hex.DecodeString(v.Hex)
		if r, ok, err := parse(b); !ok || err != nil || math.Abs(r.Grams-v.Value*grams[v.Unit]) > 1e-6 {
			t.Errorf("%s: %+v, %v, %v", v.Hex, r, ok, err)
		}
	}
}

// A node is read report by report; one that says nothing is silent, and one that
// is pulled out is lost.
func TestNode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "hidraw0")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		t.Fatal(err)
	}
	n := &node{f, 20 * time.Millisecond}
	defer n.Close()
	w, err := os.OpenFile(path, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := n.Read(); !errors.Is(err, link.ErrSilent) {
		t.Errorf("nothing: %v", err)
	}
	n.within = time.Minute
	if _, err := w.Write([]byte{3, 4, 2, 0, 20, 0}); err != nil {
		t.Fatal(err)
	}
	if r, err := n.Read(); err != nil || r.Grams != 20 {
		t.Errorf("%+v, %v", r, err)
	}
	_ = w.Close()
	if _, err := n.Read(); err == nil || errors.Is(err, link.ErrSilent) {
		t.Errorf("pulled out: %v", err)
	}
}

func FuzzReport(f *testing.F) {
	f.Add([]byte{3, 4, 2, 0, 20, 0})
	f.Add([]byte{3, 4, 11, 255, 0x34, 0x19})
	f.Fuzz(func(t *testing.T, b []byte) {
		r, ok, err := parse(b)
		if err != nil && (ok || !errors.Is(err, dialect.ErrMalformed)) || ok && (r.Grams < 0 || r.Grams > maxGrams) {
			t.Errorf("%x: %+v, %v, %v", b, r, ok, err)
		}
	})
}
