// Command llrptest is an RFID reader to develop against: it listens for one LLRP client and reads from standard input what happens before
// its antennas.
//
//	go run ./plugins/llrp/llrptest/llrptest -listen 127.0.0.1:5084
//	enter 3074257BF7194E4000001A85 2
//	out 3074257BF7194E4000001A85
//	break garbage
//	flood 500000 200 32
package main

import (
	"bufio"
	"flag"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/openaisle/aisle/plugins/llrp/llrptest"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:5084", "host and port")
	var opt llrptest.Options
	flag.IntVar(&opt.Antennas, "antennas", 4, "how many it has")
	flag.BoolVar(&opt.Old, "old", false, "speak LLRP 1.0.1 only")
	flag.DurationVar(&opt.Ahead, "ahead", 0, "by how much its clock is wrong")
	impinj := flag.Bool("impinj", false, "with Impinj's extensions")
	flag.Parse()
	if *impinj {
		opt.Maker = llrptest.Impinj
	}
	if err := run(*listen, opt); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

const help = "enter EPC [ANTENNA], leave EPC, in EPC, out EPC, gpi PORT high|low, clock AHEAD, drop, reboot, break FAULT, flood READS TAGS EACH"

func run(listen string, opt llrptest.Options) error {
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "an LLRP reader at %s; type %s\n", l.Addr(), help)
	r := llrptest.New(opt)
	go func() { // ends with the process
		for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
			if err := order(r, strings.Fields(lines.Text())); err != nil {
				fmt.Fprintln(os.Stderr, err)
			}
		}
	}()
	return r.Serve(l)
}

// order does what a line says.
func order(r *llrptest.Reader, words []string) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = fmt.Errorf("%v", v)
		}
	}()
	if len(words) == 0 {
		return nil
	}
	arg := func(i int) string {
		if i < len(words) {
			return words[i]
		}
		return ""
	}
	switch words[0] {
	case "enter":
		antenna := 1
		if arg(2) != "" {
			if antenna, err = strconv.Atoi(arg(2)); err != nil {
				return err
			}
		}
		r.Enter(arg(1), antenna)
	case "leave":
		r.Leave(arg(1))
	case "in", "out":
		r.Through(arg(1), words[0] == "in")
	case "gpi":
		port, err := strconv.Atoi(arg(1))
		if err != nil {
			return err
		}
		r.Input(port, arg(2) == "high")
	case "clock":
		ahead, err := time.ParseDuration(arg(1))
		if err != nil {
			return err
		}
		r.SetClock(ahead)
	case "drop":
		r.Drop()
	case "reboot":
		r.Reboot()
	case "flood":
		return flood(r, arg(1), arg(2), arg(3))
	case "break":
		f, known := llrptest.Faults[arg(1)]
		if !known {
			return fmt.Errorf("there is no fault %q", arg(1))
		}
		r.Break(f)
	default:
		return fmt.Errorf("%q is none of: %s", words[0], help)
	}
	return nil
}

// floodWithin is how long a flood waits for a client that wants reports.
const floodWithin = time.Minute

// flood reports reads of some tags as fast as the client takes them, each report with some.
func flood(r *llrptest.Reader, words ...string) error {
	var n [3]int
	for i, w := range words {
		var err error
		if n[i], err = strconv.Atoi(w); err != nil || n[i] < 1 {
			return fmt.Errorf("a flood is so many reads of so many tags, each report with some: flood 500000 200 32")
		}
	}
	for end := time.Now().Add(floodWithin); !r.Connected(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			return fmt.Errorf("no client wants reports")
		}
	}
	if !r.Flood(n[0], n[1], n[2]) {
		return fmt.Errorf("the client did not take all reads")
	}
	return nil
}
