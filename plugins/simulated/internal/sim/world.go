package sim

import (
	"cmp"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"time"

	"github.com/openaisle/aisle/plugins/simulated/internal/scene"
	"github.com/openaisle/aisle/plugins/simulated/internal/timeline"
	"github.com/openaisle/aisle/plugins/simulated/internal/wire"
	"github.com/openaisle/aisle/sdk/gs1"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// Options say who comes and how well they are seen.
type Options struct {
	Seed     uint64
	Shoppers int
	// FirstVisit numbers the first visit. It lets a world that takes up the
	// data of an earlier one use no credential and no track again.
	FirstVisit int
	// Arrivals is the mean time between two visits.
	Arrivals time.Duration
	// Basket is the most units a visit takes: the world knows no prices, so
	// this is what keeps a visit under the store's hold.
	Basket int
	// Stops is the most places at which a body stops; 0 for as many as it likes.
	Stops   int
	Profile Profile
	// Script, where set, takes the place of all shoppers.
	Script *Script
	// Loaded, where set, hears at once of each change of what lies on a bay.
	Loaded func(shelf string, l wire.Load)
}

// Sink takes what the world gives off. Its methods must return at once.
type Sink interface {
	// Report is evidence that a device reports now.
	Report(device string, e observe.Evidence)
	// Ended is a visit that is over.
	Ended(v Visit)
}

// Visit is the truth about one visit.
type Visit struct {
	Credential string
	// Entered says whether anybody of the party got in.
	Entered bool
	Bodies  int
	At      timeline.Instant
	// Items are what the party owes for, by GTIN in rising order.
	Items []Item
}

// Item is a number of units of one product.
type Item struct {
	GTIN gs1.GTIN `json:"gtin"`
	Qty  int      `json:"qty"`
	// Mass is that of all of them in milligrams, of goods that are paid for by it.
	Mass measure.Mass `json:"mass_mg,omitempty"`
}

// The owners of deeds on the timeline, in the order in which they act at one
// instant: goods come to rest before people move, people before reports go out.
const (
	ownerBays    int64 = 1 << 8
	ownerGates   int64 = 1 << 20
	ownerBodies  int64 = 1 << 24
	ownerDevices int64 = 1 << 48
)

// maxInside is how many bodies the store lets in at once: people queue outside.
const maxInside = 12

// World is everything that is and moves in the store. One goroutine uses it.
type World struct {
	opt   Options
	scene *scene.Scene
	tl    *timeline.Timeline
	out   Sink

	products map[string]*product
	bays     []*bay
	gates    []*gate
	cameraOf map[string]string
	devices  map[string]*delivery

	bodies   []*body
	sessions map[string]string
	names    map[string]string
	serials  map[gs1.GTIN]uint64
	tracks   int
	boot     uint32
	arrivals *rand.Rand

	begun, ended int
	pending      int
	puppets      int
	inView       map[string][]string
	staff        staffing
	scriptStart  timeline.Instant
}

// New builds the store with full shelves and nobody in it. Start opens it.
func New(sc *scene.Scene, tl *timeline.Timeline, opt Options, out Sink) *World {
	w := &World{
		opt: opt, scene: sc, tl: tl, out: out,
		products: make(map[string]*product), cameraOf: make(map[string]string),
		devices: make(map[string]*delivery), sessions: make(map[string]string), names: make(map[string]string),
		serials: make(map[gs1.GTIN]uint64), inView: make(map[string][]string), arrivals: stream(opt.Seed, "arrivals"),
		boot: uint32(hash(fmt.Sprintf("boot %d %d", opt.Seed, opt.FirstVisit))),
	}
	for _, p := range sc.Products {
		w.products[p.Name] = &product{Product: p}
	}
	for _, c := range sc.Cameras {
		for _, z := range c.Zones {
			w.cameraOf[z] = c.Address
		}
	}
	for i, g := range sc.Gates {
		w.gates = append(w.gates, newGate(w, int64(i), g))
	}
	w.fillShelves()
	w.addDevices()
	return w
}

// Start schedules the first arrival, or the script.
func (w *World) Start() {
	if w.opt.Script != nil {
		w.playScript(w.opt.Script)
		return
	}
	w.scheduleRestating()
	w.scheduleArrival()
}

// Done says whether every visit is over and everything reported.
func (w *World) Done() bool {
	return w.shoppersDone() && !w.staff.busy() && w.pending == 0
}

func (w *World) shoppersDone() bool { return w.ended == w.total() }

func (w *World) total() int {
	if w.opt.Script != nil {
		return 1
	}
	return w.opt.Shoppers
}

// Reporting says whether evidence is on its way to a device.
func (w *World) Reporting() bool { return w.pending > 0 }

// Now gives the present instant.
func (w *World) Now() timeline.Instant { return w.tl.Now() }

// Ended gives how many visits are over, refused ones included.
func (w *World) Ended() int { return w.ended }

// scheduleArrival lets visits come as a Poisson process.
func (w *World) scheduleArrival() {
	if w.begun == w.opt.Shoppers {
		return
	}
	gap := time.Duration(w.arrivals.ExpFloat64() * float64(w.opt.Arrivals))
	w.tl.After(gap, ownerGates, func() {
		w.begun++
		v := w.newVisit(w.opt.FirstVisit + w.begun - 1)
		v.entry.enqueue(v)
		w.scheduleArrival()
	})
}

// Authorised tells the world whose instrument a session was held on, so that
// nobody walks through on another's admission: the gate shows the last digits
// of the card it opens for.
func (w *World) Authorised(session, token string) { w.sessions[session] = token }

// KnownAs tells the world that the store calls a credential by another name, as
// it does where readers make tokens of what they read.
func (w *World) KnownAs(credential, token string) { w.names[credential] = token }

// name is what the store calls a credential.
func (w *World) name(credential string) string { return cmp.Or(w.names[credential], credential) }

func (w *World) endVisit(v *visit, entered bool) {
	if v.isStaff {
		w.staff.left(w, entered)
		return
	}
	w.ended++
	w.out.Ended(Visit{Credential: w.name(v.token), Entered: entered, Bodies: v.size, At: w.tl.Now(), Items: v.items()})
}

// stream gives a source of chance of its own to each name.
func stream(seed uint64, name string) *rand.Rand { return rand.New(rand.NewPCG(seed, hash(name))) }

func hash(s string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(s))
	return h.Sum64()
}

// between draws a duration from lo to hi.
func between(r *rand.Rand, lo, hi time.Duration) time.Duration {
	return lo + time.Duration(r.Int64N(int64(hi-lo)+1))
}
