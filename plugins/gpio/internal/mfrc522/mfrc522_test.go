package mfrc522

import (
	"bytes"
	"encoding/hex"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/openaisle/aisle/plugins/gpio/internal/mfrc522/mfrc522sim"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/class"
	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/credential"
	"github.com/openaisle/aisle/sdk/credential/badge"
	"github.com/openaisle/aisle/sdk/credential/credentialtest"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/observe"
)

// The examples of ISO/IEC 14443-3, annex B, and the HLTA frame that everybody prints.
func TestCRC(t *testing.T) {
	for data, want := range map[string]string{"0000": "a01e", "1234": "26cf", "5000": "57cd"} {
		b, _ := hex.DecodeString(data)
		if got := hex.EncodeToString(withCRC(b)); got != data+want {
			t.Errorf("%s: %s, want %s", data, got, want)
		}
	}
}

var uids = map[string][]byte{
	"4 bytes":  {0xDE, 0xAD, 0xBE, 0xEF},
	"7 bytes":  {0x04, 1, 2, 3, 4, 5, 6},
	"10 bytes": {0x04, 1, 2, 3, 4, 5, 6, 7, 8, 9},
}

// UIDs of every length are read, again and again while their card stays.
func TestReadsUIDs(t *testing.T) {
	t.Parallel()
	m := mfrc522sim.New()
	c, err := Start(t.Context(), m, 33)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Card(t.Context()); !errors.Is(err, errNone) {
		t.Errorf("an empty field: %v", err)
	}
	for name, want := range uids {
		m.Put(want)
		for range 3 {
			m.Stale()
			if got, err := c.Card(t.Context()); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s: %x, %v", name, got, err)
			}
		}
	}
	m.Put(uids["4 bytes"], []byte{1, 2, 3, 4})
	if _, err := c.Card(t.Context()); !errors.Is(err, errCollision) {
		t.Errorf("two cards: %v", err)
	}
	m.Put(uids["4 bytes"])
	for _, broken := range []int{1, 2, 3} {
		if _, err := c.Card(t.Context()); err != nil && !errors.Is(err, errNone) {
			t.Fatal(err)
		}
		m.Garble(broken)
		for range broken {
			if uid, err := c.Card(t.Context()); err == nil && !bytes.Equal(uid, uids["4 bytes"]) {
				t.Errorf("damaged: %x", uid)
			}
		}
	}
}

// What can be wrong with the chip is told apart.
func TestChipFails(t *testing.T) {
	t.Parallel()
	m := mfrc522sim.New()
	m.Absent(true)
	if _, err := Start(t.Context(), m, 33); fault.CodeOf(err) != fault.Unavailable || !strings.Contains(err.Error(), "no MFRC522 answers") {
		t.Errorf("absent: %v", err)
	}
	m.Absent(false)
	c, err := Start(t.Context(), m, 33)
	if err != nil || c.alive() != nil {
		t.Fatal(err)
	}
	m.Restart()
	if err := c.alive(); !errors.Is(err, errRestarted) {
		t.Errorf("restarted: %v", err)
	}
	m.Gone(true)
	if err := c.alive(); !errors.Is(err, mfrc522sim.ErrGone) {
		t.Errorf("gone: %v", err)
	}
	if _, err := Start(t.Context(), constant(0), 33); !errors.Is(err, errAbsent) {
		t.Errorf("MISO low: %v", err)
	}
	if _, err := Start(t.Context(), constant(0x10), 33); !errors.Is(err, errHangs) {
		t.Errorf("a reset that does not end: %v", err)
	}
}

// constant is a bus that reads one value.
type constant byte

func (c constant) Tx(_, r []byte) error {
	for i := range r {
		r[i] = byte(c)
	}
	return nil
}

func plugin(m *mfrc522sim.Model) sdk.Plugin {
	return sdk.Plugin{Name: "aisle/gpio", Version: "0.1.0", Drivers: []sdk.Driver{
		credential.Driver("mfrc522", Driver(func(Config) (ConnCloser, error) { return m, nil })),
	}}
}

const tokenKey = "a store's own key"

func subject(m *mfrc522sim.Model, change map[string]any) classtest.Subject {
	c := map[string]any{"port": "/dev/spidev0.0", "token_key": tokenKey, "again": 0, "poll": 20 * time.Millisecond}
	for k, v := range change {
		c[k] = v
	}
	b, _ := json.Marshal(c)
	return classtest.Subject{
		Driver: "mfrc522", Config: string(b), Patience: time.Minute,
		Start: func(t testing.TB) *host.Plugin { return classtest.InProcess(t, plugin(m)) },
	}
}

func TestConforms(t *testing.T) {
	t.Parallel()
	m := mfrc522sim.New()
	all := [][]byte{uids["4 bytes"], uids["7 bytes"]}
	credentialtest.Run(t, credentialtest.Harness{
		Subject: subject(m, nil), Method: observe.MethodBadge,
		Present: func(_ testing.TB, n, _ int) { m.Touch(all[n]) },
		Secrets: []string{"deadbeef", "040102030405", tokenKey},
	})
}

// A card that stays is one presentation, and one that comes back is another.
func TestStays(t *testing.T) {
	t.Parallel()
	m := mfrc522sim.New()
	r := subject(m, nil).Open(t)
	tokens, _ := badge.NewTokens("badge_", tokenKey)
	next := func(text string) {
		t.Helper()
		if c := r.Next().Evidence.(observe.Credential); c.Token != tokens.Of(text) {
			t.Errorf("%+v, want the token of %s", c, text)
		}
	}
	looks := func(n int) {
		t.Helper()
		for until, end := m.Wakes()+n, time.Now().Add(time.Minute); m.Wakes() < until; time.Sleep(5 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("it does not look")
			}
		}
	}
	m.Put(uids["4 bytes"])
	next("iso14443a:deadbeef")
	looks(6)
	m.Put(uids["7 bytes"]) // had the first been told twice, its second would come here
	next("iso14443a:04010203040506")
	m.Put()
	looks(2 * (leftAfter + 2)) // an empty field is called twice a look
	m.Put(uids["7 bytes"])
	next("iso14443a:04010203040506")
}

// What is wrong is told, and over when it is.
func TestTellsWhatIsWrong(t *testing.T) {
	t.Parallel()
	m := mfrc522sim.New()
	r := subject(m, nil).Open(t)
	m.Put(uids["4 bytes"], []byte{1, 2, 3, 4})
	r.Becomes(class.StateDegraded, "two cards answer at once")
	m.Put()
	r.Becomes(class.StateReady, "")
	m.Random()
	r.Becomes(class.StateDegraded, "another each time")
	m.Put()
	r.Becomes(class.StateReady, "")
	m.Restart() // in mid-conversation: it is set up anew, and reads
	m.Fail(2)
	m.Put(uids["4 bytes"])
	r.Next()
	m.Gone(true)
	if l := r.NextLost(); fault.CodeOf(l.Err) != fault.Unavailable || !strings.Contains(l.Err.Error(), "/dev/spidev0.0") {
		t.Errorf("%v", l.Err)
	}
	m.Gone(false)
	r.Reopen()
	r.Next() // the card is still there
}

func TestConfig(t *testing.T) {
	t.Parallel()
	absent := mfrc522sim.New()
	absent.Absent(true)
	for name, c := range map[string]struct {
		m          *mfrc522sim.Model
		change     map[string]any
		path, says string
	}{
		"gain":   {mfrc522sim.New(), map[string]any{"gain": 20}, "gain", "20 dB: the chip has 18, 23"},
		"key":    {mfrc522sim.New(), map[string]any{"token_key": "short"}, "token_key", "16 or more"},
		"absent": {absent, nil, "port", "no MFRC522 answers"},
	} {
		_, err := plugin(c.m).Drivers[0].Open(t.Context(), sdk.Env{}, []byte(subject(c.m, c.change).Config))
		if fault.PathOf(err) != c.path || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v at %q", name, err, fault.PathOf(err))
		}
	}
	if _, err := Sysfs(Config{Port: "/dev/null"}); err == nil || !strings.Contains(err.Error(), "/dev/spidev0.0") {
		t.Errorf("a node that is no SPI device: %v", err)
	}
}

// FuzzChip answers with anything. What is taken for a UID has 4, 7 or 10 bytes.
func FuzzChip(f *testing.F) {
	f.Add([]byte{0x20, 0, 2, 0, 4, 0, 0x20, 0, 5, 0, 0xDE, 0xAD, 0xBE, 0xEF, 0x22, 0x20, 0, 3, 0, 8, 0xB6, 0xDD, 1})
	f.Add(bytes.Repeat([]byte{0xFF}, 30))
	f.Fuzz(func(t *testing.T, answers []byte) {
		c := &Chip{conn: &answering{answers}}
		uid, err := c.Card(t.Context())
		if n := len(uid); err == nil && n != 4 && n != 7 && n != 10 {
			t.Errorf("a UID of %d bytes", n)
		}
	})
}

// answering reads a list, and then nothing but that no card answers.
type answering struct{ answers []byte }

func (a *answering) Tx(_, r []byte) error {
	for i := 1; i < len(r); i++ {
		r[i] = irqTimer
		if len(a.answers) > 0 {
			r[i], a.answers = a.answers[0], a.answers[1:]
		}
	}
	return nil
}
