package main

import (
	"encoding/hex"
	"errors"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/plugins/osdp/internal/osdp"
	"github.com/openaisle/aisle/plugins/osdp/osdpsim"
	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/credential"
	"github.com/openaisle/aisle/sdk/credential/credentialtest"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/gate"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/observe"
)

// shown reads an answer off a peripheral's LED.
func shown(p *osdpsim.Peripheral) func(testing.TB) (credential.Verdict, bool) {
	return func(testing.TB) (credential.Verdict, bool) {
		c, _, ok := p.Shows()
		return map[osdp.Colour]credential.Verdict{osdp.Green: credential.VerdictGranted, osdp.Red: credential.VerdictDenied, osdp.Amber: credential.VerdictPrompt}[c], ok
	}
}

var hands = []string{"ana's", "ben's"}

// palmSubject is the palm driver before a simulated device.
func palmSubject(t testing.TB, p *osdpsim.Palm, more map[string]any) classtest.Subject {
	c := map[string]any{"addr": listening(t, p.Peripheral), "address": int(p.Address), "key": keyText, "token_key": tokenKey, "again": time.Duration(0)}
	for k, v := range more {
		c[k] = v
	}
	return classtest.Subject{Driver: "palm", Address: "credential_reader.palm", Config: config(t, c), Start: func(t testing.TB) *host.Plugin {
		p.Reset(hands...)
		return classtest.InProcess(t, plugin())
	}}
}

func newPalm() *osdpsim.Palm {
	p := osdpsim.NewPalm(hands...)
	p.Address, p.Key = 6, key
	return p
}

func TestPalmConforms(t *testing.T) {
	for name, enrols := range map[string]bool{"enrolled at the device": false, "enrolled by command": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPalm()
			h := credentialtest.Harness{
				Subject:  palmSubject(t, p, map[string]any{"enrols": enrols}),
				Method:   observe.MethodPalm,
				Present:  func(_ testing.TB, n, _ int) { p.Present(hands[n]) },
				Stranger: func(testing.TB) { p.Present("a stranger's") },
				Secrets:  []string{keyText, tokenKey},
				Shown:    shown(p.Peripheral),
			}
			credentialtest.Run(t, h)
		})
	}
}

// TestPalmKeepsItsNames looks for the device's own name of somebody in what leaves the
// plugin, and has the device forget by the token alone after both have started anew.
func TestPalmKeepsItsNames(t *testing.T) {
	t.Parallel()
	p := newPalm()
	s := palmSubject(t, p, map[string]any{"enrols": true})
	r := s.Open(t)
	name := []byte{0xde, 0xad, 0xbe, 0xef, 1, 2, 3, 4}
	p.Read(0, 64, name)
	c := r.Next().Evidence.(observe.Credential)
	if strings.Contains(c.Token, hex.EncodeToString(name)) || !strings.HasPrefix(c.Token, "palm_") {
		t.Errorf("the token is %s", c.Token)
	}
	p.Present(hands[0])
	token := r.Next().Evidence.(observe.Credential).Token
	r.Reopen()
	r.Disconnect()
	reader := r.Plugin.Credential(r.Handle, r.Epoch)
	// Nobody can tell who is meant, so nobody says that they are forgotten.
	if err := reader.Forget(r.Context(), token+"00"); fault.CodeOf(err) != fault.Refused || !strings.Contains(err.Error(), "erase them there") || !p.Knows(hands[0]) {
		t.Errorf("a token that was tampered with: %v", err)
	}
	if err := reader.Forget(r.Context(), token); err != nil || p.Knows(hands[0]) || !p.Knows(hands[1]) {
		t.Errorf("forget: %v; it knows the one: %t, and the other: %t", err, p.Knows(hands[0]), p.Knows(hands[1]))
	}
}

// A device that says more than a name of somebody, as a template would be, is not
// taken at its word.
func TestPalmTakesNoTemplate(t *testing.T) {
	t.Parallel()
	p := newPalm()
	r := palmSubject(t, p, nil).Open(t)
	p.Read(0, 8*65, make([]byte, 65))
	p.Read(0, 8*64, make([]byte, 64))
	c := r.Next().Evidence.(observe.Credential)
	if n := len(c.Token); n != len("palm_")+2*(16+2+64) {
		t.Errorf("the token has %d bytes", n)
	}
}

func TestPalmShowsText(t *testing.T) {
	t.Parallel()
	p := newPalm()
	r := palmSubject(t, p, nil).Open(t)
	reader := r.Plugin.Credential(r.Handle, r.Epoch)
	for said, want := range map[string]string{
		"Come in.": "Come in.",
		"This is not set up here yet. Please pay in another way or ask the staff.":        "This is not set up here yet.",
		"An earlier visit is not paid, and the payment for it was declined. Please wait.": "An earlier visit is not paid,",
		"Über €5": "?ber ?5",
	} {
		if err := reader.Show(r.Context(), credential.Reply{Verdict: credential.VerdictDenied, Text: said}); err != nil {
			t.Fatal(err)
		}
		if c, text, _ := p.Shows(); c != osdp.Red || text != want {
			t.Errorf("%q is shown as %q in colour %s, want %q", said, text, c, want)
		}
	}
	p.Break(osdpsim.FaultSilent)
	if err := reader.Show(r.Context(), credential.Reply{Verdict: credential.VerdictGranted}); !errors.As(err, new(*fault.Error)) || fault.CodeOf(err) != fault.Unknown && fault.CodeOf(err) != fault.Unavailable {
		t.Errorf("show at a device that is silent: %v", err)
	}
}

// serialLine is peripherals on a pair of pseudo terminals that socat joins.
func serialLine(t *testing.T, all ...*osdpsim.Peripheral) (port string) {
	socat, err := exec.LookPath("socat")
	if err != nil {
		t.Skip("socat is missing: no serial line can be made here")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = osdpsim.Line(all).Listen(l)
	}()
	port = filepath.Join(t.TempDir(), "tty")
	cmd := exec.Command(socat, "pty,raw,echo=0,link="+port, "tcp:"+l.Addr().String())
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		_ = l.Close()
		<-done
	})
	for _, err := os.Stat(port); err != nil; _, err = os.Stat(port) {
		if t.Context().Err() != nil {
			t.Fatal("socat made no port")
		}
		time.Sleep(10 * time.Millisecond)
	}
	return port
}

// TestOneLine has a badge reader, a palm reader and a gate on one serial line: each
// hears its own, and is told its own.
func TestOneLine(t *testing.T) {
	staff := &osdpsim.Peripheral{Address: 5, Key: key}
	hand := newPalm()
	lane := &osdpsim.Turnstile{Peripheral: &osdpsim.Peripheral{Address: 7, Key: key}, Out: 1, PassedOut: 1, Window: time.Hour, Wait: 10 * time.Second}
	port := serialLine(t, staff, hand.Peripheral, lane.Peripheral)
	t.Parallel()
	on := func(address int, more map[string]any) string {
		c := map[string]any{"port": port, "baud": 115200, "address": address, "key": keyText}
		for k, v := range more {
			c[k] = v
		}
		return config(t, c)
	}
	r := classtest.Subject{Driver: "badge", Address: "credential_reader.staff", Start: started, Config: on(5, map[string]any{"token_key": tokenKey, "again": 0})}.Open(t)
	open := func(handle uint32, driver, conf string) {
		if _, err := r.Plugin.Open(r.Context(), host.OpenRequest{Handle: handle, Epoch: 1, Driver: driver, Address: "device." + driver, Config: []byte(conf)}); err != nil {
			t.Fatal(err)
		}
	}
	open(2, "palm", on(6, map[string]any{"token_key": tokenKey, "enrols": true, "again": 0}))
	open(3, "gate_io", on(7, map[string]any{"unlock": 1, "passed_in": 0, "passed_out": 1}))
	from := func(handle uint32) host.Report {
		t.Helper()
		return r.NextOf(func(x host.Report) bool { return x.Handle == handle })
	}
	for round := range 3 {
		staff.Read(0, 32, []byte{1, 2, 3, byte(round)})
		hand.Present(hands[0])
		badge, _ := from(1).Evidence.(observe.Credential)
		palm, _ := from(2).Evidence.(observe.Credential)
		if badge.Method != observe.MethodBadge || palm.Method != observe.MethodPalm {
			t.Fatalf("round %d: %+v, %+v", round, badge, palm)
		}
		if err := r.Plugin.Gate(3, 1).Admit(r.Context(), gate.Admission{Session: string(rune('a' + round)), Bodies: 1, Expires: time.Now().Add(time.Hour)}); err != nil {
			t.Fatal(err)
		}
		for handle, v := range map[uint32]credential.Verdict{1: credential.VerdictGranted, 2: credential.VerdictDenied} {
			if err := r.Plugin.Credential(handle, 1).Show(r.Context(), credential.Reply{Verdict: v}); err != nil {
				t.Fatal(err)
			}
		}
		if !lane.Pass(true) {
			t.Fatal("the gate did not open")
		}
		if p, _ := from(3).Evidence.(observe.Passage); p.Direction != observe.DirectionIn {
			t.Fatalf("the gate tells %+v", p)
		}
	}
	green, _, _ := staff.Shows()
	red, _, _ := hand.Shows()
	if _, _, lit := lane.Shows(); green != osdp.Green || red != osdp.Red || lit {
		t.Errorf("the badge reader shows %s, the palm reader %s, the gate anything: %t", green, red, lit)
	}
}
