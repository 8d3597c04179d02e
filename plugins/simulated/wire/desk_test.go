package main

import (
	"context"
	"encoding/json"
	"errors"
	"net"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// shop is what a store's API does with orders about enrolment.
type shop struct {
	mu     sync.Mutex
	all    []map[string]any // the newest first
	orders []string
	ends   string // as what an enrolment ends once it is looked at again; empty while nobody came
	down   int    // how often it is not there yet
}

func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.down > 0 {
		s.down--
		http.Error(w, "the store is not there yet", http.StatusServiceUnavailable)
		return
	}
	if r.Method == http.MethodGet {
		_ = json.NewEncoder(w).Encode(map[string]any{"enrolments": s.all})
		return
	}
	var o map[string]any
	if err := json.NewDecoder(r.Body).Decode(&o); err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	s.orders = append(s.orders, o["order"].(string))
	if o["order"] == "cancel_enrolment" {
		s.all[0]["state"] = "ended"
	} else {
		s.all = slices.Insert(s.all, 0, map[string]any{"state": "waiting", "reader": o["reader"], "reason": "nobody came", "account": o["account"],
			"consent": map[string]any{"reference": o["consent"], "by": o["actor"]}})
	}
	_ = json.NewEncoder(w).Encode(map[string]any{"status": "done"})
}

// show is somebody who holds their hand over the reader.
func (s *shop) show() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.all[0]["state"] = s.ends
}

func deskOf(t *testing.T, s *shop) *desk {
	t.Helper()
	data := t.TempDir()
	l, err := net.Listen("unix", filepath.Join(data, socket))
	if err != nil {
		t.Fatal(err)
	}
	serves := &http.Server{Handler: s, ReadHeaderTimeout: time.Minute}
	done := make(chan struct{})
	go func() { defer close(done); _ = serves.Serve(l) }() // it ends when it is closed
	t.Cleanup(func() { _ = serves.Close(); <-done })
	return newDesk(data)
}

func TestEnrol(t *testing.T) {
	t.Parallel()
	left := func(reader string) []map[string]any {
		return []map[string]any{{"state": "waiting", "reader": reader, "consent": map[string]any{"reference": "another's"}}}
	}
	for name, c := range map[string]*struct {
		shop  shop
		wants []string
		wrong string
	}{
		"paired":            {shop{ends: "paired"}, []string{"enrol"}, ""},
		"the store is late": {shop{ends: "paired", down: 3}, []string{"enrol"}, ""},
		"one was left open": {shop{ends: "paired", all: left("reader.palm")}, []string{"cancel_enrolment", "enrol"}, ""},
		"another reader's":  {shop{ends: "paired", all: left("reader.other")}, []string{"enrol"}, ""},
		"nobody came":       {shop{ends: "ended"}, []string{"enrol"}, "nobody came"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d := deskOf(t, &c.shop)
			err := d.enrol(t.Context(), newcomer{"reader.palm", "tok_1", "release-1"}, c.shop.show)
			if c.wrong == "" && err != nil || c.wrong != "" && (err == nil || !strings.Contains(err.Error(), c.wrong)) {
				t.Errorf("%v, want %q", err, c.wrong)
			}
			if !slices.Equal(c.shop.orders, c.wants) {
				t.Errorf("orders are %v, want %v", c.shop.orders, c.wants)
			}
			if a, _ := c.shop.all[0]["account"].(map[string]any); a["token"] != "tok_1" {
				t.Errorf("the account is %v", a)
			}
		})
	}
}

// Without a store nobody is enrolled, and nobody waits for ever.
func TestEnrolWithoutStore(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithTimeout(t.Context(), 3*deskLooks)
	defer cancel()
	err := newDesk(t.TempDir()).enrol(ctx, newcomer{"reader.palm", "tok_1", "release-1"}, func() { t.Error("there is no store") })
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Error(err)
	}
}
