package main

import (
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/plugins/llrp/llrptest"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/observe"
	"github.com/openaisle/aisle/sdk/rfid/rfidtest"
)

// servedEnv makes this test binary the plugin.
const servedEnv = "AISLE_LLRP_TEST_SERVE"

func TestMain(m *testing.M) {
	if os.Getenv(servedEnv) != "" {
		sdk.Serve(plugin())
		return
	}
	os.Exit(m.Run())
}

// started is the plugin in a process of its own, as a host starts it.
func started(t testing.TB) *host.Plugin {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), servedEnv+"=1")
	return classtest.Command(t, cmd)
}

// listening is a reader on TCP.
func listening(t testing.TB, opt llrptest.Options) (*llrptest.Reader, string) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	r := llrptest.New(opt)
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = r.Serve(l)
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
	})
	return r, l.Addr().String()
}

func config(t testing.TB, addr string, more map[string]any) string {
	t.Helper()
	c := map[string]any{"addr": addr, "silence": 300 * time.Millisecond, "restate": 200 * time.Millisecond}
	for k, v := range more {
		c[k] = v
	}
	b, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// lane is a config of two antennas along a lane.
var lane = map[string]any{
	"lane":    map[string]any{"dwell": 400 * time.Millisecond},
	"antenna": []map[string]any{{"id": 1, "along": 0.0}, {"id": 2, "along": 2.0}},
}

func subject(t testing.TB, addr string, more map[string]any) classtest.Subject {
	t.Helper()
	return classtest.Subject{Driver: "reader", Address: "rfid_reader.llrp", Start: started, Config: config(t, addr, more),
		Measure: func(testing.TB) {}} // it counts what is in view all the time
}

// cleared begins each case with nothing before the reader.
func cleared(s classtest.Subject, r *llrptest.Reader) classtest.Subject {
	s.Start = func(t testing.TB) *host.Plugin {
		r.Clear()
		return started(t)
	}
	return s
}

func harness(t testing.TB, opt llrptest.Options, more map[string]any) rfidtest.Harness {
	r, addr := listening(t, opt)
	return rfidtest.Harness{
		Subject: cleared(subject(t, addr, more), r),
		Enter:   func(_ testing.TB, epc string) { r.Enter(epc, 1) },
		Leave:   func(_ testing.TB, epc string) { r.Leave(epc) },
	}
}

func TestViewConforms(t *testing.T) {
	t.Parallel()
	rfidtest.Run(t, harness(t, llrptest.Options{}, nil))
}

func TestOldReaderConforms(t *testing.T) {
	t.Parallel()
	classtest.Run(t, classtest.Some(rfidtest.Cases(harness(t, llrptest.Options{Old: true, Uptime: true}, nil))))
}

func TestLaneConforms(t *testing.T) {
	t.Parallel()
	r, addr := listening(t, llrptest.Options{Antennas: 2, Maker: llrptest.Impinj, Walk: 300 * time.Millisecond})
	classtest.Run(t, classtest.Some(rfidtest.Cases(rfidtest.Harness{
		Subject: cleared(subject(t, addr, lane), r),
		Enter:   func(_ testing.TB, epc string) { r.Enter(epc, 1) },
		Leave:   func(_ testing.TB, epc string) { r.Leave(epc) },
		Through: func(_ testing.TB, epc string, d observe.Direction) { r.Through(epc, d == observe.DirectionIn) },
	})))
}

const aTag, another = "3074257BF7194E4000001A85", "3074257BF7194E4000001A86"

// sees waits until a tag is told.
func sees(t testing.TB, r *classtest.Rig, epc string) observe.Tag {
	t.Helper()
	for {
		tag, ok := r.NextOf(r.Present).Evidence.(observe.Tag)
		if !ok {
			t.Fatal("a reader told of no tag")
		}
		if tag.EPC == epc {
			return tag
		}
	}
}

// patience is how long what must come is waited for, on a machine that has other things to do.
const patience = time.Minute

// What a reader can do wrong ends in a sentence. Nothing kills the plugin, and what is before the antennas then is told when the host opens
// the reader again.
func TestFaults(t *testing.T) {
	t.Parallel()
	for name, says := range map[string]string{
		"silent":    "the reader says nothing; is it switched on, and is LLRP?",
		"slow":      "the reader does not end what it began to say",
		"garbage":   "a message does not begin with FF00; is this the port of LLRP, 5084?",
		"truncated": "the reader closed the connection; was it restarted",
		"lying":     "LLRP",
		"huge":      "a message of 4294967295 bytes",
		"version":   "a version of LLRP that is not spoken here: version 5",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reader, addr := listening(t, llrptest.Options{})
			reader.Enter(aTag, 1)
			more := map[string]any{}
			switch name {
			case "silent":
				more["keepalive"] = time.Second
			case "slow":
				more["answer"] = 3 * time.Second
			}
			r := subject(t, addr, more).Open(t)
			sees(t, r, aTag)
			reader.Break(llrptest.Faults[name])
			r.Says(says)
			reader.Break(llrptest.None)
			reader.Enter(another, 1)
			reader.Drop()
			r.Recover()
			sees(t, r, aTag)
			sees(t, r, another)
		})
	}
}

// A message whose inside is broken is left out, and told; the rest of the conversation goes on.
func TestUnreadable(t *testing.T) {
	t.Parallel()
	for _, f := range []llrptest.Fault{llrptest.Malformed, llrptest.Nested} {
		reader, addr := listening(t, llrptest.Options{})
		r := subject(t, addr, nil).Open(t)
		reader.Enter(aTag, 1)
		sees(t, r, aTag)
		reader.Break(f)
		reader.Enter(another, 1)
		sees(t, r, another)
		if f == llrptest.Malformed {
			r.Says("a message of the reader can't be read, and what it told is missing")
		}
	}
}

// What a reader says of itself is its condition.
func TestSaysOfItself(t *testing.T) {
	t.Parallel()
	reader, addr := listening(t, llrptest.Options{Ahead: 24 * time.Hour})
	r := subject(t, addr, map[string]any{"gpo": []map[string]any{{"port": 1, "when": "ready"}, {"port": 2, "when": "seen"}}}).Open(t)
	r.Says("the reader's clock is 24h0m0s ahead; its times are corrected")
	reader.Antenna(2, false)
	r.Says("antenna 2 is not connected: look at its cable")
	reader.Say("PLL lock lost\x1b[2J")
	r.Says("the reader says: PLL lock lost?[2J")
	reader.Enter(aTag, 3)
	tag := sees(t, r, aTag)
	if ahead := time.Until(tag.Onset); tag.Antenna != 3 || tag.Power != -5500 || ahead < 23*time.Hour || ahead > 25*time.Hour {
		t.Errorf("%+v, %v ahead: the times of a reader are its own", tag, ahead)
	}
	output(t, reader, 1, true)
	output(t, reader, 2, true)
	reader.Leave(aTag)
	output(t, reader, 2, false)
	reader.Overflow()
	r.Says("its report buffer ran over")
}

func output(t *testing.T, r *llrptest.Reader, port int, high bool) {
	t.Helper()
	for until := time.Now().Add(patience); r.Output(port) != high; {
		if time.Now().After(until) {
			t.Fatalf("output %d never was %v", port, high)
		}
		time.Sleep(time.Millisecond)
	}
}

// An input starts and ends reading.
func TestTrigger(t *testing.T) {
	t.Parallel()
	reader, addr := listening(t, llrptest.Options{})
	r := subject(t, addr, map[string]any{"trigger": map[string]any{"port": 2}}).Open(t)
	reader.Enter(another, 1)
	reader.Leave(another) // not seen: the light barrier is whole
	reader.Enter(aTag, 1)
	reader.Input(2, true)
	tag, _ := r.NextOf(r.Present).Evidence.(observe.Tag)
	if tag.EPC != aTag {
		t.Errorf("told %+v", tag)
	}
}

// A reader that restarts and repeats what it has told is believed once, and its tags are told anew from when it reads again.
func TestRebootReplays(t *testing.T) {
	t.Parallel()
	reader, addr := listening(t, llrptest.Options{})
	r := subject(t, addr, nil).Open(t)
	reader.Enter(aTag, 1)
	sees(t, r, aTag)
	reader.Leave(aTag)
	reader.Enter(another, 1)
	sees(t, r, another)
	reader.Reboot()
	r.Says("was it restarted")
	r.Recover()
	for range 3 {
		if tag, _ := r.NextOf(r.Present).Evidence.(observe.Tag); tag.EPC != another {
			t.Errorf("told %+v, which was told before the restart", tag)
		}
	}
}

// A client that went without a word is waited for, in a sentence.
func TestTaken(t *testing.T) {
	t.Parallel()
	_, addr := listening(t, llrptest.Options{})
	first := subject(t, addr, nil)
	first.Open(t)
	_, err := started(t).Open(t.Context(), host.OpenRequest{Handle: 1, Epoch: 1, Address: "rfid_reader.llrp", Driver: "reader",
		Config: []byte(config(t, addr, map[string]any{"answer": 2 * time.Second}))})
	if err == nil || fault.CodeOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "the reader has another client") {
		t.Errorf("a second client: %v", err)
	}
}

// A reader that hangs up at the question about versions is asked no more.
func TestVersions(t *testing.T) {
	t.Parallel()
	for name, opt := range map[string]llrptest.Options{"old": {Old: true}, "mute": {Old: true, Mute: true}, "new": {}, "shy": {Shy: true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			reader, addr := listening(t, opt)
			reader.Enter(aTag, 1)
			p, more := started(t), map[string]any{}
			if name == "mute" {
				more["answer"] = 2 * time.Second // it waits for an answer that never comes
			}
			for try := 1; ; try++ {
				_, err := p.Open(t.Context(), host.OpenRequest{Handle: uint32(try), Epoch: uint64(try), Address: "rfid_reader.llrp", Driver: "reader",
					Config: []byte(config(t, addr, more))})
				if err == nil {
					break
				}
				if name != "shy" || try > 3 {
					t.Fatalf("at the try %d: %v", try, err)
				}
			}
			set := false
			for _, what := range reader.Asked() {
				set = set || what == "SetProtocolVersion"
			}
			if set != (name == "new") {
				t.Errorf("LLRP 1.1 was set: %v", set)
			}
		})
	}
}

// Mistakes in the config are shown at what is wrong, and by what the reader can do.
func TestRefuses(t *testing.T) {
	t.Parallel()
	_, addr := listening(t, llrptest.Options{})
	gone, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = gone.Close()
	p := started(t)
	handle := uint32(0)
	for name, c := range map[string]struct {
		more map[string]any
		path string
	}{
		"nobody there":               {map[string]any{"addr": gone.Addr().String()}, "addr"},
		"an antenna that it has not": {map[string]any{"antenna": []map[string]any{{"id": 5}}}, "antenna[0].id"},
		"an antenna twice":           {map[string]any{"antenna": []map[string]any{{"id": 2}, {"id": 2}}}, "antenna[1].id"},
		"too little power":           {map[string]any{"antenna": []map[string]any{{"id": 2, "power": 5.0}}}, "antenna[0].power"},
		"too little power for all":   {map[string]any{"power": 9.9}, "power"},
		"a mode that it has not":     {map[string]any{"mode": 3}, "mode"},
		"another maker's way":        {map[string]any{"inventory": "focus"}, "inventory"},
		"a lane of one antenna":      {map[string]any{"lane": map[string]any{}, "antenna": []map[string]any{{"id": 1}}}, "lane"},
		"an input that it has not":   {map[string]any{"trigger": map[string]any{"port": 9}}, "trigger.port"},
		"an output that it has not":  {map[string]any{"gpo": []map[string]any{{"port": 9, "when": "seen"}}}, "gpo[0].port"},
	} {
		handle++
		_, err := p.Open(t.Context(), host.OpenRequest{Handle: handle, Epoch: uint64(handle), Address: "rfid_reader.llrp", Driver: "reader", Config: []byte(config(t, addr, c.more))})
		if err == nil || fault.PathOf(err) != c.path {
			t.Errorf("%s: %v, at %q, want %q", name, err, fault.PathOf(err), c.path)
		}
	}
}
