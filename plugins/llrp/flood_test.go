package main

import (
	"testing"
	"time"

	"github.com/openaisle/aisle/plugins/llrp/llrptest"
	"github.com/openaisle/aisle/sdk/observe"
)

// Every read of a reader that reports as fast as it is listened to is in evidence, once.
// How many that are a second, `aisle bench devices --only tags` measures.
func TestFlood(t *testing.T) {
	t.Parallel()
	const reads, tags, each = 50_000, 200, 32
	reader, addr := listening(t, llrptest.Options{})
	s := subject(t, addr, map[string]any{"restate": 100 * time.Millisecond, "silence": 100 * time.Millisecond})
	s.Patience = patience
	r := s.Open(t)
	for end := time.Now().Add(patience); !reader.Connected(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("the plugin wants no reports")
		}
	}
	flooded := make(chan bool, 1)
	go func() { flooded <- reader.Flood(reads, tags, each) }()
	came, evidence := 0, 0
	for came < reads {
		tag, ok := r.Next().Evidence.(observe.Tag)
		if !ok {
			t.Fatal("a reader told of no tag")
		}
		came, evidence = came+tag.Reads, evidence+1
	}
	if !<-flooded || came != reads {
		t.Errorf("%d reads came of %d", came, reads)
	}
	t.Logf("%d reads in %d pieces of evidence", came, evidence)
}
