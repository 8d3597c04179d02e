package core_test

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/core"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/observe"
)

// narrator tells a story to the core, in the words of testdata.
type narrator struct {
	t             *testing.T
	state, shadow *core.State
	now           time.Time
	seq           map[string]uint64
	epoch         map[string]uint64
	names         map[string]string // session id to short name
	restarts      bool              // from a snapshot, after every step
	alarms        map[string]string // the newest of each code, by its name
	remembers     bool              // what it was told, so that unchanged can check it
	told          []told
}

// told is a record as it was encoded when it was made.
type told struct {
	record event.Record
	body   []byte
}

var morning = time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)

var catalogue = map[string]gs1.GTIN{
	"cola": "09521234000112", "zero": "09521234000228", "water": "09521234000334", "umbrella": "09521234002642",
}

func testStore() storedef.Store {
	eur := func(minor int64) money.Amount { return money.New(minor, "EUR") }
	product := func(name string, mass measure.Mass, price int64) storedef.Product {
		return storedef.Product{Name: name, GTIN: catalogue[name], Title: name, Mass: mass, MassDeviation: mass * 17 / 1000, Price: eur(price), Tax: "standard"}
	}
	bay := func(n int) storedef.Bay {
		return storedef.Bay{Number: n, Address: "weight_shelf.cooler.bay[" + strconv.Itoa(n) + "]"}
	}
	at := func(n int) string { return bay(n).Address }
	return storedef.Store{
		Name: "test", Currency: "EUR", Timezone: "UTC",
		Zones: []storedef.Zone{{Address: "zone.drinks"}, {Address: "zone.entrance"}},
		Devices: []storedef.Device{
			{Address: "camera.ceiling", Class: storedef.ClassCamera, Zones: []string{"zone.drinks", "zone.entrance"}},
			{Address: "credential_reader.palm", Class: storedef.ClassCredentialReader, Serves: []string{"gate.north"}},
			{Address: "gate.north", Class: storedef.ClassGate, Zones: []string{"zone.entrance"}, Role: storedef.RoleBoth},
			{Address: "payment.cards", Class: storedef.ClassPayment},
			{Address: "rfid_reader.lane", Class: storedef.ClassRFIDReader, Serves: []string{"gate.north"}},
			{Address: "weight_shelf.cooler", Class: storedef.ClassWeightShelf, Zones: []string{"zone.drinks"}, Bays: []storedef.Bay{bay(1), bay(2), bay(3)}},
		},
		Taxes:    []storedef.Tax{{Name: "standard", Rate: 230_000}},
		Products: []storedef.Product{product("cola", 352*measure.Gram, 180), product("zero", 338*measure.Gram, 175), product("water", 521*measure.Gram, 90), product("umbrella", 318*measure.Gram, 990)},
		Facings: []storedef.Facing{{At: at(1), Product: catalogue["cola"]}, {At: at(2), Product: catalogue["zero"]},
			{At: at(2), Product: catalogue["water"]}, {At: at(3), Product: catalogue["umbrella"]}},
		Entry: storedef.Entry{AdmitWithin: storedef.DefaultAdmitWithin, MaxStay: 30 * time.Minute, MaxParty: 4,
			Staff: []string{"badge-1"}, MinQuality: storedef.DefaultMinQuality},
		Attribution: storedef.Attribution{Window: storedef.DefaultWindow, Grace: storedef.DefaultGrace,
			ChargeAbove: storedef.DefaultChargeAbove, ReviewAbove: storedef.DefaultReviewAbove, SeveralUnits: storedef.DefaultSeveralUnits},
		Settlement: storedef.Settlement{Processor: "payment.cards", Hold: eur(3000)},
		Receipt:    storedef.Receipt{ReviewWithin: storedef.DefaultReviewWithin, Rounding: money.HalfUp},
	}
}

func newNarrator(t *testing.T) *narrator {
	n := &narrator{t: t, state: core.New(), shadow: core.New(), now: morning, seq: map[string]uint64{}, epoch: map[string]uint64{}, names: map[string]string{}, alarms: map[string]string{}}
	n.step(event.Definition{Store: testStore(), Salt: "salt"})
	for _, d := range testStore().Devices {
		n.epoch[d.Address] = 1
		n.step(event.DeviceStatus{Device: d.Address, Epoch: 1, State: event.StateReady})
	}
	n.at("5s") // cameras have restated by then
	for b := 1; b <= 3; b++ {
		n.evidence("weight_shelf.cooler", observe.Weight{Interval: observe.At(n.now), Bay: b, Mass: 10 * measure.Kilogram, Deviation: measure.Gram})
	}
	return n
}

func (n *narrator) evidence(device string, o observe.Evidence) string {
	n.seq[device]++
	return n.step(event.Evidence{Device: device, Serial: observe.Serial{Epoch: n.epoch[device], Seq: n.seq[device]}, Observed: o})
}

// at lets time pass, stopping wherever the core wanted to be woken.
func (n *narrator) at(offset string) string {
	d, err := time.ParseDuration(offset)
	if err != nil {
		n.fail("at", err)
	}
	var out strings.Builder
	end := morning.Add(d)
	for {
		w, ok := n.state.Wake()
		if !ok || w.After(end) {
			break
		}
		if w.After(n.now) {
			n.now = w
		}
		before := n.now
		out.WriteString(n.step(event.Time{}))
		if next, ok := n.state.Wake(); ok && !next.After(before) {
			n.t.Fatalf("the core wants to be woken at %s, which is not later than %s", next, before)
		}
	}
	n.now = end
	return out.String()
}

// do carries out one line of a story.
func (n *narrator) do(line string) string {
	words, args := parse(line)
	span := observe.Interval{Onset: n.now.Add(-dur(args["for"])), Settled: n.now}.Shift(-dur(args["ago"]))
	switch words[0] {
	case "at":
		return n.at(words[1])
	case "tap":
		reader := "credential_reader.palm"
		if args["at"] != "" {
			reader = "credential_reader." + args["at"]
		}
		return n.evidence(reader, n.presented(observe.Credential{Interval: span.Shift(-dur(args["late"])), Token: words[1], Method: observe.MethodPalm,
			Quality: measure.Probability(num(args["quality"], 999_000)), Bodies: num(args["bodies"], 1)}, args))
	case "enter": // a tap, and all that lets somebody in
		return ofMoney(n.do("tap "+words[1]) + n.do("answer authorize done") + n.do("answer admit done"))
	case "buys":
		return n.buys(words[1], words[2], num(args["units"], 1))
	case "notice":
		return n.notice(words[1], words[2], args)
	case "quarantined":
		return n.quarantine(words[1])
	case "answer":
		return n.answer(words[1], words[2], args)
	case "pass":
		var dir observe.Direction
		if err := dir.UnmarshalText([]byte(words[1])); err != nil {
			n.fail(line, err)
		}
		gate := "gate.north"
		if args["at"] != "" {
			gate = "gate." + args["at"]
		}
		return n.evidence(gate, observe.Passage{Interval: span, Direction: dir, Admission: n.idOf(args["for_session"])})
	case "track":
		var phase observe.Phase
		if err := phase.UnmarshalText([]byte(words[3])); err != nil {
			n.fail(line, err)
		}
		return n.evidence("camera.ceiling", observe.Presence{Interval: span, Track: observe.Track(words[1]), Zone: "zone." + words[2], Phase: phase,
			Confidence: measure.Probability(num(args["sure"], 0))})
	case "hand":
		return n.evidence("camera.ceiling", n.interaction(words, args, span))
	case "weight":
		return n.evidence("weight_shelf.cooler", observe.Weight{Interval: span, Bay: num(words[1], 0), Mass: measure.Mass(num(words[2], 0)) * measure.Gram,
			Deviation: measure.Mass(num(args["dev"], 1)) * measure.Gram})
	case "tag":
		s, err := gs1.NewSGTIN(catalogue[words[1]], 7, uint64(num(words[2], 1)))
		if err != nil {
			n.fail(line, err)
		}
		b, err := s.Encode96()
		if err != nil {
			n.fail(line, err)
		}
		return n.evidence("rfid_reader.lane", observe.Tag{Interval: span, EPC: fmt.Sprintf("%X", b[:]), Antenna: 1, Reads: 9, Direction: observe.DirectionOut, Confidence: 990_000})
	case "adopt":
		return n.adopt(args)
	case "resume":
		return n.resume(words[1])
	case "device":
		if words[2] == "reopening" {
			n.epoch[words[1]]++
			n.seq[words[1]] = 0
			words[2] = "claiming"
		}
		if words[2] == "reopened" {
			n.epoch[words[1]]++
			n.seq[words[1]] = 0
			words[2] = "ready"
		}
		return n.step(event.DeviceStatus{Device: words[1], Epoch: n.epoch[words[1]], State: event.DeviceState(words[2]),
			Cause: strings.ReplaceAll(args["because"], "_", " ")})
	case "gap":
		n.seq[words[1]]++
		return n.step(event.Evidence{Device: words[1], Serial: observe.Serial{Epoch: n.epoch[words[1]], Seq: n.seq[words[1]]}, Gap: &event.Gap{Lost: uint64(num(args["lost"], 1))}})
	case "staff":
		return n.staff(words[1], words[2], args)
	case "again":
		e := n.seq[words[1]]
		n.seq[words[1]] = e - 1
		return n.do(strings.Join(words[2:], " "))
	}
	n.t.Fatalf("%q is no command", line)
	return ""
}

func (n *narrator) interaction(words []string, args map[string]string, span observe.Interval) observe.Interaction {
	o := observe.Interaction{Interval: span, Track: observe.Track(words[1]), At: place(words[2]),
		Confidence: measure.Probability(num(args["conf"], 995_000)), Quantity: num(args["q"], 0)}
	if err := o.Action.UnmarshalText([]byte(words[3])); err != nil {
		n.fail("hand", err)
	}
	if words[1] == "?" {
		o.Track = ""
	}
	for _, c := range strings.FieldsFunc(args["saw"], func(r rune) bool { return r == ',' }) {
		name, ppm, _ := strings.Cut(c, "/")
		o.Candidates = append(o.Candidates, observe.Candidate{GTIN: catalogue[name], Probability: measure.Probability(num(ppm, 950_000))})
	}
	return o
}

// answer answers the oldest ask of a kind, as the processor or gate would.
func (n *narrator) answer(op, outcome string, args map[string]string) string {
	for _, a := range n.state.Pending() {
		if string(a.Operation) != op {
			continue
		}
		ans := event.Answer{ID: a.ID, Outcome: event.Outcome(outcome), Message: args["saying"]}
		if found := args["found"]; found != "" {
			ans.Found = event.Finding(found)
		}
		if outcome == "done" && a.Operation != event.OpAdmit && (ans.Found == "" || ans.Found == event.FoundDone) {
			ans.Reference, ans.Amount = "ref-"+string(cmp.Or(a.Of, a.Operation)), a.Amount
			if a.Hold > 1 {
				ans.Reference += "-" + strconv.Itoa(a.Hold)
			}
			if r := args["reference"]; r != "" { // by another name
				ans.Reference = r
			}
			if m := args["amount"]; m != "" {
				x := money.New(int64(num(m, 0)), money.Currency(cmp.Or(args["currency"], "EUR")))
				ans.Amount = &x
			}
		}
		if outcome == "refused" {
			ans.Code = fault.Refused
			if args["code"] == "unsupported" {
				ans.Code = fault.Unsupported
			}
			if args["code"] == "invalid" {
				ans.Code = fault.Invalid
			}
		}
		ans.Message, ans.Brand = strings.ReplaceAll(ans.Message, "_", " "), args["brand"]
		ans.Funding, ans.Risk, ans.RiskReason = args["funding"], args["risk"], strings.ReplaceAll(args["risky"], "_", " ")
		if e := args["expires"]; e != "" {
			at := n.now.Add(dur(e))
			ans.Expires = &at
		}
		if args["twice"] != "" {
			return n.step(ans) + n.step(ans)
		}
		return n.step(ans)
	}
	n.t.Fatalf("nothing is asked of kind %s; pending: %v", op, n.state.Pending())
	return ""
}

func parse(line string) ([]string, map[string]string) {
	var words []string
	args := map[string]string{}
	for _, w := range strings.Fields(line) {
		if k, v, ok := strings.Cut(w, "="); ok {
			args[k] = v
			continue
		}
		words = append(words, w)
	}
	return append(words, "", "", ""), args
}

func num(s string, otherwise int) int {
	if n, err := strconv.Atoi(s); err == nil {
		return n
	}
	return otherwise
}

func dur(s string) time.Duration {
	d, err := time.ParseDuration(s)
	if err != nil {
		return 0
	}
	return d
}

// idOf returns the id of a session by its short name.
func (n *narrator) idOf(short string) string {
	for id, s := range n.names {
		if s == short {
			return id
		}
	}
	return short
}

// place returns the address of a bay by its number, or of the whole shelf.
func place(word string) string {
	if word == "shelf" {
		return "weight_shelf.cooler"
	}
	return "weight_shelf.cooler.bay[" + word + "]"
}
