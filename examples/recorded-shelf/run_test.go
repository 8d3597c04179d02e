// Package recordedshelf_test runs the store of this folder with the command, as
// its reader would, and judges it by what the recording's labels, the receipt
// and the processor's ledger say.
package recordedshelf_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// patience bounds a run that hangs; one takes some seconds, and its first
// builds the plugins.
const patience = 5 * time.Minute

var command string // the built command

func TestMain(m *testing.M) {
	flag.Parse() // for -short
	os.Exit(run(m))
}

func run(m *testing.M) int {
	dir, err := os.MkdirTemp("", "recorded-shelf")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer func() { _ = os.RemoveAll(dir) }()
	if os.Getenv("AISLE_DATA") != "" && !testing.Short() {
		command = filepath.Join(dir, "aisle")
		if out, err := exec.Command("go", "build", "-o", command, "../../tools/aisle").CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "build the command: %v\n%s", err, out)
			return 1
		}
	}
	return m.Run()
}

// recording is the folder of the recording.
func recording(t *testing.T) string {
	t.Helper()
	root := os.Getenv("AISLE_DATA")
	if root == "" {
		t.Skip("AISLE_DATA is not set: the shelf recording can't be found")
	}
	if testing.Short() {
		t.Skip("builds plugins and runs a store")
	}
	if _, err := exec.LookPath("stripe-mock"); err != nil {
		t.Skip("the stand-in for Stripe needs stripe-mock")
	}
	return filepath.Join(root, "data", "aim3s-shelf-recording")
}

type change struct {
	Shelf    int     `json:"shelf"`
	TMS      float64 `json:"t_ms"`
	Grams    float64 `json:"grams"`
	Decision string  `json:"decision"`
	GTIN     string  `json:"gtin"`
}

type summary struct {
	Sessions   int      `json:"sessions"`
	Captured   int64    `json:"captured_minor"`
	Voided     int      `json:"voided"`
	Unresolved int      `json:"unresolved_holds"`
	JournalOK  bool     `json:"journal_ok"`
	Changes    []change `json:"changes"`
}

type receipt struct {
	Lines   []line `json:"lines"`
	Pending []line `json:"pending"`
	Dropped []line `json:"dropped"` // was pending, decided for the shopper when its time was over
	Total   int64  `json:"total_minor"`
}

type line struct {
	GTIN   string `json:"gtin"`
	Qty    int    `json:"qty"`
	Amount int64  `json:"amount_minor"`
}

type movement struct {
	Op     string `json:"op"`
	Amount int64  `json:"amount_minor"`
}

// visit runs the store on a folder's recording, and gives what came of it.
func visit(t *testing.T, folder string) (s summary, receipts []receipt, ledger []movement) {
	t.Helper()
	data := t.TempDir()
	out, errs, err := aisle(t, data, folder)
	if err != nil {
		t.Fatalf("%v\n%s", err, errs)
	}
	lines := strings.Split(strings.TrimSpace(out), "\n")
	if err := json.Unmarshal([]byte(lines[len(lines)-1]), &s); err != nil {
		t.Fatalf("%v in %q", err, out)
	}
	return s, read[receipt](t, data, "receipts.jsonl"), read[movement](t, data, "ledger.jsonl")
}

func aisle(t *testing.T, data, folder string) (out, errs string, err error) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(t.Context(), command, "run", "--data", data, ".", "--var", "recording="+folder, "--until-idle", "--json")
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	timer := time.AfterFunc(patience, func() { _ = cmd.Process.Signal(os.Interrupt) })
	defer timer.Stop()
	err = cmd.Run()
	return stdout.String(), stderr.String(), err
}

func read[T any](t *testing.T, data, name string) (out []T) {
	t.Helper()
	f, err := os.Open(filepath.Join(data, name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for in := bufio.NewScanner(f); in.Scan(); {
		var v T
		if err := json.Unmarshal(in.Bytes(), &v); err != nil {
			t.Fatalf("%s: %v in %q", name, err, in.Text())
		}
		out = append(out, v)
	}
	return out
}

type label struct {
	Shelf int     `json:"shelf"`
	End   float64 `json:"t_end_ms"`
	Delta float64 `json:"delta_g_measured_by_us"`
}

func labels(t *testing.T, folder string) []label {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(folder, "events.json"))
	if err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Events []label `json:"ground_truth_events"`
	}
	if err := json.Unmarshal(raw, &doc); err != nil {
		t.Fatal(err)
	}
	return doc.Events
}

// found says whether the changes are the labelled ones.
func found(t *testing.T, changes []change, labels []label) {
	t.Helper()
	if len(changes) != len(labels) {
		t.Errorf("%d changes for %d events: %+v", len(changes), len(labels), changes)
	}
	for i, e := range labels[:min(len(labels), len(changes))] {
		c := changes[i]
		t.Logf("shelf %d: %+.0f ms, %.1f g for %.1f g: %s %s", c.Shelf, c.TMS-e.End, c.Grams, e.Delta, c.Decision, c.GTIN)
		if c.Shelf != e.Shelf || math.Abs(c.TMS-e.End) > 1000 || math.Abs(c.Grams-e.Delta) > max(10, 0.03*math.Abs(e.Delta)) {
			t.Errorf("change %+v for event %+v", c, e)
		}
	}
}

// The products that the five picks can be by weight and shelf, by their codes
// in product_info.json: foil, one of two bags, dish liquid, window cleaner,
// floor cleaner. The bags differ by less than their own units do.
var picked = []string{"00052548570217", "", "00035000000590", "00019800001230", "00035000530639"}

func TestTheOpenMinute(t *testing.T) {
	folder := recording(t)
	s, receipts, ledger := visit(t, folder)
	found(t, s.Changes, labels(t, folder))
	var charged []string
	for i, c := range s.Changes {
		want := change{Decision: "taken", GTIN: picked[i]}
		if c.Shelf == 4 {
			want.Decision = "doubted"
		}
		if c.Decision != want.Decision || c.GTIN != want.GTIN {
			t.Errorf("change %d is %s %s, want %s %s", i, c.Decision, c.GTIN, want.Decision, want.GTIN)
		}
	}
	if len(receipts) == 0 {
		t.Fatal("no receipt")
	}
	total := int64(0)
	last := receipts[len(receipts)-1]
	for _, l := range last.Lines {
		charged = append(charged, l.GTIN)
		total += l.Amount
	}
	slices.Sort(charged)
	want := slices.DeleteFunc(slices.Clone(picked), func(g string) bool { return g == "" })
	slices.Sort(want)
	if !slices.Equal(charged, want) || total != last.Total || total <= 0 {
		t.Errorf("charged %q for %d of %d, want %q", charged, total, last.Total, want)
	}
	if len(last.Pending) != 0 || len(last.Dropped) != 1 || last.Dropped[0].Qty != 1 {
		t.Errorf("pending %+v and dropped %+v, want one bag dropped", last.Pending, last.Dropped)
	}
	if len(ledger) != 2 || ledger[0].Op != "authorize" || ledger[1] != (movement{"capture", total}) {
		t.Errorf("the processor moved %+v, want a hold and a capture of %d", ledger, total)
	}
	if s.Captured != total || s.Sessions != 1 || s.Unresolved != 0 || !s.JournalOK {
		t.Errorf("%+v", s)
	}
}

// The same minute and, after it, the same backwards: what was taken is put back,
// and the hold is released.
func TestThereAndBack(t *testing.T) {
	folder := recording(t)
	made := t.TempDir()
	copied(t, folder, made, "product_info.json")
	last := thereAndBack(t, folder, made)
	s, receipts, ledger := visit(t, made)
	events := labels(t, folder)
	for _, c := range s.Changes[min(len(events), len(s.Changes)):] {
		t.Logf("shelf %d: at %.0f ms, %.1f g: %s %s", c.Shelf, c.TMS, c.Grams, c.Decision, c.GTIN)
		back := slices.IndexFunc(events, func(e label) bool {
			return e.Shelf == c.Shelf && math.Abs(e.Delta+c.Grams) <= max(10, 0.03*c.Grams) && c.TMS > 2*last-e.End
		})
		if c.Decision != "returned" || back < 0 {
			t.Errorf("%+v is not the return of one of %+v", c, events)
		}
	}
	if len(s.Changes) != 2*len(events) {
		t.Errorf("%d changes", len(s.Changes))
	}
	if n := len(receipts); n == 0 || len(receipts[n-1].Lines)+len(receipts[n-1].Pending)+len(receipts[n-1].Dropped) > 0 || receipts[n-1].Total != 0 {
		t.Errorf("receipts %+v", receipts)
	}
	if len(ledger) != 2 || ledger[0].Op != "authorize" || ledger[1].Op != "void" || s.Voided != 1 {
		t.Errorf("the processor moved %+v", ledger)
	}
}

// A torn recording is one error that names file and line, and nobody is charged.
func TestTornRecording(t *testing.T) {
	folder := recording(t)
	made, data := t.TempDir(), t.TempDir()
	copied(t, folder, made, "product_info.json")
	raw, err := os.ReadFile(filepath.Join(folder, "shelf_weights_60hz.csv"))
	if err != nil {
		t.Fatal(err)
	}
	torn := raw[:len(raw)/2]
	torn = torn[:bytes.LastIndexByte(torn, '\n')+20]
	if err := os.WriteFile(filepath.Join(made, "shelf_weights_60hz.csv"), torn, 0o600); err != nil {
		t.Fatal(err)
	}
	out, errs, err := aisle(t, data, made)
	if err == nil || out != "" {
		t.Errorf("it ran: %v\n%s", err, out)
	}
	at := "line " + strconv.Itoa(1+bytes.Count(torn, []byte("\n")))
	words := strings.Join(strings.Fields(errs), " ") // as they are before they are folded
	if !strings.Contains(words, "shelf_weights_60hz.csv, "+at+": is torn") || strings.Count(words, "is torn") != 1 {
		t.Errorf("no clear error of %s:\n%s", at, errs)
	}
	if ledger := read[movement](t, data, "ledger.jsonl"); len(ledger) > 0 {
		t.Errorf("money moved: %+v", ledger)
	}
}

func copied(t *testing.T, from, to, name string) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(from, name))
	if err == nil {
		err = os.WriteFile(filepath.Join(to, name), raw, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// thereAndBack writes a recording that goes on backwards, and gives the time at
// which it turns.
func thereAndBack(t *testing.T, from, to string) float64 {
	t.Helper()
	const name = "shelf_weights_60hz.csv"
	raw, err := os.ReadFile(filepath.Join(from, name))
	if err != nil {
		t.Fatal(err)
	}
	rows := strings.Split(strings.TrimSpace(string(raw)), "\n")
	at := func(row string) float64 {
		cell, _, _ := strings.Cut(row, ",")
		v, err := strconv.ParseFloat(cell, 64)
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	last := at(rows[len(rows)-1])
	out := slices.Clone(rows)
	for i := len(rows) - 2; i > 0; i-- {
		_, rest, _ := strings.Cut(rows[i], ",")
		out = append(out, fmt.Sprintf("%.3f,%s", 2*last-at(rows[i]), rest))
	}
	if err := os.WriteFile(filepath.Join(to, name), []byte(strings.Join(out, "\n")+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	return last
}
