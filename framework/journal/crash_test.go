package journal

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// The test binary plays these children when the variable says so.
const childVar = "AISLE_JOURNAL_TEST_CHILD"

// runChild plays the child that the environment names, and says whether there was one.
func runChild() bool {
	role, path, _ := strings.Cut(os.Getenv(childVar), ":")
	var err error
	switch role {
	case "":
		return false
	case "append":
		err = childAppend(path)
	case "full":
		err = childWriteError(path)
	}
	if err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
	return true
}

func child(role, path string) *exec.Cmd {
	cmd := exec.Command(os.Args[0])
	cmd.Env = append(os.Environ(), childVar+"="+role+":"+path)
	cmd.Stderr = os.Stderr
	return cmd
}

// childAppend appends groups and takes snapshots for ever, and says after each what is acknowledged.
func childAppend(path string) error {
	j, err := Open(path, nil)
	if err != nil {
		return err
	}
	for n := 1; ; n++ {
		head, _ := j.Head()
		es, err := j.Append(drafts(head, n%50+1))
		if err != nil {
			return err
		}
		last := es[len(es)-1]
		fmt.Printf("%d %x\n", last.Seq, last.Hash)
		if n%5 == 0 {
			if err := j.Snapshot(last.Seq, fmt.Appendf(nil, "fold to %d", last.Seq)); err != nil {
				return err
			}
			fmt.Printf("snapshot %d\n", last.Seq)
		}
	}
}

// A killed process leaves everything it acknowledged, and a chain that verifies.
func TestKilled(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	rng := rand.New(rand.NewPCG(7, 7))
	rounds := 30
	if testing.Short() {
		rounds = 5
	}
	for round := range rounds {
		acked, snap := killAfter(t, path, rng.IntN(40))
		j, err := Open(path, nil)
		if err != nil {
			t.Fatalf("round %d: %v", round, err)
		}
		head, _ := j.Head()
		hashes := map[uint64]string{}
		r, err := j.Verify(context.Background(), func(e Entry) error {
			if want := fmt.Sprintf("entry %d", e.Seq); string(e.Body) != want {
				return fmt.Errorf("body is %q", e.Body)
			}
			hashes[e.Seq] = fmt.Sprintf("%x", e.Hash)
			return nil
		}, func(seq uint64, state []byte) error {
			if want := fmt.Sprintf("fold to %d", seq); string(state) != want {
				return fmt.Errorf("state is %q", state)
			}
			return nil
		})
		if err != nil || r.Records != head {
			t.Fatalf("round %d: %+v, head %d, %v", round, r, head, err)
		}
		for seq, hash := range acked {
			if hashes[seq] != hash {
				t.Fatalf("round %d: acknowledged entry %d is lost or changed, head is %d", round, seq, head)
			}
		}
		if seq, _, ok, err := j.LatestSnapshot(); err != nil || seq < snap || (!ok && snap > 0) {
			t.Fatalf("round %d: newest snapshot is at %d, %d was acknowledged: %v", round, seq, snap, err)
		}
		if err := j.Close(); err != nil {
			t.Fatal(err)
		}
	}
}

// What a killed writer left can be verified as it lies, before anyone opens it for writing.
func TestReadOnlyAfterKill(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	acked, _ := killAfter(t, path, 20)
	if _, err := os.Stat(path + "-wal"); err != nil {
		t.Fatal(err)
	}
	r, err := OpenReadOnly(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	n := 0
	if _, err := r.Verify(context.Background(), func(e Entry) error {
		if acked[e.Seq] == fmt.Sprintf("%x", e.Hash) {
			n++
		}
		return nil
	}, nil); err != nil || n != len(acked) {
		t.Fatalf("%d of %d acknowledged groups, %v", n, len(acked), err)
	}
}

// killAfter kills a child once it has acknowledged lines, and returns all that it acknowledged.
func killAfter(t *testing.T, path string, lines int) (acked map[uint64]string, snap uint64) {
	t.Helper()
	cmd := child("append", path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	acked = map[uint64]string{}
	scan := bufio.NewScanner(out)
	for n := 0; scan.Scan(); n++ { // what was printed before the kill counts too, so read to the end
		var seq uint64
		var hash string
		if _, err := fmt.Sscanf(scan.Text(), "%d %s", &seq, &hash); err == nil {
			acked[seq] = hash
		} else if _, err := fmt.Sscanf(scan.Text(), "snapshot %d", &snap); err != nil {
			t.Errorf("child says %q", scan.Text())
		}
		if n == lines {
			if err := cmd.Process.Kill(); err != nil {
				t.Error(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil {
		t.Error("child ended by itself")
	}
	return acked, snap
}

// childWriteError lets the kernel refuse writes past a file size, then lifts the limit: the journal must
// stay failed, and keep what it had.
func childWriteError(path string) error {
	signal.Ignore(syscall.SIGXFSZ)
	j, err := Open(path, nil)
	if err != nil {
		return err
	}
	if _, err := j.Append(drafts(0, 3)); err != nil {
		return err
	}
	var old syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		return err
	}
	tight := old
	tight.Cur = 64 << 10
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &tight); err != nil {
		return err
	}
	_, first := j.Append([]Draft{{At: epoch, Body: make([]byte, 256<<10)}})
	if !errors.Is(first, ErrFailed) {
		return fmt.Errorf("first error is %v", first)
	}
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old); err != nil {
		return err
	}
	if _, err := j.Append(drafts(3, 1)); err != first {
		return fmt.Errorf("second error is %v", err)
	}
	if err := j.Snapshot(1, nil); err != first {
		return fmt.Errorf("snapshot's error is %v", err)
	}
	if err := j.Wait(context.Background(), 3); err != first {
		return fmt.Errorf("wait's error is %v", err)
	}
	if es, err := j.Read(1, 0); err != nil || len(es) != 3 {
		return fmt.Errorf("%d entries left, %w", len(es), err)
	}
	return j.Close()
}

func TestWriteErrorIsFinal(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal.db")
	if out, err := child("full", path).Output(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	j := openAt(t, path)
	if r, err := j.Verify(context.Background(), nil, nil); err != nil || r.Records != 3 {
		t.Fatalf("%+v, %v", r, err)
	}
	fill(t, j, 1)
}
