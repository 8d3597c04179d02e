// Command modbussim is a Modbus/TCP device to develop against: transmitters of load
// cells in its registers, and the contacts and coils of a gate. It reads from standard
// input what to do, and says when somebody switches a coil on.
//
//	go run ./plugins/modbus/modbussim/modbussim -listen 127.0.0.1:5021
package main

import (
	"bufio"
	"flag"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/openaisle/aisle/plugins/modbus/modbussim"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:5021", "host and port")
	flag.Parse()
	if err := run(*listen, os.Stdin, os.Stderr); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

const usage = "put REGISTER VALUE (32 bits, in two registers) | set REGISTER VALUE | input N on|off | pass in|out STREET STORE (the two beams) | coil N (how often it was switched on) | break on|off"

// run serves a device until orders end, which at a terminal is never.
func run(listen string, orders io.Reader, says io.Writer) error {
	d, err := modbussim.New(listen)
	if err != nil {
		return err
	}
	defer d.Close()
	fmt.Fprintf(says, "a Modbus device at %s, of any unit; type %s\n", listen, usage)
	// An input that is normally closed, as a fire alarm's, is what a newcomer forgets.
	fmt.Fprintln(says, "all inputs are off: a gate with fire = 7 wants \"input 7 on\"")
	lines := bufio.NewScanner(orders)
	for lines.Scan() {
		if answer, err := order(d, strings.Fields(lines.Text())); err != nil {
			fmt.Fprintln(says, err)
		} else if answer != "" {
			fmt.Fprintln(says, answer)
		}
	}
	return lines.Err()
}

// body is how long a body breaks each beam where nobody looks.
const body = 300 * time.Millisecond

func order(d *modbussim.Device, words []string) (string, error) {
	if len(words) == 0 {
		return "", nil
	}
	switch deed, rest := words[0], words[1:]; {
	case deed == "put" && len(rest) == 2:
		n, err := number(rest[0])
		v, bad := strconv.ParseInt(rest[1], 0, 32)
		if err != nil || bad != nil || n == lastRegister {
			return "", fmt.Errorf("put takes a register and a number of 32 bits, such as put 0 3450")
		}
		d.Put(n, int32(v))
	case deed == "set" && len(rest) == 2:
		n, err := number(rest[0])
		v, bad := number(rest[1])
		if err != nil || bad != nil {
			return "", fmt.Errorf("set takes a register and a number of 16 bits, such as set 4 1")
		}
		d.Set(n, v)
	case deed == "input" && len(rest) == 2 && (rest[1] == "on" || rest[1] == "off"):
		n, err := number(rest[0])
		if err != nil {
			return "", err
		}
		d.Input(n, rest[1] == "on")
	case deed == "pass" && len(rest) == 3 && (rest[0] == "in" || rest[0] == "out"):
		street, err := number(rest[1])
		store, bad := number(rest[2])
		if err != nil || bad != nil {
			return "", fmt.Errorf("pass takes the numbers of the two beams, such as pass in 0 1")
		}
		d.Curtain(street, store, rest[0] == "in", body)
	case deed == "coil" && len(rest) == 1:
		n, err := number(rest[0])
		return fmt.Sprintf("coil %d was switched on %d times", n, d.Pulses(n)), err
	case deed == "break" && len(rest) == 1 && (rest[0] == "on" || rest[0] == "off"):
		d.Break(rest[0] == "on")
	default:
		return "", fmt.Errorf("%q is no order; there are %s", strings.Join(words, " "), usage)
	}
	return "", nil
}

const lastRegister = 0xFFFF

func number(s string) (uint16, error) {
	n, err := strconv.ParseUint(s, 0, 16)
	if err != nil {
		return 0, fmt.Errorf("%q is no number from 0 to 65535", s)
	}
	return uint16(n), nil
}
