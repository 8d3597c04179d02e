//go:build linux

package main

import (
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// starts are those that fail to start, and say so in every way there is.
var starts = map[string]func(){
	"exit at start": func() {
		say("opening the port")
		say("no such port: \x1b[31m/dev/ttyUSB7")
		os.Exit(3)
	},
	"panic at start": func() { panic("no licence") },
	"kills itself at start": func() {
		_ = unix.Kill(os.Getpid(), unix.SIGKILL)
		waitForEver()
	},
	"exit without a word":   func() { os.Exit(0) },
	"rubbish first":         func() { fmt.Println("Acme driver\x1b[2J starting"); waitForEver() },
	"half a line":           func() { fmt.Print("usage: acme"); os.Exit(2) },
	"70000 bytes first":     func() { fmt.Println(strings.Repeat("x", 70_000)); waitForEver() },
	"closed output":         func() { os.Stdout.Close(); waitForEver() },
	"no bytes but zeros":    func() { os.Stdout.Write(make([]byte, 3000)); fmt.Println(); waitForEver() },
	"three fields":          func() { announce("1|1|unix"); waitForEver() },
	"other core protocol":   func() { announce("2|1|unix|" + socket() + "|grpc|Y2VydA"); waitForEver() },
	"other contract":        func() { announce("1|7|unix|" + socket() + "|grpc|Y2VydA"); waitForEver() },
	"negative contract":     func() { announce("1|-1|unix|" + socket() + "|grpc|Y2VydA"); waitForEver() },
	"net/rpc":               func() { announce("1|1|unix|" + socket() + "|netrpc|Y2VydA"); waitForEver() },
	"an empty field":        func() { announce("1|1||||"); waitForEver() },
	"certificate not coded": func() { listening(); announce("1|1|unix|" + socket() + "|grpc|!!!not base64!!!"); waitForEver() },
	"certificate of nothing": func() {
		listening()
		announce("1|1|unix|" + socket() + "|grpc|" + base64.RawStdEncoding.EncodeToString(make([]byte, 500)))
		waitForEver()
	},
	"no certificate": func() { announce("1|1|unix|" + socket() + "|grpc|"); waitForEver() },
	"ninety-nine fields": func() {
		w := wild{line: func(l string) string { return l + strings.Repeat("|x", 93) }}
		w.serve()
	},
	"a second line": func() {
		w := wild{line: func(l string) string { return l + "\n1|1|tcp|127.0.0.1:1|grpc|Y2VydA" }}
		w.serve()
	},
	"carriage return": func() {
		w := wild{line: func(l string) string { return l + "\r" }}
		w.serve()
	},
	"handshake in single bytes": func() {
		w := wild{line: func(l string) string {
			for i := range len(l) {
				os.Stdout.WriteString(l[i : i+1])
			}
			return ""
		}}
		w.serve()
	},
	"ready and gone": func() {
		w := wild{}
		w.listen("s")
		os.Exit(0)
	},
	"describes another contract": func() {
		w := wild{describe: constant(m(f(1, "zoo/x"), f(2, "1.0.0"), f(3, 9)))}
		w.serve()
	},
	"describes nothing": func() { w := wild{describe: constant(nil)}; w.serve() },
	"expired certificate": func() {
		w := wild{config: func(c *x509.Certificate) {
			c.NotBefore, c.NotAfter = time.Now().Add(-48*time.Hour), time.Now().Add(-24*time.Hour)
		}}
		w.serve()
	},
}

func socket() string { return filepath.Join(os.Getenv("PLUGIN_UNIX_SOCKET_DIR"), "s") }

func listening() {
	if _, err := net.Listen("unix", socket()); err != nil {
		panic(err)
	}
}

func announce(line string) { fmt.Println(line) }
