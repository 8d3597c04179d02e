package store

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.uber.org/goleak"

	"github.com/openaisle/aisle/framework/supervisor/evidencebench"
)

// The test binary plays a host on a data folder when the variable says so.
const childVar = "AISLE_STORE_TEST_CHILD"

func TestMain(m *testing.M) {
	if evidencebench.Child(os.Args[1:]) {
		return
	}
	data := os.Getenv(childVar)
	if data == "" {
		goleak.VerifyTestMain(m, goleak.Cleanup(func(code int) {
			if err := removeBuilt(); err != nil {
				fmt.Println(err)
				code = max(code, 1)
			}
			os.Exit(code)
		}))
		return
	}
	var vars map[string]string
	if err := json.Unmarshal([]byte(os.Getenv(childVar+"_VARS")), &vars); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	if _, err := Run(context.Background(), Options{Dir: os.Getenv(childVar + "_DIR"), Data: data, Vars: vars, UntilIdle: true, limits: patient()}); err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
}

const corner = "../../examples/corner"

// logTo is a log for a test that may fail: it is shown only then.
func logTo(t *testing.T) *slog.Logger {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "log"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		f.Close()
		if !t.Failed() {
			return
		}
		b, err := os.ReadFile(f.Name())
		if err == nil {
			t.Logf("the log ends so:\n%s", b[max(0, len(b)-20_000):])
		}
	})
	return slog.New(slog.NewTextHandler(f, &slog.HandlerOptions{Level: slog.LevelDebug}))
}

// runCorner runs examples/corner, with programs that are built, on a data folder
// until it is idle.
func runCorner(t *testing.T, data string, vars map[string]string, change func(*Options)) (Summary, error) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
	defer cancel()
	o := Options{
		Dir: builtCorner(t), Data: data, Vars: vars, UntilIdle: true, StopPeers: true, Log: logTo(t), limits: patient(),
		Progress: func(p Progress) {
			if p.Done {
				t.Logf("%s %s %v", p.Stage, p.Name, p.Took.Round(time.Millisecond))
			}
		},
	}
	if change != nil {
		change(&o)
	}
	sum, err := Run(ctx, o)
	if ctx.Err() != nil {
		t.Fatalf("the store did not become idle: %+v", sum)
	}
	return sum, err
}

// Five shoppers, perfect sensors: every receipt is exact and all money is
// accounted for, in a journal that verifies and replays without a difference.
func TestCorner(t *testing.T) {
	data := t.TempDir()
	sum, err := runCorner(t, data, map[string]string{"shoppers": "5", "seed": "7", "noise": "none", "speed": "max"}, func(o *Options) { o.Dir = corner }) // built by itself
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v", sum)
	a := audited(t, data)
	if a.Visits != 5 || a.Receipts == 0 || a.Exact != a.Receipts || !sound(a) {
		t.Errorf("audit %+v", a)
	}
	if sum.CapturedMinor != a.CapturedMinor || sum.Receipts != a.Receipts || sum.Open != 0 || sum.Asks != 0 {
		t.Errorf("the run says %+v, its books %+v", sum, a)
	}
	rep, err := Verify(t.Context(), data)
	if err != nil || rep.Records != sum.Records || rep.States == 0 {
		t.Errorf("verify: %+v, %v", rep, err)
	}
	again, err := Replay(t.Context(), data)
	if err != nil || len(again.Differences) != 0 || again.New != 0 || again.Skipped != 0 || again.Receipts != sum.Receipts {
		t.Errorf("replay: %+v, %v", again, err)
	}
	if left, err := filepath.Glob(filepath.Join(data, "peers", "*.address")); err != nil || len(left) != 0 {
		t.Errorf("peers left: %v, %v", left, err)
	}
	if b, err := os.ReadFile(filepath.Join(data, ReceiptsFile)); err != nil || strings.Count(string(b), "\n") != sum.Receipts {
		t.Errorf("receipts:\n%s%v", b, err)
	}
	replays(t, data)
}
