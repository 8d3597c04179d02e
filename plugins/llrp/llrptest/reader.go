package llrptest

import (
	"encoding/binary"
	"net"
	"sync"
	"time"

	"github.com/openaisle/aisle/plugins/llrp/internal/codec"
)

// Options are what kind of reader it is. The zero value is one with four antennas, of nobody's make, that speaks LLRP 1.1.
type Options struct {
	Antennas, Inputs, Outputs int
	// Old speaks 1.0.1 only: it answers the question about versions with an error. Mute answers it, deletions
	// and all that it does not know not at all; Shy hangs up.
	Old, Mute, Shy bool
	// Maker is a Private Enterprise Number; Impinj's brings its extensions, phase among them.
	Maker uint32
	// Uptime tells times since it was switched on, for it has no clock.
	Uptime bool
	// Ahead is by how much its clock is wrong.
	Ahead time.Duration
	// Cycle is how often each tag in view is read; 20 ms.
	Cycle time.Duration
	// Walk is how long a tag takes through the lane; 1 s.
	Walk time.Duration
	// Clings is for how long it takes no other client after one that went without a word.
	Clings time.Duration
}

// Impinj is its Private Enterprise Number.
const Impinj = 25882

// maxHeld is how many reads it holds back while nobody is connected, and how many it repeats after a restart.
const maxHeld = 4096

// Reader is one reader. Use New.
type Reader struct {
	opt Options

	mu      sync.Mutex
	started time.Time
	ahead   time.Duration
	client  *client
	taken   time.Time // until when it is, though its client is gone
	spec    *codec.ROSpec
	enabled bool
	running bool
	until   time.Time // running, by its trigger; zero for ever
	tags    []tag
	held    []*codec.TagReportData
	sent    []*codec.TagReportData
	inputs  map[uint16]bool
	outputs map[uint16]bool
	fault   Fault
	asked   []string
}

type tag struct {
	epc     []byte
	antenna uint16
}

// New makes a reader with nothing before it.
func New(opt Options) *Reader {
	for _, n := range []*int{&opt.Antennas, &opt.Inputs, &opt.Outputs} {
		if *n == 0 {
			*n = 4
		}
	}
	if opt.Cycle == 0 {
		opt.Cycle = 20 * time.Millisecond
	}
	if opt.Walk == 0 {
		opt.Walk = time.Second
	}
	return &Reader{opt: opt, started: time.Now(), ahead: opt.Ahead, inputs: map[uint16]bool{}, outputs: map[uint16]bool{}}
}

// Serve takes clients until the listener is closed.
func (r *Reader) Serve(l net.Listener) error {
	var all sync.WaitGroup
	defer all.Wait()
	stop := make(chan struct{})
	defer close(stop)
	all.Go(func() { r.inventory(stop) })
	for {
		conn, err := l.Accept()
		if err != nil {
			r.Drop()
			return err
		}
		all.Go(func() { r.converse(conn) })
	}
}

// inventory reads the tags in view again and again.
func (r *Reader) inventory(stop <-chan struct{}) {
	for tick := time.NewTicker(r.opt.Cycle); ; {
		select {
		case <-tick.C:
			r.cycle()
		case <-stop:
			tick.Stop()
			return
		}
	}
}

func (r *Reader) cycle() {
	r.mu.Lock()
	if r.running && !r.until.IsZero() && time.Now().After(r.until) {
		r.running = false
	}
	var out []*codec.TagReportData
	if r.running {
		for _, t := range r.tags {
			out = append(out, r.entry(t.epc, t.antenna, -5500, restPhase, r.clock(time.Now())))
		}
	}
	c := r.hand(&out)
	r.mu.Unlock()
	if c != nil {
		c.report(out)
	}
}

// hand gives the client that takes reads, or holds them back.
func (r *Reader) hand(out *[]*codec.TagReportData) *client {
	c := r.client
	if c != nil && c.awake {
		*out = append(r.held, *out...)
		r.held = nil
		if len(*out) == 0 {
			return nil
		}
		r.sent = append(r.sent, *out...)
		r.sent = r.sent[max(0, len(r.sent)-maxHeld):]
		return c
	}
	r.held = append(r.held, *out...)
	r.held = r.held[max(0, len(r.held)-maxHeld):]
	return nil
}

// clock is the reader's, in microseconds.
func (r *Reader) clock(at time.Time) uint64 {
	if r.opt.Uptime {
		return uint64(at.Sub(r.started) / time.Microsecond)
	}
	return uint64(at.Add(r.ahead).UnixMicro())
}

func (r *Reader) timestamp() codec.Timestamp {
	if r.opt.Uptime {
		return &codec.Uptime{Microseconds: r.clock(time.Now())}
	}
	return &codec.UTCTimestamp{Microseconds: r.clock(time.Now())}
}

// restPhase is the phase of a tag that lies still.
const restPhase = 1024

// entry is what it says of one read, with what was asked for.
func (r *Reader) entry(epc []byte, antenna uint16, power, phase int, micros uint64) *codec.TagReportData {
	t := &codec.TagReportData{
		ROSpecID: &codec.ROSpecID{ROSpecID: r.spec.ROSpecID}, AntennaID: &codec.AntennaID{AntennaID: antenna},
		PeakRSSI: &codec.PeakRSSI{PeakRSSI: int8(power / 100)}, ChannelIndex: &codec.ChannelIndex{ChannelIndex: 1},
		TagSeenCount: &codec.TagSeenCount{TagCount: 1},
	}
	if len(epc) == 12 {
		t.EPCParameter = &codec.EPC96{EPC: [12]byte(epc)}
	} else {
		t.EPCParameter = &codec.EPCData{EPC: codec.Bits{Count: uint16(8 * len(epc)), Data: epc}}
	}
	if r.opt.Uptime {
		t.FirstSeenTimestampUptime = &codec.FirstSeenTimestampUptime{Microseconds: micros}
		t.LastSeenTimestampUptime = &codec.LastSeenTimestampUptime{Microseconds: micros}
	} else {
		t.FirstSeenTimestampUTC = &codec.FirstSeenTimestampUTC{Microseconds: micros}
		t.LastSeenTimestampUTC = &codec.LastSeenTimestampUTC{Microseconds: micros}
	}
	if r.spec.ROReportSpec != nil && len(r.spec.ROReportSpec.Custom) > 0 {
		phase := binary.BigEndian.AppendUint16(nil, uint16(phase))
		rssi := binary.BigEndian.AppendUint16(nil, uint16(int16(power)))
		t.Custom = []*codec.Custom{
			{VendorIdentifier: Impinj, ParameterSubtype: 56, Data: phase}, {VendorIdentifier: Impinj, ParameterSubtype: 57, Data: rssi},
		}
	}
	return t
}
