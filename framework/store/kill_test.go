package store

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/openaisle/aisle/framework/journal"
)

// killHost runs a host on a data folder and kills it once its journal has grown
// by so many records. It reports false where the host ended before.
func killHost(t *testing.T, data string, vars map[string]string, records uint64) bool {
	t.Helper()
	b, err := json.Marshal(vars)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVar+"="+data, childVar+"_VARS="+string(b), childVar+"_DIR="+builtCorner(t))
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	var from uint64
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for first := true; ; {
		select {
		case err := <-ended:
			if err != nil {
				t.Fatalf("the host ended by itself: %v", err)
			}
			return false
		case <-tick.C:
		}
		j, err := journal.OpenReadOnly(filepath.Join(data, JournalFile))
		if err != nil {
			continue // not there yet
		}
		head, _ := j.Head()
		if err := j.Close(); err != nil {
			t.Error(err)
		}
		if first {
			from, first = head, false
		}
		if head >= from+records {
			if err := cmd.Process.Kill(); err != nil {
				t.Error(err)
			}
			if err := <-ended; err == nil {
				t.Error("a killed host ended well")
			}
			return true
		}
	}
}

// killed gives the data folder and the number of shoppers of a host that was
// killed three times and has work left. One that has done all before it can be
// killed says nothing: then the next has twice as much to do.
func killed(t *testing.T, vars map[string]string) (data string, shoppers int) {
	t.Helper()
	for shoppers = 25; shoppers <= 400; shoppers *= 2 {
		data, vars["shoppers"] = t.TempDir(), strconv.Itoa(shoppers)
		kills := 0
		for _, n := range []uint64{1, 150, 333} {
			if !killHost(t, data, vars, n) {
				break
			}
			kills++
		}
		if kills == 3 {
			return data, shoppers
		}
		t.Logf("a host with %d shoppers was done after %d kills", shoppers, kills)
	}
	t.Fatal("no host could be killed three times")
	return "", 0
}

// A host that is killed again and again, under a processor that loses answers,
// loses nothing and charges nobody twice.
func TestKilledHost(t *testing.T) {
	vars := map[string]string{"seed": "3", "noise": "none", "speed": "max", "payment_faults": "answers"}
	data, shoppers := killed(t, vars)
	sum, err := runCorner(t, data, vars, nil)
	if err != nil {
		t.Fatal(err)
	}
	a := audited(t, data)
	t.Logf("%d shoppers: %+v, %+v", shoppers, sum.Records, a)
	if a.Visits != shoppers || !sound(a) || sum.Open != 0 || sum.Asks != 0 {
		t.Errorf("%d shoppers, %+v, %+v", shoppers, sum, a)
	}
	if _, err := Verify(t.Context(), data); err != nil {
		t.Error(err)
	}
	if again, err := Replay(t.Context(), data); err != nil || len(again.Differences) != 0 {
		t.Errorf("replay: %+v, %v", again, err)
	}
}
