package event

import (
	"bytes"
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/observe"
)

var rewrite = flag.Bool("rewrite", false, "write today's encodings into testdata")

// Every kind of input and fact, by its own file's order. A kind that is missing
// here fails TestGolden, for its name is then not in the golden file.
var (
	allInputs = []Input{Evidence{}, Answer{}, DeviceStatus{}, Definition{}, StaffOrder{}, Notice{}, Resumed{}, Time{}}
	allFacts  = []Fact{
		Noted{}, Ignored{}, Quarantined{}, Adopted{}, DeviceChanged{}, Lost{}, HostAway{}, Outage{}, Asked{}, Answered{},
		SessionOpened{}, EntryChanged{}, EntryRefused{}, AdmissionGiven{}, AdmissionClosed{}, BodyEntered{}, ExitSeen{}, BodyLeft{}, BodyUnknown{},
		TrackSeen{}, TrackBound{}, TrackUnbound{}, SessionEnded{},
		LevelSet{}, ChangeSeen{}, HandSeen{}, HandSpent{}, ChangeExplained{}, Taken{}, Returned{}, Restocked{}, Doubted{},
		Unattributed{}, StrayChanged{}, TagSeen{}, TagLeft{}, Late{},
		CartFrozen{}, PaymentMoved{}, Posted{}, DebtNoted{}, ReceiptIssued{}, SessionClosed{},
		PartyAsked{}, RefundMoved{}, DebtCleared{}, LineDecided{}, DisputeOpened{}, DisputeDecided{}, ChargebackNoted{}, DayClosed{}, Alarmed{}, Noticed{}, HousePosted{}, SaleRecalled{}, AlarmAcknowledged{}, MovementResolved{},
		EnrolmentStarted{}, EnrolmentEnded{}, InstrumentPaired{}, InstrumentForgotten{}, ErasureMoved{},
	}
	allEvidence = []observe.Evidence{
		observe.Credential{}, observe.Passage{}, observe.Weight{}, observe.Tag{}, observe.Interaction{}, observe.Presence{}, observe.Door{}, observe.Scan{},
	}
)

// TestGolden holds every kind to its frozen encoding: what an older version
// wrote must be read for ever, and must mean the same.
func TestGolden(t *testing.T) {
	const file = "testdata/records.jsonl"
	var out bytes.Buffer
	for _, r := range samples(t) {
		b, err := EncodeRecord(r)
		if err != nil {
			t.Fatal(err)
		}
		out.Write(b)
		out.WriteByte('\n')
	}
	if *rewrite {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, out.Bytes(), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(out.String(), "\n")); d != "" {
		t.Errorf("an encoding changed (-frozen +today): only new fields may come\n%s", d)
	}
	for i, line := range bytes.Split(bytes.TrimSpace(want), []byte("\n")) {
		r, err := DecodeRecord(line)
		if err != nil {
			t.Errorf("line %d can't be read any more: %v", i+1, err)
			continue
		}
		again, err := EncodeRecord(r)
		if err != nil || !bytes.Equal(again, line) {
			t.Errorf("line %d changed by being read (%v)\n%s\n%s", i+1, err, line, again)
		}
	}
}

// TestFree holds a price of nothing to its currency: without it nobody knows
// that the unit was picked for nothing, and it is charged at the price at exit.
func TestFree(t *testing.T) {
	free := UnitPrice(money.Zero("EUR"))
	r := Record{Input: Time{}, Facts: []Fact{
		Taken{Move: Move{Unit: free}}, Doubted{Candidates: []DoubtCandidate{{Unit: free}, {}}},
	}}
	b, err := EncodeRecord(r)
	if err != nil {
		t.Fatal(err)
	}
	back, err := DecodeRecord(b)
	if err != nil {
		t.Fatal(err)
	}
	if m := back.Facts[0].(Taken); m.Unit != free {
		t.Errorf("a unit picked for nothing is read back at %v: %s", m.Unit, b)
	}
	if c := back.Facts[1].(Doubted).Candidates; c[0].Unit != free || c[1].Unit != (UnitPrice{}) {
		t.Errorf("one for nothing and one of which nothing is known are read back as %v: %s", c, b)
	}
	if n := bytes.Count(b, []byte(`"unit"`)); n != 2 {
		t.Errorf("%d prices are written, 2 are known: %s", n, b)
	}
}

// TestOlder reads what earlier versions wrote. A field that came since is not
// there, so that writing it again gives the same bytes.
func TestOlder(t *testing.T) {
	files, err := filepath.Glob("testdata/records.*.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatalf("%d files, %v", len(files), err)
	}
	for _, file := range files {
		old, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range bytes.Split(bytes.TrimSpace(old), []byte("\n")) {
			r, err := DecodeRecord(line)
			if err != nil {
				t.Errorf("%s:%d can't be read any more: %v", file, i+1, err)
				continue
			}
			if again, err := EncodeRecord(r); err != nil || !bytes.Equal(again, line) {
				t.Errorf("%s:%d changed by being read (%v)\n%s\n%s", file, i+1, err, line, again)
			}
		}
	}
}

func samples(t *testing.T) []Record {
	var out []Record
	for _, e := range allEvidence {
		v := filled(t, reflect.TypeOf(e)).Interface().(observe.Evidence)
		out = append(out, Record{Input: Evidence{Device: "d", Serial: observe.Serial{Epoch: 1, Seq: 2}, Offset: 3, Observed: v}})
	}
	for _, in := range allInputs {
		out = append(out, Record{Input: filled(t, reflect.TypeOf(in)).Interface().(Input)})
	}
	for _, f := range allFacts {
		out = append(out, Record{Input: Time{}, Facts: []Fact{filled(t, reflect.TypeOf(f)).Interface().(Fact)}})
	}
	return out
}

// filled returns a value of a type with every field set to something.
func filled(t *testing.T, typ reflect.Type) reflect.Value {
	v := reflect.New(typ).Elem()
	switch {
	case typ == reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(time.Date(2026, 1, 5, 8, 0, 0, 123456789, time.UTC)))
		return v
	case typ.PkgPath() != "" && typ.Name() == "GTIN":
		v.SetString("09521234000112")
		return v
	case typ.PkgPath() != "" && typ.Name() == "GLN":
		v.SetString("5601234000016")
		return v
	}
	switch typ.Kind() {
	case reflect.Struct:
		for i := range typ.NumField() {
			if typ.Field(i).IsExported() && typ.Field(i).Type.Kind() != reflect.Interface {
				v.Field(i).Set(filled(t, typ.Field(i).Type))
			}
		}
	case reflect.Pointer:
		v.Set(reflect.New(typ.Elem()))
		v.Elem().Set(filled(t, typ.Elem()))
	case reflect.Slice:
		if typ.Elem().Kind() != reflect.Uint8 || typ.Elem().PkgPath() != "" {
			v.Set(reflect.Append(v, filled(t, typ.Elem())))
		}
	case reflect.String:
		if typ.Name() == "Role" {
			v.SetString("both")
			break
		}
		v.SetString(strings.ToLower(typ.Name()) + "-x")
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Uint8:
		v.SetUint(1)
	case reflect.Int, reflect.Int32, reflect.Int64:
		v.SetInt(7)
	case reflect.Uint64:
		v.SetUint(1 << 60)
	default:
		t.Fatalf("no sample of %s", typ)
	}
	return v
}

// TestUnknownKind refuses what a later version may have written, by name.
func TestUnknownKind(t *testing.T) {
	for _, body := range []string{
		`{"input":{"kind":"teleport","value":{}},"facts":[]}`,
		`{"input":{"kind":"time","value":{}},"facts":[{"kind":"miracle","value":{}}]}`,
		`{"input":{"kind":"time","value":{}},"facts":`, ``,
	} {
		if _, err := DecodeRecord([]byte(body)); err == nil {
			t.Errorf("%q was read", body)
		}
	}
	if _, err := EncodeRecord(Record{}); err == nil {
		t.Error("a record without an input was written")
	}
}

func FuzzDecodeRecord(f *testing.F) {
	f.Add([]byte(`{"input":{"kind":"time","value":{}},"facts":[]}`))
	f.Add([]byte(`{"input":{"kind":"evidence","value":{"device":"d","epoch":1,"seq":1,"of":"weight","observed":{"bay":1}}},"facts":[]}`))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := DecodeRecord(b)
		if err != nil {
			return
		}
		once, err := EncodeRecord(r)
		if err != nil {
			return
		}
		back, err := DecodeRecord(once)
		if err != nil {
			t.Fatalf("what was written can't be read: %v\n%s", err, once)
		}
		if twice, err := EncodeRecord(back); err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("not stable: %v\n%s\n%s", err, once, twice)
		}
	})
}
