package main

import "testing"

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
