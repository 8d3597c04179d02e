package main

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

	"github.com/openaisle/aisle/plugins/gpio/internal/mfrc522/mfrc522sim"
	"github.com/openaisle/aisle/plugins/gpio/internal/spidevsim"
	"github.com/openaisle/aisle/sdk/credential/badge"
	"github.com/openaisle/aisle/sdk/line"
	"github.com/openaisle/aisle/tools/hil/gpiosim"
	"github.com/openaisle/aisle/tools/hil/storehost"
)

// spiEnv makes this binary the card reader's chip, on the other end of /dev/spidev0.0: each line
// of its stdin is the UID of a card that is put before it.
const spiEnv = "AISLE_GPIO_TEST_SPI"

func serveSPI() {
	m := mfrc522sim.New()
	go func() {
		for cards := bufio.NewScanner(os.Stdin); cards.Scan(); {
			if uid, err := hex.DecodeString(cards.Text()); err == nil {
				m.Put(uid)
			}
		}
		os.Exit(0)
	}()
	fmt.Fprintln(os.Stderr, spidevsim.Serve("spidev0.0", m))
	os.Exit(1)
}

// cardChip starts that.
func cardChip(t *testing.T) io.Writer {
	t.Helper()
	cmd := exec.Command(os.Args[0])
	cmd.Env, cmd.Stderr = append(os.Environ(), spiEnv+"=1"), os.Stderr
	cards, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	})
	storehost.Wait(t, "CUSE has made /dev/spidev0.0", func() bool { _, err := os.Stat("/dev/spidev0.0"); return err == nil })
	return cards
}

// orders are the scale's, by the fourth serial port.
type orders struct {
	t    *testing.T
	wire line.Line
}

func newOrders(t *testing.T) orders {
	t.Helper()
	l, err := line.Serial("/dev/ttyS3", 115200, "8N1")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return orders{t, l}
}

func (o orders) put(grams int) {
	o.t.Helper()
	if _, err := fmt.Fprintf(writer{o.wire}, "%d\n", grams); err != nil {
		o.t.Fatal(err)
	}
	for said := ""; !strings.HasSuffix(said, "\n"); {
		var b [16]byte
		n, err := o.wire.ReadWithin(b[:], storehost.Patience)
		if err != nil {
			o.t.Fatal(err)
		}
		said += string(b[:n])
	}
}

type writer struct{ line.Line }

// present sends a card to the Wiegand reader until the store has it: a machine that is too busy
// loses pulses, and the card is refused.
func present(t *testing.T, r *storehost.Running, chip *gpiosim.Chip) {
	t.Helper()
	for n := range tries {
		pulse(chip, n)
		for end := time.Now().Add(10 * time.Second); time.Now().Before(end); time.Sleep(50 * time.Millisecond) {
			if r.Reported("credential_reader.north", "credential", "badge_") {
				return
			}
		}
	}
	t.Fatal("no card came over the lines")
}

// tries is how often a card is sent until it must have come.
const tries = 30

// pulse sends a card's bits over two lines, more slowly with each try.
func pulse(chip *gpiosim.Chip, tried int) {
	format, _ := badge.FormatOf("wiegand26")
	card, _ := format.Write(badge.Numbers{Facility: 68, Card: 41551})
	for i := range card.Bits {
		wire := card.Bit(i)
		chip.Set(wire, false)
		for begun := time.Now(); time.Since(begun) < 50*time.Microsecond; {
		}
		chip.Set(wire, true)
		time.Sleep(min(time.Duration(1+tried)*2*time.Millisecond, 30*time.Millisecond))
	}
}
