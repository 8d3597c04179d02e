// Package nearest finds what a mistyped word was meant to be.
//
// It decides by edit distance alone and knows nothing of HCL. Packages
// storefile and configspec call it.
package nearest

import (
	"slices"
	"strings"

	"github.com/agext/levenshtein"
)

// longest is the longest word that is looked at: a longer one isn't a typo, and
// the distance costs the product of the lengths.
const longest = 128

// To gives the candidate nearest to word, or "" if none is near: at most one
// edit in a word up to three letters, two up to eight, three beyond. Of two
// equally near the one of the same letters in another order is taken, or else
// the first.
func To(word string, candidates []string) string {
	if len(word) > longest || word == "" {
		return ""
	}
	lower := strings.ToLower(word)
	best, distance, turned := "", allowed(word)+1, false
	for _, c := range candidates {
		if c == word || len(c) > longest || abs(len(c)-len(word)) > distance {
			continue
		}
		d, turn := levenshtein.Distance(lower, strings.ToLower(c), nil), false
		if d == 2 && len(c) == len(word) && letters(lower) == letters(strings.ToLower(c)) {
			d, turn = 1, true // two letters changed places
		}
		if nearer := d < distance || d == distance && best != "" && turn && !turned; nearer && d < max(len(c), len(word)) {
			best, distance, turned = c, d, turn
		}
	}
	return best
}

func letters(s string) string {
	b := []byte(s)
	slices.Sort(b)
	return string(b)
}

func allowed(word string) int {
	switch n := len(word); {
	case n <= 3:
		return 1
	case n <= 8:
		return 2
	default:
		return 3
	}
}

func abs(n int) int { return max(n, -n) }
