package crash

import (
	"crypto/sha256"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/openaisle/aisle/framework/core"
	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal"
	"github.com/openaisle/aisle/hcl/storedef"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/observe"
)

// Bounds of a journey.
const (
	leastRecords = 16
	mostRecords  = 60
	mostGroup    = 6 // records in one append
	mostAppends  = 8 // that most journeys have; the others have all of their records'
)

// About how many operations on the disk it takes.
const (
	openFresh     = 60
	openAgain     = 8
	perAppend     = 11
	perCheckpoint = 3
	closing       = 14
)

var (
	cola    = gs1.GTIN("09521234000112")
	morning = time.Date(2026, 1, 5, 8, 0, 0, 0, time.UTC)
)

// storeName is that of every journey.
const storeName = "crash"

// journey is a few visits to a small store, told by its seed alone.
type journey struct {
	seed    uint64
	drafts  []journal.Draft
	asks    [][]string // of each record
	folded  [][32]byte // the state after each record
	groups  []int      // records in each append
	snaps   []bool     // a snapshot after each append
	states  [][]byte   // of snapshots, by append; nil for none
	reopen  []bool     // closed and opened again after each append
	skip    int        // appends that the journey begins after
	dirty   bool       // what it begins with was not closed
	close   bool       // the journey closes the journal in the end
	options journal.Options
}

// records is how many records were written after so many appends.
func (j *journey) records(appends int) (n int) {
	for _, g := range j.groups[:appends] {
		n += g
	}
	return n
}

// weight is about how many operations on the disk the journey takes.
func (j *journey) weight() (n int) {
	if j.skip == 0 {
		n += openFresh
	}
	n += openAgain
	for g := j.skip; g < len(j.groups); g++ {
		n += perAppend
		if j.snaps[g] {
			n += perAppend
		}
		if j.reopen[g] && g+1 < len(j.groups) {
			n += openAgain + closing
		}
		if j.options.CheckpointAfter > 0 {
			n += perCheckpoint
		}
	}
	if j.close {
		n += closing
	}
	return n
}

// teller has the core live through a journey.
type teller struct {
	*journey
	rng   *rand.Rand
	state *core.State
	now   time.Time
	seq   map[string]uint64
	level measure.Mass
	heads [][]byte // the encoded state after each record
	err   error
}

// newJourney tells the journey of a seed.
func newJourney(seed uint64) (*journey, error) {
	t := &teller{journey: &journey{seed: seed}, rng: rand.New(rand.NewPCG(seed, 0x61697368)), state: core.New(), now: morning, seq: map[string]uint64{}}
	want := leastRecords + t.rng.IntN(mostRecords-leastRecords)
	t.open()
	prologue := len(t.drafts)
	for visit := 1; len(t.drafts) < want && t.err == nil; visit++ {
		t.visit(visit)
	}
	if t.err != nil {
		return nil, fmt.Errorf("journey %d: %w", seed, t.err)
	}
	t.plan(min(prologue, len(t.drafts)))
	return t.journey, nil
}

// plan cuts the records into appends.
func (t *teller) plan(prologue int) {
	j := t.journey
	for at := 0; at < len(j.drafts); {
		n := 1 + t.rng.IntN(mostGroup)
		if at < prologue {
			n = prologue - at
		}
		n = min(n, len(j.drafts)-at)
		at += n
		snap := t.rng.IntN(6) == 0
		j.groups, j.snaps, j.reopen = append(j.groups, n), append(j.snaps, snap), append(j.reopen, t.rng.IntN(16) == 0)
		var state []byte
		if snap {
			state = t.heads[at-1]
		}
		j.states = append(j.states, state)
	}
	j.skip = max(1, len(j.groups)-1-t.rng.IntN(mostAppends))
	switch {
	case j.seed%20 == 0: // from an empty folder
		j.skip = 0
	case j.seed%10 == 0: // a long one
		j.skip = 1
	}
	j.dirty, j.close = t.rng.IntN(3) == 0, t.rng.IntN(3) == 0
	id := sha256.Sum256(fmt.Appendf(nil, "journal of journey %d", j.seed))
	j.options = journal.Options{Store: storeName, ID: journal.ID(id[:16])}
	if t.rng.IntN(2) == 0 {
		j.options.CheckpointAfter = 8<<10 + t.rng.IntN(64<<10)
	}
}

func (t *teller) step(in event.Input) {
	facts := core.Step(t.state, t.now, in)
	body, err := event.EncodeRecord(event.Record{Input: in, Facts: facts})
	if err != nil {
		t.err = err
		return
	}
	state, err := t.state.Encode()
	if err != nil {
		t.err = err
		return
	}
	var asks []string
	for _, f := range facts {
		if a, ok := f.(event.Asked); ok {
			asks = append(asks, a.Ask.ID)
		}
	}
	t.drafts = append(t.drafts, journal.Draft{At: t.now, Body: body})
	t.asks, t.heads, t.folded = append(t.asks, asks), append(t.heads, state), append(t.folded, sha256.Sum256(state))
}

// later lets time pass, stopping wherever the core wants to be woken.
func (t *teller) later(d time.Duration) {
	end := t.now.Add(d)
	for range 100 {
		w, ok := t.state.Wake()
		if !ok || w.After(end) {
			break
		}
		if w.After(t.now) {
			t.now = w
		}
		t.step(event.Time{})
	}
	t.now = end
}

func (t *teller) evidence(device string, o observe.Evidence) {
	t.seq[device]++
	t.step(event.Evidence{Device: device, Serial: observe.Serial{Epoch: 1, Seq: t.seq[device]}, Observed: o})
}

func (t *teller) open() {
	s := theStore()
	t.step(event.Definition{Store: s, Salt: "salt", Digest: "digest"})
	for _, d := range s.Devices {
		t.step(event.DeviceStatus{Device: d.Address, Epoch: 1, State: event.StateReady})
	}
	t.later(5 * time.Second)
	t.level = 10 * measure.Kilogram
	t.weigh(0)
}

func (t *teller) weigh(taken measure.Mass) {
	t.level -= taken
	t.evidence("weight_shelf.cooler", observe.Weight{Interval: observe.Between(t.now.Add(-time.Second), t.now), Bay: 1, Mass: t.level, Deviation: measure.Gram})
}

// visit has somebody come, take a few, and leave; the processor answers as it likes.
func (t *teller) visit(n int) {
	reader, gate, camera := "credential_reader.palm", "gate.north", "camera.ceiling"
	t.evidence(reader, observe.Credential{Interval: observe.At(t.now), Token: fmt.Sprintf("palm-%d", n), Method: observe.MethodPalm, Quality: 999_000, Bodies: 1})
	t.answers()
	track := observe.Track(fmt.Sprintf("t%d", n))
	seen := func(zone string, p observe.Phase) {
		t.evidence(camera, observe.Presence{Interval: observe.At(t.now), Track: track, Zone: "zone." + zone, Phase: p})
	}
	t.evidence(gate, observe.Passage{Interval: observe.At(t.now), Direction: observe.DirectionIn})
	seen("entrance", observe.PhaseBegan)
	t.later(4 * time.Second)
	seen("drinks", observe.PhasePresent)
	for range t.rng.IntN(3) {
		t.later(4 * time.Second)
		t.evidence(camera, observe.Interaction{Interval: observe.Between(t.now.Add(-time.Second), t.now), Track: track, At: "weight_shelf.cooler.bay[1]",
			Action: observe.ActionTake, Confidence: 995_000, Candidates: []observe.Candidate{{GTIN: cola, Probability: 950_000}}})
		t.later(time.Second)
		t.weigh(352 * measure.Gram)
	}
	t.later(10 * time.Second)
	t.evidence(gate, observe.Passage{Interval: observe.At(t.now), Direction: observe.DirectionOut})
	seen("entrance", observe.PhaseEnded)
	t.later(5 * time.Second)
	t.answers()
	if t.rng.IntN(3) > 0 {
		t.later(time.Duration(t.rng.IntN(90)) * time.Second)
		t.answers()
	}
}

// answers answers what is asked, for a while.
func (t *teller) answers() {
	for range 1 + t.rng.IntN(5) {
		asks := t.state.Pending()
		if len(asks) == 0 {
			return
		}
		t.now = t.now.Add(time.Duration(1+t.rng.IntN(900)) * time.Millisecond)
		t.step(t.answer(asks[t.rng.IntN(len(asks))]))
	}
}

func (t *teller) answer(a event.Ask) event.Answer {
	out := event.Answer{ID: a.ID, Outcome: event.OutcomeDone}
	if a.Operation == event.OpAdmit {
		return out
	}
	switch luck := t.rng.IntN(10); {
	case luck == 0:
		out.Outcome = event.OutcomeUnknown
	case luck == 1:
		out.Outcome = event.OutcomeUnavailable
	case luck == 2 && a.Operation != event.OpLookup:
		out.Outcome = event.OutcomeRefused
	case luck == 3 && a.Operation == event.OpLookup:
		out.Found = event.FoundNothing
	case a.Operation == event.OpLookup:
		out.Found = event.FoundDone
	}
	if out.Outcome == event.OutcomeDone && out.Found != event.FoundNothing {
		out.Reference, out.Amount = "ref-"+a.Key, a.Amount
	}
	return out
}

func theStore() storedef.Store {
	eur := func(minor int64) money.Amount { return money.New(minor, "EUR") }
	return storedef.Store{
		Name: storeName, Currency: "EUR", Timezone: "UTC",
		Zones: []storedef.Zone{{Address: "zone.drinks"}, {Address: "zone.entrance"}},
		Devices: []storedef.Device{
			{Address: "camera.ceiling", Class: storedef.ClassCamera, Zones: []string{"zone.drinks", "zone.entrance"}},
			{Address: "credential_reader.palm", Class: storedef.ClassCredentialReader, Serves: []string{"gate.north"}},
			{Address: "gate.north", Class: storedef.ClassGate, Zones: []string{"zone.entrance"}, Role: storedef.RoleBoth},
			{Address: "payment.cards", Class: storedef.ClassPayment},
			{Address: "weight_shelf.cooler", Class: storedef.ClassWeightShelf, Zones: []string{"zone.drinks"}, Bays: []storedef.Bay{{Number: 1, Address: "weight_shelf.cooler.bay[1]"}}},
		},
		Taxes: []storedef.Tax{{Name: "standard", Rate: 230_000}},
		Products: []storedef.Product{{Name: "cola", GTIN: cola, Title: "cola", Mass: 352 * measure.Gram, MassDeviation: 6 * measure.Gram,
			Price: eur(180), Tax: "standard"}},
		Facings: []storedef.Facing{{At: "weight_shelf.cooler.bay[1]", Product: cola}},
		Entry:   storedef.Entry{AdmitWithin: storedef.DefaultAdmitWithin, MaxStay: 30 * time.Minute, MaxParty: 4, MinQuality: storedef.DefaultMinQuality},
		Attribution: storedef.Attribution{Window: storedef.DefaultWindow, Grace: storedef.DefaultGrace, ChargeAbove: storedef.DefaultChargeAbove,
			ReviewAbove: storedef.DefaultReviewAbove, SeveralUnits: storedef.DefaultSeveralUnits},
		Settlement: storedef.Settlement{Processor: "payment.cards", Hold: eur(3000)},
		Receipt:    storedef.Receipt{ReviewWithin: storedef.DefaultReviewWithin, Rounding: money.HalfUp},
	}
}
