package mfrc522

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/openaisle/aisle/plugins/gpio/internal/mfrc522/mfrc522sim"
	"github.com/openaisle/aisle/plugins/gpio/internal/spidevsim"
	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/class"
	"github.com/openaisle/aisle/sdk/class/classtest"
	"github.com/openaisle/aisle/sdk/credential"
	"github.com/openaisle/aisle/sdk/fault"
	"github.com/openaisle/aisle/sdk/host"
	"github.com/openaisle/aisle/sdk/observe"
	"github.com/openaisle/aisle/tools/hil"
)

// simEnv makes this binary the simulator, which is told on stdin what to do.
const simEnv = "AISLE_MFRC522_TEST_SIMULATOR"

func TestMain(m *testing.M) {
	if os.Getenv(simEnv) != "" {
		simulate()
	}
	goleak.VerifyTestMain(m)
}

// simulate plays /dev/spidev0.0 until it is killed or its stdin ends.
func simulate() {
	m := mfrc522sim.New()
	go func() {
		orders := bufio.NewScanner(os.Stdin)
		for orders.Scan() {
			order, text, _ := strings.Cut(orders.Text(), " ")
			var cards [][]byte
			for _, word := range strings.Fields(text) {
				uid, _ := hex.DecodeString(word)
				cards = append(cards, uid)
			}
			switch order {
			case "put":
				m.Put(cards...)
			case "stale":
				m.Stale()
			case "restart":
				m.Restart()
			case "absent":
				m.Absent(text == "yes")
			case "wakes":
				fmt.Println(m.Wakes())
				continue
			}
			fmt.Println("done")
		}
		os.Exit(0)
	}()
	fmt.Fprintln(os.Stderr, spidevsim.Serve("spidev0.0", m))
	os.Exit(1)
}

// simulator is one that runs.
type simulator struct {
	t   *testing.T
	cmd *exec.Cmd
	in  io.Writer
	out *bufio.Reader
}

const node = "/dev/spidev0.0"

func newSimulator(t *testing.T) *simulator {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), simEnv+"=1")
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	s := &simulator{t, cmd, in, bufio.NewReader(out)}
	t.Cleanup(s.kill)
	for end := time.Now().Add(time.Minute); ; time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(node); err == nil {
			return s
		}
		if time.Now().After(end) {
			t.Fatal("CUSE made no " + node)
		}
	}
}

// tell gives an order and waits until it is done.
func (s *simulator) tell(order string) string {
	s.t.Helper()
	if _, err := fmt.Fprintln(s.in, order); err != nil {
		s.t.Fatal(err)
	}
	said, err := s.out.ReadString('\n')
	if err != nil {
		s.t.Fatal(err)
	}
	return strings.TrimSpace(said)
}

// kill ends the simulator, and with it the device.
func (s *simulator) kill() {
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
}

// The driver on an SPI device of a real kernel, whose other end is another process: no
// card, cards, what an earlier command left behind, a restart, the simulator killed.
func TestVMMFRC522(t *testing.T) {
	t.Attr("peer", "Debian's kernel in QEMU, its spidev interface")
	hil.VM{Modules: []string{"cuse"}}.Run(t, func(t *testing.T) {
		s := newSimulator(t)
		vmCards(t, s)
		vmReader(t, s)
	})
}

func vmCards(t *testing.T, s *simulator) {
	conn, err := Sysfs(Config{Port: node, Speed: 1_000_000})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = conn.Close() }()
	s.tell("absent yes")
	if _, err := Start(t.Context(), conn, 33); err == nil || !strings.Contains(err.Error(), "no MFRC522 answers") {
		t.Errorf("absent: %v", err)
	}
	s.tell("absent no")
	c, err := Start(t.Context(), conn, 33)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if uid, err := c.Card(t.Context()); err == nil {
			t.Errorf("%x in an empty field", uid)
		}
	}
	read := 0
	for name, want := range uids {
		s.tell("put " + hex.EncodeToString(want))
		for range 5 {
			s.tell("stale") // interrupts and bytes of an earlier command wait in the chip
			if got, err := c.Card(t.Context()); err != nil || hex.EncodeToString(got) != hex.EncodeToString(want) {
				t.Errorf("%s: %x, %v", name, got, err)
				continue
			}
			read++
		}
	}
	t.Logf("%d of %d readings exact", read, 5*len(uids))
	s.tell("put deadbeef 01020304")
	if _, err := c.Card(t.Context()); err == nil {
		t.Error("two cards are one")
	}
	s.tell("put")
}

func vmReader(t *testing.T, s *simulator) {
	r := classtest.Subject{
		Driver: "mfrc522", Config: subject(nil, nil).Config, Patience: time.Minute,
		Start: func(t testing.TB) *host.Plugin {
			return classtest.InProcess(t, sdk.Plugin{Name: "aisle/gpio", Version: "0.1.0", Drivers: []sdk.Driver{credential.Driver("mfrc522", Driver(Sysfs))}})
		},
	}.Open(t)
	s.tell("put deadbeef")
	first := r.Next().Evidence.(observe.Credential)
	s.tell("restart")
	s.tell("put 04010203040506")
	if second := r.Next().Evidence.(observe.Credential); second.Token == first.Token || second.Method != observe.MethodBadge {
		t.Errorf("%+v after %+v", second, first)
	}
	r.Becomes(class.StateReady, "")
	s.kill()
	l := r.NextLost()
	if fault.CodeOf(l.Err) != fault.Unavailable || !strings.Contains(l.Err.Error(), node) {
		t.Errorf("%v", l.Err)
	}
	t.Log(l.Err)
	again := newSimulator(t)
	again.tell("put deadbeef")
	r.Recover()
	if c := r.Next().Evidence.(observe.Credential); c.Token != first.Token {
		t.Errorf("%+v, want the token of the first", c)
	}
}
