package main

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/openaisle/aisle/plugins/simulated/internal/wire"
	"github.com/openaisle/aisle/sdk/observe"
)

// Who comes waits for their turn, up to a bound; what is no credential is not for a reader.
func TestQueued(t *testing.T) {
	m := wire.ToClient{Kind: observe.KindCredential.String(), Report: json.RawMessage(`{"token":"ana"}`)}
	queue := make(chan string, 1)
	if err := queued(m, "credential_reader.palm", queue); err != nil || len(queue) != 1 {
		t.Fatalf("%d wait, %v", len(queue), err)
	}
	if err := queued(m, "credential_reader.palm", queue); err == nil || !strings.Contains(err.Error(), "credential_reader.palm: 1 wait") {
		t.Errorf("one too many: %v", err)
	}
	if err := queued(wire.ToClient{Kind: observe.KindTag.String()}, "credential_reader.palm", queue); err != nil {
		t.Errorf("a tag: %v", err)
	}
	if got := <-queue; got != "ana" {
		t.Errorf("%q waits", got)
	}
	if err := queued(wire.ToClient{Kind: m.Kind, Report: json.RawMessage("{")}, "credential_reader.palm", queue); err == nil {
		t.Error("half a report is taken")
	}
}

// Cards are those that they were: a palm or a badge that a store has paired stays theirs.
func TestCardOf(t *testing.T) {
	for credential, want := range map[string]string{
		"tok-1-1":       "26:80800080",
		"tok-21-300":    "26:8a809640",
		"tok-257-65535": "26:80ffffc0",
		"ana":           "26:94e54280",
		"tok-x-1":       "26:a19aad40",
	} {
		if got := cardOf(credential).Text(); got != want {
			t.Errorf("%q has the card %s, want %s", credential, got, want)
		}
	}
}
