package observe

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/big"
	"slices"
	"strings"
	"time"
)

// ErrFull is an error.
var ErrFull = errors.New("full")

// Clean does what a pure room may do; nothing here is reported.
func Clean(at time.Time, m map[string]int64, e Evidence, k Kind) (string, error) {
	var b strings.Builder
	sum := big.NewInt(math.MaxInt64)
	for _, key := range slices.Sorted(maps.Keys(m)) {
		fmt.Fprintf(&b, "%s=%d ", key, m[key])
		sum.Add(sum, big.NewInt(m[key]))
	}
	for i := range 3 {
		b.WriteByte(byte('0' + i))
	}
	for _, r := range b.String() {
		if r == 0 {
			return "", fmt.Errorf("clean: %w", ErrFull)
		}
	}
	switch e.(type) {
	case Weight, Tag:
	}
	switch k {
	case KindWeight, KindTag, KindScan:
	default:
		return "", ErrFull
	}
	h := sha256.Sum256([]byte(b.String() + sum.String() + at.UTC().Format(time.RFC3339)))
	return hex.EncodeToString(h[:]), nil
}
