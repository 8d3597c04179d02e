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
	fmt.Fprintf(os.Stderr, "a %s scale at %s; type grams to put on it, such as 345 or -345; break overload|silent|garbage|restart|none; move 20; asked\n", dialect, l.Addr())
	s := &scalesim.Scale{}
	go func() { // ends with the process
		for lines := bufio.NewScanner(os.Stdin); lines.Scan(); {
			if said, err := s.Order(lines.Text()); err != nil {
				fmt.Fprintln(os.Stderr, err)
			} else if said != "ok" {
				fmt.Fprintln(os.Stderr, said)
			}
		}
	}()
	return s.Listen(l, dialect)
}
