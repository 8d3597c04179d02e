package platform

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"time"
)

// minSecret is the least length of the key that tokens are made with: what a
// card holds is short, and easily tried out against a short key.
const minSecret = 16

// tokens makes tokens of what readers read.
type tokens struct {
	prefix string
	secret []byte
}

// of gives the token of an instrument: the same for the same.
func (t tokens) of(text string) string {
	h := hmac.New(sha256.New, t.secret)
	h.Write([]byte(text))
	return t.prefix + hex.EncodeToString(h.Sum(nil)[:16])
}

// held tells a badge that is held to a reader from one that is presented again.
type held struct {
	last string
	at   time.Time
}

// again says whether a token was there just now.
func (h *held) again(token string, now time.Time, within time.Duration) bool {
	same := h.last == token && now.Sub(h.at) < within
	h.last, h.at = token, now
	return same
}
