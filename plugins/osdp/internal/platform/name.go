package platform

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"slices"
	"strings"

	"github.com/openaisle/aisle/plugins/osdp/internal/osdp"
	"github.com/openaisle/aisle/sdk/credential/badge"
	"github.com/openaisle/aisle/sdk/fault"
)

// names seals a device's own names of people under the store's key, so that they
// leave as tokens: the same for the same, and opened again by the key's holder
// alone, who must tell the device whom to forget. A hash could not be opened, and
// a list of names would have to be kept. It is deterministic authenticated
// encryption in the way of RFC 5297: the nonce is a code of what is sealed
// (HMAC-SHA-256), the rest AES-256 in counter mode.
type names struct{ code, seal []byte }

// palmPrefix begins every token of a device's own name.
const palmPrefix = "palm_"

// maxName is how many bytes of a device's own name are taken for one: too few for
// a template of anything.
const maxName = 64

func newNames(secret string) (names, error) {
	if len(secret) < badge.MinKey {
		return names{}, fault.At("token_key", fault.Errorf(fault.Invalid, "it is %d characters long: %d or more", len(secret), badge.MinKey))
	}
	return names{mac([]byte(secret), []byte("palm: code")), mac([]byte(secret), []byte("palm: seal"))}, nil
}

func mac(key, b []byte) []byte {
	h := hmac.New(sha256.New, key)
	h.Write(b)
	return h.Sum(nil)
}

// token gives the token of what a peripheral read.
func (n names) token(c osdp.Card) string {
	plain := append(binary.LittleEndian.AppendUint16(nil, uint16(c.Bits)), c.Data...) //nolint:gosec // of two bytes on the wire
	nonce := mac(n.code, plain)[:aes.BlockSize]
	return palmPrefix + hex.EncodeToString(n.crypt(nonce, slices.Concat(nonce, plain)))
}

// crypt applies the key stream to what follows the nonce.
func (n names) crypt(nonce, b []byte) []byte {
	block, err := aes.NewCipher(n.seal)
	if err != nil {
		panic(err) // the key is a hash
	}
	cipher.NewCTR(block, nonce).XORKeyStream(b[aes.BlockSize:], b[aes.BlockSize:])
	return b
}

// open gives what a token was made of; false for one that was not made with this
// key.
func (n names) open(token string) (osdp.Card, bool) {
	text, ok := strings.CutPrefix(token, palmPrefix)
	b, err := hex.DecodeString(text)
	if !ok || err != nil || len(b) < aes.BlockSize+3 {
		return osdp.Card{}, false
	}
	nonce := append([]byte(nil), b[:aes.BlockSize]...)
	plain := n.crypt(nonce, b)[aes.BlockSize:]
	if !hmac.Equal(mac(n.code, plain)[:aes.BlockSize], nonce) {
		return osdp.Card{}, false
	}
	return osdp.Card{Bits: int(binary.LittleEndian.Uint16(plain)), Data: plain[2:]}, true
}
