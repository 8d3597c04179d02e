// Package badge is what badge readers have in common, whatever wire they are on: the
// bits of a card, the Wiegand formats that say what the bits mean and whether they
// came over whole, the opaque token that leaves instead of them, and which reads are
// one presentation.
//
// It keeps no card number and talks to no device. The same bits give the same token
// under the same key, so that a store which changes its Wiegand readers for OSDP ones
// keeps its list.
package badge

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"time"

	"github.com/openaisle/aisle/sdk/fault"
)

// MinKey is the least length of the key that tokens are made with, in bytes: what a
// card holds is short, and easily tried out against a short key.
const MinKey = 16

// tokenBytes is how much of the HMAC is kept: 128 bits, so that no two cards of the
// world meet.
const tokenBytes = 16

// Tokens makes tokens of what readers read. Use NewTokens.
type Tokens struct {
	prefix string
	key    []byte
}

// NewTokens gives what makes tokens that begin with a prefix, such as "badge_". The
// error is of code invalid, at the attribute token_key.
func NewTokens(prefix, key string) (Tokens, error) {
	if len(key) < MinKey {
		return Tokens{}, fault.At("token_key", fault.Errorf(fault.Invalid, "it is %d characters long: %d or more", len(key), MinKey))
	}
	return Tokens{prefix, []byte(key)}, nil
}

// Of gives the token of what an instrument holds: the same for the same (HMAC-SHA-256,
// RFC 2104, cut to 128 bits).
func (t Tokens) Of(text string) string {
	h := hmac.New(sha256.New, t.key)
	h.Write([]byte(text))
	return t.prefix + hex.EncodeToString(h.Sum(nil)[:tokenBytes])
}

// Held tells a badge that is held to a reader from one that is presented again.
type Held struct {
	last string
	at   time.Time
}

// Again says whether a token was there less than within before now. It is not safe for
// concurrent use.
func (h *Held) Again(token string, now time.Time, within time.Duration) bool {
	same := h.last == token && now.Sub(h.at) < within
	h.last, h.at = token, now
	return same
}
