package store

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/openaisle/aisle/framework/event"
	"github.com/openaisle/aisle/framework/journal"
	"github.com/openaisle/aisle/framework/journal/checkpoint"
	"github.com/openaisle/aisle/sdk/money"
	"github.com/openaisle/aisle/sdk/observe"
)

// soldTo appends the n-th record of a store that sells.
func soldTo(t *testing.T, j journal.Journal, n int) {
	t.Helper()
	id, took := fmt.Sprintf("s%d", n/3), money.New(200, "EUR")
	by := event.Ref{Device: "weight_shelf.a", Serial: observe.Serial{Epoch: 1, Seq: uint64(n / 3)}}
	switch n % 3 {
	case 0:
		appendRecord(t, j, event.Time{}, event.SessionOpened{Session: id}, event.ChangeSeen{Bay: "weight_shelf.a.bay[1]", Change: -350, Span: observe.At(morning), By: by})
	case 1:
		appendRecord(t, j, event.Time{}, receipt(id, 1, event.PaymentCapturing))
	case 2:
		appendRecord(t, j, event.Time{}, event.Taken{Move: event.Move{GTIN: "09521234000112", Evidence: []event.Ref{by}}}, event.PaymentMoved{Session: id, State: event.PaymentCaptured, Captured: &took},
			receipt(id, 2, event.PaymentCaptured), event.SessionClosed{Session: id})
	}
}

// followed has a book follow to the journal's end, and either close or be killed.
func followed(t *testing.T, j journal.Journal, data string, killed bool) (text string, sum Summary, warned []error) {
	t.Helper()
	points, _, err := checkpoint.Open(filepath.Join(data, PointsFile), j)
	if err != nil {
		t.Fatal(err)
	}
	b, err := newBook(j, data, points.Reader("receipts"), func(err error) { warned = append(warned, err) })
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- b.follow(ctx) }()
	head, _ := j.Head()
	if err := b.wait(t.Context(), head); err != nil {
		t.Fatal(err)
	}
	cancel()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	sum = b.summary()
	if killed { // what it wrote is in the file, or half of it
		_, err = b.out.WriteString(`{"session":"torn`)
		if err == nil {
			err = b.out.Flush()
		}
		if err == nil {
			err = b.file.Close()
		}
	} else {
		err = b.close()
	}
	if err != nil {
		t.Fatal(err)
	}
	if err := points.Close(); err != nil {
		t.Fatal(err)
	}
	out, err := os.ReadFile(filepath.Join(data, ReceiptsFile))
	if err != nil {
		t.Fatal(err)
	}
	return string(out), sum, warned
}

// TestReceiptsGoOn: a book that goes on where it was kept says what one says that
// read the whole journal, wherever it was cut; one whose file or checkpoint was
// changed reads it all, and says so.
func TestReceiptsGoOn(t *testing.T) {
	const records = 12
	for cut := range records {
		for _, damage := range []string{"", ReceiptsFile, PointsFile} {
			j, data := journal.Memory(), t.TempDir()
			for n := range cut {
				soldTo(t, j, n)
			}
			followed(t, j, data, false)
			for n := cut; n < records-1; n++ {
				soldTo(t, j, n)
			}
			followed(t, j, data, true)
			if damage != "" {
				f, err := os.OpenFile(filepath.Join(data, damage), os.O_RDWR, 0)
				if err != nil {
					t.Fatal(err)
				}
				if _, err := f.WriteAt([]byte("damaged beyond use"), 0); err != nil {
					t.Fatal(err)
				}
				if err := f.Close(); err != nil {
					t.Fatal(err)
				}
			}
			soldTo(t, j, records-1)
			text, sum, warned := followed(t, j, data, false)
			want, wantSum := keptBook(t, j, t.TempDir(), nil)
			if d := cmp.Diff(want, text) + cmp.Diff(wantSum, sum); d != "" {
				t.Fatalf("cut at %d, damaged %q (-whole +gone on):\n%s", cut, damage, d)
			}
			if told := len(warned) > 0; cut >= 3 && told != (damage == ReceiptsFile) {
				t.Errorf("cut at %d, damaged %q: %v", cut, damage, warned)
			}
		}
	}
}
