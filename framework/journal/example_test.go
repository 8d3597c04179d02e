package journal_test

import (
	"context"
	"fmt"
	"log"
	"time"

	"github.com/openaisle/aisle/framework/journal"
)

// A reader follows the journal: it says which entry it wants next, and goes at its own pace.
func Example() {
	j := journal.Memory() // or journal.Open("data/journal.db", nil)
	defer j.Close()
	ctx := context.Background()

	done := make(chan struct{})
	go func() {
		defer close(done)
		for next := uint64(1); next <= 3; {
			if err := j.Wait(ctx, next-1); err != nil {
				log.Fatal(err)
			}
			entries, err := j.Read(next, 100)
			if err != nil {
				log.Fatal(err)
			}
			for _, e := range entries {
				fmt.Printf("%d %s\n", e.Seq, e.Body)
				next = e.Seq + 1
			}
		}
	}()

	at := time.Date(2026, 3, 1, 8, 0, 0, 0, time.UTC)
	for _, group := range [][]journal.Draft{
		{{At: at, Body: []byte("gate opened")}},
		{{At: at, Body: []byte("cola taken")}, {At: at, Body: []byte("shopper left")}},
	} {
		if _, err := j.Append(group); err != nil {
			log.Fatal(err)
		}
	}
	<-done
	report, err := j.Verify(ctx, nil, nil)
	fmt.Println(report.Records, "entries,", err)
	// Output:
	// 1 gate opened
	// 2 cola taken
	// 3 shopper left
	// 3 entries, <nil>
}
