package nearest

import (
	"strings"
	"testing"
)

func TestTo(t *testing.T) {
	words := []string{"drinks", "snacks", "fresh", "g", "kg", "entrance_north", "entrance_south", "EUR"}
	tests := []struct{ word, want string }{
		{"drnks", "drinks"}, {"drinsk", "drinks"}, {"ERU", "EUR"}, {"Drinks", "drinks"}, {"snack", "snacks"},
		{"gr", "g"}, {"kq", "kg"}, {"entrance_nort", "entrance_north"}, {"eur", "EUR"},
		{"household", ""}, {"x", ""}, {"", ""}, {"drinks", ""}, {strings.Repeat("d", 200), ""},
	}
	for _, tt := range tests {
		if got := To(tt.word, words); got != tt.want {
			t.Errorf("To(%q) = %q, want %q", tt.word, got, tt.want)
		}
	}
}
