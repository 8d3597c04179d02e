package llrptest

import (
	"encoding/hex"
	"fmt"
	"math"
	"slices"
	"time"

	"github.com/openaisle/aisle/plugins/llrp/internal/codec"
)

func codeOf(epc string) []byte {
	b, err := hex.DecodeString(epc)
	if err != nil || len(b) == 0 {
		panic(fmt.Sprintf("llrptest: %q is no tag's code", epc))
	}
	return b
}

// Enter puts a tag before an antenna.
func (r *Reader) Enter(epc string, antenna int) {
	code := codeOf(epc)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tags = append(r.tags, tag{code, uint16(antenna)})
}

// Leave takes a tag away.
func (r *Reader) Leave(epc string) {
	code := codeOf(epc)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tags = slices.DeleteFunc(r.tags, func(t tag) bool { return string(t.epc) == string(code) })
}

// Clear takes all tags away, and forgets what was held back.
func (r *Reader) Clear() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.tags, r.held, r.sent = nil, nil, nil
}

// steps is how often each antenna reads a tag that goes through the lane.
const steps = 60

// The lane: metres between two antennas, metres that tags pass them by, and the length of the wave.
const (
	between = 2.0
	aside   = 1.0
	wave    = 0.3277
)

// phaseAt is the phase of a tag that is metres away along the lane. It grows as the tag comes nearer.
func phaseAt(along float64) int {
	turns := math.Mod(-2*math.Hypot(along, aside)/wave, 1) + 1
	return int(turns*4096) % 4096
}

// Through carries a tag past the antennas, from the first to the last or back. The walk has ended when it is reported.
func (r *Reader) Through(epc string, in bool) {
	code := codeOf(epc)
	r.mu.Lock()
	var out []*codec.TagReportData
	if r.running {
		now := time.Now()
		for s := range steps {
			where := float64(s) / (steps - 1) // 0 at the first antenna
			at := now.Add(-r.opt.Walk + time.Duration(where*float64(r.opt.Walk)))
			if !in {
				where = 1 - where
			}
			for a := range r.opt.Antennas {
				along := (where*float64(r.opt.Antennas-1) - float64(a)) * between
				power := -4500 - 2000*math.Log10(math.Hypot(along, aside)/aside)
				out = append(out, r.entry(code, uint16(a+1), int(power), phaseAt(along), r.clock(at)))
			}
		}
	}
	c := r.hand(&out)
	r.mu.Unlock()
	if c != nil {
		c.report(out)
	}
}

// Input sets an input.
func (r *Reader) Input(port int, high bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.inputs[uint16(port)] = high
	r.trigger()
	r.event(&codec.ReaderEventNotificationData{GPIEvent: &codec.GPIEvent{GPIPortNumber: uint16(port), GPIEvent: high}})
}

// event tells the client something. The lock is held.
func (r *Reader) event(d *codec.ReaderEventNotificationData) {
	if c := r.client; c != nil && c.awake {
		note := r.note(d)
		go c.send(0, note)
	}
}

// Output says how an output is.
func (r *Reader) Output(port int) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.outputs[uint16(port)]
}

// Antenna connects or disconnects an antenna.
func (r *Reader) Antenna(id int, connected bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	e := codec.AntennaEventTypeAntennaDisconnected
	if connected {
		e = codec.AntennaEventTypeAntennaConnected
	}
	r.event(&codec.ReaderEventNotificationData{AntennaEvent: &codec.AntennaEvent{EventType: e, AntennaID: uint16(id)}})
}

// Say has it tell of an exception of its own.
func (r *Reader) Say(text string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.event(&codec.ReaderEventNotificationData{ReaderExceptionEvent: &codec.ReaderExceptionEvent{Message: text}})
}

// Overflow has it tell that it lost reads.
func (r *Reader) Overflow() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.event(&codec.ReaderEventNotificationData{ReportBufferOverflowErrorEvent: &codec.ReportBufferOverflowErrorEvent{}})
}

// Drop pulls the cable.
func (r *Reader) Drop() {
	r.mu.Lock()
	c := r.client
	r.mu.Unlock()
	if c != nil {
		_ = c.conn.Close()
	}
}

// Reboot restarts it: what it was told is forgotten, and what it has reported before is held to be reported again.
func (r *Reader) Reboot() {
	r.mu.Lock()
	r.spec, r.enabled, r.running = nil, false, false
	r.started, r.taken = time.Now(), time.Time{}
	r.held = append(r.held, r.sent...)
	r.sent = nil
	r.mu.Unlock()
	r.Drop()
}

// SetClock sets by how much its clock is wrong from now on.
func (r *Reader) SetClock(ahead time.Duration) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ahead = ahead
}

// Asked names all that clients have asked, in order.
func (r *Reader) Asked() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.asked)
}

// Connected says whether it has a client that wants reports.
func (r *Reader) Connected() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.client != nil && r.client.awake
}

// Flood reports reads of a number of tags as fast as the client takes them, each report with some of them, and says whether the client
// took all.
func (r *Reader) Flood(reads, tags, each int) bool {
	r.mu.Lock()
	c := r.client
	running := r.running
	r.mu.Unlock()
	if c == nil || !running {
		return false
	}
	codes := make([][]byte, tags)
	for i := range codes {
		codes[i] = codeOf(fmt.Sprintf("3074257BF7194E40%08X", i+1))
	}
	for n := 0; n < reads; {
		var list []*codec.TagReportData
		r.mu.Lock()
		if r.client != c || r.spec == nil {
			r.mu.Unlock()
			return false
		}
		now := r.clock(time.Now())
		for ; len(list) < each && n < reads; n++ {
			list = append(list, r.entry(codes[n%tags], uint16(1+n%r.opt.Antennas), -5500, restPhase, now))
		}
		r.mu.Unlock()
		c.send(0, &codec.ROAccessReport{TagReportData: list})
	}
	return true
}
