// Command osdpsim is a peripheral of OSDP to develop against: it listens on a TCP
// port, and does what standard input tells it.
//
//	go run ./plugins/osdp/osdpsim/osdpsim -listen 127.0.0.1:4310 -address 5
//	socat pty,raw,echo=0,link=/tmp/osdp tcp:127.0.0.1:4310   # as a serial port
package main

import (
	"bufio"
	"encoding/hex"
	"errors"
	"flag"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/openaisle/aisle/plugins/osdp/osdpsim"
)

const help = `palm NAME | card HEX [BITS] | keys 1234# | input N on|off | pass in|out | shown | tamper on|off | reboot | break silent|garbage|drip|twice|busy|none`

func main() {
	listen := flag.String("listen", "127.0.0.1:4310", "host and port")
	address := flag.Int("address", 0, "its address on the line, 0 to 126")
	key := flag.String("key", "", "its secure channel base key, 32 hexadecimal digits; without one it is in its delivery state")
	knows := flag.String("palms", "", "names of the hands that it knows, with commas between: it is a palm reader")
	plain := flag.Bool("clear", false, "know no secure channel")
	flag.Parse()
	fmt.Fprintln(os.Stderr, run(*listen, *address, *key, *knows, *plain)) // it serves until it can't
	os.Exit(1)
}

func run(listen string, address int, key, knows string, plain bool) error {
	palm := osdpsim.NewPalm(strings.FieldsFunc(knows, func(r rune) bool { return r == ',' })...)
	p := palm.Peripheral
	p.Address, p.Clear = byte(address), plain
	if address < 0 || address > 126 {
		return fmt.Errorf("%d is no address: 0 to 126", address)
	}
	if b, err := hex.DecodeString(key); err != nil || len(b) != 0 && len(b) != len(p.Key) {
		return errors.New("a key is 32 hexadecimal digits")
	} else if len(b) > 0 {
		copy(p.Key[:], b)
	}
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "peripheral %d at %s; type %s\n", address, l.Addr(), help)
	go func() { // ends with the process
		for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
			if err := order(palm, strings.Fields(lines.Text())); err != nil {
				fmt.Fprintln(os.Stderr, err)
			}
		}
	}()
	return osdpsim.Line{p}.Listen(l)
}

var faults = map[string]osdpsim.Fault{
	"none": osdpsim.FaultNone, "silent": osdpsim.FaultSilent, "garbage": osdpsim.FaultGarbage, "drip": osdpsim.FaultDrip,
	"twice": osdpsim.FaultTwice, "busy": osdpsim.FaultBusy,
}

// passWithin is how long a body stands at a locked gate.
const passWithin = 30 * time.Second

var errOrder = errors.New("type " + help)

func order(p *osdpsim.Palm, words []string) error {
	if len(words) == 0 {
		return nil
	}
	words = append(words, "", "")
	switch words[0] {
	case "palm":
		if !p.Present(words[1]) {
			return fmt.Errorf("the reader does not know the hand %q", words[1])
		}
	case "card":
		return card(p.Peripheral, words[1], words[2])
	case "keys":
		p.Press(words[1])
	case "input":
		n, err := strconv.Atoi(words[1])
		if err != nil || n < 0 || n >= osdpsim.Inputs {
			return fmt.Errorf("an input is 0 to %d", osdpsim.Inputs-1)
		}
		p.Input(n, words[2] == "on")
	case "pass":
		g := osdpsim.Turnstile{Peripheral: p.Peripheral, PassedOut: 1, Window: 8 * time.Second, Wait: passWithin}
		fmt.Fprintf(os.Stdout, "passed %v\n", g.Pass(words[1] != "out"))
	case "shown":
		colour, text, _ := p.Shows()
		fmt.Fprintf(os.Stdout, "shows %s %q\n", colour, text)
	case "tamper":
		p.Tamper(words[1] == "on")
	case "reboot":
		p.Reboot()
	case "break":
		f, ok := faults[words[1]]
		if !ok {
			return errOrder
		}
		p.Break(f)
	default:
		return errOrder
	}
	return nil
}

// card presents one: its bits in hexadecimal digits, all of them unless fewer
// are said.
func card(p *osdpsim.Peripheral, digits, bits string) error {
	b, err := hex.DecodeString(digits)
	if err != nil || len(b) == 0 {
		return fmt.Errorf("%q is no hexadecimal number of whole bytes", digits)
	}
	n := 8 * len(b)
	if bits != "" {
		if n, err = strconv.Atoi(bits); err != nil || (n+7)/8 != len(b) {
			return fmt.Errorf("%q bits are not in %d bytes", bits, len(b))
		}
	}
	p.Read(0, n, b)
	return nil
}
