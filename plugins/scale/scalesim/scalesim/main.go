// Command scalesim is a scale to develop against: it listens on a TCP port and
// reads from standard input how many grams are put on it, or taken ("-345").
//
//	go run ./plugins/scale/scalesim/scalesim -dialect sics -listen 127.0.0.1:4305
//	socat pty,raw,echo=0,link=/tmp/scale tcp:127.0.0.1:4305   # as a serial port
package main

import (
	"bufio"
	"flag"
	"fmt"
	"net"
	"os"
	"strconv"
	"strings"

	"github.com/openaisle/aisle/plugins/scale/scalesim"
)

func main() {
	dialect := flag.String("dialect", "sics", "sics, nci, ecr or toledo")
	listen := flag.String("listen", "127.0.0.1:4305", "host and port")
	flag.Parse()
	if err := run(*dialect, *listen); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(dialect, listen string) error {
	l, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "a %s scale at %s; type grams to put on it, such as 345 or -345; break overload|silent|garbage|restart|none\n", dialect, l.Addr())
	s := &scalesim.Scale{}
	go func() { // ends with the process
		for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
			if err := order(s, strings.TrimSpace(lines.Text())); err != nil {
				fmt.Fprintln(os.Stderr, err)
			}
		}
	}()
	return s.Listen(l, dialect)
}

var faults = map[string]scalesim.Fault{
	"none": scalesim.None, "overload": scalesim.Overload, "silent": scalesim.Silent, "garbage": scalesim.Garbage, "restart": scalesim.Restart,
}

func order(s *scalesim.Scale, text string) error {
	if name, ok := strings.CutPrefix(text, "break "); ok {
		f, known := faults[name]
		if !known {
			return fmt.Errorf("there is no fault %q", name)
		}
		s.Break(f)
		return nil
	}
	g, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return fmt.Errorf("%q is no number of grams", text)
	}
	s.Put(g)
	return nil
}
