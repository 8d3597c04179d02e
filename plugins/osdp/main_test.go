package main

import (
	"encoding/json"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/plugins/osdp/internal/osdp"
	"github.com/openaisle/aisle/plugins/osdp/osdpsim"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/credential/badge"
	"github.com/openaisle/aisle/sdk/credential/credentialtest"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/gate/gatetest"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/measure"
	"github.com/openaisle/aisle/sdk/observe"
)

// servedEnv makes this test binary the plugin.
const servedEnv = "AISLE_OSDP_TEST_SERVE"

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

const (
	keyText  = "0102030405060708090a0b0c0d0e0f10"
	tokenKey = "a store's own key"
)

var key = osdp.Key{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}

// listening is a peripheral on TCP.
func listening(t testing.TB, p *osdpsim.Peripheral) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = osdpsim.Line{p}.Listen(l)
	}()
	t.Cleanup(func() {
		_ = l.Close()
		<-done
	})
	return l.Addr().String()
}

func config(t testing.TB, c map[string]any) string {
	t.Helper()
	b, err := json.Marshal(c)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// card26 are the 26 bits of a card with their parity (H10301).
func card26(facility, number uint64) []byte {
	f, _ := badge.FormatOf("wiegand26")
	c, _ := f.Write(badge.Numbers{Facility: facility, Card: number})
	return c.Data
}

func TestBadgeConforms(t *testing.T) {
	t.Parallel()
	p := &osdpsim.Peripheral{Address: 5, Key: key}
	addr := listening(t, p)
	credentialtest.Run(t, credentialtest.Harness{
		Subject: classtest.Subject{Driver: "badge", Address: "credential_reader.staff", Start: started, Config: config(t, map[string]any{
			"addr": addr, "address": 5, "key": keyText, "token_key": tokenKey, "format": "wiegand26", "again": time.Duration(0),
		})},
		Method:  observe.MethodBadge,
		Present: func(_ testing.TB, n, _ int) { p.Read(0, 26, card26(105, 3000+uint64(n))) },
		Secrets: []string{"3000", "3001", keyText, tokenKey},
		Shown:   shown(p),
	})
}

func TestKeypadConforms(t *testing.T) {
	t.Parallel()
	p := &osdpsim.Peripheral{Address: 5, Key: key}
	addr := listening(t, p)
	codes := []string{"493817#", "493818#"}
	credentialtest.Run(t, credentialtest.Harness{
		Subject: classtest.Subject{Driver: "keypad", Address: "credential_reader.pin", Start: started, Config: config(t, map[string]any{
			"addr": addr, "address": 5, "key": keyText, "token_key": tokenKey,
		})},
		Method:  observe.MethodCode,
		Present: func(_ testing.TB, n, _ int) { p.Press(codes[n]) },
		Secrets: []string{"493817", "493818", keyText, tokenKey},
		Shown:   shown(p),
	})
}

func TestGateConforms(t *testing.T) {
	t.Parallel()
	p := &osdpsim.Peripheral{Address: 5, Key: key}
	addr := listening(t, p)
	g := &osdpsim.Turnstile{Peripheral: p, Out: 1, PassedIn: 0, PassedOut: 1, Window: time.Hour, Wait: 1500 * time.Millisecond}
	gatetest.Run(t, gatetest.Harness{
		Subject: classtest.Subject{Driver: "gate_io", Address: "gate.north", Start: started, Config: config(t, map[string]any{
			"addr": addr, "address": 5, "key": keyText, "unlock": 1,
		})},
		Counts: true,
		Pass:   func(_ testing.TB, d observe.Direction) bool { return g.Pass(d == observe.DirectionIn) },
	})
}

// A card whose parity is wrong is told as unclear, and one that is held to the
// reader is one presentation.
func TestBadgeReads(t *testing.T) {
	t.Parallel()
	p := &osdpsim.Peripheral{Address: 5, Key: key}
	r := classtest.Subject{Driver: "badge", Start: started, Config: config(t, map[string]any{
		"addr": listening(t, p), "address": 5, "key": keyText, "token_key": tokenKey, "format": "wiegand26", "again": 10 * time.Second,
	})}.Open(t)
	good, bad := card26(1, 7), card26(1, 8)
	bad[3] ^= 0x40
	p.Read(0, 26, good)
	p.Read(0, 26, good)
	p.Read(1, 26, good) // another reader's
	p.Read(0, 26, bad)
	if c := r.Next().Evidence.(observe.Credential); c.Quality != measure.Certain {
		t.Errorf("%+v", c)
	}
	if c := r.Next().Evidence.(observe.Credential); c.Quality >= measure.Certain {
		t.Errorf("a card with wrong parity: %+v", c)
	}
}

// A code has up to sixteen digits; a longer one is none, and a shorter one neither.
func TestKeypadCounts(t *testing.T) {
	t.Parallel()
	p := &osdpsim.Peripheral{Address: 5, Key: key}
	r := classtest.Subject{Driver: "keypad", Start: started, Config: config(t, map[string]any{
		"addr": listening(t, p), "address": 5, "key": keyText, "token_key": tokenKey, "digits": 15,
	})}.Open(t)
	tokens, err := badge.NewTokens("code_", tokenKey)
	if err != nil {
		t.Fatal(err)
	}
	const longest = "1234567890123456"
	for _, typed := range []string{longest + "7#", longest[:14] + "#", longest[:5] + "*" + longest[:15] + "#", longest + "#"} {
		p.Press(typed)
	}
	for _, want := range []string{longest[:15], longest} {
		if c := r.Next().Evidence.(observe.Credential); c.Token != tokens.Of(want) {
			t.Errorf("%+v, want the token of %s", c, want)
		}
	}
}

// TestSerialLine speaks over a pair of pseudo terminals that socat joins, to two
// peripherals on one line.
func TestSerialLine(t *testing.T) {
	socat, err := exec.LookPath("socat")
	if err != nil {
		t.Skip("socat is missing: no serial line can be made here")
	}
	t.Parallel()
	p := &osdpsim.Peripheral{Address: 5, Key: key}
	addr := listening(t, p)
	port := filepath.Join(t.TempDir(), "tty")
	cmd := exec.Command(socat, "pty,raw,echo=0,link="+port, "tcp:"+addr)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	for _, err := os.Stat(port); err != nil; _, err = os.Stat(port) {
		if t.Context().Err() != nil {
			t.Fatal("socat made no port")
		}
		time.Sleep(10 * time.Millisecond)
	}
	r := classtest.Subject{Driver: "badge", Start: started, Config: config(t, map[string]any{
		"port": port, "baud": 115200, "address": 5, "key": keyText, "token_key": tokenKey,
	})}.Open(t)
	p.Read(0, 32, []byte{1, 2, 3, 4})
	if c := r.Next().Evidence.(observe.Credential); c.Method != observe.MethodBadge {
		t.Errorf("%+v", c)
	}
}

// What is wrong in a config block is told at its attribute.
func TestConfig(t *testing.T) {
	t.Parallel()
	good := map[string]any{"addr": "127.0.0.1:1", "key": keyText, "token_key": tokenKey}
	for name, c := range map[string]struct {
		change map[string]any
		path   string
		want   string
	}{
		"no key":          {map[string]any{"key": nil}, "key", "or clear = true"},
		"a short key":     {map[string]any{"key": "0102"}, "key", "32 hexadecimal digits"},
		"everybody's key": {map[string]any{"key": "303132333435363738393a3b3c3d3e3f"}, "key", "everybody knows"},
		"key and clear":   {map[string]any{"clear": true}, "clear", "remove one"},
		"no line":         {map[string]any{"addr": nil}, "port", "/dev/ttyUSB0"},
		"two lines":       {map[string]any{"port": "/dev/ttyS9"}, "addr", "not both"},
		"a short secret":  {map[string]any{"token_key": "short"}, "token_key", "16 or more"},
		"nobody there":    {map[string]any{}, "addr", "reach 127.0.0.1:1"},
	} {
		t.Run(name, func(t *testing.T) {
			all := map[string]any{}
			for k, v := range good {
				all[k] = v
			}
			for k, v := range c.change {
				if v == nil {
					delete(all, k)
				} else {
					all[k] = v
				}
			}
			var d sdk.Driver
			for _, d = range plugin().Drivers {
				if d.Name == "badge" {
					break
				}
			}
			_, err := d.Open(t.Context(), sdk.Env{}, []byte(config(t, all)))
			if err == nil || fault.PathOf(err) != c.path || !strings.Contains(err.Error(), c.want) {
				t.Errorf("%v at %q", err, fault.PathOf(err))
			}
		})
	}
}
