package distribution

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"strings"
)

// Mismatch says that a file is not what it must be.
type Mismatch struct {
	// File is what was looked at, as the reader finds it.
	File string
	// Expected and Found are digests, versions, or what stands for nothing.
	Expected, Found string
	// Do says what to do, with the command.
	Do string
}

func (e *Mismatch) Error() string {
	s := fmt.Sprintf("%s is not what it must be:\n  expected %s\n  found %s", e.File, e.Expected, e.Found)
	if e.Do != "" {
		s += "\n" + e.Do
	}
	return s
}

// DigestPrefix begins every digest.
const DigestPrefix = "sha256:"

// Digest names bytes.
func Digest(b []byte) string {
	sum := sha256.Sum256(b)
	return DigestPrefix + hex.EncodeToString(sum[:])
}

// FileDigest gives the digest of a file of any size.
func FileDigest(path string) (string, error) {
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	if _, err := io.Copy(h, f); err != nil {
		return "", err
	}
	return DigestPrefix + hex.EncodeToString(h.Sum(nil)), nil
}

// Sum gives the bytes of a digest.
func Sum(digest string) (sum [32]byte, err error) {
	b, err := hex.DecodeString(strings.TrimPrefix(digest, DigestPrefix))
	if err != nil || len(b) != len(sum) {
		return sum, fmt.Errorf("%q is no digest", digest)
	}
	return [32]byte(b), nil
}
