package peer

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// The test binary plays the peer when the variable says so.
const roleVar = "AISLE_PEER_TEST_ROLE"

func TestMain(m *testing.M) {
	switch role := os.Getenv(roleVar); role {
	case "":
		goleak.VerifyTestMain(m)
	case "fail":
		fmt.Fprintln(os.Stderr, "no scene here")
		os.Exit(1)
	default:
		if err := serve(role); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
}

// serve is a peer: it says where it is and stays until it is told to end.
func serve(role string) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	args := os.Args
	address := args[len(args)-1]
	network, at := "unix", address+".sock"
	if role == "http" {
		network, at = "tcp", "127.0.0.1:0"
	}
	lis, err := net.Listen(network, at)
	if err != nil {
		return err
	}
	defer lis.Close()
	go func() {
		for {
			c, err := lis.Accept()
			if err != nil {
				return
			}
			c.Close()
		}
	}()
	said := "unix:" + at
	if role == "http" {
		said = "http://" + lis.Addr().String()
	}
	fmt.Println("parent", os.Getppid(), "args", args[1:])
	if err := os.WriteFile(address+".tmp", []byte(said), 0o644); err != nil {
		return err
	}
	if err := os.Rename(address+".tmp", address); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

func start1(t *testing.T, data, role string) (Peer, error) {
	t.Helper()
	t.Setenv(roleVar, role)
	p, err := Start(t.Context(), data, Spec{Name: "world", Binary: os.Args[0], Args: []string{"--seed", "7"}})
	t.Cleanup(func() {
		if err := Stop(context.Background(), data, "world"); err != nil {
			t.Error(err)
		}
	})
	return p, err
}

func TestPeerOutlivesItsStarterAndIsFound(t *testing.T) {
	for _, role := range []string{"unix", "http"} {
		t.Run(role, func(t *testing.T) {
			data := t.TempDir()
			p, err := start1(t, data, role)
			if err != nil {
				t.Fatal(err)
			}
			if p.Found || p.PID <= 1 || !strings.HasPrefix(p.Address, role) {
				t.Errorf("started %+v", p)
			}
			again, err := start1(t, data, role)
			if err != nil || !again.Found || again.PID != p.PID || again.Address != p.Address {
				t.Errorf("found %+v, %v", again, err)
			}
			session, err := os.ReadFile("/proc/" + strconv.Itoa(p.PID) + "/stat")
			if err == nil {
				fields := strings.Fields(string(session[strings.LastIndexByte(string(session), ')')+1:]))
				if fields[1] == strconv.Itoa(os.Getpid()) || fields[3] == strconv.Itoa(os.Getpid()) {
					t.Errorf("parent %s, session %s: it would go with this process", fields[1], fields[3])
				}
			}
			log, err := os.ReadFile(filepath.Join(data, "peers", "world.log"))
			if err != nil || !strings.Contains(string(log), "--seed 7 --data "+data+" --address-file ") {
				t.Errorf("log %q, %v", log, err)
			}
			if got := List(data); len(got) != 1 || got[0] != "world" {
				t.Errorf("List() = %q", got)
			}
			if err := Stop(t.Context(), data, "world"); err != nil {
				t.Error(err)
			}
			if _, alive := identify(p.PID); alive {
				t.Error("it still runs")
			}
			after, err := start1(t, data, role)
			if err != nil || after.Found || after.PID == p.PID {
				t.Errorf("after it ended: %+v, %v", after, err)
			}
		})
	}
}

func TestPeersThatDoNotStart(t *testing.T) {
	if _, err := start1(t, t.TempDir(), "fail"); err == nil || !strings.Contains(err.Error(), `peer "world" ended while it was starting`) || !strings.Contains(err.Error(), "no scene here") {
		t.Errorf("one that fails: %v", err)
	}
	var e *Error
	if _, err := Start(t.Context(), t.TempDir(), Spec{Name: "x", Binary: filepath.Join(t.TempDir(), "none")}); !errors.As(err, &e) || !strings.Contains(e.Message, "is no program") {
		t.Errorf("one that is not there: %v", err)
	}
}

// A process that merely has the pid is left alone.
func TestStopSparesStrangers(t *testing.T) {
	data := t.TempDir()
	p, err := start1(t, data, "unix")
	if err != nil {
		t.Fatal(err)
	}
	name := file(data, "world", ".json")
	mine, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	other := strings.Replace(string(mine), `"started":"`, `"started":"9`, 1)
	if err := os.WriteFile(name, []byte(other), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := Stop(t.Context(), data, "world"); err != nil {
		t.Error(err)
	}
	if _, alive := identify(p.PID); !alive {
		t.Error("a stranger was ended")
	}
	if err := os.WriteFile(name, mine, 0o644); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := Stop(ctx, data, "world"); err != nil {
		t.Error(err)
	}
}
