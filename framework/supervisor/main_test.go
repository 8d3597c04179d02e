package supervisor

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"log/slog"
	"math/big"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/openaisle/aisle/sdk"
	"github.com/openaisle/aisle/sdk/gate"
	"github.com/openaisle/aisle/sdk/observe"
)

// The test binary is its own plugins: with "plugin MODE" as arguments it is a
// plugin that behaves like that, with "host RUNDIR MODE" a host of one.
func TestMain(m *testing.M) {
	if len(os.Args) > 2 && os.Args[1] == "plugin" {
		modes[os.Args[2]]()
		os.Exit(0)
	}
	if len(os.Args) > 1 && os.Args[1] == "thread" {
		spawnerThread()
	}
	if len(os.Args) > 3 && os.Args[1] == "host" {
		hostProcess(os.Args[2], os.Args[3])
	}
	goleak.VerifyTestMain(m)
}

// launcherEnv names the launcher for a test binary that has no source at hand.
const launcherEnv = "AISLE_TEST_LAUNCHER"

// A long first line, as go-plugin fails on without a word.
const longLine = 70_000

var modes = map[string]func(){
	"serve":  func() { sdk.Serve(testPlugin()) },
	"number": func() { fmt.Fprintf(os.Stderr, "pid=%d.\n", os.Getpid()); sdk.Serve(testPlugin()) },
	"mute":   func() { fmt.Fprintf(os.Stderr, "pid=%d.\n", os.Getpid()); waitForEver() }, // looks at no life-line
	"exit": func() {
		fmt.Fprintln(os.Stderr, "opening the port")
		fmt.Fprintln(os.Stderr, "no such port: \x1b[31m/dev/ttyUSB7")
		os.Exit(3)
	},
	"panic":   func() { panic("no licence") },
	"rubbish": func() { fmt.Println("Acme driver\x1b[2J starting"); waitForEver() },
	"partial": func() { fmt.Print("usage: acme"); os.Exit(2) },
	"long":    func() { fmt.Println(strings.Repeat("x", longLine)); waitForEver() },
	"closed":  func() { os.Stdout.Close(); waitForEver() },
	"hang":    waitForEver,
	"deaf": func() { // ready, it says, and accepts nothing
		path := socket()
		if _, err := net.Listen("unix", path); err != nil {
			panic(err)
		}
		announce(1, "unix", path, "grpc", anyCertificate)
		waitForEver()
	},
	"slow": func() { // says nothing any more long before it has ended
		path := socket()
		lis, err := net.Listen("unix", path)
		if err != nil {
			panic(err)
		}
		announce(1, "unix", path, "grpc", anyCertificate)
		c, err := lis.Accept()
		if err != nil {
			panic(err)
		}
		_, _ = c.Read(make([]byte, 1))
		lis.Close()
		c.Close()
		fmt.Fprintln(os.Stderr, "the board is gone")
		time.Sleep(300 * time.Millisecond)
		os.Exit(6)
	},
	"slower": func() { // the same without a handshake
		os.Stdout.Close()
		time.Sleep(500 * time.Millisecond)
		os.Exit(7)
	},
	"contract": func() { announce(2, "unix", socket(), "grpc", "Y2VydA"); waitForEver() },
	"tcp":      func() { announce(1, "tcp", "127.0.0.1:1", "grpc", "Y2VydA"); waitForEver() },
	"outside":  func() { announce(1, "unix", "/run/other.sock", "grpc", "Y2VydA"); waitForEver() },
	"plain":    func() { announce(1, "unix", socket(), "grpc", ""); waitForEver() },
	"netrpc":   func() { announce(1, "unix", socket(), "netrpc", "Y2VydA"); waitForEver() },
	"stubborn": func() { // serves, and does not end when asked to
		go func() {
			for range time.Tick(time.Millisecond) { // the SDK asks for it again
				signal.Ignore(syscall.SIGTERM)
			}
		}()
		sdk.Serve(testPlugin())
	},
	"child": func() { // leaves a child in its group that holds its pipes
		c := exec.Command("/proc/self/exe", "plugin", "hang") // its path is not to be seen in a sandbox
		c.Stdout, c.Stderr = os.Stdout, os.Stderr
		if err := c.Start(); err != nil {
			panic(err)
		}
		fmt.Fprintf(os.Stderr, "child %d\n", c.Process.Pid)
		sdk.Serve(testPlugin())
	},
	"leaves": func() { // serves until it is told to exit
		told := make(chan os.Signal, 1)
		signal.Notify(told, syscall.SIGUSR1)
		go func() { <-told; os.Exit(8) }()
		sdk.Serve(testPlugin())
	},
	"environment": func() {
		for _, e := range os.Environ() {
			name, _, _ := strings.Cut(e, "=")
			fmt.Fprintln(os.Stderr, "env", name)
		}
		if n, err := io.Copy(io.Discard, os.Stdin); err == nil {
			fmt.Fprintln(os.Stderr, "stdin", n)
		}
		sdk.Serve(testPlugin())
	},
	"flood": func() {
		go func() {
			line := []byte(strings.Repeat("flood ", 1000) + "\n")
			for range 500 {
				_, _ = os.Stderr.Write(line)
			}
			_, _ = os.Stderr.WriteString("end of the flood\n")
		}()
		sdk.Serve(testPlugin())
	},
	"forge": func() {
		fmt.Fprint(os.Stderr, "innocent\r\x1b[1Apayment: settled\n")
		fmt.Fprintln(os.Stderr, `{"level":"ERROR","msg":"cell\nplugin=cards payment settled","time":"1999-01-01T00:00:00Z","plugin":"cards","n":7}`)
		fmt.Fprintln(os.Stderr, `{"@level":"warn","@message":"drifts","@timestamp":"1999-01-01T00:00:00.000000Z","device":"gate.north"}`)
		sdk.Serve(testPlugin())
	},
}

// anyCertificate is one, and nobody's.
var anyCertificate = func() string {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		panic(err)
	}
	t := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(time.Hour)}
	der, err := x509.CreateCertificate(rand.Reader, t, t, key.Public(), key)
	if err != nil {
		panic(err)
	}
	return base64.RawStdEncoding.EncodeToString(der)
}()

func waitForEver() { select {} }

func socket() string { return filepath.Join(os.Getenv("PLUGIN_UNIX_SOCKET_DIR"), "s") }

func announce(contract int, network, address, protocol, cert string) {
	fmt.Printf("1|%d|%s|%s|%s|%s\n", contract, network, address, protocol, cert)
}

func testPlugin() sdk.Plugin {
	return sdk.Plugin{Name: "test/gate", Version: "1.2.3", Drivers: []sdk.Driver{
		gate.Driver("plain", func(context.Context, sdk.Env, struct{}) (gate.Gate, error) { return testGate{}, nil }),
	}}
}

type testGate struct{}

func (testGate) Run(ctx context.Context, _ func(observe.Passage)) error {
	<-ctx.Done()
	return ctx.Err()
}

func (testGate) Admit(context.Context, gate.Admission) error { return nil }

// numberOf gives the number of a process that calls itself inner in a PID
// namespace, and descends from a process.
func numberOf(t *testing.T, ancestor, inner int) int {
	t.Helper()
	for { // it is there, or about to be
		found, _ := filepath.Glob("/proc/[0-9]*")
		for _, dir := range found {
			f := statusOf(filepath.Base(dir))
			own := f["NSpid"]
			if len(own) == 0 || own[len(own)-1] != strconv.Itoa(inner) {
				continue
			}
			for at := filepath.Base(dir); at != "0" && at != ""; at = first(statusOf(at)["PPid"]) {
				if at == strconv.Itoa(ancestor) {
					n, _ := strconv.Atoi(filepath.Base(dir))
					return n
				}
			}
		}
		if t.Context().Err() != nil {
			t.Fatalf("no process %d below %d", inner, ancestor)
		}
	}
}

func first(l []string) string {
	if len(l) == 0 {
		return ""
	}
	return l[0]
}

func statusOf(pid string) map[string][]string {
	b, _ := os.ReadFile("/proc/" + pid + "/status") // gone already: then there is none
	m := map[string][]string{}
	for line := range strings.SplitSeq(string(b), "\n") {
		name, value, _ := strings.Cut(line, ":")
		m[name] = strings.Fields(value)
	}
	return m
}

// hostProcess is a host that starts one plugin, which prints its process id, and
// waits to be killed.
func hostProcess(runDir, mode string) {
	s := New(&Options{RunDir: runDir, Launcher: os.Getenv(launcherEnv), Log: slog.New(slog.NewTextHandler(os.Stdout, nil)), Limits: &Limits{StartWithin: time.Hour}})
	if _, err := s.Start(context.Background(), spec(mode)); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	waitForEver()
}

func spec(mode string) Spec {
	return Spec{Name: "acme", Path: os.Args[0], Args: []string{"plugin", mode}}
}
